"""When a release went live: by the settings, else by the deploys that the lake's events tell of."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline import reports
from pipeline.errors import UsageFault

if TYPE_CHECKING:
    from pipeline.config import Settings
    from pipeline.lake import Snapshot

#: The query that gives the deploys.
DEPLOYS = "releases"

_SUCCEEDED = "succeeded"
#: So many of the lake's deploys are named to somebody who asked for another.
_NAMED = 5


def instant(name: str, settings: Settings, snapshot: Snapshot) -> datetime:
    """Return the instant of a release, aware.

    Args:
        name: as the settings name it under [deploy], or the id of a deploy.
        settings: they come first.
        snapshot: the lake as it is read.

    Raises:
        UsageFault: neither knows it, or the deploy did not succeed.
        LakeDamaged: a data file cannot be read.
    """
    deploy = settings.deploy
    if name == deploy.release and deploy.at is not None:
        return deploy.at
    deploys = _deploys(snapshot)
    for found in deploys:
        if found["release"] == name:
            return _went_live(found)
    in_settings = deploy.release if deploy.release and deploy.at else "nothing"
    succeeded = [found["release"] for found in deploys if found["status"] == _SUCCEEDED]
    in_lake = ", ".join(succeeded[: -_NAMED - 1 : -1]) or "none"
    raise UsageFault(
        f"no release {name!r}",
        hint=f"set at and release under [deploy] (they name {in_settings}), take the id of a deploy in the "
        f"lake ({in_lake}), or give windows START..END to --baseline and --canary",
    )


def _went_live(deploy: dict[str, Any]) -> datetime:
    at: datetime = deploy["ts"]
    if deploy["status"] != _SUCCEEDED:
        ended = deploy["status"] or "without a status"
        raise UsageFault(f"release {deploy['release']!r} never went live", hint=f"its deploy ended {ended}")
    return at


def _deploys(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the lake's deploys, the latest last."""
    rows: list[dict[str, Any]] = reports.run(snapshot, DEPLOYS, {}, "UTC", kind="inputs").to_pylist()
    return rows
