"""The user's own commands that an alarm may start: once, in time, after people were told."""

import json
import os
import signal
import sys
import time
from dataclasses import replace

import pytest
from alert_lab import NOW, Home, channel, listener
from summaries import result, summary

from pipeline.alerts import night
from pipeline.config.alerts import Alerts, Measure


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_a_measure_runs_once_gets_the_verdict_and_is_off_by_default(home):
    script = ("sh", "-c", "cat > got.json; echo done; exit 3")
    off = Alerts(measures={"rollback": Measure(script)})
    assert home(off, 0.5).taken == ()
    home.store.path.unlink()
    os.chdir(home.folder)
    on = Alerts(measures={"rollback": Measure(script, enabled=True)})
    taken = home(on, 0.5).taken
    assert [(t.rule, t.measure, t.exit_code, t.output) for t in taken] == [
        ("api_errors", "rollback", 3, "done")
    ]
    got = json.loads((home.folder / "got.json").read_text())
    assert (got["alarm"], got["verdict"], got["value"], got["day"]) == (
        "api_errors",
        "FAIL",
        0.5,
        "2025-06-20",
    )
    assert home(on, 0.5).taken == ()


def test_a_measure_that_does_not_end_is_stopped_with_its_children(home):
    endless = Measure(("sh", "-c", "echo begun; sleep 600 & wait"), timeout=1, enabled=True)
    began = time.monotonic()
    taken = home(Alerts(measures={"rollback": endless}), 0.5).taken
    assert (taken[0].exit_code, taken[0].output) == (None, "stopped after 1 s: begun")
    assert time.monotonic() - began < 60


def test_a_service_that_a_measure_leaves_running_is_not_waited_for(home):
    detached = (
        "import subprocess, sys; c = subprocess.Popen(['sleep', '600'], start_new_session=True); print(c.pid)"
    )
    measure = Measure((sys.executable, "-c", detached), timeout=30, enabled=True)
    began = time.monotonic()
    taken = home(Alerts(measures={"rollback": measure}), 0.5).taken
    try:
        assert (taken[0].exit_code, taken[0].output.isdigit()) == (0, True)
        assert time.monotonic() - began < 25
    finally:
        os.kill(int(taken[0].output), signal.SIGKILL)


def test_a_day_takes_a_measure_once_whatever_number_of_rules_name_it(home):
    """The tickets' surge and the API's errors both name a rollback: two would go back two releases."""
    script = ("sh", "-c", "cat > /dev/null; echo x >> rollbacks")
    alerts = Alerts(measures={"rollback": Measure(script, enabled=True)})
    os.chdir(home.folder)
    day = summary(result("api_error_rate", 0.5), result("complaints", 500.0, 24, before=2.0))
    told = night.raise_alarms(home.snapshot, day, home.settings(alerts), "/pages/kpi.html", NOW)
    assert {"api_errors", "complaint_surge"} <= set(told.firing)
    assert (home.folder / "rollbacks").read_text() == "x\n"


def test_people_are_told_before_a_measure_that_takes_long(home, monkeypatch):
    """The measure looks at what the channel has heard when it starts."""
    with listener() as told:
        seen = []
        monkeypatch.setattr(
            "pipeline.alerts.measures._run", lambda *_: (seen.append(len(told.heard)), (0, ""))[1]
        )
        alerts = channel(told, monkeypatch)
        home(replace(alerts, measures={"rollback": Measure(("true",), enabled=True)}), 0.5)
    assert seen == [1]
