"""An ordinary week, whatever the seed: nothing fails, nobody is told."""

import json

import pytest
from click.testing import CliRunner

from pipeline.cli import h33


def run(folder, *args):
    done = CliRunner().invoke(h33, ["--config", str(folder / "landing" / "h33.toml"), "--lang", "en", *args])
    assert done.exit_code == 0, done.output
    return done.stdout


# In the ninth world one user with a refused zone makes 2 of a day's 29 client times fail: too few to judge.
@pytest.mark.parametrize("seed", [1, 9])
def test_no_figure_fails_and_no_alarm_is_raised(tmp_path, seed):
    sample = ["sample", str(tmp_path / "landing"), "--no-stories", "--seed", str(seed), "--scale", "0.1"]
    assert CliRunner().invoke(h33, [*sample, "--quiet"]).exit_code == 0
    run(tmp_path, "daily", "--date", "2025-06-27")
    summary = json.loads((tmp_path / "reports" / "2025-06-27" / "kpi.json").read_text(encoding="utf-8"))
    verdicts = {figure["name"]: figure["verdict"] for figure in summary["figures"]}
    assert [name for name, verdict in verdicts.items() if verdict == "FAIL"] == []
    assert list(verdicts.values()).count("PASS") > 30
    alarms = json.loads(run(tmp_path, "alerts", "list", "--format", "json"))["alarms"]
    assert len(alarms) > 10
    assert [alarm["alarm"] for alarm in alarms if alarm["state"] in {"firing", "pending"}] == []
