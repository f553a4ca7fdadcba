"""Settings: `h33.toml`, then environment variables, then flags. Every key, default and meaning stands here.

`h33 init` writes the file that `template` makes, so the defaults a user reads are the defaults in force.
"""

from __future__ import annotations

import locale
import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline import instants
from pipeline.errors import SettingsFault, UsageFault

FILE_NAME = "h33.toml"
LANGUAGES = ("en", "ko")


@dataclass(frozen=True)
class Paths:
    """The four folders, absolute."""

    landing: Path
    lake: Path
    state: Path
    reports: Path


@dataclass(frozen=True)
class SourceRule:
    """What the settings say of the sources whose path matches a glob; the first rule that matches holds.

    Attributes:
        match: a glob over the path, relative to the landing folder where it lies in it.
        timezone: IANA name for times without a zone.
        format: label of the format, instead of the scout's guess.
        service, instance: for lines that state none.
        collection: of a Mongo export, instead of the file name's.
    """

    match: str
    timezone: str | None = None
    format: str | None = None
    service: str | None = None
    instance: str | None = None
    collection: str | None = None


@dataclass(frozen=True)
class Deploy:
    """The release whose effect the figures judge: its instant (UTC) and its name."""

    at: datetime | None = None
    release: str | None = None


@dataclass(frozen=True)
class Thresholds:
    """Limits of one figure that replace the ones in its file; None keeps the file's."""

    warn: float | None = None
    fail: float | None = None
    required: bool | None = None


@dataclass(frozen=True)
class Settings:
    """All settings in force; `file` is where they were read, None for the defaults."""

    timezone: str
    language: str
    paths: Paths
    sources: tuple[SourceRule, ...] = ()
    deploy: Deploy = Deploy()
    kpi: Mapping[str, Thresholds] = field(default_factory=dict)
    file: Path | None = None


_TEMPLATE = """\
# Settings of h33. A line that is commented out shows the default. Paths are relative to this file.

# Reporting zone: a day in a report is a day here. Also H33_TIMEZONE and --timezone.
# timezone = "Asia/Seoul"

# Language of what people read: "en" or "ko"; by the locale when not set. Also H33_LANG and --lang.
# language = "ko"

[paths]
# landing = "data/landing"    # what `h33 daily` takes in
# lake = "data/lake"          # the tables; also H33_LAKE and --lake
# state = "data/state"        # what is remembered between runs
# reports = "data/reports"    # pages and summaries, a folder a day

[deploy]
# at = "2025-06-24T14:00+09:00"      # instant of the release that figures of eligible memos count from
# release = "v2.0.0-time-system"

# What is known of inputs that do not say it themselves; the first rule that matches a path holds.
# [[source]]
# match = "console/*.log"     # glob over the path below the landing folder
# timezone = "Asia/Seoul"     # for times without a zone
# format = "morgan-dev"       # see `h33 formats`
# service = "habitus33-api"
# instance = "legacy-1"
# collection = "notes"        # of a Mongo export

# Limits of a figure, by its name in `h33 kpi --list`.
# [kpi.api_error_rate]
# warn = 0.01
# fail = 0.03
# required = true             # NODATA then counts as a failure for --exit-code
"""


def template() -> str:
    """Return a commented settings file that states every key and its default."""
    return _TEMPLATE


def load(path: Path | None = None, overrides: Mapping[str, str | None] | None = None) -> Settings:
    """Return the settings in force.

    Args:
        path: the settings file; else H33_CONFIG, else the nearest `h33.toml` from the working folder upwards.
        overrides: flags that were given: `lake`, `timezone`, `language`.

    Raises:
        SettingsFault: the file is missing, unreadable or not TOML, or a key or value in it is not known.
        UsageFault: an override that does not exist, such as an unknown zone.
    """
    flags = {key: value for key, value in (overrides or {}).items() if value is not None}
    file = path or _from_environment() or _nearest(Path.cwd())
    raw = _read(file) if file else {}
    reader = _Reader(file, raw)
    base = file.parent.resolve() if file else Path.cwd()
    settings = reader.settings(base, flags)
    instants.zone(settings.timezone)
    return settings


def _from_environment() -> Path | None:
    named = os.environ.get("H33_CONFIG")
    return Path(named) if named else None


def _nearest(start: Path) -> Path | None:
    return next((p / FILE_NAME for p in (start, *start.parents) if (p / FILE_NAME).is_file()), None)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise SettingsFault("no such settings file", where=str(file), hint="`h33 init` writes one") from None
    except OSError as error:
        raise SettingsFault(f"cannot be read: {error.strerror}", where=str(file)) from None
    except UnicodeDecodeError:
        raise SettingsFault("not UTF-8 text", where=str(file)) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsFault(f"not TOML: {error}", where=str(file)) from None


class _Reader:
    """Turns the raw TOML into Settings; every fault names the file, the key and the choices."""

    def __init__(self, file: Path | None, raw: dict[str, Any]) -> None:
        self.file = file
        self.raw = raw

    def settings(self, base: Path, flags: Mapping[str, str]) -> Settings:
        top = self.table(self.raw, "", ("timezone", "language", "paths", "deploy", "source", "kpi"))
        zone_name = (
            flags.get("timezone")
            or os.environ.get("H33_TIMEZONE")
            or self.zone(top, "timezone")
            or "Asia/Seoul"
        )
        return Settings(
            timezone=zone_name,
            language=self.language(top, flags),
            paths=self.paths(base, top, flags),
            sources=tuple(self.source(entry, i) for i, entry in enumerate(self.array(top, "source"))),
            deploy=self.deploy(top, zone_name),
            kpi=self.kpi(top),
            file=self.file,
        )

    def language(self, top: Mapping[str, Any], flags: Mapping[str, str]) -> str:
        for origin, value in (("--lang", flags.get("language")), ("H33_LANG", os.environ.get("H33_LANG"))):
            if value:
                return self.choice(origin, value, LANGUAGES)
        if written := self.text(top, "language", ""):
            return self.choice("language", written, LANGUAGES)
        spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
        return "ko" if locale.normalize(spoken).startswith("ko") else "en"

    def paths(self, base: Path, top: Mapping[str, Any], flags: Mapping[str, str]) -> Paths:
        table = self.table(top.get("paths", {}), "paths", ("landing", "lake", "state", "reports"))
        lake = flags.get("lake") or os.environ.get("H33_LAKE")
        at = {
            name: Path(os.path.normpath(base / (self.text(table, name, "paths.") or f"data/{name}")))
            for name in ("landing", "lake", "state", "reports")
        }
        return Paths(**{**at, "lake": Path(lake).absolute()} if lake else at)

    def source(self, entry: Any, index: int) -> SourceRule:
        prefix = f"source[{index + 1}]"
        keys = ("match", "timezone", "format", "service", "instance", "collection")
        table = self.table(entry, prefix, keys)
        values = {key: self.text(table, key, prefix + ".") for key in keys}
        match = values.pop("match")
        if match is None:
            raise self.fault(prefix, "has no match", 'give it a glob such as "console/*.log"')
        self.zone(table, "timezone", prefix + ".")
        return SourceRule(match=match, **values)

    def deploy(self, top: Mapping[str, Any], zone_name: str) -> Deploy:
        table = self.table(top.get("deploy", {}), "deploy", ("at", "release"))
        at = table.get("at")
        try:
            tz = instants.zone(zone_name)
            if isinstance(at, datetime):
                at = at.isoformat()
            instant = instants.parse(at, tz, datetime.now(tz)) if isinstance(at, str) else None
        except UsageFault as error:
            raise self.fault("deploy.at", error.what, error.hint) from None
        if at is not None and instant is None:
            raise self.fault("deploy.at", "is not an instant", 'such as "2025-06-24T14:00+09:00"')
        return Deploy(at=instant, release=self.text(table, "release", "deploy."))

    def kpi(self, top: Mapping[str, Any]) -> dict[str, Thresholds]:
        from pipeline import sql

        figures = self.table(top.get("kpi", {}), "kpi", sql.names("kpi"))
        limits = {}
        for name, entry in figures.items():
            table = self.table(entry, f"kpi.{name}", ("warn", "fail", "required"))
            limits[name] = Thresholds(
                warn=self.number(table, "warn", f"kpi.{name}."),
                fail=self.number(table, "fail", f"kpi.{name}."),
                required=self.flag(table, "required", f"kpi.{name}."),
            )
        return limits

    def table(self, value: Any, key: str, known: tuple[str, ...] | list[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.fault(key, "is not a table", f"write [{key}]")
        for name in value:
            if name not in known:
                raise self.fault(
                    f"{key}.{name}" if key else name, "is not a setting", f"there are {', '.join(known)}"
                )
        return value

    def array(self, top: Mapping[str, Any], key: str) -> list[Any]:
        value = top.get(key, [])
        if not isinstance(value, list):
            raise self.fault(key, "is not an array of tables", f"write [[{key}]]")
        return value

    def text(self, table: Mapping[str, Any], key: str, prefix: str) -> str | None:
        value = table.get(key)
        if value is not None and (not isinstance(value, str) or not value):
            raise self.fault(prefix + key, "is not a text", f'write {key} = "…"')
        return value

    def number(self, table: Mapping[str, Any], key: str, prefix: str) -> float | None:
        value = table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise self.fault(prefix + key, "is not a number")
        return float(value)

    def flag(self, table: Mapping[str, Any], key: str, prefix: str) -> bool | None:
        value = table.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.fault(prefix + key, "is neither true nor false")
        return value

    def zone(self, table: Mapping[str, Any], key: str, prefix: str = "") -> str | None:
        name = self.text(table, key, prefix)
        if name is not None:
            try:
                instants.zone(name)
            except UsageFault as error:
                raise self.fault(prefix + key, error.what, error.hint) from None
        return name

    def choice(self, key: str, value: str, choices: tuple[str, ...]) -> str:
        if value not in choices:
            raise self.fault(key, f"is {value!r}", f"there are {', '.join(choices)}")
        return value

    def fault(self, key: str, what: str, hint: str | None = None) -> SettingsFault:
        return SettingsFault(f"{key} {what}", where=str(self.file) if self.file else None, hint=hint)
