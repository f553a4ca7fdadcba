"""The day's files: all of them, whole, private, replaced by the next run; what the nightly command says."""

import json
import os
import resource
import subprocess
import sys
from datetime import timedelta

import pytest
from lake_rows import make_lake
from summaries import DAY, settings

from pipeline import daily, publishing
from pipeline.config import Judging, Paths
from pipeline.errors import H33Error, UsageFault
from pipeline.evidence import evidence_of
from pipeline.figures.counting import Counting
from pipeline.lake import Lake


def paths(root):
    return Paths(landing=root / "landing", lake=root / "lake", state=root / "state", reports=root / "reports")


def evidence_in(snapshot):
    with Counting(snapshot, settings()) as counting:
        return evidence_of(counting, DAY)


def names(folder):
    return sorted(file.name for file in folder.iterdir())


def test_a_days_three_files_agree_and_lie_in_its_folder(tmp_path):
    rows = [
        {
            "ts": "2025-06-20T03:00:00Z",
            "http_method": "GET",
            "http_route": "/api/books",
            "http_status": status,
        }
        for status in (200, 500)
    ]
    snapshot = make_lake(tmp_path / "lake", events=rows).snapshot()
    summary, page = publishing.publish_windows(snapshot, settings(paths=paths(tmp_path)), DAY, DAY.end)
    folder = tmp_path / "reports" / "2025-06-20"
    assert page == folder / "kpi.html"
    assert names(folder) == ["kpi.csv", "kpi.html", "kpi.json", "kpi.md", "kpi.png"]
    document = json.loads((folder / "kpi.json").read_text(encoding="utf-8"))
    api = next(figure for figure in document["figures"] if figure["name"] == "api_error_rate")
    assert (api["value"], api["n"], api["verdict"], document["verdict"]) == (0.5, 2, "FAIL", "FAIL")
    assert document["snapshot"] == snapshot.version == 1
    for name in ("kpi.md", "kpi.html"):
        assert "50.00 %" in (folder / name).read_text(encoding="utf-8").replace("\u00a0", " ")
    assert summary.verdict == "FAIL"


def test_the_page_shows_the_hours_of_the_day_and_its_sources(tmp_path):
    rows = [
        {"ts": f"2025-06-{ts}Z", "http_method": "GET", "http_route": "/api/books", "http_status": 200}
        for ts in ("19T14:59:59.999999", "19T15:00:00", "20T14:59:59.999999", "20T15:00:00")
    ]
    snapshot = make_lake(tmp_path / "lake", events=rows).snapshot()
    evidence = evidence_in(snapshot)
    assert len(evidence.load) == 24
    assert [(h.hour.isoformat(), h.requests) for h in evidence.load if h.requests is not None] == [
        ("2025-06-20T00:00:00+09:00", 1),
        ("2025-06-20T23:00:00+09:00", 1),
    ]


def test_clock_differences_fall_into_the_bins_whose_lower_bound_they_reach(tmp_path):
    memos = [
        {
            "created_at": "2025-06-20T03:00:00Z",
            "client_created_at": f"2025-06-20T{at}Z",
            "client_state": "value",
        }
        for at in ("03:00:00", "02:59:59.999", "03:14:59.999", "03:15:00", "12:00:00", "01:59:59.999")
    ]
    snapshot = make_lake(tmp_path / "lake", documents=memos).snapshot()
    found = {b.low: b.memos for b in evidence_in(snapshot).skew}
    assert found == {0: 2, -15: 1, 15: 1, 540: 1, -75: 1}


def test_files_are_private_under_any_umask(tmp_path):
    before = os.umask(0o000)
    try:
        publishing.publish(tmp_path / "reports" / "2025-06-20", {"kpi.json": "{}"})
    finally:
        os.umask(before)
    folder = tmp_path / "reports" / "2025-06-20"
    assert oct(folder.stat().st_mode & 0o777) == oct(0o750)
    assert oct((folder / "kpi.json").stat().st_mode & 0o777) == oct(0o640)


def test_a_later_run_replaces_the_files_and_leaves_others_alone(tmp_path):
    publishing.publish(tmp_path, {"kpi.json": "old", "kpi.md": "old"})
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    publishing.publish(tmp_path, {"kpi.json": "new"})
    assert (tmp_path / "kpi.json").read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["kpi.json", "kpi.md", "notes.txt"]


def test_a_full_disk_keeps_the_old_page_and_is_told_in_one_line(tmp_path):
    publishing.publish(tmp_path, {"kpi.html": "old"})
    script = (
        "import resource, signal\n"
        "from pathlib import Path\n"
        "from pipeline import errors, publishing\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (4096, {resource.RLIM_INFINITY}))\n"
        "try:\n"
        f"    publishing.publish(Path({str(tmp_path)!r}), {{'kpi.html': 'x' * 10_000}})\n"
        "except errors.H33Error as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "the page cannot be written: File too large" in done.stdout
    assert done.stdout.count("\n") == 1
    assert names(tmp_path) == ["kpi.html"]
    assert (tmp_path / "kpi.html").read_text(encoding="utf-8") == "old"


def test_a_reports_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "reports").write_text("", encoding="utf-8")
    with pytest.raises(H33Error, match="the page cannot be written"):
        publishing.publish(tmp_path / "reports" / "2025-06-20", {"kpi.html": ""})


def test_without_a_lake_there_is_a_page_that_says_so(tmp_path):
    summary, page = publishing.publish_windows(
        Lake(tmp_path / "none").snapshot(), settings(paths=paths(tmp_path)), DAY, DAY.end
    )
    assert summary.verdict == "NODATA"
    said = f"None of the {len(summary.results)} figures has data."
    assert said in page.read_text(encoding="utf-8")
    assert not (tmp_path / "none").exists()


class Clock:
    """A clock that moves only when somebody sleeps, and remembers for how long."""

    def __init__(self, at, jump=timedelta(0)):
        self.at, self.jump, self.slept = at, jump, []

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds) + self.jump


@pytest.mark.parametrize(
    ("late", "slept"),
    [
        (timedelta(0), [60.0] * 15),
        (timedelta(minutes=13, seconds=59.5), [60.0, 0.5]),
        (timedelta(minutes=15), []),
        (timedelta(days=3), []),
    ],
)
def test_waiting_ends_with_the_grace_and_not_a_moment_later(late, slept):
    clock = Clock(DAY.end + late)
    daily.wait_for_grace(settings(), DAY, clock.now, clock.sleep)
    assert clock.slept == slept
    assert clock.at == max(DAY.end + late, DAY.end + timedelta(minutes=15))


def test_waiting_heeds_the_settings_grace_and_a_clock_that_is_set_meanwhile():
    clock = Clock(DAY.end, jump=timedelta(minutes=9))
    daily.wait_for_grace(settings(judging=Judging(grace=timedelta(minutes=20))), DAY, clock.now, clock.sleep)
    assert clock.slept == [60.0, 60.0]


def test_a_day_that_is_not_over_is_not_waited_for():
    clock = Clock(DAY.end - timedelta(microseconds=1))
    with pytest.raises(UsageFault, match="2025-06-20 is not over; without --wait its page is provisional"):
        daily.wait_for_grace(settings(), DAY, clock.now, clock.sleep)
    assert clock.slept == []
