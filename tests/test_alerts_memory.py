"""What alarms remember between nights, and nights that did not come."""

import sqlite3
import stat
from datetime import timedelta

import pytest
from alert_lab import NOW, Home, listener
from summaries import DAY, result, summary

from pipeline.alerts import night
from pipeline.alerts.absence import Missed, missed
from pipeline.alerts.records import Run
from pipeline.alerts.store import Store
from pipeline.config.alerts import Alerts
from pipeline.errors import H33Error


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def test_the_memory_is_private_and_a_broken_one_is_told_in_one_line(home):
    home(Alerts(), 0.5)
    assert stat.S_IMODE(home.store.path.stat().st_mode) == 0o640
    home.store.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(H33Error, match="memory cannot be used: file is not a database; move it away"):
        home(Alerts(), 0.5)


def test_a_newer_memory_is_refused(home):
    home(Alerts(), 0.5)
    with sqlite3.connect(home.store.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(H33Error, match="written by a newer h33"):
        home(Alerts(), 0.5)


def test_a_good_night_fetches_the_dead_mans_address(home, monkeypatch):
    with listener() as told:
        monkeypatch.setenv("H33_DEAD_MAN", f"http://127.0.0.1:{told.port}/ping/abc")
        set_up = home.settings(Alerts(dead_man="env:H33_DEAD_MAN"))
        outcome = night.finish(set_up, summary(result("api_error_rate", 0.001)), NOW)
    assert (outcome.problem, told.fetched) == (None, ["/ping/abc"])
    assert home.store.last_run().finished == NOW


@pytest.mark.parametrize(("hours", "nights"), [(35.99, None), (36, 1), (59.99, 1), (60, 2)])
def test_a_night_without_a_run_is_known(tmp_path, hours, nights):
    assert missed(tmp_path, NOW) is None
    Store(tmp_path).finished(Run(NOW, DAY.date, "PASS"))
    assert missed(tmp_path, NOW + timedelta(hours=hours)) == (Missed(nights, NOW) if nights else None)
