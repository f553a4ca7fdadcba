"""`kpi.json`: a day's summary for programs. `kpi.schema.json` beside this file is its contract."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from pipeline import __version__
from pipeline.render import words
from pipeline.summary import Result, Summary

#: Raised when a key changes its meaning or goes; new keys alone do not raise it.
SCHEMA_VERSION = 1


def kpi_json(summary: Summary) -> str:
    """Return the document as text, ended by a newline; the same summary gives the same bytes."""
    return orjson.dumps(document(summary), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def document(summary: Summary) -> dict[str, Any]:
    """Return the document: English, instants in UTC, values in the figure's unit, null for none."""
    return {
        "schema_version": SCHEMA_VERSION,
        "h33_version": __version__,
        "date": summary.day.date.isoformat(),
        "timezone": summary.timezone,
        "start": _instant(summary.day.start),
        "end": _instant(summary.day.end),
        "snapshot": summary.snapshot,
        "verdict": str(summary.verdict),
        "counts": {str(verdict): count for verdict, count in summary.counts.items()},
        "figures": [_figure(result) for result in summary.results],
    }


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
        "day_before": result.day_before,
        "median_7d": result.median_7d,
        "history": [
            {"date": point.day.isoformat(), "value": point.value, "n": point.n} for point in result.history
        ],
        "sentence": words.sentence(result, "en"),
        "query": f"queries/kpi/{figure.name}.sql",
    }
