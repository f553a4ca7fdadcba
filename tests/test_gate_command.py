"""`h33 gate` from end to end: files and lakes in, verdicts, records and exit codes out."""

import json
from types import SimpleNamespace

import polars as pl
import pytest
from gate_lab import traffic
from lake_rows import make_lake

from pipeline.cli import main

KEYS = {"name", "verdict", "value", "low", "high", "n_baseline", "n_canary", "needed"}


@pytest.fixture
def h33(monkeypatch, capsys):
    """Run the command line in a folder, in this process."""

    def run(*args, cwd):
        monkeypatch.chdir(cwd)
        with pytest.raises(SystemExit) as left:
            main([str(arg) for arg in args])
        said = capsys.readouterr()
        return SimpleNamespace(returncode=left.value.code, stdout=said.out, stderr=said.err)

    return run


def frame(arms):
    return pl.DataFrame(
        {
            "ts": pl.Series(arms.ts).cast(pl.Datetime("us", "UTC")),
            "arm": ["canary" if c else "baseline" for c in arms.canary],
            "http_status": arms.status,
            "duration_ms": arms.duration,
            "user_id": arms.user,
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Four rollouts as files: harmless, the same without durations and users, failing, and its first day."""
    root = tmp_path_factory.mktemp("gate")
    good = traffic(seed=21, n=100_000, hours=480, users=10_000)
    frame(good).write_parquet(root / "good.parquet")
    frame(good).select("ts", "arm", "http_status").write_csv(root / "narrow.csv")
    bad = traffic(seed=22, n=30_000, errors=0.006, more_errors=3.0)
    frame(bad).write_csv(root / "bad.csv")
    frame(bad).head(2_000).write_csv(root / "first.csv")
    return root


def test_a_harmless_rollout_goes_on(h33, folder):
    done = h33(
        "gate", "--input", "good.parquet", "--stage", "10", "--format", "json", "--exit-code", cwd=folder
    )
    said = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (said["verdict"], said["reasons"], said["planned_share"]) == ("GO", ["all 14 checks pass"], 0.1)
    assert all(set(check) >= KEYS for check in said["checks"])
    assert len({check["name"] for check in said["checks"]}) == 14
    assert (said["stage"], said["looks"], said["confounded"]) == (10, [], None)


def test_a_failing_rollout_is_rolled_back_and_says_so_to_the_shell(h33, folder):
    done = h33(
        "gate", "--input", "bad.csv", "--planned-share", "0.1", "--exit-code", "--format", "json", cwd=folder
    )
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"]) == (11, "ROLLBACK")
    assert said["reasons"][0].startswith("the canary fails more often")
    assert h33("gate", "--input", "bad.csv", cwd=folder).returncode == 0


def test_durations_and_users_may_be_missing(h33, folder):
    done = h33("gate", "--input", "narrow.csv", "--exit-code", "--format", "json", cwd=folder)
    said = json.loads(done.stdout)
    verdicts = {check["name"]: check["verdict"] for check in said["checks"]}
    assert (done.returncode, said["verdict"]) == (10, "HOLD")
    assert {name for name, verdict in verdicts.items() if verdict != "GO"} == {
        "duration",
        "latency_limit",
        "latency_p50_ratio",
        "latency_p95_ratio",
        "latency_p99_ratio",
    }
    assert said["reasons"][0] == "durations are missing: latency cannot be judged"


def test_looks_are_recorded_and_shown_and_a_roll_back_stands(h33, folder, tmp_path):
    record = tmp_path / "r.jsonl"
    ask = ("--record", record, "--format", "json", "--planned-share", "0.1")
    verdicts = []
    for file in ("first.csv", "bad.csv", "bad.csv"):
        said = json.loads(h33("gate", "--input", file, *ask, cwd=folder).stdout)
        verdicts.append([look["verdict"] for look in said["looks"]])
    assert verdicts == [["HOLD"], ["HOLD", "ROLLBACK"], ["HOLD", "ROLLBACK", "ROLLBACK"]]
    # The first day again: fewer requests than were seen already.
    said = json.loads(h33("gate", "--input", "first.csv", *ask, cwd=folder).stdout)
    assert said["verdict"] == "ROLLBACK"
    assert "look 2 of" in said["reasons"][0]
    assert "leaves out requests" in said["reasons"][1]
    assert record.read_text().count("\n") == 4


def test_people_read_it_in_their_language(h33, folder):
    english = h33(
        "--lang", "en", "gate", "--input", "good.parquet", "--stage", "10", "--format", "table", cwd=folder
    )
    korean = h33(
        "--lang", "ko", "gate", "--input", "good.parquet", "--stage", "10", "--format", "table", cwd=folder
    )
    assert english.stdout.startswith("GO  stage 10 %  2025-06-20 09:00 – 2025-07-10 08:")
    assert "all 14 checks pass" in english.stdout
    assert korean.stdout.startswith("GO  단계 10 %")
    assert "검사 14개 모두 통과" in korean.stdout


def test_markdown_is_a_table(h33, folder):
    done = h33("--lang", "en", "gate", "--input", "good.parquet", "--format", "markdown", cwd=folder)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("**GO**")
    assert "| check | verdict | value | low | high | limit | n baseline | n canary | needed |" in lines


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ((), 2, "nothing to judge; give --input FILE, --plan FILE, or --canary and --baseline"),
        (("--canary", "instance:b"), 2, "no baseline"),
        (("--input", "none.csv"), 3, "none.csv: No such file or directory"),
        (("--input", "odd\x1b[31m.csv"), 3, "odd\\x1b[31m.csv: No such file"),
        (("--input", "good.parquet", "--canary", "instance:b"), 2, "--input holds both arms"),
        (("--plan", "p.toml", "--stage", "10"), 2, "--plan says all of its stages"),
        (("--plan", "none.toml"), 2, "none.toml: No such file or directory"),
        (("--canary", "release:v9", "--baseline", "instance:a"), 2, "no release 'v9'"),
        (("--canary", "instance:b", "--period", "7d"), 2, "--period goes with --canary release:NAME alone"),
        (("--canary", "instance:b", "--baseline", "instance:b"), 2, "the arms overlap"),
        (("--canary", "instance:b", "--baseline", "instance:a"), 2, "no instance 'a'"),
        (("--input", "good.parquet", "--planned-share", "1.5"), 2, "1.5"),
        (("--input", "good.parquet", "--stage", "20"), 2, "20"),
    ],
)
def test_what_cannot_be_done_is_one_line_on_stderr(h33, folder, args, code, says):
    done = h33("gate", *args, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert says in done.stderr


def test_a_plan_is_judged_stage_by_stage_until_one_may_not_go_on(h33, folder, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(
        f"""
        name = "v2 / time"
        [[stage]]
        percent = 10
        input = "{folder}/good.parquet"
        [[stage]]
        percent = 50
        planned_share = 0.1
        input = "{folder}/bad.csv"
        [[stage]]
        percent = 100
        input = "{folder}/none.csv"
        """
    )
    done = h33("gate", "--plan", plan, "--format", "json", "--exit-code", cwd=tmp_path)
    said = json.loads(done.stdout)
    assert (done.returncode, said["verdict"], said["stage"]) == (11, "ROLLBACK", 50)
    assert said["stages"] == [
        {"stage": 10, "verdict": "GO"},
        {"stage": 50, "verdict": "ROLLBACK"},
        {"stage": 100, "verdict": None},
    ]
    assert [look["stage"] for look in said["looks"]] == [10, 50]
    assert len(list((tmp_path / "data" / "state" / "gate").glob("v2-time.*.jsonl"))) == 1
    # Ten per cent again: the roll-back of the next stage stands.
    again = h33("--lang", "en", "gate", "--plan", plan, "--format", "table", cwd=tmp_path)
    assert again.stdout.splitlines()[:3] == ["  10 %  ROLLBACK", "  50 %  –", " 100 %  –"]


def requests_of(instances, errors_of):
    """One request a minute of each instance over two days, every so manieth of them failed."""
    return [
        {
            "ts": f"2025-06-{20 + minute // 1440}T{minute // 60 % 24:02}:{minute % 60:02}:00Z",
            "instance": instance,
            "line_no": minute,
            "http_method": "GET",
            "http_route": "/api/notes",
            "http_status": 500 if minute % errors_of[instance] == 0 else 200,
            "duration_ms": 50.0 + minute % 97,
            "user_id": f"{instance}{minute % 300}",
        }
        for instance in instances
        for minute in range(2880)
    ]


def test_instances_of_the_lake_are_compared_side_by_side(h33, tmp_path):
    make_lake(tmp_path / "data" / "lake", events=requests_of("ab", {"a": 400, "b": 20}))
    window = ("--since", "2025-06-20T00:00Z", "--until", "2025-06-22T00:00Z", "--planned-share", "0.5")
    ask = ("gate", "--baseline", "instance:a", "--canary", "instance:b", *window, "--format", "json")
    said = json.loads(h33(*ask, cwd=tmp_path).stdout)
    assert (said["verdict"], said["confounded"]) == ("ROLLBACK", None)
    assert said["requests"] == {"baseline": 2880, "canary": 2880}
    assert said["errors"] == {"baseline": 8, "canary": 144}
    assert [look["look"] for look in said["looks"]] == [1]
    assert [look["look"] for look in json.loads(h33(*ask, cwd=tmp_path).stdout)["looks"]] == [1, 2]


def test_a_window_after_another_is_marked_as_confounded_by_time(h33, tmp_path):
    make_lake(tmp_path / "data" / "lake", events=requests_of("a", {"a": 400}))
    (tmp_path / "h33.toml").write_text('[deploy]\nat = "2025-06-21T00:00Z"\nrelease = "v2"\n')
    windows = (
        "--baseline",
        "2025-06-20T00:00Z..2025-06-21T00:00Z",
        "--canary",
        "2025-06-21T00:00Z..2025-06-22T00:00Z",
    )
    period = ("--canary", "release:v2", "--period", "24h")
    for ask in (windows, period):
        said = json.loads(h33("gate", *ask, "--format", "json", cwd=tmp_path).stdout)
        assert (said["verdict"], said["confounded"]) == ("HOLD", "time")
        assert said["requests"] == {"baseline": 1440, "canary": 1440}
        assert said["notes"][0].startswith("the arms do not run side by side")
    # Seven days, of which the lake has one: the rest is missing.
    said = json.loads(
        h33("gate", "--canary", "release:v2", "--period", "7d", "--format", "json", cwd=tmp_path).stdout
    )
    assert (said["verdict"], said["requests"]["canary"]) == ("HOLD", 1440)
    assert any("in 24 of 168 hours" in why for why in said["reasons"])
