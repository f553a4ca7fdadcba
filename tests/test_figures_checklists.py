"""The plan's check lists: what passes, what fails, what is missing, each with its evidence."""

import json
from datetime import timedelta

import pytest
from checklists_lab import RELEASED, ZONE, check, judged, probe, request
from lake_rows import make_lake
from summaries import DAY, settings

from pipeline import instants, kpi
from pipeline.errors import SettingsFault, UsageFault
from pipeline.figures import attested
from pipeline.figures.checklists import definitions
from pipeline.render.list_words import evidence
from pipeline.render.lists import list_rows
from pipeline.summary import Verdict


@pytest.mark.parametrize(
    ("probes", "verdict"),
    [
        ([probe(120)], Verdict.PASS),
        ([probe(120.001)], Verdict.NODATA),
        ([probe(10, 503), probe(60)], Verdict.PASS),
        ([probe(10, 503), probe(121)], Verdict.FAIL),
        ([probe(10, 200, database_status="disconnected")], Verdict.FAIL),
        ([probe(-1)], Verdict.NODATA),
        ([], Verdict.NODATA),
    ],
)
def test_the_health_check_has_two_minutes(tmp_path, probes, verdict):
    assert judged(tmp_path, "during_deploy", probes)[1]["health"].verdict is verdict


def test_time_zone_and_database_are_what_the_first_probe_that_tells_says(tmp_path):
    rows = [
        probe(30, 200),
        probe(60, 200, is_korean_time=False, database_status="disconnected"),
        probe(90, 200, is_korean_time=True, database_status="connected"),
    ]
    items = judged(tmp_path, "during_deploy", rows)[1]
    assert (items["korean_time"].verdict, items["database"].verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert evidence(items["korean_time"], "en") == "isKoreanTime false"
    assert items["database"].line_no == 2


def test_the_first_memo_after_the_release_decides_however_many_follow(tmp_path):
    rows = [
        request(RELEASED - timedelta(seconds=1), 201, "POST", "/api/notes"),
        request(RELEASED, 500, "POST", "/api/notes"),
        request(RELEASED + timedelta(minutes=1), 201, "POST", "/api/notes"),
    ]
    item = judged(tmp_path, "during_deploy", rows)[1]["first_memo"]
    assert (item.verdict, item.n, evidence(item, "ko")) == (Verdict.FAIL, 2, "POST /api/notes 500")


def test_a_deployment_is_the_one_that_ended_within_a_quarter_of_an_hour(tmp_path):
    def ended(seconds, status):
        at = (RELEASED + timedelta(seconds=seconds)).isoformat()
        attrs = json.dumps({"type": "deploy_ended", "deploy_id": "d", "status": status})
        return {"ts": at, "format": "render-event", "attrs": attrs}

    far = [ended(-901, "failed")]
    assert judged(tmp_path / "a", "during_deploy", far)[1]["deploy"].verdict is Verdict.NODATA
    near = [*far, ended(-900, "succeeded"), ended(899, "failed")]
    assert judged(tmp_path / "b", "during_deploy", near)[1]["deploy"].verdict is Verdict.FAIL


def test_captured_output_decides_by_its_marks_and_by_the_time_in_its_name(tmp_path):
    rows = [
        check(
            "checks/2025-06-19T1000-before-deploy.integration-test.txt",
            "integration-test",
            False,
            7,
            "❌ sort",
        ),
        check("checks/2025-06-19T1100-before-deploy.integration-test.txt", "integration-test", True),
        check(
            "checks/2025-06-19T1205-after-deploy.integration-test.txt",
            "integration-test",
            False,
            9,
            "❌ 280ms",
        ),
        check("checks/2025-06-19T1100-before-deploy.check-timezone.txt", "check-timezone", True),
        check("checks/2025-06-19T1100-before-deploy.check-timezone.txt", "check-timezone", False, 6, "❌ TZ"),
        check("old.validate-atlas.txt", "validate-atlas", True),
    ]
    items = judged(tmp_path, "before_deploy", rows)[1]
    # The newest run before the release counts; what tells no time is not placed.
    assert items["integration"].verdict is Verdict.PASS
    assert (items["timezone"].verdict, items["timezone"].line_no) == (Verdict.FAIL, 6)
    assert items["atlas"].verdict is Verdict.NODATA
    after = judged(tmp_path / "after", "after_deploy", rows)[1]["scripts"]
    assert (after.verdict, evidence(after, "en")) == (Verdict.FAIL, "integration-test: ❌ 280ms")


def test_nothing_passes_by_what_is_missing(tmp_path):
    for one in definitions():
        found, items = judged(tmp_path / one.name, one.name)
        assert found.verdict is Verdict.NODATA
        assert {item.verdict for item in items.values()} == {Verdict.NODATA}, one.name
        assert found.missing == found.items
        for item in items.values():
            assert all(evidence(item, language) for language in ("en", "ko"))


def test_without_a_release_the_lists_say_what_to_set(tmp_path):
    item = judged(tmp_path, "first_day", [request(RELEASED)], deploy=None)[1]["errors"]
    assert evidence(item, "en") == "The settings name no release (`at` under `[deploy]`)."


def test_a_criterion_passes_only_when_its_time_is_over_and_covered(tmp_path):
    good = [request(RELEASED + timedelta(hours=hour)) for hour in range(24)]
    found, items = judged(tmp_path / "over", "first_day", good)
    assert (items["errors"].verdict, found.is_over) == (Verdict.PASS, True)
    day = instants.day_of(RELEASED.astimezone(ZONE).date(), ZONE)
    found, items = judged(tmp_path / "running", "first_day", good, day=day)
    assert (items["errors"].verdict, items["errors"].reason, found.is_over) == (
        Verdict.NODATA,
        "not_over",
        False,
    )
    items = judged(tmp_path / "hole", "first_day", good[:21])[1]
    assert (items["errors"].verdict, items["errors"].reason) == (Verdict.NODATA, "hole")
    bad = [*good[:3], *[request(RELEASED + timedelta(hours=1), 500)] * 3]
    assert judged(tmp_path / "bad", "first_day", bad, day=day)[1]["errors"].verdict is Verdict.FAIL


def test_latency_is_compared_with_the_same_hours_of_the_week_before(tmp_path):
    def week(at, ms):
        return [
            request(at + timedelta(minutes=minute), ms=ms, user=f"u{minute % 40}")
            for minute in range(0, 1440, 5)
        ]

    for slower, verdict in ((1.0, Verdict.PASS), (1.2, Verdict.FAIL)):
        rows = [*week(RELEASED - timedelta(days=7), 100), *week(RELEASED, 100 * slower)]
        item = judged(tmp_path / str(slower), "first_day", rows)[1]["latency"]
        assert (item.verdict, item.n) == (verdict, 288)
        assert item.value == pytest.approx(slower, rel=0.011)


def test_a_danger_is_raised_by_a_whole_interval_beyond_its_limit(tmp_path):
    at = DAY.start + timedelta(hours=5)
    # 4 of 100: the point is above 3 %, its interval begins at 1.6 %; 40 of 400 begins at 7 %.
    open_ = [*[request(at)] * 96, *[request(at, 500)] * 4]
    found, items = judged(tmp_path / "open", "danger", open_)
    assert (items["errors"].verdict, found.verdict) == (Verdict.WARN, Verdict.WARN)
    sure = [*[request(at)] * 360, *[request(at, 500)] * 40]
    assert judged(tmp_path / "sure", "danger", sure)[1]["errors"].verdict is Verdict.FAIL
    summary = kpi.day_summary(make_lake(tmp_path / "s", events=sure).snapshot(), settings(), DAY)
    assert [item.key for item in summary.dangers] == ["errors"]


def exported(at, *ids):
    stated = {"collection": "notes", "created_at": "2025-06-01T00:00:00Z", "snapshot": at.isoformat()}
    return [{**stated, "doc_id": one} for one in ids]


@pytest.mark.parametrize(
    ("hours", "deleted", "back", "verdict", "said"),
    [
        # 21.6 of 24 hours are nine in ten.
        (24, "bc", "", Verdict.PASS, "2 deleted by request, 0 there again in a later export, 0 unexplained"),
        (24, "b", "c", Verdict.PASS, "1 deleted by request, 1 there again in a later export, 0 unexplained"),
        (22, "b", "", Verdict.FAIL, "1 deleted by request, 0 there again in a later export, 1 unexplained"),
        (21, "b", "", Verdict.WARN, "request log: 21 of 24 h: the data do not decide."),
        (0, "", "bc", Verdict.PASS, "2 there again in a later export, 0 unexplained; request log: 0 of"),
    ],
)
def test_memos_that_nothing_explains_are_a_danger_where_the_request_log_could_tell(
    tmp_path, hours, deleted, back, verdict, said
):
    taken = DAY.start + timedelta(hours=3)
    before = taken - timedelta(days=1)
    documents = [
        *exported(before, *"abcdef"),
        *exported(taken, *"adef"),
        *exported(taken + timedelta(days=1), *"adef", *back),
    ]
    # The hours just before and after do not lie between the exports.
    rows = [request(before + timedelta(hours=hour)) for hour in (-1, *range(hours), 24)]
    rows += [
        {**request(before, 204, "DELETE", "/api/notes/:id"), "http_path": f"/api/notes/{one}"}
        for one in deleted
    ]
    item = judged(tmp_path, "danger", rows, documents=documents)[1]["vanished"]
    assert (item.verdict, item.n) == (verdict, 6)
    assert evidence(item, "en").startswith("2 memos missing: ")
    assert said in evidence(item, "en")
    assert evidence(item, "ko").startswith("빠진 메모 2건: ")


def test_without_two_whole_exports_nothing_is_said_of_vanished_memos(tmp_path):
    taken = DAY.start + timedelta(hours=3)
    item = judged(tmp_path, "danger", [request(taken)], documents=exported(taken, "a"))[1]["vanished"]
    assert (item.verdict, item.reason) == (Verdict.NODATA, "unseen")


@pytest.mark.parametrize(
    ("down", "verdict", "reason"),
    [
        # 36 of 168 hours are looked at, 5 minutes down: 0.23 % so far, 0.05 % of the week if no more comes.
        (5, Verdict.WARN, "so_far"),
        # 0.1 % of the week is 10.08 minutes: after 10 it can be kept, after 11 it cannot.
        (10, Verdict.WARN, "so_far"),
        (11, Verdict.FAIL, "lost"),
    ],
)
def test_before_its_time_is_over_a_criterion_fails_only_where_it_cannot_recover(
    tmp_path, down, verdict, reason
):
    probes = [probe(60 * minute, 200 if minute >= down else 503, body={}) for minute in range(36 * 60)]
    item = judged(tmp_path, "week_kpis", probes)[1]["uptime"]
    assert (item.verdict, item.reason) == (verdict, reason)
    assert "2025-06-26 12:00+09:00" in evidence(item, "ko")


def test_what_can_never_fall_again_fails_at_once_and_a_change_may_still_recover(tmp_path):
    asked = {"format": "ticket", "attrs": json.dumps({"topic": "time"}), "message": "시간이 이상해요"}
    at = RELEASED + timedelta(hours=1)
    day = instants.day_of(RELEASED.astimezone(ZONE).date(), ZONE)
    export = {
        "file_id": "f" * 16,
        "run_ts": "2025-07-01T00:00:00Z",
        "path": "tickets.csv",
        "format": "ticket",
        "rejected": 0,
        "status": "ok",
        "first_ts": "2025-06-01T00:00:00Z",
        "last_ts": "2025-07-01T00:00:00Z",
    }
    rows = [{**asked, "ts": at.isoformat()}]
    items = judged(tmp_path / "count", "first_day", rows, day=day, files=[export])[1]
    assert (items["complaints"].verdict, items["complaints"].reason) == (Verdict.FAIL, "lost")

    rows = []
    for start, ms in ((RELEASED - timedelta(days=7), 100), (RELEASED, 120)):
        rows += [request(start + timedelta(minutes=5 * n), ms=ms, user=f"u{n % 40}") for n in range(432)]
    item = judged(tmp_path / "change", "week_kpis", rows)[1]["latency"]
    assert (item.verdict, item.reason) == (Verdict.WARN, "so_far")
    assert evidence(item, "en").endswith("it may still recover until 2025-06-26 12:00+09:00.")


def test_a_list_whose_time_is_not_over_says_so_and_tells_its_end_in_the_reporting_zone(tmp_path):
    """The release was on 19 June at 12:00 in Seoul: on 20 June the first day is over, the week is not."""
    probes = [probe(3600, body={}), probe(7200, body={})]
    week, items = judged(tmp_path / "week", "week_kpis", probes)
    first_day = judged(tmp_path / "day", "first_day", probes)[0]
    assert evidence(items["uptime"], "ko").endswith("기간은 2025-06-26 12:00+09:00에 끝납니다.")
    shown = [row.span for row in list_rows([week, first_day], "Asia/Seoul", "ko")]
    assert shown == [
        "2025-06-19 12:00 – 2025-06-26 12:00 · 아직 끝나지 않음",
        "2025-06-19 12:00 – 2025-06-20 12:00",
    ]


def test_what_people_attest_stands_with_person_time_and_evidence(tmp_path):
    said = (
        '[code_review]\nby = "Jimin Park"\nat = 2025-06-17T18:00:00+09:00\nevidence = "pull/412"\n'
        '[backup]\nby = "Jimin Park"\nat = 2025-06-17 18:00:00\nevidence = "restore failed"\nholds = false\n'
    )
    items = judged(tmp_path, "before_deploy", said=said)[1]
    assert items["review"].verdict is Verdict.PASS
    assert evidence(items["review"], "en") == "Jimin Park, 2025-06-17 18:00+09:00: pull/412"
    assert items["backup"].verdict is Verdict.FAIL
    assert evidence(items["rollback_plan"], "en") == "Nobody has attested `rollback_plan`."


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "[a]\nby = 'J'\nat = 2025-06-17T18:00:00Z",
        "[a]\nby = ''\nat = 2025-06-17T18:00:00Z\nevidence = 'e'",
        "[a]\nby = 'J'\nat = 'soon'\nevidence = 'e'",
        "[a]\nby = 'J'\nat = 2025-06-17T18:00:00Z\nevidence = 'e'\nholds = 1",
        "[a]\nwho = 'J'",
        "[a",
    ],
)
def test_a_statement_without_person_time_or_evidence_is_refused(tmp_path, text):
    file = tmp_path / "attested.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsFault):
        attested.read(file, ZONE)
    assert attested.read(tmp_path / "none.toml", ZONE) == {}


def test_a_list_that_is_none_is_told_with_those_there_are(tmp_path):
    with pytest.raises(UsageFault, match="there are before_deploy"):
        judged(tmp_path, "nonsense")
