"""`h33 alerts`: what fires, why, who was told; silence it, test a channel, send what waits."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import GlobalOptions, format_option, pass_options, put
from pipeline.cli.said import said
from pipeline.errors import ExitCode, UsageFault
from pipeline.render.text import clip, one_line, pad

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.alerts.delivery import Outcome
    from pipeline.alerts.rules import Rule
    from pipeline.alerts.store import Store


@click.group(invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show the alarms: their states, the messages that wait, the last night.

    The nightly run moves them. A rule is a figure's verdict; `explain` shows the raw lines behind it.
    Without a command: `list`.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(listed)


@command.command("list")
@format_option("table", "json")
@pass_options
def listed(options: GlobalOptions, output: str) -> None:
    """List every rule with its state, and the messages that wait."""
    from pipeline import instants
    from pipeline.alerts.rules import rules

    store, zone = _store(options), instants.zone(options.settings.timezone)
    now = datetime.now(UTC)
    silences = store.silences(now)
    newest = store.newest()
    rows = []
    for rule in rules(options.settings.alerts):
        day, status = newest.get(rule.name, (None, None))
        silence = silences.get(rule.name)
        rows.append(
            {
                "alarm": rule.name,
                "severity": rule.severity,
                "state": status.state.value if status else None,
                "since": status.since.isoformat() if status else None,
                "day": day.isoformat() if day else None,
                "silenced_until": silence.until.isoformat() if silence else None,
                "figure": rule.figure,
                "title": rule.said("title", "en" if output == "json" else options.settings.language),
            }
        )
    waiting = [entry for entry in store.outbox() if entry.state == "queued"]
    run = store.last_run()
    if output == "json":
        queued = [
            {
                "alarm": entry.message.rule,
                "transition": entry.message.transition.value,
                "day": entry.message.day.isoformat(),
                "channel": entry.message.channel,
                "attempts": entry.attempts,
                "due": entry.due.isoformat(),
                "problem": entry.problem,
            }
            for entry in waiting
        ]
        last = run and {
            "finished": run.finished.isoformat(),
            "day": run.day.isoformat(),
            "verdict": run.verdict,
        }
        answer = {"alarms": rows, "waiting": queued, "last_run": last}
        put(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    columns = ("alarm", "severity", "state", "since", "title")
    heading = [options.word(name) for name in columns]
    _table([heading, *([options.word(str(row[name] or "–")) for name in columns] for row in rows)])
    for row in rows:
        if row["silenced_until"]:
            until = datetime.fromisoformat(row["silenced_until"]).astimezone(zone)
            told = options.said("silent_until", rule=row["alarm"], until=until.isoformat(" ", "minutes"))
            print(one_line(told))
    for entry in waiting:
        problem = options.word(entry.problem) if entry.problem else options.said("not_tried")
        message = entry.message
        print(
            one_line(options.said("waits_for", channel=message.channel, title=message.title, problem=problem))
        )
    finished = run.finished.astimezone(zone).isoformat(" ", "minutes") if run else options.said("no_night")
    print(options.said("last_night", finished=finished))


def _table(rows: list[list[str]]) -> None:
    """Print rows in aligned columns, the last one cut at the terminal's width."""
    import shutil

    from pipeline.render.text import width

    widths = [max(width(row[i]) for row in rows) for i in range(len(rows[0]))] if rows else []
    for row in rows:
        line = "  ".join(pad(one_line(cell), size) for cell, size in zip(row, widths, strict=True))
        print(clip(line.rstrip(), shutil.get_terminal_size().columns))


@command.command()
@click.argument("name", metavar="RULE")
@click.option("--date", "on", metavar="DATE", default="yesterday", show_default=True, help="The day.")
@pass_options
def explain(options: GlobalOptions, name: str, on: str) -> None:
    """Show a rule, its figure on a day, the SQL, and raw lines with their place."""
    from pipeline import instants, kpi
    from pipeline.alerts import night
    from pipeline.render import words

    rule = _rule(options, name)
    settings = options.settings
    zone = instants.zone(settings.timezone)
    day = instants.parse_day(on, zone, datetime.now(zone))
    snapshot = options.lake.snapshot()
    summary = kpi.day_summary(snapshot, settings, day)
    language = settings.language
    print(f"{rule.said('title', language)} ({options.word(rule.severity)}, {rule.name})")
    days = options.said("one_day" if rule.bad_days == 1 else "several_days", days=rule.bad_days)
    measure = rule.measure or options.said("no_measure")
    print(options.said("fires_on", verdict=rule.fires, figure=rule.figure, days=days, measure=measure))
    for result in summary.results:
        if result.figure.name == rule.figure:
            print(f"{summary.day.date} {result.verdict}: {words.sentence(result, language)}")
            print(f"\nqueries/kpi/{rule.figure}.sql\n{result.figure.query.text.strip()}")
    print(f"\nqueries/alerts/{rule.name}.sql: {rule.said('purpose', language)}")
    for line in night.evidence(snapshot, rule, summary, settings, 20):
        print(one_line(f"{line.at} {line.place} {line.what}"))
    print(rule.said("advice", language))


@command.command()
@click.argument("name", metavar="RULE")
@click.option(
    "--until", required=True, metavar="TIME", help="A date, an instant, or 24h for so long from now."
)
@click.option("--reason", metavar="TEXT", help="Why; shown by `h33 alerts`.")
@pass_options
def silence(options: GlobalOptions, name: str, until: str, reason: str | None) -> None:
    """Tell nobody of a rule until an instant; what fires then is told then. `--until now` ends a silence."""
    from pipeline import instants

    rule = _rule(options, name)
    zone = instants.zone(options.settings.timezone)
    now = datetime.now(zone)
    instant = _ahead(until, zone, now)
    _store(options).silence(rule.name, instant.astimezone(UTC), reason)
    at = instant.astimezone(zone).isoformat(" ", "minutes")
    options.narrate(options.said("silent_until" if instant > now else "told_again", rule=rule.name, until=at))


def _ahead(text: str, zone: Any, now: datetime) -> datetime:
    """Return an instant; a span such as 24h lies ahead of now here, not behind it."""
    from pipeline import instants

    try:
        return now + instants.span(text)
    except UsageFault:
        return instants.parse(text, zone, now)


@command.command()
@click.argument("name", metavar="[CHANNEL]", required=False)
@pass_options
def test(options: GlobalOptions, name: str | None) -> int:
    """Send a test message to a channel, or to all of them."""
    from pipeline.alerts import delivery
    from pipeline.alerts.night import base_folder

    alerts = options.settings.alerts
    chosen = [channel for channel in alerts.channels if name in {None, channel.name}]
    if not chosen:
        known = ", ".join(channel.name for channel in alerts.channels) or "none; see [[alerts.channel]]"
        raise UsageFault(f"no channel {name!r}" if name else "no channel", hint=f"there are {known}")
    language = options.settings.language
    jobs = [
        delivery.Job(c.name, c.url, said(c.language or language, "test_message"), "✓", "info") for c in chosen
    ]
    outcomes = delivery.carry(jobs, base_folder(options.settings), alerts.timeout)
    return _tell(options, outcomes)


@command.command()
@pass_options
def send(options: GlobalOptions) -> int:
    """Send the messages that wait; those that a channel asked to wait for stay."""
    from pipeline.alerts import delivery
    from pipeline.alerts.night import base_folder

    settings = options.settings
    base = base_folder(settings)
    outcomes = delivery.deliver(_store(options), settings.alerts, base, settings.language, datetime.now(UTC))
    return _tell(options, outcomes)


def _tell(options: GlobalOptions, outcomes: Sequence[Outcome]) -> int:
    """Print how each channel took what it was sent, and return the exit code."""
    for outcome in outcomes:
        told = options.word(outcome.problem) if outcome.problem else options.said("sent")
        print(one_line(f"{outcome.job.name}: {told}"))
    return int(ExitCode.FAILED if any(outcome.problem for outcome in outcomes) else ExitCode.DONE)


def _store(options: GlobalOptions) -> Store:
    from pipeline.alerts.store import Store

    return Store(options.settings.paths.state)


def _rule(options: GlobalOptions, name: str) -> Rule:
    """Return a rule that is on.

    Raises:
        UsageFault: there is none of that name.
    """
    from difflib import get_close_matches

    from pipeline.alerts.rules import rules

    known = {rule.name: rule for rule in rules(options.settings.alerts)}
    if name not in known:
        close = get_close_matches(name, known, n=1)
        guess = f"did you mean {close[0]}? " if close else ""
        raise UsageFault(f"no alarm {name!r}", hint=f"{guess}there are {', '.join(known)}")
    return known[name]
