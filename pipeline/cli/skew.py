"""`h33 skew`: which client clocks are wrong, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.common import GlobalOptions, pass_options
from pipeline.cli.emit import emit, rows_options
from pipeline.errors import ExitCode, UsageFault

if TYPE_CHECKING:
    import polars as pl

    from pipeline.skew.inputs import Events, Left

#: Rows that are written together.
_BATCH_ROWS = 20_000
_SHOWS = ("devices", "shares", "hours", "changes", "outliers", "fallbacks")


@click.command()
@click.option(
    "--input",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read a CSV or Parquet file instead of the lake: columns device, server_ts and client_ts, as "
    "instants or as epoch numbers, which are compared as they stand.",
)
@click.option("--show", type=click.Choice(_SHOWS), help="See above.  [default: devices; shares with --by]")
@click.option(
    "--by",
    metavar="COLUMN",
    help="Column for shares: class (the default), hour of the day, or any further column of the input.",
)
@click.option("--since", metavar="TIME", help="First instant read from the lake.  [default: 28d]")
@click.option("--until", metavar="TIME", help="First instant not read from it.  [default: now]")
@click.option("--evidence", is_flag=True, help="Add to each device a sentence that says why.")
@rows_options
@pass_options
def command(
    options: GlobalOptions,
    source: Path | None,
    show: str | None,
    by: str | None,
    since: str | None,
    until: str | None,
    evidence: bool,
    output: str,
    file: Path | None,
) -> int:
    """Name the fault of each client clock. Stored times are never changed.

    A device is of the first class that fits: insufficient, unit, epoch_default, dst, zone, drift, ok,
    constant, queued, noisy. offset_s is client minus server in seconds.

    \b
    What --show shows:
      devices    the class of each device
      shares     memos with a wrong time, by the column of --by
      hours      hours in which unusually many clocks were far off, of four weeks or more
      changes    days on which the distribution changed
      outliers   devices that look odd to an isolation forest (needs h33[ml])
      fallbacks  zones that the app refused, and whose fault it was (from the lake only)
    """  # noqa: D301 - to click, the backspace marks lines that stay as they are
    from pipeline.skew import analysis

    show = show or ("shares" if by else "devices")
    if by and show != "shares":
        raise UsageFault(f"--by does not go with --show {show}")
    if source and (since or until):
        raise UsageFault("--since and --until choose from the lake", hint="a file is read whole")
    if source and show == "fallbacks":
        raise UsageFault("--show fallbacks reads the app's own lines", hint="leave --input out")
    if show == "fallbacks":
        events = None
        rows = _refusals(options, since, until)
    else:
        events = _from_file(source, by) if source else _from_lake(options, since, until, by)
        rows = _rows(options, events, show, by or "class", evidence)
    # What devices are called depends on no zone, so a file of theirs needs no settings.
    zone = "UTC" if source and show == "devices" else options.settings.timezone
    emit(analysis.to_arrow(rows).to_reader(_BATCH_ROWS), output, file, zone)
    if events is None:
        return ExitCode.DONE
    _tell_left(options, events.left)
    return ExitCode.INPUT if events.left.unreadable else ExitCode.DONE


def _from_file(source: Path, by: str | None) -> Events:
    from pipeline.skew import inputs

    return inputs.read(source, _further(by))


def _from_lake(options: GlobalOptions, since: str | None, until: str | None, by: str | None) -> Events:
    from pipeline.skew import lake

    return lake.events(options.lake.snapshot(), *_interval(options, since, until), _further(by))


def _refusals(options: GlobalOptions, since: str | None, until: str | None) -> pl.DataFrame:
    from pipeline.skew import lake

    return lake.refusals(options.lake.snapshot(), *_interval(options, since, until))


def _further(by: str | None) -> tuple[str, ...]:
    """Return the columns to read beside those of every input."""
    from pipeline.skew.shares import DERIVED

    return (by,) if by and by not in DERIVED else ()


def _interval(options: GlobalOptions, since: str | None, until: str | None) -> tuple[datetime, datetime]:
    from pipeline import instants

    zone, now = instants.zone(options.settings.timezone), datetime.now(UTC)
    return instants.parse(since or "28d", zone, now), instants.parse(until or "now", zone, now)


def _rows(options: GlobalOptions, events: Events, show: str, by: str, evidence: bool) -> pl.DataFrame:
    if show == "shares":
        from pipeline.skew.shares import shares

        return shares(events, by, options.settings.timezone)
    if show == "hours":
        from pipeline.skew.anomalies import hours

        tested = hours(events, options.settings.timezone)
        options.narrate(f"{len(tested):,} hours tested, {tested['anomalous'].sum():,} anomalous")
        return tested.filter("anomalous").drop("anomalous")
    if show == "changes":
        from pipeline.skew.changes import changes

        return changes(events, options.settings.timezone)
    return _devices(options, events, show, evidence)


def _devices(options: GlobalOptions, events: Events, show: str, evidence: bool) -> pl.DataFrame:
    from pipeline.skew import analysis

    devices = analysis.devices(events, explained=evidence or show == "outliers")
    options.narrate(analysis.summary(devices))
    if show == "outliers":
        from pipeline.skew.forest import outliers

        return outliers(devices)
    rows = devices.select(analysis.DEVICE_COLUMNS)
    if evidence:
        from pipeline.skew.evidence import sentences

        rows = rows.with_columns(sentences(devices, options.settings.language))
    return rows


def _tell_left(options: GlobalOptions, left: Left) -> None:
    """Say which rows were not used."""
    reasons = {
        "without a device": left.without_device,
        "without one of the times": left.without_time,
        "that repeat another": left.repeated,
        "with a time that cannot be read": left.unreadable,
    }
    told = [f"{count:,} {reason}" for reason, count in reasons.items() if count]
    if told:
        example = f" ({left.example})" if left.example else ""
        options.narrate(f"rows left out: {', '.join(told)}{example}")
