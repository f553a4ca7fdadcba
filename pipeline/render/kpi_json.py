"""`kpi.json`: a day's summary for programs. `kpi.schema.json` beside this file is its contract."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson

from pipeline import instants
from pipeline.render import words
from pipeline.render.list_words import evidence
from pipeline.summary import Baseline, Budget, CheckList, Earlier, Item, Result, Summary
from pipeline.version import __version__

#: Raised when a key changes its meaning or goes; new keys alone do not raise it.
SCHEMA_VERSION = 2


def kpi_json(summary: Summary) -> str:
    """Return the document as text, ended by a newline; the same summary gives the same bytes."""
    return orjson.dumps(document(summary), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def document(summary: Summary) -> dict[str, Any]:
    """Return the document: English, instants in UTC, values in the figure's unit, null for none."""
    return {
        "schema_version": SCHEMA_VERSION,
        "h33_version": __version__,
        "window": str(summary.window),
        "date": summary.day.date.isoformat(),
        "timezone": summary.timezone,
        "start": _instant(_start(summary)),
        "end": _instant(summary.day.end),
        "snapshot": summary.snapshot,
        "verdict": str(summary.verdict),
        "counts": {str(verdict): count for verdict, count in summary.counts.items()},
        "provisional": summary.is_provisional,
        "revised": summary.is_revised,
        "earlier": _earlier(summary.earlier),
        "figures": [_figure(result) for result in summary.results],
        "lists": [_list(one) for one in summary.lists],
        "rollback_considered": bool(summary.dangers),
        "budgets": [_budget(one) for one in summary.budgets],
    }


def _start(summary: Summary) -> datetime:
    """Return the first instant of the window: midnight of its first day in the reporting zone."""
    first = summary.day.date - timedelta(days=summary.window.days - 1)
    return instants.day_of(first, instants.zone(summary.timezone)).start


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _figure(result: Result) -> dict[str, Any]:
    figure = result.figure
    return {
        "name": figure.name,
        "title": figure.said("title", "en"),
        "group": figure.said("group", "en"),
        "unit": figure.unit,
        "value": result.value,
        "n": result.n,
        "denominator": figure.said("denominator", "en"),
        "direction": figure.direction,
        "warn": result.warn,
        "fail": result.fail,
        "required": figure.required,
        "verdict": str(result.verdict),
        "nodata": str(result.gap) if result.gap else None,
        "reason": words.reason(result, "en") or None,
        "set_by": figure.set_by,
        "low": result.point.low,
        "high": result.point.high,
        "coverage": result.coverage,
        "holey": result.is_holey,
        "before": result.before,
        "median": result.median,
        "baseline": _baseline(result.baseline),
        "earlier": _earlier(result.earlier),
        "history": [
            {"date": point.day.isoformat(), "value": point.value, "n": point.n} for point in result.history
        ],
        "sentence": words.sentence(result, "en"),
        "query": f"queries/kpi/{figure.name}.sql",
    }


def _baseline(found: Baseline | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "kind": found.kind,
        "days": [day.isoformat() for day in found.days],
        "left_out": [day.isoformat() for day in found.left_out],
        "value": found.value,
        "n": found.n,
        "difference_low": found.low,
        "difference_high": found.high,
    }


def _earlier(found: Earlier | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "verdict": str(found.verdict),
        "value": found.value,
        "n": found.n,
        "snapshot": found.snapshot,
    }


def _list(one: CheckList) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "title": one.titles["en"],
        "since": _instant(one.since) if one.since else None,
        "until": _instant(one.until) if one.until else None,
        "over": one.is_over,
        "verdict": str(one.verdict),
        "items": [_item(item) for item in one.items],
        "missing": [item.key for item in one.missing],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "key": item.key,
        "title": item.titles["en"],
        "verdict": str(item.verdict),
        "evidence": evidence(item, "en"),
        "reason": item.reason,
        "value": item.value,
        "low": item.low,
        "high": item.high,
        "n": item.n,
        "limit": item.limit,
        "unit": item.unit,
        "source": item.source,
        "line_no": item.line_no,
        "query": item.query,
    }


def _budget(one: Budget) -> dict[str, Any]:
    return {
        "figure": one.figure,
        "title": one.titles["en"],
        "objective": one.objective,
        "verdict": str(one.verdict),
        "days": one.days,
        "good": one.good,
        "total": one.total,
        "low": one.low,
        "high": one.high,
        "coverage": one.coverage,
        "left": one.left,
        "allowed_minutes": one.allowed_minutes,
        "used_minutes": one.used_minutes,
        "burns": [
            {"days": burn.days, "bad": burn.bad, "total": burn.total, "rate": burn.rate} for burn in one.burns
        ],
        "worst_hour": _instant(one.worst_hour) if one.worst_hour else None,
        "worst_bad": one.worst_bad,
        "days_left": one.days_left,
    }
