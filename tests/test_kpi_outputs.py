"""kpi.json keeps its contract, kpi.md shows values as they are."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from summaries import figure, history, result, summary

from pipeline import kpi, render
from pipeline.render.kpi_json import kpi_json
from pipeline.render.markdown import kpi_markdown
from pipeline.render.words import quantity
from pipeline.summary import Window

SCHEMA = json.loads((Path(render.__file__).parent / "kpi.schema.json").read_text(encoding="utf-8"))
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def faults(value, rule, place="$"):
    """Yield where a value breaks the parts of JSON Schema that our schema uses."""
    if "$ref" in rule:
        rule = {
            **SCHEMA["$defs"][rule["$ref"].rpartition("/")[2]],
            **{k: v for k, v in rule.items() if k != "$ref"},
        }
    known = {
        "type",
        "enum",
        "const",
        "minimum",
        "pattern",
        "minItems",
        "maxItems",
        "items",
        "properties",
        "required",
    }
    assert set(rule) <= known | {"additionalProperties", "description", "title", "format", "$schema", "$defs"}
    kinds = [rule["type"]] if isinstance(rule.get("type"), str) else rule.get("type", [])
    fits = any(
        value is None
        if kind == "null"
        else isinstance(value, TYPES[kind]) and (kind == "boolean") == isinstance(value, bool)
        for kind in kinds
    )
    if kinds and not fits:
        yield f"{place}: not {kinds}"
        return
    if value not in rule.get("enum", [value]) or value != rule.get("const", value):
        yield f"{place}: {value!r}"
    if value is not None and "minimum" in rule and value < rule["minimum"]:
        yield f"{place}: too small"
    if "pattern" in rule and not re.search(rule["pattern"], value):
        yield f"{place}: {value!r}"
    if isinstance(value, list):
        if not rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", len(value)):
            yield f"{place}: {len(value)} items"
        for i, item in enumerate(value):
            yield from faults(item, rule["items"], f"{place}[{i}]")
    if isinstance(value, dict):
        for key in set(rule["required"]) ^ set(value):
            yield f"{place}.{key}: missing or unknown"
        for key in set(rule["properties"]) & set(value):
            yield from faults(value[key], rule["properties"][key], f"{place}.{key}")


def mixed():
    return summary(
        result("client_time_use_all", 0.31, 2000),
        result("api_error_rate", 0.0341, 6100, before=0.002),
        result("memo_create_p99", None, 200),
        result("memo_read_p50", None, 0),
        result("mongo_connection_failures", None, None),
    )


def test_every_document_obeys_the_schema_that_ships_with_it():
    assert list(faults(json.loads(kpi_json(mixed())), SCHEMA)) == []
    nothing = summary(*(result(name, None, None) for name in ("api_error_rate", "skew_over_1h_share")))
    assert list(faults(json.loads(kpi_json(replace(nothing, snapshot=None))), SCHEMA)) == []


@pytest.mark.parametrize(
    "breach", [{"verdict": "OK"}, {"date": 20250620}, {"extra": 1}, {"snapshot": "7"}, {"figures": [{}]}]
)
def test_the_check_above_sees_a_breach(breach):
    assert list(faults({**json.loads(kpi_json(mixed())), **breach}, SCHEMA))


def test_a_figure_in_json_is_what_was_judged():
    document = json.loads(kpi_json(mixed()))
    assert (document["date"], document["timezone"]) == ("2025-06-20", "Asia/Seoul")
    assert (document["start"], document["end"]) == (
        "2025-06-19T15:00:00.000000Z",
        "2025-06-20T15:00:00.000000Z",
    )
    assert (document["verdict"], document["counts"]) == (
        "FAIL",
        {"PASS": 1, "NODATA": 3, "WARN": 0, "FAIL": 1},
    )
    api = document["figures"][1]
    assert api["history"][0] == {"date": "2025-06-13", "value": 0.002, "n": 1000}
    assert api["history"][7] == {"date": "2025-06-20", "value": 0.0341, "n": 6100}
    del api["history"]
    assert api == {
        "name": "api_error_rate",
        "title": "API errors (5xx)",
        "group": "Server",
        "unit": "ratio",
        "value": 0.0341,
        "n": 6100,
        "denominator": "requests without health checks",
        "direction": "lower",
        "warn": 0.01,
        "fail": 0.03,
        "required": False,
        "verdict": "FAIL",
        "nodata": None,
        "reason": None,
        "set_by": "plan",
        "low": None,
        "high": None,
        "coverage": None,
        "holey": False,
        "before": 0.002,
        "median": 0.002,
        "baseline": None,
        "earlier": None,
        "sentence": "The server failed 3.41 % of the requests, above the failure limit of 3 %.",
        "query": "queries/kpi/api_error_rate.sql",
    }


def test_a_gap_in_json_has_its_reason_and_no_value():
    few, empty, missing = json.loads(kpi_json(mixed()))["figures"][2:]
    assert (few["nodata"], few["n"], few["value"]) == ("few", 200, None)
    assert few["reason"] == "Too few memo creations: 200, at least 368 are needed."
    assert (empty["nodata"], empty["reason"]) == ("empty", "No memo reads in this time.")
    assert (missing["nodata"], missing["n"]) == ("missing", None)
    assert missing["reason"] == missing["sentence"] == "No app log holds this day."


def test_json_is_english_whatever_the_page_speaks_and_its_bytes_repeat():
    assert kpi_json(mixed()) == kpi_json(mixed())
    assert kpi_json(mixed()).isascii()


def test_a_rising_limit_stands_in_the_document_as_the_number_that_was_applied():
    judged = kpi.judge(figure("skew_over_1h_share"), history([0.02] * 7 + [0.07], 100))
    document = json.loads(kpi_json(summary(judged)))["figures"][0]
    assert document["warn"] == pytest.approx(0.062)
    assert document["sentence"].endswith("above the warning limit of 6.2 %.")


def test_markdown_has_the_day_the_table_and_the_sentences():
    lines = kpi_markdown(mixed(), "en").splitlines()
    assert lines[0] == "# Habitus33 · daily KPI summary · Friday, 2025-06-20"
    assert lines[2] == "**✕ FAIL** — 1 of 5 figures needs attention; 3 without data."
    row = (
        "| API errors (5xx) | ✕ FAIL | 3.41 % | 6,100 requests without health checks "
        "| warn above 1 %, fail above 3 % | 0.20 % | 0.20 % |"
    )
    assert row in lines
    assert (
        "- **API errors (5xx)**: The server failed 3.41 % of the requests, above the failure limit of 3 %."
        in lines
    )
    columns = {line.replace(r"\|", "").count("|") for line in lines if line.startswith("|")}
    assert columns == {8}


def test_markdown_in_korean():
    text = kpi_markdown(mixed(), "ko")
    assert "# Habitus33 · 일일 KPI 요약 · 2025년 6월 20일 금요일" in text
    assert (
        "| API 오류율 (5xx) | ✕ FAIL | 3.41 % | 헬스체크를 뺀 요청 6,100 "
        "| 경고 1 % 초과, 실패 3 % 초과 | 0.20 % | 0.20 % |" in text
    )


@pytest.mark.parametrize(
    "text", ["<img src=x>", "a|b", "[x](http://e)", "*b* _i_ `c`", "line\nbreak", "# head", "&lt;"]
)
def test_markdown_shows_markup_in_values_as_it_is(text):
    judged = result("api_error_rate", 0.5)
    query = replace(judged.figure.query, keys={**judged.figure.query.keys, "title": text})
    shown = kpi_markdown(summary(replace(judged, figure=replace(judged.figure, query=query))), "en")
    assert not re.search(r"(?<!\\)[<|`\[&](?=img|b |c`|x|lt;)", shown)
    assert len(shown.splitlines()) == len(kpi_markdown(summary(judged), "en").splitlines())


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0, "ratio", "0.00 %"),
        (1.0, "ratio", "100.00 %"),
        (0.00005, "ratio", "0.01 %"),
        (0.4, "ms", "0.4 ms"),
        (99.96, "ms", "100 ms"),
        (12345.6, "ms", "12,346 ms"),
        (1234.0, "count", "1,234"),
        (None, "ratio", "–"),
    ],
)
def test_quantities_are_shown_with_their_unit(value, unit, shown):
    assert quantity(value, unit) == shown


def test_markdown_of_a_week_names_the_week_and_what_must_be_known_first():
    """A message that carries it into a chat says as much as the page's top."""
    week = replace(
        summary(result("api_error_rate", 0.2, before=0.1)), window=Window.WEEK, is_provisional=True
    )
    text = kpi_markdown(week, "en")
    assert text.splitlines()[0] == "# Habitus33 · weekly KPI summary · 7 days until Friday, 2025-06-20"
    assert "> Provisional: " in text
    assert "| Limit | 7 days before | Median day |" in text
    assert "| Limit | Day before | 7-day median |" in kpi_markdown(
        summary(result("api_error_rate", 0.2)), "en"
    )
