"""The classes that simulated devices are given, by a generator that knows nothing of the classifier."""

import importlib.util
import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from pipeline.skew import analysis, inputs

FILE = Path(__file__).parent.parent / "benchmarks" / "skew_devices.py"


@pytest.fixture(scope="module")
def outcome():
    """Return each device as it was made with the row that it was given."""
    spec = importlib.util.spec_from_file_location("skew_devices", FILE)
    module = sys.modules["skew_devices"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = list(module.devices(1_500, seed=77))
    parts = [
        pl.DataFrame({"device": [d.name] * len(d.server), "server_ts": d.server, "client_ts": d.client})
        for d in made
    ]
    rows = analysis.devices(inputs.from_arrow(pl.concat(parts).to_arrow(), "test"))
    found = {row["device"]: row for row in rows.iter_rows(named=True)}
    return [(device, found[device.name]) for device in made]


def test_at_least_97_percent_are_named_right_and_90_percent_of_each_class(outcome):
    right = Counter(device.truth for device, row in outcome if device.truth == row["class"])
    every = Counter(device.truth for device, _ in outcome)
    assert right.total() >= 0.97 * every.total(), right
    assert all(right[truth] >= 0.9 * every[truth] for truth in every), right


def test_no_right_clock_is_called_wrong_more_often_than_once_in_a_hundred(outcome):
    accused = [row for device, row in outcome if device.truth in {"ok", "queued"} and row["wrong"] > 0]
    assert len(accused) <= 3  # of 300


def test_offsets_and_drifts_are_near_those_they_were_made_with(outcome):
    for device, row in outcome:
        if device.truth == row["class"] and device.truth in {"zone", "constant"}:
            assert row["offset_s"] == pytest.approx(device.offset, abs=30)
        if device.truth == row["class"] == "drift":
            assert row["drift_s_per_day"] == pytest.approx(device.drift, rel=0.1, abs=2)
