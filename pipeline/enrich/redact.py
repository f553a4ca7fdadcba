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
    suspects = text.str.contains(_any_test()).fill_null(False)
    if not suspects.any():
        return text, counts
    found = text.filter(suspects)
    for rule in _concerned(found):
        found = _apply(rule, found, counts)
    return text.clone().scatter(suspects.arg_true(), found), counts


@cache
def _any_test() -> str:
    """Return one pattern that matches where any rule may find something."""
    return "|".join(f"(?:{rule.test})" for rule in rules())


def _concerned(text: pl.Series) -> list[Rule]:
    """Return the rules that may find something in the text, or in what an earlier rule left of it."""
    tests = [pl.col("text").str.contains(rule.test).any().alias(rule.name) for rule in rules()]
    passed = text.to_frame("text").select(tests).row(0, named=True)
    return [rule for rule in rules() if passed[rule.name]]


def _apply(rule: Rule, text: pl.Series, counts: Counter[str]) -> pl.Series:
    plain = pl.col("text")
    hidden = plain if rule.keep is None else plain.str.replace_all(rule.keep, f"${{1}}{_MARK}${{2}}")
    found = text.to_frame("text").select(hidden, number=hidden.str.count_matches(rule.pattern))
    number = int(found["number"].sum())
    if not number:
        return text
    counts[rule.name] += number
    clean = plain.str.replace_all(rule.pattern, rule.replace)
    return found.select(clean.str.replace_all(_MARK, "", literal=True)).to_series()
