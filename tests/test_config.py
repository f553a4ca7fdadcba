"""Settings: where they come from, which one wins, and how a fault in them is told."""

import tomllib
from datetime import UTC, datetime, timedelta

import pytest
from command_lab import enter

from pipeline import config
from pipeline.errors import ExitCode, SettingsFault, UsageFault


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    enter(tmp_path, monkeypatch)


def write(tmp_path, text):
    file = tmp_path / "h33.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_the_defaults_hold(tmp_path):
    settings = config.load()
    assert (settings.timezone, settings.language, settings.file) == ("Asia/Seoul", "en", None)
    assert settings.paths.lake == tmp_path / "data/lake"


def test_the_nearest_file_upwards_is_found_and_its_paths_are_relative_to_it(tmp_path, monkeypatch):
    write(tmp_path, '[paths]\nlake = "tables"\n')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert config.load().paths.lake == tmp_path / "tables"


def test_flags_beat_the_environment_and_the_environment_beats_the_file(tmp_path, monkeypatch):
    file = write(tmp_path, 'timezone = "UTC"\nlanguage = "en"\n')
    assert config.load(file).timezone == "UTC"
    monkeypatch.setenv("H33_TIMEZONE", "Asia/Tokyo")
    monkeypatch.setenv("H33_LANG", "ko")
    assert (config.load(file).timezone, config.load(file).language) == ("Asia/Tokyo", "ko")
    assert config.load(file, {"timezone": "Asia/Seoul", "language": "en"}).timezone == "Asia/Seoul"


def test_the_language_is_the_locales_when_nothing_names_one(monkeypatch):
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    assert config.load().language == "ko"


@pytest.mark.parametrize(
    ("text", "names"), [("", None), ("service = 'api'", "api"), ("service = ['api', 'srv-1']", "api,srv-1")]
)
def test_the_judged_service_may_have_several_names(tmp_path, text, names):
    assert config.load(write(tmp_path, text)).service == names


def test_the_template_states_every_key_and_is_valid_when_uncommented(tmp_path):
    lines = config.template().splitlines()
    live = [
        line[2:] if line.startswith("# ") and ("=" in line or line.startswith("# [")) else line
        for line in lines
    ]
    text = "\n".join(line for line in live if not line.startswith("#"))
    tables = tomllib.loads(text)
    assert set(tables) == {
        "timezone",
        "language",
        "service",
        "retention",
        "paths",
        "deploy",
        "source",
        "tickets",
        "unpacking",
        "redaction",
        "kpi",
        "baseline",
        "judging",
        "alerts",
        "sql",
    }
    settings = config.load(write(tmp_path, text))
    assert settings.deploy.at == datetime(2025, 6, 24, 5, tzinfo=UTC)
    assert settings.sources[0].match == "console/*.log"


@pytest.mark.parametrize(("text", "hours"), [("", 168), ("retention = '0d'", 0), ("retention = '36h'", 36)])
def test_the_retention_is_a_span_seven_days_by_default(tmp_path, text, hours):
    assert config.load(write(tmp_path, text)).retention == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("timezone = 'Asia/Seul'", "timezone no time zone"),
        ("timezon = 'UTC'", "timezon is not a setting; there are timezone"),
        ("language = 'jp'", "language is 'jp'; there are en, ko"),
        ("service = 3", "service is not a text"),
        ("service = []", "service is neither a text nor an array of texts"),
        ("service = ['a', 3]", "service is neither a text nor an array of texts"),
        ("retention = 7", "retention is not a text"),
        ("retention = 'a week'", "retention not a span of time: 'a week'"),
        ("paths = 3", "paths is not a table"),
        ("[paths]\nlanding = 3", "paths.landing is not a text"),
        ("[[source]]\nformat = 'x'", "source[1] has no match"),
        ("[[source]]\nmatch = '*'\ntimezone = 'Moon/Sea'", "source[1].timezone no time zone"),
        ("[deploy]\nat = 'soon'", "deploy.at not an instant"),
        ("[kpi.nonsense]\nwarn = 1", "kpi.nonsense is not a setting"),
        ("a = [", "not TOML"),
    ],
)
def test_a_fault_names_file_key_and_choices_in_one_line(tmp_path, text, told):
    file = write(tmp_path, text)
    with pytest.raises(SettingsFault) as fault:
        config.load(file)
    assert str(fault.value).startswith(f"{file}: {told}")
    assert "\n" not in str(fault.value)
    assert fault.value.exit_code == ExitCode.USAGE


def test_a_missing_or_undecodable_file_is_told(tmp_path):
    with pytest.raises(SettingsFault, match="no such settings file"):
        config.load(tmp_path / "none.toml")
    binary = tmp_path / "b.toml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsFault, match="not UTF-8"):
        config.load(binary)
    with pytest.raises(SettingsFault, match="cannot be read"):
        config.load(tmp_path)


def test_a_zone_of_a_flag_that_does_not_exist_is_blamed_on_no_key_of_the_file(tmp_path):
    file = tmp_path / "h33.toml"
    file.write_text("[deploy]\nat = '2025-06-24T14:00'\n")
    with pytest.raises(UsageFault) as told:
        config.load(file, {"timezone": "Mars"})
    assert (told.value.what, told.value.where) == ("no time zone 'Mars'", None)
