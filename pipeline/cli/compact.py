"""`h33 compact`: fewer and larger files, and an end to the history that nobody needs."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from pipeline.cli.common import GlobalOptions, pass_options


@click.command()
@click.option(
    "--retention",
    metavar="SPAN",
    show_default="the settings' retention, 7d",
    help="How far back every snapshot stays readable: 12h, 7d, 4w; 0d keeps the newest alone.",
)
@pass_options
def command(options: GlobalOptions, retention: str | None) -> None:
    """Merge the small data files of each partition, and delete what no snapshot within the retention needs.

    No row changes. Those who read beside it keep the files of their snapshot for as long as the retention
    lasts. A run that is killed is finished by the next one that writes.
    """
    from pipeline import instants
    from pipeline.lake.compact import compact

    span = instants.span(retention) if retention else options.settings.retention
    if options.lake.snapshot().version is None:
        options.narrate(options.said("no_lake"))
        return
    with options.lake.writer() as writer:
        done = compact(writer, datetime.now(UTC), span)
    print(options.said("merged", merged=done.merged, into=done.into))
    print(options.said("dropped", files=done.dropped, megabytes=done.dropped_bytes / 1e6))
    if done.oldest is not None:
        zone = instants.zone(options.settings.timezone)
        print(options.said("readable", when=done.oldest.astimezone(zone).isoformat(" ", "seconds")))
