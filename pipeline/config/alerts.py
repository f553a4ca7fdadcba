"""`[alerts]`: who is told of what, and what may be done about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.config.reader import Raw, Reader

KEY = "alerts"
SEVERITIES = ("critical", "warning")
LANGUAGES = ("en", "ko")

TEMPLATE = """\
# Alarms. Without a channel they are kept and listed by `h33 alerts`, and nobody is told.
[alerts]
# timeout = 10                       # seconds that all channels together may take
# repeat_days = 1                    # a firing alarm is told again after so many days
# dead_man = "env:H33_DEAD_MAN"      # an address that is fetched at the end of a good night
#
# An address is a secret: "env:NAME" or "file:PATH" (mode 0600) says where it is kept.
# What addresses look like: https://appriseit.com/services/
# [[alerts.channel]]
# name = "slack"
# url = "env:H33_SLACK"
# severity = ["critical", "warning"]
# language = "ko"
# short = false                      # true: titles only, for text messages
#
# A command of yours for an alarm that names this measure; it gets the verdict as JSON on stdin.
# [alerts.measure.rollback]
# command = ["./rollback.sh", "v1.9.4"]
# timeout = 60                       # seconds
# enabled = true                     # false unless it stands here
#
# [alerts.rule.api_errors]
# for = 1                            # bad days in a row before it fires
# enabled = true
"""


@dataclass(frozen=True)
class Channel:
    """One way to tell people.

    Attributes:
        name: what the outbox and the lists call it.
        url: where its address is kept: "env:NAME" or "file:PATH".
        severities: of the alarms that it carries.
        language: of its messages; None: the settings'.
        short: titles only.
    """

    name: str
    url: str
    severities: tuple[str, ...] = SEVERITIES
    language: str | None = None
    short: bool = False


@dataclass(frozen=True)
class Measure:
    """A command of the user's that an alarm may start; `timeout` in seconds."""

    command: tuple[str, ...]
    timeout: float = 60.0
    enabled: bool = False


@dataclass(frozen=True)
class RuleChange:
    """What the settings change of a rule; None keeps the rule's own."""

    bad_days: int | None = None
    enabled: bool = True


@dataclass(frozen=True)
class Alerts:
    """Channels, measures, and how patient to be; `timeout` in seconds."""

    channels: tuple[Channel, ...] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    rules: Mapping[str, RuleChange] = field(default_factory=dict)
    timeout: float = 10.0
    repeat_days: int = 1
    dead_man: str | None = None


def read(reader: Reader, value: Any) -> Alerts:
    """Return the settings of alarms."""
    known = ("timeout", "repeat_days", "dead_man", "channel", "measure", "rule")
    table = reader.table({} if value is None else value, KEY, known)
    timeout = reader.number(table, "timeout", f"{KEY}.", least=1)
    repeat = reader.number(table, "repeat_days", f"{KEY}.", least=1)
    channels = tuple(
        _channel(reader, entry, f"{KEY}.channel[{i + 1}]")
        for i, entry in enumerate(reader.array(table.get("channel"), f"{KEY}.channel"))
    )
    for i, channel in enumerate(channels):
        if channel.name in {other.name for other in channels[:i]}:
            raise reader.fault(f"{KEY}.channel[{i + 1}].name", f"{channel.name!r} stands twice")
    return Alerts(
        channels=channels,
        measures=_measures(reader, table),
        rules=_rules(reader, table),
        timeout=Alerts.timeout if timeout is None else timeout,
        repeat_days=Alerts.repeat_days if repeat is None else int(repeat),
        dead_man=_address(reader, table, "dead_man", f"{KEY}."),
    )


def _channel(reader: Reader, entry: Any, key: str) -> Channel:
    table = reader.table(entry, key, ("name", "url", "severity", "language", "short"))
    name, url = reader.text(table, "name", f"{key}."), _address(reader, table, "url", f"{key}.")
    if name is None or url is None:
        raise reader.fault(key, "has no name or no url", 'such as name = "slack", url = "env:H33_SLACK"')
    severities = reader.texts(table, "severity", f"{key}.")
    for severity in severities or ():
        reader.choice(f"{key}.severity", severity, SEVERITIES)
    language = reader.text(table, "language", f"{key}.")
    if language:
        reader.choice(f"{key}.language", language, LANGUAGES)
    short = reader.flag(table, "short", f"{key}.") or False
    return Channel(name, url, severities or SEVERITIES, language, short)


def _address(reader: Reader, table: Raw, name: str, prefix: str) -> str | None:
    """Return where an address is kept; an address itself is refused, without repeating it."""
    value = reader.text(table, name, prefix)
    if value is not None and not value.startswith(("env:", "file:")):
        raise reader.fault(
            prefix + name,
            "is not a place where a secret is kept",
            'write "env:NAME" or "file:PATH" (mode 0600), the address itself there',
        )
    return value


def _measures(reader: Reader, table: Raw) -> dict[str, Measure]:
    found = {}
    for name, entry in reader.table(table.get("measure", {}), f"{KEY}.measure", None).items():
        key = f"{KEY}.measure.{name}"
        keys = reader.table(entry, key, ("command", "timeout", "enabled"))
        command = reader.texts(keys, "command", f"{key}.")
        if not command:
            raise reader.fault(key, "has no command", 'such as command = ["./rollback.sh"]')
        timeout = reader.number(keys, "timeout", f"{key}.", least=1)
        enabled = reader.flag(keys, "enabled", f"{key}.") or False
        found[name] = Measure(command, Measure.timeout if timeout is None else timeout, enabled)
    return found


def _rules(reader: Reader, table: Raw) -> dict[str, RuleChange]:
    from pipeline import sql

    found = {}
    for name, entry in reader.table(table.get("rule", {}), f"{KEY}.rule", sql.names("alerts")).items():
        key = f"{KEY}.rule.{name}"
        keys = reader.table(entry, key, ("for", "enabled"))
        days = reader.number(keys, "for", f"{key}.", least=1)
        enabled = reader.flag(keys, "enabled", f"{key}.")
        found[name] = RuleChange(None if days is None else int(days), enabled is not False)
    return found
