"""The settings file of a generated landing folder."""

from __future__ import annotations

from pipeline.sample import app_log, console
from pipeline.sample.events import KST, utc
from pipeline.sample.service import SERVICE
from pipeline.sample.world import World


def settings(world: World) -> str:
    """Return `h33.toml`: lake, state and reports beside the folder, and what the inputs leave unsaid."""
    first, last = world.dates[0], world.dates[-1]
    flags = f"--days {(last - first).days + 1} --end {last} --seed {world.seed} --scale {world.scale:g}"
    plain = "" if world.release else " --no-stories"
    deployed = utc(world.deployed).astimezone(KST).isoformat(timespec="minutes")
    return f"""\
# Settings for this landing folder, made by `h33 sample DIR {flags}{plain}`.
# Paths are relative to this file.
timezone = "Asia/Seoul"

[paths]
landing = "."
lake = "../lake"
state = "../state"
reports = "../reports"

[deploy]
at = "{deployed}"
release = "v2.0.0-time-system"

[[source]]
match = "render/*"
service = "{SERVICE}"

[[source]]
match = "{console.PATH}"
service = "{SERVICE}"
instance = "legacy-1"

[[source]]
match = "{app_log.PATH}"
service = "{app_log.SERVICE}"
instance = "{app_log.INSTANCE}"

[[source]]
match = "mongo/notes-*"
collection = "notes"
"""
