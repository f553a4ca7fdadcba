"""Figures and check lists as rows, for the terminal and for programs that want a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipeline.render.list_words import evidence
from pipeline.render.words import MARKS, badge, limit_text, quantity

if TYPE_CHECKING:
    import pyarrow as pa

    from pipeline.summary import CheckList, Figure, Summary


_KOREAN = {
    "figure": "지표",
    "verdict": "판정",
    "value": "값",
    "before": "이전",
    "median": "중앙값",
    "checklist": "점검표",
    "item": "항목",
    "evidence": "확인 내용",
    "warn": "경고",
    "fail": "실패",
    "minimum": "최소 n",
    "choices": "선택값",
    "baseline": "비교 기준",
    "required": "필수",
    "needs": "출처",
    "set_by": "기준을 정한 곳",
    "plan": "계획의 항목",
    "file": "파일",
}


def heads(language: str) -> dict[str, str]:
    """Return what people call the columns of these tables; programs get the names."""
    return _KOREAN if language == "ko" else {}


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
                "before": quantity(result.before, result.figure.unit),
                "median": quantity(result.median, result.figure.unit),
            }
            for result in summary.results
        ]
    )


def item_rows(lists: Iterable[CheckList], language: str) -> pa.Table:
    """Return a row an item with its verdict and its evidence, or what it lacks."""
    import pyarrow as pa

    fields = ("checklist", "item", "verdict", "evidence")
    return pa.Table.from_pylist(
        [
            {
                "checklist": one.name,
                "item": item.titles[language],
                "verdict": f"{MARKS[item.verdict]} {item.verdict}",
                "evidence": evidence(item, language),
            }
            for one in lists
            for item in one.items
        ],
        pa.schema([(name, pa.string()) for name in fields]),
    )


def item_records(lists: Iterable[CheckList]) -> pa.Table:
    """Return the same rows for programs: the item's key and the bare verdict, always in English."""
    import pyarrow as pa

    fields = ("checklist", "item", "title", "verdict", "reason", "evidence")
    return pa.Table.from_pylist(
        [
            {
                "checklist": one.name,
                "item": item.key,
                "title": item.titles["en"],
                "verdict": str(item.verdict),
                "reason": item.reason,
                "evidence": evidence(item, "en"),
            }
            for one in lists
            for item in one.items
        ],
        pa.schema([(name, pa.string()) for name in fields]),
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
                "minimum": figure.minimum,
                "choices": ", ".join(f"{name} = {value}" for name, value in figure.choices.items()),
                "baseline": figure.baseline,
                "required": figure.required,
                "needs": " ".join(figure.needs),
                "set_by": figure.set_by,
                "plan": figure.said("plan", "en"),
                "file": f"queries/kpi/{figure.name}.sql",
            }
            for figure in figures
        ]
    )


def _beyond(limit: float | None, figure: Figure) -> str | None:
    """Return where a limit is crossed, such as "> 1 %"."""
    if limit is None:
        return None
    return f"{'>' if figure.direction == 'lower' else '<'} {limit_text(limit, figure.unit)}"


def kpi_csv(summary: Summary) -> str:
    """Return `kpi.csv`: a row a figure; values in its unit, empty where there is none."""
    from io import BytesIO

    import pyarrow as pa

    from pipeline.render import rows_csv

    columns = {
        "date": pa.string(),
        "window": pa.string(),
        "figure": pa.string(),
        "unit": pa.string(),
        "verdict": pa.string(),
        "value": pa.float64(),
        "low": pa.float64(),
        "high": pa.float64(),
        "n": pa.int64(),
        "warn": pa.float64(),
        "fail": pa.float64(),
        "before": pa.float64(),
        "median": pa.float64(),
        "coverage": pa.float64(),
    }
    rows = [
        {
            "date": summary.day.date.isoformat(),
            "window": str(summary.window),
            "figure": result.figure.name,
            "unit": result.figure.unit,
            "verdict": str(result.verdict),
            "value": result.value,
            "low": result.point.low,
            "high": result.point.high,
            "n": result.n,
            "warn": result.warn,
            "fail": result.fail,
            "before": result.before,
            "median": result.median,
            "coverage": result.coverage,
        }
        for result in summary.results
    ]
    out = BytesIO()
    rows_csv.write(pa.Table.from_pylist(rows, pa.schema(list(columns.items()))).to_reader(), out)
    return out.getvalue().decode()
