"""`h33 alerts`: what fires, why, who was told; silence it, test a channel, send what waits."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import GlobalOptions, format_option, pass_options, put
from pipeline.errors import ExitCode, UsageFault
from pipeline.render.text import clip, one_line, pad

if TYPE_CHECKING:
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
    _table(
        [[str(row[key] or "–") for key in ("alarm", "severity", "state", "since", "title")] for row in rows]
    )
    for row in rows:
        if row["silenced_until"]:
            until = datetime.fromisoformat(row["silenced_until"]).astimezone(zone)
            print(one_line(f"{row['alarm']}: silent until {until.isoformat(' ', 'minutes')}"))
    for entry in waiting:
        told = entry.problem or "not tried yet"
        print(one_line(f"waits for {entry.message.channel}: {entry.message.title}: {told}"))
    finished = run.finished.astimezone(zone).isoformat(" ", "minutes") if run else "none"
    print(f"last night finished: {finished}")


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
    print(f"{rule.said('title', language)} ({rule.severity}, {rule.name})")
    fires = f"fires on {rule.fires} of {rule.figure}"
    days = "day" if rule.bad_days == 1 else "days in a row"
    print(f"{fires} for {rule.bad_days} {days}; measure: {rule.measure or 'none'}")
    for result in summary.results:
        if result.figure.name == rule.figure:
            print(f"{summary.day.date} {result.verdict}: {words.sentence(result, language)}")
            print(f"\nqueries/kpi/{rule.figure}.sql\n{result.figure.query.text.strip()}")
    print(f"\nqueries/alerts/{rule.name}.sql: {rule.said('purpose', language)}")
    for line in night.evidence(snapshot, rule, summary, settings, 20):
        at = line.ts.astimezone(zone).isoformat(" ", "seconds") if line.ts else "–"
        print(one_line(f"{at} {line.place} {line.what}"))
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
    options.narrate(f"{rule.name}: silent until {instant.astimezone(zone).isoformat(' ', 'minutes')}")


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
    title = {"en": "h33: a test message", "ko": "h33: 시험 메시지"}
    jobs = [
        delivery.Job(c.name, c.url, title[c.language or options.settings.language], "✓", "info")
        for c in chosen
    ]
    outcomes = delivery.carry(jobs, base_folder(options.settings), alerts.timeout)
    for outcome in outcomes:
        print(one_line(f"{outcome.job.name}: {outcome.problem or 'sent'}"))
    return int(ExitCode.FAILED if any(outcome.problem for outcome in outcomes) else ExitCode.DONE)


@command.command()
@pass_options
def send(options: GlobalOptions) -> int:
    """Send the messages that wait; those that a channel asked to wait for stay."""
    from pipeline.alerts import delivery
    from pipeline.alerts.night import base_folder

    settings = options.settings
    base = base_folder(settings)
    outcomes = delivery.deliver(_store(options), settings.alerts, base, settings.language, datetime.now(UTC))
    for outcome in outcomes:
        print(one_line(f"{outcome.job.name}: {outcome.problem or 'sent'}"))
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
