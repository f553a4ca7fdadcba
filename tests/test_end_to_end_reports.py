"""Reports over a whole night say what the simulated world says."""

from datetime import datetime, timedelta

from end_to_end_lab import ask, rows, span


def test_client_time_use_in_the_report_too(night, truth):
    found = rows(night, "report", "client_time_use", "--since", "2025-06-20", "--until", "2025-06-28")
    names = {
        "memos": "all",
        "with_client_time": "value",
        "of_all_ratio": "use_of_all",
        "eligible": "eligible",
        "eligible_with_client_time": "eligible_value",
        "of_eligible_ratio": "use_of_eligible",
    }
    assert [row["day"] for row in found] == list(truth["days"])
    for row in found:
        facts = truth["days"][row["day"]]["notes"]
        assert {key: row[key] for key in names} == {key: facts[name] for key, name in names.items()}


def test_the_histogram_of_clock_differences_on_every_day_and_over_all(night, truth):
    spans = {day: span(day) for day in truth["days"]}
    spans["all"] = ("--since", "2020-01-01", "--until", "2030-01-01")
    for day, options in spans.items():
        found = rows(night, "report", "time_skew_histogram", *options)
        notes = truth["notes"] if day == "all" else truth["days"][day]["notes"]
        assert [(row["from_min"], row["memos"]) for row in found] == [
            (bin_["from_min"], bin_["n"]) for bin_ in notes["delta"]["histogram"]
        ]


def test_notes_of_all_days_together(night, truth):
    (found,) = ask(
        night,
        'SELECT count(*) AS "all", '
        + ", ".join(f"count(*) FILTER (client_state = '{s}') AS \"{s}\"" for s in ("value", "null", "absent"))
        + ", count(*) FILTER (abs(diff_min) > 60) AS over_1h, count(*) FILTER (client_time_eligible("
        f"origin_session, created_at, '{truth['deployed_at']}')) AS eligible FROM notes",
    )
    wanted = truth["notes"]
    assert found == {
        **{key: wanted[key] for key in ("all", "value", "null", "absent", "eligible")},
        "over_1h": wanted["delta"]["over_1h"],
    }


def test_failures_that_controllers_printed_by_hour_label_and_name(night, truth):
    found = ask(
        night,
        "SELECT utc_hour(ts) AS hour, (attrs ->> 'label') || ' 오류 발생' AS label, "
        "attrs ->> 'error_name' AS error_name, count(*) AS n "
        "FROM errors WHERE format = 'controller-error' AND ts IS NOT NULL GROUP BY ALL",
    )
    wanted = [error for day in truth["days"].values() for error in day["errors"]]
    assert {(r["hour"], r["label"], r["error_name"]): r["n"] for r in found} == {
        (e["hour"], e["label"], e["error_name"]): e["n"] for e in wanted
    }
    assert sum(row["n"] for row in found) == sum(day["error_records"] for day in truth["days"].values())


def test_the_time_processors_decisions_of_every_day(night, truth):
    found = ask(
        night,
        "SELECT local_day(ts) AS day, outcome, reason, zone, count(*) AS n FROM time_checks GROUP BY ALL",
    )
    for day, facts in truth["days"].items():
        checks = [row for row in found if row["day"] == day]

        def count(key, kept=lambda row: True, checks=checks):
            totals = {}
            for row in checks:
                if kept(row):
                    totals[row[key]] = totals.get(row[key], 0) + row["n"]
            return totals

        wanted = facts["time_checks"]
        assert count("outcome") == {"client": wanted["client_time"], "server": wanted["server_time"]}
        assert count("reason", lambda row: row["outcome"] == "server") == wanted["reasons"]
        assert count("zone", lambda row: row["reason"] == "bad_zone") == wanted["refused_zones"]
        assert sum(row["n"] for row in checks) == wanted["attempts"]


def test_what_each_export_holds_adds_and_lacks(night, truth):
    found = ask(
        night, "SELECT snapshot, doc_id FROM lake.documents WHERE collection = 'notes' ORDER BY snapshot"
    )
    exports = {}
    for row in found:
        exports.setdefault(row["snapshot"], set()).add(row["doc_id"])
    assert len(exports) == len(truth["exports"])
    before = set()
    for held, wanted in zip(exports.values(), truth["exports"], strict=True):
        assert len(held) == wanted["documents"]
        assert len(held - before) == wanted["new"]
        assert sorted(before - held) == wanted["vanished"]
        before = held
    lost = truth["stories"]["incomplete_export"]
    assert lost["ids"] == next(e["vanished"] for e in truth["exports"] if e["path"] == lost["path"])


def test_the_reports_of_exports_say_what_was_added_and_what_vanished(night, truth):
    span_of_all = ("--since", "2025-06-01", "--until", "2025-07-31")
    found = [row for row in rows(night, "report", "exports", *span_of_all) if row["collection"] == "notes"]
    wanted = truth["exports"]
    assert [(row["documents"], row["extent"]) for row in found] == [(e["documents"], "whole") for e in wanted]
    assert [(row["added"], row["vanished"]) for row in found] == [
        (None, None), *((e["new"], len(e["vanished"])) for e in wanted[1:]),
    ]  # fmt: skip
    gone = rows(night, "report", "vanished_documents", *span_of_all)
    lost = truth["stories"]["incomplete_export"]
    assert [row["doc_id"] for row in gone] == sorted(lost["ids"])
    # The newest export holds them again.
    assert {row["returned_snapshot"] for row in gone} == {found[-1]["snapshot"]}


def test_the_release_shows_on_its_instance_and_nowhere_else(night, truth):
    story = truth["stories"]["release"]
    found = ask(
        night,
        f"SELECT CASE WHEN ts >= '{story['at']}' THEN instance END AS arm, count(*) AS n, "
        "count(*) FILTER (status_class = 5) AS status_5xx, list(duration_ms ORDER BY duration_ms) AS took "
        "FROM requests WHERE memo_request(http_method, http_route) = 'create' AND ts IS NOT NULL "
        "GROUP BY arm",
    )
    arms = {row["arm"]: row for row in found}
    wanted = {None: story["before"], **{name: arm for name, arm in story["after"].items() if arm["n"]}}
    assert set(arms) == set(wanted)
    for arm, facts in wanted.items():
        assert (arms[arm]["n"], arms[arm]["status_5xx"]) == (facts["n"], facts["status_5xx"])
        for permille, key in ((500, "p50_ms"), (900, "p90_ms"), (990, "p99_ms")):
            assert arms[arm]["took"][(facts["n"] * permille + 999) // 1000 - 1] == facts[key]


def test_the_outage_is_found_where_it_was(night, truth):
    story = truth["stories"]["outage"]
    (found,) = ask(
        night,
        "SELECT count(*) AS n, min(ts) AS first, max(ts) AS last FROM events "
        "WHERE http_method IS NULL AND mongo_connection_failure(message)",
    )
    assert found["n"] == story["failures"]
    assert story["start"] <= found["first"] <= found["last"]
    # An operation waits ten seconds before it gives up, and a reader may have tried again.
    ended = datetime.fromisoformat(story["end"])
    assert datetime.fromisoformat(found["last"]) <= ended + timedelta(seconds=30)


def test_memos_of_the_users_with_wrong_clocks(night, truth):
    found = ask(
        night,
        "SELECT user_id, count(*) AS notes, count(*) FILTER (client_state = 'value') AS value FROM notes "
        f"WHERE client_time_eligible(origin_session, created_at, '{truth['deployed_at']}') GROUP BY user_id",
    )
    counted = {row["user_id"]: (row["notes"], row["value"]) for row in found}
    for clock in truth["stories"]["clocks"]:
        assert counted.get(clock["user_id"], (0, 0)) == (clock["notes"], clock["value"])
