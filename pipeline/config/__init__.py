"""Settings: `h33.toml`, then environment variables, then flags.

Each table of the file is a module here: its key, the text that `h33 init` writes (`TEMPLATE`, so the defaults
a user reads are those in force), its dataclass and how it is read. A new section is a new module, named in
`_SECTIONS`, `Settings` and `_settings`.
"""

from __future__ import annotations

import locale
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline import instants
from pipeline.config import (
    alerts,
    baseline,
    deploy,
    judging,
    kpi,
    limits,
    paths,
    redaction,
    sources,
    tickets,
    unpacking,
)
from pipeline.config.alerts import Alerts
from pipeline.config.baseline import BaselineRule
from pipeline.config.deploy import Deploy
from pipeline.config.judging import Judging
from pipeline.config.kpi import Thresholds
from pipeline.config.limits import Limits
from pipeline.config.paths import Paths
from pipeline.config.reader import Raw, Reader
from pipeline.config.redaction import RedactionRule
from pipeline.config.sources import SourceRule
from pipeline.config.unpacking import Unpacking
from pipeline.errors import SettingsFault

__all__ = [
    "FILE_NAME",
    "LANGUAGES",
    "Alerts",
    "BaselineRule",
    "Deploy",
    "Judging",
    "Limits",
    "Paths",
    "RedactionRule",
    "Settings",
    "SourceRule",
    "Thresholds",
    "Unpacking",
    "load",
    "template",
]

FILE_NAME = "h33.toml"
LANGUAGES = ("en", "ko")

#: The tables of the file, in the order in which `h33 init` writes them.
_SECTIONS = (paths, deploy, sources, tickets, redaction, unpacking, kpi, baseline, judging, alerts, limits)

#: The keys that stand in no table.
_KEYS = ("timezone", "language", "service", "retention")

_TEMPLATE = """\
# Settings of h33. A line that is commented out shows the default. Paths are relative to this file.

# Reporting zone: a day in a report is a day here. Also H33_TIMEZONE and --timezone.
# timezone = "Asia/Seoul"

# Language of what people read: "en" or "ko"; by the locale when not set. Also H33_LANG and --lang.
# language = "ko"

# The service whose requests and errors are judged; all of them where none is named. Records that name no
# service are then left out: [[source]] gives them one. Render's logs name it by its id; give all its names.
# service = ["habitus33-api", "srv-cq4k2p5ds78s73"]

# How far back every snapshot of the lake stays readable: what only older ones need, `h33 compact` deletes.
# retention = "7d"
"""


@dataclass(frozen=True)
class Settings:
    """All settings in force.

    Attributes:
        timezone: the reporting zone, an IANA name.
        file: where they were read; None for the defaults.
        service: names of the one whose requests and errors are judged, with commas between; None for all.
        retention: how far back every snapshot of the lake stays readable.
    """

    timezone: str
    language: str
    paths: Paths
    sources: tuple[SourceRule, ...] = ()
    tickets: Mapping[str, str] = field(default_factory=dict)
    deploy: Deploy = field(default_factory=Deploy)
    kpi: Mapping[str, Thresholds] = field(default_factory=dict)
    baseline: BaselineRule = field(default_factory=BaselineRule)
    judging: Judging = field(default_factory=Judging)
    redaction: tuple[RedactionRule, ...] = ()
    unpacking: Unpacking = field(default_factory=Unpacking)
    alerts: Alerts = field(default_factory=Alerts)
    file: Path | None = None
    service: str | None = None
    retention: timedelta = timedelta(days=7)
    sql: Limits = field(default_factory=Limits)


def template() -> str:
    """Return a commented settings file that states every key and its default."""
    return "\n".join([_TEMPLATE, *(section.TEMPLATE for section in _SECTIONS)])


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
    base = file.parent.resolve() if file else Path.cwd()
    settings = _settings(Reader(file), raw, base, flags)
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


def _settings(reader: Reader, raw: Raw, base: Path, flags: Mapping[str, str]) -> Settings:
    top = reader.table(raw, "", (*_KEYS, *(section.KEY for section in _SECTIONS)))
    zone_name = (
        flags.get("timezone")
        or os.environ.get("H33_TIMEZONE")
        or reader.zone(top, "timezone")
        or "Asia/Seoul"
    )
    return Settings(
        timezone=zone_name,
        language=_language(reader, top, flags),
        paths=paths.read(reader, top.get(paths.KEY), base, flags),
        sources=sources.read(reader, top.get(sources.KEY)),
        tickets=tickets.read(reader, top.get(tickets.KEY)),
        deploy=deploy.read(reader, top.get(deploy.KEY), zone_name),
        kpi=kpi.read(reader, top.get(kpi.KEY)),
        baseline=baseline.read(reader, top.get(baseline.KEY)),
        judging=judging.read(reader, top.get(judging.KEY), base),
        redaction=redaction.read(reader, top.get(redaction.KEY)),
        unpacking=unpacking.read(reader, top.get(unpacking.KEY)),
        alerts=alerts.read(reader, top.get(alerts.KEY)),
        file=reader.file,
        service=_service(reader, top),
        retention=Settings.retention if (kept := reader.span(top, "retention")) is None else kept,
        sql=limits.read(reader, top.get(limits.KEY)),
    )


def _service(reader: Reader, top: Raw) -> str | None:
    """Return the names of the judged service as parameters of queries take them: commas between."""
    value = top.get("service")
    if not isinstance(value, list):
        return reader.text(top, "service")
    if not value or not all(isinstance(name, str) and name for name in value):
        raise reader.fault("service", "is neither a text nor an array of texts", 'write service = ["…", "…"]')
    return ",".join(value)


def _language(reader: Reader, top: Raw, flags: Mapping[str, str]) -> str:
    for origin, value in (("--lang", flags.get("language")), ("H33_LANG", os.environ.get("H33_LANG"))):
        if value:
            return reader.choice(origin, value, LANGUAGES)
    if written := reader.text(top, "language"):
        return reader.choice("language", written, LANGUAGES)
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "ko" if locale.normalize(spoken).startswith("ko") else "en"
