"""Typed reading of a settings file: every fault names the file, the key and the choices."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from pipeline import instants
from pipeline.errors import SettingsFault, UsageFault

Raw = dict[str, Any]


class Reader:
    """Reads values of a parsed TOML file. A `key` is the dotted name in a fault: `source[2].match`."""

    def __init__(self, file: Path | None) -> None:
        self.file = file

    def table(self, value: Any, key: str, known: Iterable[str] | None) -> Raw:
        """Return a table whose keys are all known; `known` None admits any name.

        Raises:
            SettingsFault: it is no table, or has a key that is no setting.
        """
        if not isinstance(value, dict):
            raise self.fault(key, "is not a table", f"write [{key}]")
        choices = None if known is None else tuple(known)
        for name in value:
            if choices is not None and name not in choices:
                raise self.fault(
                    f"{key}.{name}" if key else name, "is not a setting", f"there are {', '.join(choices)}"
                )
        return value

    def array(self, value: Any, key: str) -> list[Any]:
        """Return an array of tables; an absent one is empty."""
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fault(key, "is not an array of tables", f"write [[{key}]]")
        return value

    def text(self, table: Raw, name: str, prefix: str = "") -> str | None:
        """Return a text that is not empty, or None where the key is absent."""
        value = table.get(name)
        if value is not None and (not isinstance(value, str) or not value):
            raise self.fault(prefix + name, "is not a text", f'write {name} = "…"')
        return value

    def texts(self, table: Raw, name: str, prefix: str = "") -> tuple[str, ...] | None:
        """Return an array of texts, or None where the key is absent."""
        value = table.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(entry, str) and entry for entry in value):
            raise self.fault(prefix + name, "is not an array of texts", f'write {name} = ["…"]')
        return tuple(value)

    def number(self, table: Raw, name: str, prefix: str = "", *, least: float | None = None) -> float | None:
        """Return a number that is not below `least`, or None where the key is absent."""
        value = table.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            raise self.fault(prefix + name, "is not a number")
        if least is not None and value < least:
            raise self.fault(prefix + name, f"is below {least:g}")
        return float(value)

    def flag(self, table: Raw, name: str, prefix: str = "") -> bool | None:
        """Return true or false, or None where the key is absent."""
        value = table.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.fault(prefix + name, "is neither true nor false")
        return value

    def zone(self, table: Raw, name: str, prefix: str = "") -> str | None:
        """Return the name of a zone that exists, or None where the key is absent."""
        value = self.text(table, name, prefix)
        if value is not None:
            try:
                instants.zone(value)
            except UsageFault as error:
                raise self.fault(prefix + name, error.what, error.hint) from None
        return value

    def span(self, table: Raw, name: str, prefix: str = "") -> timedelta | None:
        """Return a length of time such as 7d, or None where the key is absent."""
        value = self.text(table, name, prefix)
        try:
            return None if value is None else instants.span(value)
        except UsageFault as error:
            raise self.fault(prefix + name, error.what, error.hint) from None

    def choice(self, key: str, value: str, choices: tuple[str, ...]) -> str:
        """Return a value that is one of the choices."""
        if value not in choices:
            raise self.fault(key, f"is {value!r}", f"there are {', '.join(choices)}")
        return value

    def fault(self, key: str, what: str, hint: str | None = None) -> SettingsFault:
        """Return the error to raise about a key."""
        return SettingsFault(f"{key} {what}", where=str(self.file) if self.file else None, hint=hint)
