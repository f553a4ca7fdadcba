"""The plan of a rollout, read from TOML."""

import pytest

from pipeline.errors import SettingsFault
from pipeline.gate import plan
from pipeline.gate.limits import Limits

WHOLE = """
name = "v2.0.0-time-system"

[limits]
error_ratio = 0.02
sustained_hours = 4

[[stage]]
percent = 10
input = "ten.csv"

[[stage]]
percent = 50
planned_share = 0.45
baseline = "instance:a"
canary = "instance:b"
since = "2025-06-24"
until = "2025-06-25"

[[stage]]
percent = 100
input = "/data/all.parquet"
before_after = true
"""


def load(tmp_path, text):
    file = tmp_path / "plan.toml"
    file.write_text(text, encoding="utf-8")
    return plan.load(file)


def refused(tmp_path, text):
    with pytest.raises(SettingsFault) as caught:
        load(tmp_path, text)
    said = str(caught.value)
    assert "\n" not in said
    assert "plan.toml" in said
    return said


def test_a_whole_plan(tmp_path):
    found = load(tmp_path, WHOLE)
    assert found.name == "v2.0.0-time-system"
    assert found.limits == Limits(error_ratio=0.02, sustained_hours=4)
    ten, half, everything = found.stages
    assert (ten.percent, ten.planned_share, ten.input) == (10, 0.1, tmp_path / "ten.csv")
    assert (half.planned_share, half.input) == (0.45, None)
    assert (half.baseline, half.canary, half.since) == ("instance:a", "instance:b", "2025-06-24")
    assert (str(everything.input), everything.before_after) == ("/data/all.parquet", True)


def test_a_plan_without_a_name_has_its_files(tmp_path):
    assert load(tmp_path, '[[stage]]\npercent = 10\ninput = "x"\n').name == "plan"


STAGE = '[[stage]]\npercent = 10\ninput = "x"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no stage"),
        ("stage = 3", "no stage"),
        ("name = [", "not TOML"),
        ("nam = 1\n" + STAGE, "no key 'nam'; there are name, limits, stage"),
        (STAGE + "per = 1", "stage 1: no key 'per'"),
        ('[[stage]]\ninput = "x"', "stage 1: percent: a whole number"),
        ('[[stage]]\npercent = 0\ninput = "x"', "stage 1: percent: a whole number"),
        ('[[stage]]\npercent = true\ninput = "x"', "stage 1: percent: a whole number"),
        (STAGE + "planned_share = 1.5", "a ratio from 0 to 1"),
        (STAGE + "planned_share = 'x'", "a number is wanted"),
        (STAGE + "before_after = 1", "true or false"),
        (STAGE + "canary = 'instance:b'", "either input or canary"),
        ("[[stage]]\npercent = 10", "either input or canary"),
        ("[[stage]]\npercent = 10\ninput = 3", "stage 1: input: a text"),
        (STAGE + STAGE, "stages of [10, 10] per cent"),
        ("[limits]\nerrors = 1\n" + STAGE, "limits: no key 'errors'"),
        ("[limits]\nerror_ratio = 0\n" + STAGE, "limits: error_ratio: a number above 0"),
        ("[limits]\np95_ratio = 1.0\n" + STAGE, "limits: p95_ratio: a number above 1"),
        ("name = ' '\n" + STAGE, "name: a text"),
    ],
)
def test_a_fault_names_the_file_the_key_and_what_is_wanted(tmp_path, text, says):
    assert says in refused(tmp_path, text)


def test_a_missing_plan_is_told(tmp_path):
    with pytest.raises(SettingsFault, match="No such file"):
        plan.load(tmp_path / "none.toml")
