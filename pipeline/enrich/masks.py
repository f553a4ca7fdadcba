r"""Masks: a message with its variable parts blanked; messages of one statement in the code are one text.

A coarse mask runs over every message and is cheap; it leaves few distinct texts. A fine mask runs over those.
Both are pure: every worker gives a message the same mask on every day, so `mask_id` needs no shared state.
A stack's frames say where, not what, and are left out.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache

import numpy as np
import polars as pl

#: Goes into every id: a change of the patterns below changes all ids, and must change this.
VERSION = "1"
#: What stands for a variable part.
BLANK = "<*>"

#: Longer messages are masked by their beginning.
_LONGEST = 4000

# The fine mask is a pure function of two dozen patterns: its results are remembered, up to so many.
_REMEMBERED = 50_000
_SEEN: dict[str, tuple[str, str]] = {}

#: Messages of which some are looked at for a mask that most of them have, and how many are.
_FEWEST, _LOOKED_AT = 1 << 10, 32

_NEVER = np.iinfo(np.int64).max

_V = "\x01"
# Delimiters of tokens. A single dot stays inside a token, so that addresses and versions are one.
_D = r"""\s=:,;()\[\]{}"'<>|!?*"""
_COARSE = (
    r"""[A-Za-z][A-Za-z0-9+.\-]*://[^\s"'<>,;)\]}]*[^\s"'<>,;:.)\]}]"""
    rf"|(?:[^{_D}.0-9]+\.)*[^{_D}.0-9]*[0-9](?:\.?[^{_D}.])*"
)
# A word that the coarse mask blanks whole.
_LONE = "[A-Za-z]*[0-9][0-9A-Za-z]*"
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
    """Return each message's mask id (an Enum, null for no message), and the distinct masks: id and text.

    Args:
        messages: without secrets.
        stated: the masks of messages that their formats know (`coarse_of` their texts), null for the others.
    """
    number, masks = _numbered(messages, stated)
    return _ids(masks)[number], masks


def of_events(
    messages: pl.Series, ts: pl.Series, stated: pl.Series | None = None
) -> tuple[pl.Series, pl.DataFrame]:
    """Return what `of` does, with the first instant at which each mask was met: `first_ts`.

    Args:
        messages: without secrets.
        ts: when each was written, or null.
        stated: see `of`.
    """
    number, masks = _numbered(messages, stated)
    return _ids(masks)[number], masks.with_columns(first_ts=_first(ts, number, masks.height))


def _ids(masks: pl.DataFrame) -> pl.Series:
    """Return the ids of distinct masks by their numbers: few stand for many, and are compared as numbers."""
    return masks["mask_id"].cast(pl.Enum(masks["mask_id"]))


def _first(ts: pl.Series, number: pl.Series, count: int) -> pl.Series:
    """Return the first instant of each of so many masks, null where all of its messages have none."""
    at = ts.cast(pl.Int64)
    if at.null_count() or number.null_count():
        told = number.is_not_null() & at.is_not_null()
        number, at = number.filter(told), at.filter(told)
    first = np.full(count, _NEVER)
    np.minimum.at(first, number.to_numpy(), at.to_numpy())
    return pl.Series(first).set(pl.Series(first == _NEVER), None).cast(ts.dtype)


def _numbered(messages: pl.Series, stated: pl.Series | None) -> tuple[pl.Series, pl.DataFrame]:
    """Return for each message the row of its mask (null for a null message), and the distinct masks."""
    coarse = _coarse(messages) if stated is None else _coarse_rest(messages, stated)
    coded = coarse.to_arrow(compat_level=pl.CompatLevel.newest()).dictionary_encode()
    known = _known(coded.dictionary.to_pylist())
    place = {mask: row for row, mask in enumerate(dict.fromkeys(known))}
    masks = pl.DataFrame(list(place), {"mask_id": pl.String, "text": pl.String}, orient="row")
    row_of = pl.Series([place[mask] for mask in known], dtype=pl.UInt32)
    return row_of[pl.Series(coded.indices).cast(pl.UInt32)], masks


def mask_id(text: str) -> str:
    """Return the id of a mask's text: 64 bits of BLAKE2b as 16 hex digits.

    >>> mask_id("GET <*> <*>")
    '7c3a5d0bb1a8f0a0'
    """
    return hashlib.blake2b(f"{VERSION}|{text}".encode(), digest_size=8).hexdigest()


def _coarse(messages: pl.Series) -> pl.Series:
    several = messages.str.contains("\n", literal=True).arg_true()
    if len(several):
        shorter = messages[several].str.replace_all(_FRAMES, "").str.slice(0, _LONGEST)
        messages = messages.clone().scatter(several, shorter)
    usual = _usual(messages.head(_LOOKED_AT)) if len(messages) >= _FEWEST else None
    if usual is None:
        return messages.str.replace_all(_COARSE, _V)
    mask, pattern = usual
    others = (~messages.str.contains(pattern).fill_null(False)).arg_true()
    coarse = pl.Series([mask]).new_from_index(0, len(messages))
    return coarse.scatter(others, messages[others].str.replace_all(_COARSE, _V)) if len(others) else coarse


def _usual(messages: pl.Series) -> tuple[str, str] | None:
    """Return the coarse mask that most messages have, and a pattern of such ones; None where there is none.

    That a message is of a mask is told in a third of the time that finding its mask takes. What is blanked
    never reaches over a blank, so the words of a mask that has only whole ones blanked stand for themselves.
    """
    masks = messages.str.replace_all(_COARSE, _V).drop_nulls()
    mask, count = Counter(masks.to_list()).most_common(1)[0] if len(masks) else ("", 0)
    words = mask.split(" ")
    lone = _V in words and all(_V not in word or word == _V for word in words)
    if not lone or count * 2 < len(messages):
        return None
    return mask, f"^{pl.escape_regex(mask).replace(_V, _LONE)}$"


def _coarse_rest(messages: pl.Series, stated: pl.Series) -> pl.Series:
    """Return the masks that are stated, and coarse ones of the other messages."""
    if not stated.null_count():
        return stated
    others = stated.is_null().arg_true()
    return stated.clone().scatter(others, _coarse(messages[others]))


def coarse_of(text: str) -> str:
    """Return a mask, or a part of one, as `of` takes it."""
    return text.replace(BLANK, _V)


def _known(wanted: list[str]) -> list[tuple[str, str]]:
    """Return id and text of the masks of distinct coarse ones; those seen before are remembered."""
    # Looked up once: another thread may forget them at any time.
    known = {entry: mask for entry in wanted if (mask := _SEEN.get(entry)) is not None}
    unseen = [entry for entry in wanted if entry not in known]
    if unseen:
        texts = _fine(pl.Series(unseen, dtype=pl.String)).to_list()
        made = dict(zip(unseen, ((mask_id(text), text) for text in texts), strict=True))
        if len(_SEEN) + len(made) > _REMEMBERED:
            _SEEN.clear()
        _SEEN.update(made)
        known |= made
    return [known[entry] for entry in wanted]


def _fine(coarse: pl.Series) -> pl.Series:
    return coarse.to_frame("coarse").select(_fine_mask()).to_series()


@cache
def _fine_mask() -> pl.Expr:
    text = pl.col("coarse").str.slice(0, _LONGEST)
    for pattern, replacement in _FINE:
        text = text.str.replace_all(pattern, replacement)
    return text.str.strip_chars(" ").str.replace_all(_V, BLANK, literal=True)
