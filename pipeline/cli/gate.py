"""`h33 gate`: may the deployment go on?"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.common import GlobalOptions, format_option, pass_options, put
from pipeline.errors import ExitCode, UsageFault
from pipeline.render.text import safe

if TYPE_CHECKING:
    from pipeline.gate.limits import Limits
    from pipeline.gate.plan import Plan
    from pipeline.gate.record import Look
    from pipeline.gate.verdict import Judgement
    from pipeline.gate.windows import Selection
    from pipeline.lake import Snapshot


@dataclass(frozen=True)
class _Ask:
    """What the options say of one stage."""

    source: Path | None = None
    baseline: str | None = None
    canary: str | None = None
    period: str | None = None
    since: str = "7d"
    until: str = "now"
    stage: int | None = None
    planned: float | None = None
    before_after: bool = False
    record: Path | None = None


@click.command()
@click.option(
    "--input",
    "source",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Judge a CSV or Parquet file instead of the lake: columns ts, arm (baseline or canary), "
    "http_status, and maybe duration_ms and user_id.",
)
@click.option(
    "--canary",
    metavar="SELECTION",
    help="The canary's requests in the lake: a window START..END, release:NAME, or instance:NAME[,NAME].",
)
@click.option("--baseline", metavar="SELECTION", help="The baseline's, likewise; not needed with --period.")
@click.option(
    "--period",
    type=click.Choice(["24h", "7d", "30d"]),
    help="So long after the release --canary, against as long before it.",
)
@click.option(
    "--since", metavar="TIME", default="7d", show_default=True, help="First instant for instance:NAME."
)
@click.option("--until", metavar="TIME", default="now", show_default=True, help="First instant after it.")
@click.option("--stage", type=click.Choice(["10", "50", "100"]), help="Per cent that the canary serves.")
@click.option(
    "--planned-share",
    type=click.FloatRange(0, 1),
    metavar="RATIO",
    help="The canary's planned share, 0 to 1.  [default: the stage's; else the split is not checked]",
)
@click.option(
    "--before-after",
    is_flag=True,
    help="The canary of --input follows the baseline in time; the comparison is then confounded by time.",
)
@click.option(
    "--plan",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Judge the stages of a TOML file in order.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where looks are recorded.  [default: in the state folder for the lake and plans; nowhere for "
    "--input]",
)
@click.option("--exit-code", is_flag=True, help="Exit with 10 on HOLD and 11 on ROLLBACK.")
@format_option("table", "json", "markdown")
@pass_options
def command(
    options: GlobalOptions,
    source: Path | None,
    canary: str | None,
    baseline: str | None,
    period: str | None,
    since: str,
    until: str,
    stage: str | None,
    planned_share: float | None,
    before_after: bool,
    plan: Path | None,
    record: Path | None,
    exit_code: bool,
    output: str,
) -> int:
    """Say GO, HOLD or ROLLBACK of a canary, with every figure behind it.

    Looking often is safe: a harmless release is rolled back in at most about 2 of 100 rollouts, however often
    this is asked. What is missing is a HOLD, never a GO. docs/gate.md tells how the verdict is reached.
    """
    number = int(stage) if stage else None
    ask = _Ask(source, baseline, canary, period, since, until, number, planned_share, before_after, record)
    if plan is not None:
        if source or canary or baseline or period or stage or planned_share is not None or before_after:
            raise UsageFault(
                "--plan says all of its stages", hint="only --record, --format and --exit-code go with it"
            )
        return _exit(_judge_plan(options, plan, record, output), exit_code)
    from pipeline.gate.limits import Limits

    judgement, looks = _judge(options, ask, Limits())
    _put(options, judgement, looks, number, _planned(ask), output)
    return _exit(judgement, exit_code)


def _judge(options: GlobalOptions, ask: _Ask, limits: Limits) -> tuple[Judgement, tuple[Look, ...]]:
    """Return what is said of one stage, and the looks so far where they are recorded."""
    from pipeline.gate import record

    if ask.source:
        judgement, file = _of_file(options, ask.source, ask, limits), ask.record
    else:
        judgement, file = _of_lake(options, ask, limits)
    return record.take(file, judgement, ask.stage, datetime.now(UTC)) if file else (judgement, ())


def _planned(ask: _Ask) -> float | None:
    if ask.planned is not None or ask.stage is None:
        return ask.planned
    return ask.stage / 100


def _of_file(options: GlobalOptions, source: Path, ask: _Ask, limits: Limits) -> Judgement:
    from pipeline import instants
    from pipeline.gate import inputs
    from pipeline.gate.arms import from_arrow
    from pipeline.gate.verdict import Terms, judge

    if ask.baseline or ask.canary or ask.period:
        raise UsageFault("--input holds both arms", hint="leave --baseline, --canary and --period out")
    table = inputs.read(source, instants.zone(options.settings.timezone))
    return judge(from_arrow(table), Terms(_planned(ask), not ask.before_after, limits=limits))


def _of_lake(options: GlobalOptions, ask: _Ask, limits: Limits) -> tuple[Judgement, Path]:
    """Return the judgement, and where its looks are recorded."""
    from pipeline.gate import record, windows

    snapshot = options.lake.snapshot()
    baseline, canary = _selections(options, snapshot, ask)
    judgement = windows.compare(snapshot, baseline, canary, _planned(ask), limits, options.settings.service)
    name = record.file_name(canary.name, baseline.name)
    return judgement, ask.record or options.settings.paths.state / "gate" / name


def _selections(options: GlobalOptions, snapshot: Snapshot, ask: _Ask) -> tuple[Selection, Selection]:
    from pipeline.gate import releases, windows

    if not ask.canary:
        raise UsageFault(
            "nothing to judge", hint="give --input FILE, --plan FILE, or --canary and --baseline"
        )
    settings, now = options.settings, datetime.now(UTC)
    if ask.period:
        kind, _, name = ask.canary.partition(":")
        if kind != "release" or ask.baseline:
            raise UsageFault("--period goes with --canary release:NAME alone")
        return windows.around(releases.instant(name, settings, snapshot), ask.period, now)
    if not ask.baseline:
        raise UsageFault("no baseline", hint="give --baseline, or --period with a release")
    baseline, canary = (
        windows.select(text, ask.since, ask.until, settings, snapshot, now)
        for text in (ask.baseline, ask.canary)
    )
    return baseline, canary


def _judge_plan(options: GlobalOptions, file: Path, record: Path | None, output: str) -> Judgement:
    """Judge the stages in order, show the first that may not go on, or the last, and return it."""
    from pipeline.gate import plan as plans
    from pipeline.gate import record as looks_of
    from pipeline.gate.checks import Verdict

    plan = plans.load(file)
    kept = record or options.settings.paths.state / "gate" / looks_of.file_name(plan.name)
    outcomes: list[tuple[int, Judgement]] = []
    for stage in plan.stages:
        ask = _Ask(
            source=stage.input,
            baseline=stage.baseline,
            canary=stage.canary,
            since=stage.since or _Ask.since,
            until=stage.until or _Ask.until,
            stage=stage.percent,
            planned=stage.planned_share,
            before_after=stage.before_after,
            record=kept,
        )
        judgement, looks = _judge(options, ask, plan.limits)
        outcomes.append((stage.percent, judgement))
        if judgement.verdict is not Verdict.GO:
            break
    _put(options, judgement, looks, stage.percent, stage.planned_share, output, _stages(plan, outcomes))
    return judgement


def _stages(plan: Plan, outcomes: list[tuple[int, Judgement]]) -> list[dict[str, Any]]:
    """Return a row per stage of the plan; those after the first that may not go on have no verdict."""
    verdicts = {percent: judgement.verdict.value for percent, judgement in outcomes}
    return [{"stage": s.percent, "verdict": verdicts.get(s.percent)} for s in plan.stages]


def _put(
    options: GlobalOptions,
    judgement: Judgement,
    looks: tuple[Look, ...],
    stage: int | None,
    planned: float | None,
    output: str,
    stages: list[dict[str, Any]] | None = None,
) -> None:
    from pipeline import instants
    from pipeline.gate import show

    if output == "json":
        import orjson

        said = show.as_object(judgement, looks, stage, planned)
        if stages is not None:
            said["stages"] = stages
        put(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode())
        return
    settings = options.settings
    columns = shutil.get_terminal_size((120, 24)).columns if output == "table" else None
    zone = instants.zone(settings.timezone)
    for row in stages or ():
        print(f"{row['stage']:>4} %  {row['verdict'] or '–'}")
    print(safe(show.as_text(judgement, looks, stage, settings.language, zone, columns)), end="")


def _exit(judgement: Judgement, exit_code: bool) -> int:
    from pipeline.gate.checks import Verdict

    codes = {Verdict.GO: ExitCode.DONE, Verdict.HOLD: ExitCode.WARN, Verdict.ROLLBACK: ExitCode.FAIL}
    return codes[judgement.verdict] if exit_code else ExitCode.DONE
