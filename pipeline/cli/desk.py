"""What `h33 sql` and `h33 shell` share: a sandbox over a snapshot, and values that people type."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline import instants
from pipeline.cli.common import GlobalOptions
from pipeline.errors import UsageFault

if TYPE_CHECKING:
    from pipeline.cli.inputs import Asked
    from pipeline.lake import Snapshot
    from pipeline.sandbox.desk import Desk

_NO_WALLS = (
    "this kernel has no Landlock: the engine's own settings alone keep a statement from files, "
    "and Arrow reads the tables"
)


@contextmanager
def opened(
    options: GlobalOptions, at: str | None = None, lake: Asked | None = None
) -> Iterator[tuple[Desk, Snapshot]]:
    """Yield a sandbox with a snapshot's tables laid out, and the snapshot.

    Args:
        options: they say which lake, zone and limits.
        at: a snapshot's number or an instant; the newest when None.
        lake: what is asked instead of the settings' lake.
    """
    from pipeline.sandbox import arrow
    from pipeline.sandbox.desk import Desk

    settings = options.settings
    # The child loads the engine while the snapshot is looked up here.
    with Desk(lake.root if lake else settings.paths.lake, settings.sql) as desk:
        arrow.load("pyarrow")
        snapshot = lake.snapshot if lake else options.lake.snapshot(_moment(at, settings.timezone))
        desk.lay(snapshot.files, settings.timezone)
        # What writes the rows, while the child lays the tables out.
        arrow.load("pyarrow.compute")
        if not desk.is_walled:
            options.narrate(_NO_WALLS)
        yield desk, snapshot


def _moment(text: str | None, timezone: str) -> int | datetime | None:
    """Return what `--at` names: a snapshot's number, or an instant."""
    if text is None or text.isdigit():
        return None if text is None else int(text)
    try:
        return instants.parse(text, instants.zone(timezone), datetime.now(UTC))
    except UsageFault as fault:
        raise UsageFault(fault.what, where="--at", hint="a snapshot's number, or an instant") from None


def values(given: Iterable[str]) -> dict[str, str]:
    """Return the values of `--param NAME=VALUE` by name.

    >>> values(["since=2025-06-20", "path=/a=b"])
    {'since': '2025-06-20', 'path': '/a=b'}
    """
    found: dict[str, str] = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign or not name.isidentifier():
            raise UsageFault(f"not NAME=VALUE: {text!r}", where="--param")
        if name in found:
            raise UsageFault(f"{name} is given twice", where="--param")
        found[name] = value
    return found
