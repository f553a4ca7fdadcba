"""Figures as rows, for the terminal and for programs that want a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipeline.render.words import badge, limit_text, quantity

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.summary import Figure, Summary


def summary_rows(summary: Summary, language: str) -> pa.Table:
    """Return a row a figure with its values as people read them: what fits into 80 columns."""
    import pyarrow as pa

    return pa.Table.from_pylist(
        [
            {
                "figure": result.figure.name,
                "verdict": badge(result, language),
                "value": quantity(result.value, result.figure.unit),
                "n": result.n,
                "day_before": quantity(result.day_before, result.figure.unit),
                "median_7d": quantity(result.median_7d, result.figure.unit),
            }
            for result in summary.results
        ]
    )


def figure_rows(figures: Iterable[Figure]) -> pa.Table:
    """Return a row a figure with its limits and where they were set."""
    import pyarrow as pa

    return pa.Table.from_pylist(
        [
            {
                "figure": figure.name,
                "warn": "rising" if figure.rising else _beyond(figure.warn, figure),
                "fail": _beyond(figure.fail, figure),
                "required": figure.required,
                "needs": figure.query.keys["needs"],
                "set_by": figure.set_by,
            }
            for figure in figures
        ]
    )


def _beyond(limit: float | None, figure: Figure) -> str | None:
    """Return where a limit is crossed, such as "> 1 %"."""
    if limit is None:
        return None
    return f"{'>' if figure.direction == 'lower' else '<'} {limit_text(limit, figure.unit)}"
