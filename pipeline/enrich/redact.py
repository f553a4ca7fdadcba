"""Takes secrets and personal data out of text before anything else sees it.

The rules stand in `redaction.toml`, each with samples that it must and must not change.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

_RULES = Path(__file__).with_name("redaction.toml")
_MARK = "\x02"


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


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules in the order in which they run."""
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


def redact(text: pl.Series) -> tuple[pl.Series, Mapping[str, int]]:
    """Return the text without secrets, and how many each rule took out; null stays null."""
    counts: Counter[str] = Counter()
    suspects = text.str.contains(_any_test())
    if not suspects.any():
        return text, counts
    suspects = suspects.fill_null(False)
    found = text.filter(suspects).to_frame("text")
    passed = found.select(_tests()).row(0, named=True)
    for rule in rules():
        if passed[rule.name]:
            found = _apply(rule, found, counts)
    return (text.clone().scatter(suspects.arg_true(), found["text"]) if counts else text), counts


@cache
def _any_test() -> str:
    """Return one pattern that matches where any rule may find something."""
    return "|".join(f"(?:{rule.test})" for rule in rules())


@cache
def _tests() -> list[pl.Expr]:
    """Return for each rule whether it may find something."""
    return [pl.col("text").str.contains(rule.test).any().alias(rule.name) for rule in rules()]


def _apply(rule: Rule, found: pl.DataFrame, counts: Counter[str]) -> pl.DataFrame:
    number, clean = _expressions(rule)
    matches = int(found.select(number).item() or 0)
    if not matches:
        return found
    counts[rule.name] += matches
    return found.select(clean)


@cache
def _expressions(rule: Rule) -> tuple[pl.Expr, pl.Expr]:
    """Return how many secrets of a rule there are, and the text without them."""
    text = pl.col("text")
    if rule.keep is not None:
        text = text.str.replace_all(rule.keep, f"${{1}}{_MARK}${{2}}")
    clean = text.str.replace_all(rule.pattern, rule.replace).str.replace_all(_MARK, "", literal=True)
    return text.str.count_matches(rule.pattern).sum(), clean
