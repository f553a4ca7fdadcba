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
_SHOWS = {
    "devices": "the class of each device",
    "shares": "memos with a wrong time, by the column of --by",
    "hours": "hours in which unusually many clocks were far off (four weeks at least)",
    "changes": "days on which the distribution changed",
    "outliers": "devices that look odd to an isolation forest (h33[ml])",
    "fallbacks": "zones that the app refused, and whose fault it was (from the lake)",
}


@click.command(epilog="What is shown: " + "; ".join(f"{name}: {what}" for name, what in _SHOWS.items()) + ".")
@click.option(
    "--input",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read a CSV or Parquet file instead of the lake: columns device, server_ts and client_ts, as "
    "instants or as epoch numbers, which are compared as they stand.",
)
@click.option(
    "--show", type=click.Choice(list(_SHOWS)), help="See below.  [default: devices; shares with --by]"
)
@click.option(
    "--by",
    metavar="COLUMN",
    help="Column for shares: class (the default), hour of the day, or any further column of the input.",
)
@click.option(
    "--since", metavar="TIME", default="28d", show_default=True, help="First instant read from the lake."
)
@click.option(
    "--until", metavar="TIME", default="now", show_default=True, help="First instant not read from it."
)
@click.option("--evidence", is_flag=True, help="Add to each device a sentence that says why.")
@rows_options
@pass_options
def command(
    options: GlobalOptions,
    source: Path | None,
    show: str | None,
    by: str | None,
    since: str,
    until: str,
    evidence: bool,
    output: str,
    file: Path | None,
) -> int:
    """Name the fault of each client clock. Stored times are never changed.

    The classes, of which the first that fits is given: insufficient, unit, epoch_default, dst, zone, drift,
    ok, constant, queued, noisy. offset_s is client minus server in seconds.
    """
    from pipeline.skew import analysis

    show = show or ("shares" if by else "devices")
    if by and show != "shares":
        raise UsageFault(f"--by does not go with --show {show}")
    if show == "fallbacks":
        events = None
        rows = _refusals(options, source, since, until)
    else:
        events = _events(options, source, since, until, by)
        rows = _rows(options, events, show, by or "class", evidence)
    # What devices are called depends on no zone, so a file of theirs needs no settings.
    zone = "UTC" if source and show == "devices" else options.settings.timezone
    emit(analysis.to_arrow(rows).to_reader(_BATCH_ROWS), output, file, zone)
    if events is None:
        return ExitCode.DONE
    _tell_left(options, events.left)
    return ExitCode.INPUT if events.left.unreadable else ExitCode.DONE


def _events(options: GlobalOptions, source: Path | None, since: str, until: str, by: str | None) -> Events:
    from pipeline.skew.shares import DERIVED

    also = (by,) if by and by not in DERIVED else ()
    if source is not None:
        from pipeline.skew import inputs

        return inputs.read(source, also)
    from pipeline.skew import lake

    return lake.events(options.lake.snapshot(), *_interval(options, since, until), also)


def _refusals(options: GlobalOptions, source: Path | None, since: str, until: str) -> pl.DataFrame:
    if source is not None:
        raise UsageFault("--show fallbacks reads the app's own lines", hint="leave --input out")
    from pipeline.skew import lake

    return lake.refusals(options.lake.snapshot(), *_interval(options, since, until))


def _interval(options: GlobalOptions, since: str, until: str) -> tuple[datetime, datetime]:
    from pipeline import instants

    zone, now = instants.zone(options.settings.timezone), datetime.now(UTC)
    return instants.parse(since, zone, now), instants.parse(until, zone, now)


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

    devices = analysis.devices(events)
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
