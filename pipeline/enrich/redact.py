"""Takes secrets and personal data out of text before anything else sees it.

The rules stand in `redaction.toml`, each with samples that it must and must not change; the settings may add
some. Those hold within `with own_rules(…)`, wherever in there text is redacted: no caller can forget them.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from pipeline.config import RedactionRule
from pipeline.errors import SettingsFault

_RULES = Path(__file__).with_name("redaction.toml")
_MARK = "\x02"
#: What of a sample must go stands between these.
_SECRET = "⟦", "⟧"


@dataclass(frozen=True)
class Rule:
    """One kind of secret; see `redaction.toml` for the meaning of each part."""

    name: str
    title: str
    pattern: str
    replace: str
    test: str
    keep: str | None
    redacts: tuple[str, ...]
    keeps: tuple[str, ...]


_own: ContextVar[tuple[Rule, ...]] = ContextVar("own rules of redaction", default=())


@cache
def rules() -> tuple[Rule, ...]:
    """Return h33's rules in the order in which they run."""
    raw = tomllib.loads(_RULES.read_text(encoding="utf-8"))["rule"]
    return tuple(
        Rule(
            name=entry["name"],
            title=entry["title"],
            pattern=entry["pattern"],
            replace=entry["replace"],
            test=entry["test"],
            keep=entry.get("keep"),
            redacts=tuple(entry["redacts"]),
            keeps=tuple(entry["keeps"]),
        )
        for entry in raw
    )


def checked(stated: Sequence[RedactionRule], where: str | None = None) -> tuple[Rule, ...]:
    """Return the rules that settings state, each proved by its samples. They run behind h33's own.

    Args:
        stated: as the settings have them.
        where: the settings file, for the error.

    Raises:
        SettingsFault: a name is taken, a pattern is no regular expression, or a sample comes out otherwise.
    """
    found: list[Rule] = []
    for number, rule in enumerate(stated, 1):
        made = Rule(
            name=rule.name,
            title=rule.title,
            pattern=rule.pattern,
            replace=rule.replace,
            test=rule.test or rule.pattern,
            keep=rule.keep,
            redacts=rule.redacts,
            keeps=rule.keeps,
        )
        taken = {other.name for other in (*rules(), *found)}
        problem = f"name is taken: {rule.name}" if rule.name in taken else _problem(made)
        if problem:
            hint = "see `h33 formats --redaction`"
            raise SettingsFault(f"redaction[{number}].{problem}", where=where, hint=hint)
        found.append(made)
    return tuple(found)


def _problem(rule: Rule) -> str | None:
    """Return what is wrong with a rule: the key that it is about, and what."""
    for key, pattern in (("pattern", rule.pattern), ("test", rule.test), ("keep", rule.keep)):
        if pattern is not None:
            try:
                pl.select(pl.lit("").str.contains(pattern))
            except pl.exceptions.ComputeError as error:
                return f"{key} is no regular expression: {str(error).strip().splitlines()[-1].strip()}"
    for sample in rule.redacts:
        plain = sample.replace(_SECRET[0], "").replace(_SECRET[1], "")
        secret = sample.partition(_SECRET[0])[2].partition(_SECRET[1])[0]
        clean = _applied(rule, plain)
        if clean == plain or (secret and secret in clean):
            return f"redacts is not what the rule does: {plain!r} becomes {clean!r}"
    for sample in rule.keeps:
        if (clean := _applied(rule, sample)) != sample:
            return f"keeps is not what the rule does: {sample!r} becomes {clean!r}"
    return None


def _applied(rule: Rule, text: str) -> str:
    if not pl.select(pl.lit(text).str.contains(rule.test)).item():
        return text
    clean: str = pl.DataFrame({"text": [text]}).select(_expressions(rule)[1]).item()
    return clean


@contextmanager
def own_rules(added: tuple[Rule, ...]) -> Iterator[None]:
    """Add rules to h33's own for all that is redacted within, in this thread."""
    token = _own.set(added)
    try:
        yield
    finally:
        _own.reset(token)


def redact(text: pl.Series) -> tuple[pl.Series, Mapping[str, int]]:
    """Return the text without secrets, and how many each rule took out; null stays null."""
    counts: Counter[str] = Counter()
    in_force = rules() + _own.get()
    maybe = suspects(text)
    if not maybe.any():
        return text, counts
    suspicious = text.filter(maybe)
    # What we mark with is no part of what is given: taken out later, it would join what it stands between.
    if marked := suspicious.str.contains(_MARK, literal=True).any():
        suspicious = suspicious.str.replace_all(_MARK, "", literal=True)
    found = suspicious.to_frame("text")
    passed = _passed(in_force, found)
    for rule in in_force:
        if passed[rule.name] and (matches := _matches(rule, found)):
            counts[rule.name] += matches
            found = found.select(_expressions(rule)[1])
            # A mark is no digit and no letter: behind it a rule may find what it would not have found before.
            passed = _passed(in_force, found)
    if not (counts or marked):
        return text, counts
    return text.clone().scatter(maybe.arg_true(), found["text"]), counts


def suspects(text: pl.Series) -> pl.Series:
    """Return for each text whether a rule may find something in it."""
    found = text.str.contains(_any_test(rules() + _own.get()))
    return found.fill_null(False) if found.null_count() else found


def has_own_rules() -> bool:
    """Return whether rules of the settings are in force."""
    return bool(_own.get())


@cache
def _any_test(in_force: tuple[Rule, ...]) -> str:
    """Return one pattern that matches where any rule may find something."""
    return "|".join(f"(?:{rule.test})" for rule in in_force)


@cache
def _tests(in_force: tuple[Rule, ...]) -> list[pl.Expr]:
    """Return for each rule whether it may find something."""
    return [pl.col("text").str.contains(rule.test).any().alias(rule.name) for rule in in_force]


def _passed(in_force: tuple[Rule, ...], found: pl.DataFrame) -> dict[str, bool]:
    """Return for each rule, by its name, whether it may find something."""
    return found.select(_tests(in_force)).row(0, named=True)


def _matches(rule: Rule, found: pl.DataFrame) -> int:
    return int(found.select(_expressions(rule)[0]).item() or 0)


@cache
def _expressions(rule: Rule) -> tuple[pl.Expr, pl.Expr]:
    """Return how many secrets of a rule there are, and the text without them."""
    text = pl.col("text")
    if rule.keep is not None:
        text = text.str.replace_all(rule.keep, f"${{1}}{_MARK}${{2}}")
    clean = text.str.replace_all(rule.pattern, rule.replace).str.replace_all(_MARK, "", literal=True)
    return text.str.count_matches(rule.pattern).sum(), clean
