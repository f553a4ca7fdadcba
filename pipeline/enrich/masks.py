r"""Masks: a message with its variable parts blanked; messages of one statement in the code are one text.

A coarse mask runs over every message and is cheap; it leaves few distinct texts. A fine mask runs over those.
Both are pure: every worker gives a message the same mask on every day, so `mask_id` needs no shared state.
A stack's frames say where, not what, and are left out.
"""

from __future__ import annotations

import hashlib
from functools import cache

import polars as pl

#: Goes into every id: a change of the patterns below changes all ids, and must change this.
VERSION = "1"
#: What stands for a variable part.
BLANK = "<*>"

#: Longer messages are masked by their beginning.
_LONGEST = 4000

# The fine mask is a pure function of two dozen patterns: its results are remembered, up to so many.
_REMEMBERED = 50_000
_SEEN: dict[str, str] = {}

_V = "\x01"
# Delimiters of tokens. A single dot stays inside a token, so that addresses and versions are one.
_D = r"""\s=:,;()\[\]{}"'<>|!?*"""
_COARSE = (
    r"""[A-Za-z][A-Za-z0-9+.\-]*://[^\s"'<>,;)\]}]*[^\s"'<>,;:.)\]}]"""
    rf"|(?:[^{_D}.0-9]+\.)*[^{_D}.0-9]*[0-9](?:\.?[^{_D}.])*"
)
_FRAMES = r"(?m)^ +at .*\n?"

# Every character that is not ASCII counts as one of a word: Hangul, a particle glued to a value. (\w would
# do too, but its table of all alphabets makes a pattern ten times as slow to build.)
_W = r"0-9A-Za-z_\x80-\x{10FFFF}"
_B = r"(?-u:\b)"

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_KEY = rf"([{_W}\])>*\x01])"
_VALUE = r"""[^\s,;&()\[\]{}"'=<>|]+"""
_DOTTED = rf"(^|[^{_W}.\x01])[A-Za-z_\x01][{_W}-]*(?:\.[{_W}$\x01-]+){{2,}}([^{_W}.\x01]|\.\s|\.?$)"

_FINE = (
    # Dates with a month's name.
    (
        rf"{_B}(?:{_DAY},?\s+)?(?:{_V}[\s-]+)?{_MONTH}[\s-]+{_V}(?:[\s,T:.-]*{_V})*"
        rf"(?:\s+(?:[A-Z]{{1,3}}T|UTC|GMT|KST){_B})?(?:\s+{_V})?",
        _V,
    ),
    # key="any words", one-word quotes, e-mail addresses, key=value and key= value.
    (_KEY + r"""=(?:"[^"]*"|'[^']*')""", "${1}=" + _V),
    (r'"[^"\s]*"', f'"{_V}"'),
    (rf"(^|[^{_W}\x01])'[^'\s]*'", '${1}"' + _V + '"'),
    (rf"[{_W}.+\x01-]+@[{_W}\x01-]+(?:\.[{_W}\x01-]+)+", _V),
    (_KEY + "=" + _VALUE, "${1}=" + _V),
    (_KEY + r"""=\s[^\s,;&()\[\]{}"'=<>|]+(\s|,|$)""", "${1}=" + _V + "${2}"),
    # Paths of Windows and Unix, with a query.
    (rf"""(^|[^{_W}\x01])[A-Za-z]:\\[^\s,;"']*""", "${1}" + _V),
    (rf"""(^|[^{_W}.<>*/\x01-])(?:~|\.\.?)?/(?:[{_W}.+@%$#~\x01-]+/?)+(?:\?[^\s"']*)?""", "${1}" + _V),
    # Names with two dots or more (neighbours share the character between them, so twice); queries, host:port.
    (_DOTTED, "${1}" + _V + "${2}"),
    (_DOTTED, "${1}" + _V + "${2}"),
    (rf"""{_V}\?[{_W}%.~+-]+=[^\s"']*""", _V),
    (rf"(^|[^{_W}.])[A-Za-z_][{_W}-]*(?:\.[{_W}-]+)+:{_V}", "${1}" + _V),
    # Hexadecimal with colons, hexadecimal letters alone.
    (rf"(^|[^{_W}-])(?:[0-9A-Fa-f]{{1,4}}|{_V})(?::(?:[0-9A-Fa-f]{{1,4}}{_B}|{_V})){{3,}}", "${1}" + _V),
    (rf"(^|[^{_W}-])[a-fA-F]{{10,}}([^{_W}-]|$)", "${1}" + _V + "${2}"),
    (r"\.{3,}", " ... "),
    (rf"{_B}(?:true|false|null|nil|NULL|True|False|TRUE|FALSE){_B}", _V),
    # Sizes and durations; what is left of numbers glued to words.
    (rf"\s?\({_V}\s?(?:[KMGTP]i?)?B(?:ytes)?\)", ""),
    (
        rf"<?{_V}\s?(?:[KMGTP]?i?B|[KMGTP]b|ms|us|ns|secs?|seconds?|mins?|minutes?|hours?|days?){_B}",
        _V,
    ),
    (r"\(\)", f"({_V})"),
    (r"\[\]", f"[{_V}]"),
    (rf"[{_W}.$~@%/+#\\-]*{_V}[{_W}.$~@%/+#\\\x01-]*", _V),
    (rf"{_V}(?:\({_V}\)|\[{_V}\]|\{{{_V}\}})|[{_W}-]*-\[{_V}\]", _V),
    (r"\s+", " "),
    (rf"{_V}(?:[\s:.,/\\@#_+&|$%~-]*{_V})+", _V),
)


def of(messages: pl.Series, stated: pl.Series | None = None) -> tuple[pl.Series, pl.DataFrame]:
    """Return each message's mask id (null for a null message), and the distinct masks: `mask_id`, `text`.

    Args:
        messages: without secrets.
        stated: the masks of messages that their formats know (`coarse_of` their texts), null for the others.
    """
    coarse = (_coarse(messages) if stated is None else _coarse_rest(messages, stated)).alias("coarse")
    distinct = coarse.unique(maintain_order=True).drop_nulls()
    masks = pl.DataFrame(distinct).with_columns(_known(distinct))
    ids = pl.DataFrame(coarse).join(masks, on="coarse", how="left", maintain_order="left")["mask_id"]
    return ids, masks.select("mask_id", "text").unique("mask_id", maintain_order=True)


def mask_id(text: str) -> str:
    """Return the id of a mask's text: 64 bits of BLAKE2b as 16 hex digits.

    >>> mask_id("GET <*> <*>")
    '7c3a5d0bb1a8f0a0'
    """
    return hashlib.blake2b(f"{VERSION}|{text}".encode(), digest_size=8).hexdigest()


def _coarse(messages: pl.Series) -> pl.Series:
    several = messages.str.contains("\n", literal=True).fill_null(False)
    if several.any():
        shorter = messages.filter(several).str.replace_all(_FRAMES, "").str.slice(0, _LONGEST)
        messages = messages.clone().scatter(several.arg_true(), shorter)
    return messages.str.replace_all(_COARSE, _V)


def _coarse_rest(messages: pl.Series, stated: pl.Series) -> pl.Series:
    """Return the masks that are stated, and coarse ones of the other messages."""
    others = stated.is_null()
    if not others.any():
        return stated
    return stated.clone().scatter(others.arg_true(), _coarse(messages.filter(others)))


def coarse_of(text: str) -> str:
    """Return a mask, or a part of one, as `of` takes it."""
    return text.replace(BLANK, _V)


def _known(coarse: pl.Series) -> list[pl.Series]:
    """Return `text` and `mask_id` of distinct coarse masks; those seen before are remembered."""
    wanted = coarse.to_list()
    unseen = [entry for entry in wanted if entry not in _SEEN]
    if unseen:
        if len(_SEEN) + len(unseen) > _REMEMBERED:
            _SEEN.clear()
            unseen = wanted
        _SEEN.update(zip(unseen, _fine(pl.Series(unseen, dtype=pl.String)).to_list(), strict=True))
    text = [_SEEN[entry] for entry in wanted]
    return [
        pl.Series("text", text, dtype=pl.String),
        pl.Series("mask_id", [mask_id(entry) for entry in text], dtype=pl.String),
    ]


def _fine(coarse: pl.Series) -> pl.Series:
    return coarse.to_frame("coarse").select(_fine_mask()).to_series()


@cache
def _fine_mask() -> pl.Expr:
    text = pl.col("coarse").str.slice(0, _LONGEST)
    for pattern, replacement in _FINE:
        text = text.str.replace_all(pattern, replacement)
    return text.str.strip_chars(" ").str.replace_all(_V, BLANK, literal=True)
