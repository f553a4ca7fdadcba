"""Arms of the lake: windows, releases and instances, told apart and never mixed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lake_rows import make_lake
from summaries import settings

from pipeline.config import Deploy
from pipeline.errors import UsageFault
from pipeline.gate import releases, windows
from pipeline.lake import Lake

NOW = datetime(2025, 6, 24, 12, tzinfo=UTC)
DEPLOYED = datetime(2025, 6, 20, 5, tzinfo=UTC)
RELEASED = replace(settings(), timezone="Asia/Seoul", deploy=Deploy(DEPLOYED, "v2"))


def select(text, since="7d", until="now", snapshot=None):
    return windows.select(text, since, until, RELEASED, snapshot or Lake("no lake").snapshot(), NOW)


def request(ts, instance, **more):
    usual = {"http_method": "GET", "http_route": "/api/notes", "http_status": 200, "duration_ms": 5.0}
    return {"ts": ts, "instance": instance, "line_no": 1, **usual, **more}


@pytest.fixture
def snapshot(tmp_path):
    rows = [
        request("2025-06-20T01:00:00Z", "a", user_id="u1"),
        request("2025-06-20T02:00:00Z", "b", http_status=500),
        request("2025-06-21T00:00:00Z", "a"),
        request("2025-06-21T01:00:00Z", "c", http_route="/api/health"),
    ]
    return make_lake(tmp_path / "lake", events=rows).snapshot()


def test_a_window_is_in_the_reporting_zone_and_ends_now_at_the_latest():
    found = select("2025-06-20..2025-06-30")
    assert (found.since, found.until) == (datetime(2025, 6, 19, 15, tzinfo=UTC), NOW)
    assert (found.is_over, select("2025-06-20..2025-06-21").is_over) == (False, True)


def test_a_release_is_what_came_after_it():
    found = select("release:v2")
    assert (found.since, found.until, found.instances) == (DEPLOYED, NOW, ())


def test_instances_are_named_with_commas_and_take_their_window_from_since_and_until():
    found = select("instance:b, a,b", "2025-06-20T00:00Z", "2025-06-21T00:00Z")
    assert (found.instances, found.until - found.since) == (("b", "a"), timedelta(days=1))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("yesterday", "no selection: 'yesterday'; use START..END, release:NAME or instance:NAME"),
        ("release:", "no selection"),
        ("2025-06-20..", "no selection"),
        ("2025-06-20..soon", "not an instant: 'soon'"),
        ("2025-06-21..2025-06-20", "nothing lies between"),
        ("2025-07-21..2025-07-22", "nothing lies between"),
        (
            "release:v3",
            "no release 'v3'; set at and release under [deploy] (they name v2), take the id of a deploy in "
            "the lake (none), or give windows START..END to --baseline and --canary",
        ),
    ],
)
def test_what_is_no_selection_is_told_with_the_choices(text, says):
    with pytest.raises(UsageFault) as caught:
        select(text)
    assert says in str(caught.value)


def test_without_a_release_in_the_settings_none_is_known():
    with pytest.raises(UsageFault, match=r"no release 'v2'; set .* \(they name nothing\)"):
        releases.instant("v2", settings(), Lake("no lake").snapshot())


def deploy_ended(ts, name, status):
    attrs = json.dumps({"type": "deploy_ended", "deploy_id": name, "status": status})
    return {"ts": ts, "format": "render-event", "attrs": attrs, "line_no": 1}


@pytest.fixture
def deployed(tmp_path):
    rows = [
        deploy_ended("2025-06-20T03:00:00Z", "dep-1", "succeeded"),
        deploy_ended("2025-06-21T03:00:00Z", "dep-2", "failed"),
        deploy_ended("2025-06-22T03:00:00Z", "dep-3", "succeeded"),
        deploy_ended("2025-06-23T03:00:00Z", "v2", "succeeded"),
    ]
    return make_lake(tmp_path / "deploys", events=rows).snapshot()


def test_a_deploy_of_the_lake_is_a_release_from_its_end_on(deployed):
    assert select("release:dep-1", snapshot=deployed).since == datetime(2025, 6, 20, 3, tzinfo=UTC)


def test_the_settings_come_before_the_lake(deployed):
    assert select("release:v2", snapshot=deployed).since == DEPLOYED


def test_a_deploy_that_failed_never_went_live(deployed):
    with pytest.raises(UsageFault, match="'dep-2' never went live; its deploy ended failed"):
        select("release:dep-2", snapshot=deployed)


def test_an_unknown_release_is_told_with_the_latest_deploys_that_succeeded(deployed):
    with pytest.raises(UsageFault, match=r"no release 'dep-9'; .* in the lake \(v2, dep-3, dep-1\)"):
        select("release:dep-9", snapshot=deployed)


def test_periods_lie_on_both_sides_of_a_release():
    before, after = windows.around(DEPLOYED, "24h", NOW)
    day = timedelta(hours=24)
    assert (before.since, before.until) == (DEPLOYED - day, DEPLOYED)
    assert (after.since, after.until, after.is_over) == (DEPLOYED, DEPLOYED + day, True)
    _, running = windows.around(DEPLOYED, "7d", NOW)
    assert (running.until, running.ends, running.is_over) == (NOW, DEPLOYED + 7 * day, False)
    assert not before.meets(after)


def test_each_arm_has_its_own_requests(snapshot):
    bounds = ("2025-06-20T00:00Z", "2025-06-22T00:00Z")
    table = windows.requests(snapshot, select("instance:a", *bounds), select("instance:b", *bounds))
    assert table["arm"].to_pylist() == ["baseline", "baseline", "canary"]
    assert table["http_status"].to_pylist() == [200, 200, 500]
    assert table["user_id"].to_pylist() == ["u1", None, None]


def test_only_the_requests_of_the_service_are_judged_where_one_is_named(tmp_path):
    rows = [
        request("2025-06-20T01:00:00Z", "a", service="api"),
        request("2025-06-20T01:00:01Z", "a", service="web", http_status=500),
        request("2025-06-21T01:00:00Z", "a", http_status=500),
        request("2025-06-21T01:00:01Z", "a", service="api", http_status=404),
    ]
    snapshot = make_lake(tmp_path / "lake", events=rows).snapshot()
    arms = select("2025-06-20..2025-06-21"), select("2025-06-21..2025-06-22")
    assert windows.requests(snapshot, *arms, "api")["http_status"].to_pylist() == [200, 404]
    assert windows.requests(snapshot, *arms).num_rows == 4


def test_several_instances_are_one_arm(snapshot):
    bounds = ("2025-06-20T00:00Z", "2025-06-22T00:00Z")
    table = windows.requests(snapshot, select("instance:a,b", *bounds), select("instance:c", *bounds))
    assert table["arm"].to_pylist() == ["baseline"] * 3


@pytest.mark.parametrize(
    ("baseline", "canary"),
    [
        ("2025-06-20..2025-06-22", "2025-06-21..2025-06-23"),
        ("instance:a,b", "instance:b,c"),
        ("2025-06-20..2025-06-22", "instance:a"),
        ("release:v2", "release:v2"),
    ],
)
def test_arms_that_share_requests_are_refused(snapshot, baseline, canary):
    with pytest.raises(UsageFault, match="the arms overlap"):
        windows.requests(snapshot, select(baseline), select(canary))


def test_an_overlap_is_told_with_both_windows_in_utc(snapshot):
    baseline, canary = select("2025-06-20..2025-06-22"), select("instance:a", "2025-06-21", "2025-06-23")
    said = "2025-06-19T15:00Z..2025-06-21T15:00Z and instance:a in 2025-06-20T15:00Z..2025-06-22T15:00Z share"
    with pytest.raises(UsageFault) as caught:
        windows.requests(snapshot, baseline, canary)
    assert said in str(caught.value)


def test_windows_that_touch_do_not_overlap(snapshot):
    one, other = select("2025-06-20..2025-06-21"), select("2025-06-21..2025-06-22")
    assert windows.requests(snapshot, one, other).num_rows == 3
    assert not one.meets(other)


def test_an_unknown_instance_is_told_with_those_that_are_there(snapshot):
    bounds = ("2025-06-20T00:00Z", "2025-06-22T00:00Z")
    with pytest.raises(UsageFault, match="no instance 'z'; there are a, b"):
        windows.requests(snapshot, select("instance:a", *bounds), select("instance:z", *bounds))


def test_an_instance_that_was_silent_is_no_unknown_one(snapshot):
    bounds = ("2025-06-21T00:00Z", "2025-06-22T00:00Z")
    table = windows.requests(snapshot, select("instance:a", *bounds), select("instance:b", *bounds))
    assert table["arm"].to_pylist() == ["baseline"]


def test_a_selection_keeps_its_name_while_its_window_grows():
    assert select("2025-06-20..2025-06-22").name == select("2025-06-20..now").name
    assert select("2025-06-20..2025-06-22").name != select("2025-06-21..2025-06-22").name


def test_side_by_side_or_one_after_the_other_follows_from_the_windows(snapshot):
    bounds = ("2025-06-20T00:00Z", "2025-06-22T00:00Z")
    beside = windows.compare(snapshot, select("instance:a", *bounds), select("instance:b", *bounds))
    after = windows.compare(snapshot, select("2025-06-20..2025-06-21"), select("2025-06-21..2025-06-22"))
    assert (beside.confounded, after.confounded) == (None, "time")
    # 2 and 1 of the 48 hours of the window have requests.
    hours = next(check for check in beside.checks if check.name == "hours")
    assert (hours.value, hours.n_baseline, hours.n_canary) == (1 / 48, 2, 1)


def test_a_period_that_still_runs_holds(snapshot):
    found = windows.compare(snapshot, *windows.around(DEPLOYED, "7d", NOW))
    assert "period_running" in {why.key for why in found.reasons}
    found = windows.compare(snapshot, *windows.around(DEPLOYED, "24h", NOW))
    assert "period_running" not in {why.key for why in found.reasons}
