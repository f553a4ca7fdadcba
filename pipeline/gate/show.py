"""A judgement for people (terminal, Markdown) and for programs (one JSON object)."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from pipeline.gate.checks import Check
from pipeline.gate.messages import heading, say, title
from pipeline.gate.record import Look
from pipeline.gate.verdict import Judgement
from pipeline.render import rows_markdown, rows_table

#: How a check's figures are written, by the first word of its name that fits; else as percentages.
_NOTATION = {"error_evidence": "{:.2f}", "latency_limit": "{:,.0f}", "latency_p": "{:.3f}"}
_PERCENT = "{:.2%}"


def as_object(
    judgement: Judgement, looks: Sequence[Look], stage: int | None, planned: float | None
) -> dict[str, Any]:
    """Return the judgement as plain values: keys and sentences in English, instants in UTC."""
    return {
        "verdict": judgement.verdict.value,
        "reasons": [say(why) for why in judgement.reasons],
        "checks": [_check_object(check) for check in judgement.checks],
        "notes": [say(note) for note in judgement.notes],
        "stage": stage,
        "planned_share": planned,
        "needed": judgement.needed,
        "confounded": judgement.confounded,
        "first_ts": _instant(judgement.first_ts),
        "last_ts": _instant(judgement.last_ts),
        "requests": asdict(judgement.rows),
        "errors": asdict(judgement.errors),
        "dispersion": judgement.dispersion,
        "left_out": {kind: asdict(pair) for kind, pair in judgement.left_out.items()},
        "looks": [asdict(look) for look in looks],
    }


def _check_object(check: Check) -> dict[str, Any]:
    figures = {key: _finite(getattr(check, key)) for key in ("value", "low", "high", "limit")}
    return {
        "name": check.name,
        "verdict": check.verdict.value,
        **figures,
        "n_baseline": check.n_baseline,
        "n_canary": check.n_canary,
        "needed": check.needed,
        "reason": say(check.reason) if check.reason else None,
    }


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None


def _instant(microseconds: int | None) -> str | None:
    if microseconds is None:
        return None
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).isoformat().replace("+00:00", "Z")


def as_text(
    judgement: Judgement,
    looks: Sequence[Look],
    stage: int | None,
    language: str,
    zone: ZoneInfo,
    columns: int | None = None,
) -> str:
    """Return the judgement for people.

    Args:
        judgement: what was found.
        looks: the record, this look included; empty where none is kept.
        stage: percent, None when none was named.
        language: en or ko.
        zone: of the instants shown.
        columns: of the terminal; None for Markdown.
    """
    out = io.BytesIO()
    line = "**{}**" if columns is None else "{}"
    head = [line.format(judgement.verdict.value)]
    if stage is not None:
        head.append(f"{heading('stage', language)} {stage} %")
    head.append(_span(judgement, zone))
    parts = ["  ".join(part for part in head if part)]
    parts.append(_bullets([say(why, language, zone) for why in judgement.reasons]))
    _write(_checks(judgement.checks, language), out, zone, columns)
    parts.append(out.getvalue().decode().rstrip("\n"))
    if judgement.notes:
        said = _bullets([say(note, language, zone) for note in judgement.notes])
        parts.append(f"{heading('notes', language)}\n{'' if columns else chr(10)}{said}")
    if looks:
        out = io.BytesIO()
        _write(_looks(looks, language, zone), out, zone, columns)
        gap = "" if columns else "\n"
        parts.append(f"{heading('looks', language)}\n{gap}{out.getvalue().decode().rstrip()}")
    return "\n\n".join(parts) + "\n"


def _span(judgement: Judgement, zone: tzinfo) -> str:
    if judgement.first_ts is None or judgement.last_ts is None:
        return ""
    first, last = (
        datetime.fromtimestamp(ts // 1_000_000, zone) for ts in (judgement.first_ts, judgement.last_ts)
    )
    return f"{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M %z}"


def _bullets(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _checks(checks: Sequence[Check], language: str) -> pa.Table:
    columns: dict[str, list[Any]] = {
        "check": [title(check.name, language) for check in checks],
        "verdict": [check.verdict.value for check in checks],
    }
    for key in ("value", "low", "high", "limit"):
        columns[key] = [_number(check, getattr(check, key)) for check in checks]
    for key in ("n_baseline", "n_canary", "needed"):
        columns[key] = [getattr(check, key) for check in checks]
    return _titled(columns, language)


def _number(check: Check, figure: float | None) -> str | None:
    if figure is None or not math.isfinite(figure):
        return None
    form = next((form for start, form in _NOTATION.items() if check.name.startswith(start)), _PERCENT)
    return form.format(figure)


def _looks(looks: Sequence[Look], language: str, zone: tzinfo) -> pa.Table:
    columns: dict[str, list[Any]] = {
        "look": [look.look for look in looks],
        "at": [datetime.fromisoformat(look.at).astimezone(zone).strftime("%Y-%m-%d %H:%M") for look in looks],
        "stage": [look.stage for look in looks],
        "verdict": [look.verdict for look in looks],
        "n_baseline": [look.n_baseline for look in looks],
        "n_canary": [look.n_canary for look in looks],
    }
    return _titled(columns, language)


def _titled(columns: dict[str, list[Any]], language: str) -> pa.Table:
    return pa.table({heading(name, language): values for name, values in columns.items()})


def _write(table: pa.Table, out: io.BytesIO, zone: ZoneInfo, columns: int | None) -> None:
    if columns is None:
        rows_markdown.write(table.to_reader(), out, zone)
    else:
        rows_table.write(table.to_reader(), out, zone, columns)
