"""The figures of a whole night are what the simulated world says of every day."""

from datetime import datetime, timedelta

import pytest
from end_to_end_lab import close, rows, span


def test_latency_of_every_route_on_every_day(night, truth):
    for day, facts in truth["days"].items():
        found = {
            (row["http_method"], row["http_route"]): row
            for row in rows(night, "report", "latency_by_route", *span(day))
        }
        assert set(found) == {(route["method"], route["route"]) for route in facts["routes"]}
        for route in facts["routes"]:
            row = found[route["method"], route["route"]]
            assert row["n"] == route["n"]
            for percentile, least in (("p50_ms", 6), ("p90_ms", 36), ("p99_ms", 368)):
                wanted = route[percentile] if route["n"] >= least else None
                assert close(row[percentile], wanted), (day, route, percentile)


@pytest.mark.parametrize("what", ["create", "read"])
@pytest.mark.parametrize("percent", [50, 90, 99])
def test_memo_latency_of_every_day(figures, truth, what, percent):
    for point in figures[f"memo_{what}_p{percent}"]["history"]:
        wanted = truth["days"][point["date"]][f"memo_{what}"]
        assert point["n"] == wanted["n"]
        least = {50: 6, 90: 36, 99: 368}[percent]
        assert close(point["value"], wanted[f"p{percent}_ms"] if wanted["n"] >= least else None), point


@pytest.mark.parametrize(
    ("name", "value", "n"),
    [
        ("client_time_use_eligible", ("notes", "use_of_eligible"), ("notes", "eligible")),
        ("client_time_use_all", ("notes", "use_of_all"), ("notes", "all")),
        ("fallback_rate", ("notes", "fallback_ratio"), ("notes", "eligible")),
        ("skew_over_1h_share", ("notes", "delta", "over_1h_ratio"), ("notes", "delta", "n")),
        ("api_error_rate", ("requests", "error_ratio"), ("requests", "api")),
        ("mongo_connection_failures", ("mongo_failures", "total"), None),
    ],
)
def test_a_figure_is_right_on_every_day(figures, truth, name, value, n):
    def at(facts, path):
        for key in path:
            facts = facts[key]
        return facts

    history = figures[name]["history"]
    assert [point["date"] for point in history] == list(truth["days"])
    for point in history:
        assert point["value"] == at(truth["days"][point["date"]], value), point
        if n:
            assert point["n"] == at(truth["days"][point["date"]], n)


def share(part, whole):
    return part / whole if whole else None


def slow(facts, key):
    """Return a sum over the slow operations that tell both what they read and what they returned."""
    shapes = facts["slow_operations"]["shapes"]
    return sum(shape[key] for shape in shapes if shape["docs_examined"] and shape["returned"])


def sent(facts):
    """Return how many decisions were about a client time that was sent, and how many of them failed."""
    checks = facts["time_checks"]
    nothing = checks["reasons"].get("no_data", 0)
    return checks["attempts"] - nothing, checks["server_time"] - nothing


#: Figure → its value by what the truth says of a day, and its n where the truth says it.
OF_A_DAY = {
    "uptime": (
        lambda day: share(day["probes"]["probes"] - day["probes"]["down"], day["probes"]["probes"]),
        lambda day: day["probes"]["probes"],
    ),
    "database_lost": (lambda day: day["probes"]["causes"].get("database_disconnected", 0), None),
    "complaints": (lambda day: day["tickets"]["total"], None),
    "time_complaints": (lambda day: day["tickets"]["by_topic"].get("시간 표시", 0), None),
    "slow_operations": (lambda day: day["slow_operations"]["n"], None),
    "collection_scan_share": (
        lambda day: share(day["slow_operations"]["collscans"], day["slow_operations"]["n"]),
        lambda day: day["slow_operations"]["n"],
    ),
    "memory_sort_share": (
        lambda day: share(day["slow_operations"]["in_memory_sorts"], day["slow_operations"]["n"]),
        lambda day: day["slow_operations"]["n"],
    ),
    "documents_per_returned": (
        lambda day: share(slow(day, "docs_examined"), slow(day, "returned")),
        lambda day: slow(day, "returned"),
    ),
    "fallback_rate_logged": (
        lambda day: day["time_checks"]["fallback_ratio"],
        lambda day: day["time_checks"]["attempts"],
    ),
    "refused_zone_rate": (
        lambda day: share(day["time_checks"]["reasons"].get("bad_zone", 0), day["time_checks"]["attempts"]),
        lambda day: day["time_checks"]["attempts"],
    ),
    "time_processing_failure_rate": (lambda day: share(*sent(day)[::-1]), lambda day: sent(day)[0]),
    "time_accuracy": (
        lambda day: share(
            sum(abs(ms) <= 300_000 for ms in day["notes"]["delta"]["ms"]), day["notes"]["delta"]["n"]
        ),
        lambda day: day["notes"]["delta"]["n"],
    ),
    "api_refusal_rate": (
        lambda day: share(day["requests"]["status_4xx"], day["requests"]["api"]),
        lambda day: day["requests"]["api"],
    ),
    # The TimeProcessor prints an exception as an error, too.
    "error_records": (
        lambda day: day["error_records"] + day["time_checks"]["reasons"].get("exception", 0),
        None,
    ),
    **dict.fromkeys(("request_hours_known",), (lambda _: 1, None)),
    **dict.fromkeys(
        (
            "creations_without_memo",
            "damaged_sources",
            "deploy_failures",
            "instance_failures",
            "silent_instance_hours",
        ),
        (lambda _: 0, None),
    ),
}


@pytest.mark.parametrize("name", OF_A_DAY)
def test_a_figure_of_any_input_is_right_on_every_day(figures, truth, name):
    value, n = OF_A_DAY[name]
    history = figures[name]["history"]
    assert [point["date"] for point in history] == list(truth["days"])
    for point in history:
        facts = truth["days"][point["date"]]
        wanted = value(facts)
        assert point["value"] == (wanted if wanted is None else pytest.approx(wanted, rel=1e-12)), point
        if n:
            assert point["n"] == n(facts)


def test_the_response_time_of_every_day(figures, truth):
    for point in figures["response_time"]["history"]:
        wanted = truth["days"][point["date"]]["requests"]
        assert point["n"] == wanted["api"]
        assert close(point["value"], wanted["p95_ms"]), point


def test_memos_that_vanished_are_counted_on_the_day_of_the_export_that_lacks_them(figures, truth):
    days = {
        str((datetime.fromisoformat(export["taken"]) + timedelta(hours=9)).date()): len(export["vanished"])
        for export in truth["exports"][1:]
    }
    for point in figures["vanished_notes"]["history"]:
        assert point["value"] == days.get(point["date"]), point


@pytest.mark.parametrize(("name", "unit"), [("render_cpu", "cpu"), ("render_memory", "GB")])
def test_the_highest_measurement_is_the_highest_of_any_instance(figures, truth, name, unit):
    (said,) = (file for file in truth["files"].values() if file.get("unit") == unit)
    assert max(point["value"] for point in figures[name]["history"]) == max(said["highest"].values())


def test_no_figure_lacks_its_input(figures):
    assert [name for name, figure in figures.items() if figure["verdict"] == "NODATA"] == []
