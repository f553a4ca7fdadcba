"""What an item of a check list says for itself, in Korean and English: its evidence, or what it lacks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pipeline.render.words import quantity
from pipeline.summary import Item

_SENTENCES = {
    "en": {
        "value": "{value}{interval} of n = {n}; limit {limit}.",
        "changed": "{before} before, {after} since: × {value}{interval}, n = {n}; limit × {limit}.",
        "open": "{shown}: the data do not decide.",
        "not_over": "{shown}; its time ends {ends}.",
        "so_far": "So far {shown}; it may still recover until {ends}.",
        "lost": "{shown}: out of reach even if nothing bad comes any more until {ends}.",
        "hole": "{shown}, but only {coverage} of the time is covered.",
        "not_begun": "Its time begins {since}.",
        "no_release": "The settings name no release (`at` under `[deploy]`).",
        "no_baseline": "Nothing to compare with: n = {n_before} before the release, {n_after} since.",
        "no_before": "Nothing is known of the time before the release.",
        "missing": "{missing}",
        "unseen": "{missing}",
        "no_limit": "{value}, but too few days before are known to tell a surge.",
        "empty": "Nothing was counted in this time.",
        "few": "Too few: {n}, at least {minimum} are needed.",
        "seen": "{detail}",
        "attested": "{by}, {at}: {evidence}",
        "not_attested": "Nobody has attested `{item}`.",
    },
    "ko": {
        "value": "{value}{interval}, n = {n}; 기준 {limit}.",
        "changed": "배포 전 {before}, 배포 후 {after}: × {value}{interval}, n = {n}; 기준 × {limit}.",
        "open": "{shown}: 데이터로 결정할 수 없습니다.",
        "not_over": "{shown}; 기간은 {ends}에 끝납니다.",
        "so_far": "지금까지 {shown}; {ends}까지 아직 회복될 수 있습니다.",
        "lost": "{shown}; {ends}까지 더 나빠지지 않아도 기준에 들 수 없습니다.",
        "hole": "{shown}. 그러나 기간의 {coverage}만 기록되어 있습니다.",
        "not_begun": "기간은 {since}에 시작됩니다.",
        "no_release": "설정에 배포 시점이 없습니다 (`[deploy]`의 `at`).",
        "no_baseline": "비교할 것이 없습니다: 배포 전 n = {n_before}, 배포 후 {n_after}.",
        "no_before": "배포 전의 기록이 없습니다.",
        "missing": "{missing}",
        "unseen": "{missing}",
        "no_limit": "{value}. 그러나 급증을 판단할 지난 날들이 부족합니다.",
        "empty": "이 기간에 센 것이 없습니다.",
        "few": "{n}건으로는 부족합니다: {minimum}건부터 계산합니다.",
        "seen": "{detail}",
        "attested": "{by}, {at}: {evidence}",
        "not_attested": "`{item}` 항목을 확인한 사람이 없습니다.",
    },
}


def evidence(item: Item, language: str) -> str:
    """Return one sentence: what was found, or what is missing."""
    said = _SENTENCES[language]
    text = said[item.reason]
    if "{shown}" in text:
        shown = said["changed" if item.unit == "change" else "value"].rstrip(".")
        text = text.replace("{shown}", "{detail}" if "detail" in item.facts else shown)
    return _filled(text, _gaps(item, language))


def _gaps(item: Item, language: str) -> dict[str, str]:
    gaps = {name: _text(value, language) for name, value in item.facts.items()}
    counted = item.facts.get("counted", "number")
    for name in ("before", "after"):
        if name in item.facts:
            gaps[name] = quantity(item.facts[name], "number" if counted == "count" else counted)
    if item.facts.get("coverage") is not None:
        gaps["coverage"] = quantity(item.facts["coverage"], "ratio")
    gaps["interval"] = ""
    if item.low is not None and item.high is not None:
        gaps["interval"] = f" ({shown(item.low, item.unit)} … {shown(item.high, item.unit)})"
    gaps |= {"value": shown(item.value, item.unit), "limit": shown(item.limit, item.unit)}
    gaps["n"] = "0" if item.n is None else f"{item.n:,}"
    return {"n_before": "0", "n_after": "0", **gaps}


def shown(value: float | None, unit: str) -> str:
    """Return a value as people read it; a change is a plain factor.

    >>> shown(1.0468, "change"), shown(0.0123, "ratio")
    ('1.05', '1.23 %')
    """
    if value is None:
        return quantity(value, unit)
    if unit == "change":
        return f"{value:.2f}"
    # A limit worked out from days before is no whole number.
    return f"{value:.1f}" if unit == "count" and value != round(value) else quantity(value, unit)


def _text(value: Any, language: str) -> str:
    if isinstance(value, dict):
        return str(value[language])
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return f"{value:,}" if isinstance(value, int) else str(value)


def _filled(text: str, gaps: dict[str, str]) -> str:
    """Return a text with its gaps filled in one pass: what fills one is never read again."""
    parts = text.split("{")
    filled = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        filled += [gaps.get(name, ""), rest]
    return "".join(filled)
