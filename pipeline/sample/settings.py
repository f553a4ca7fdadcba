"""The settings file of a generated landing folder."""

from __future__ import annotations

from pipeline.sample.events import HOUR, KST, utc
from pipeline.sample.inputs import (
    app_log,
    check_scripts,
    console,
    mongostat,
    morgan,
    pino,
    render_text,
    tickets,
    winston,
)
from pipeline.sample.plan import Plan
from pipeline.sample.service import CANARY, RESOURCE, SERVICE


def settings(plan: Plan) -> str:
    """Return `h33.toml`: lake, state and reports beside the folder, and what the inputs leave unsaid."""
    flags = f"--days {plan.days} --end {plan.end} --seed {plan.seed} --scale {plan.scale:g}"
    plain = "" if plan.stories else " --no-stories"
    deployed = utc(plan.deployed).astimezone(KST).isoformat(timespec="minutes")
    return f"""\
# Settings for this landing folder, made by `h33 sample DIR {flags}{plain}`.
# Paths are relative to this file.
timezone = "Asia/Seoul"
# The service that is judged, by its name and by Render's id: others answer requests too.
service = ["{SERVICE}", "{RESOURCE}"]

[paths]
landing = "."
lake = "../lake"
state = "../state"
reports = "../reports"

[deploy]
at = "{deployed}"
release = "v2.0.0-time-system"
{_canary(plan)}
[tickets]
{_columns()}
{_rules()}"""


def attested(plan: Plan) -> str:
    """Return `attested.toml`: what people said of the release, where no input can tell."""
    statements = []
    for name, (after, by, evidence) in _ATTESTED.items():
        at = utc(plan.deployed + after * HOUR).astimezone(KST).isoformat()
        statements.append(f'[{name}]\nby = "{by}"\nat = {at}\nevidence = "{evidence}"\n')
    return "\n".join(statements)


#: Item → hours after the release that it was said, by whom, on what evidence.
_ATTESTED = {
    "code_review": (-26, "박지민", "habitus33-api#412"),
    "backup": (-3, "이도현", "Atlas snapshot 2 hours before the release, restored on staging"),
    "rollback_plan": (-25, "이도현", "docs/rollback.md"),
    "dashboard": (-24, "최서연", "h33 page of the day before"),
    "user_feedback": (30, "정하은", "tickets.csv, 23 interviews"),
    "performance_review": (31, "이도현", "h33 report latency_by_route"),
    "error_review": (31, "박지민", "h33 report error_patterns"),
    "next_plan": (47, "최서연", "habitus33-api#431"),
}


def _columns() -> str:
    """Return what the help desk calls the columns that reports need."""
    return "\n".join(f'{meaning} = "{header}"' for meaning, header in tickets.MAPPING.items())


def _canary(plan: Plan) -> str:
    """Return which instance got the stories' release first."""
    return f'\n[kpi.canary_share]\ninstances = "{CANARY}"\n' if plan.stories else ""


#: What the inputs do not say themselves: glob → settings.
_RULES: dict[str, dict[str, str]] = {
    "render/*": {"service": SERVICE},
    console.PATH: {"service": SERVICE, "instance": "legacy-1"},
    app_log.PATH: {"service": app_log.SERVICE, "instance": app_log.INSTANCE},
    "mongo/notes-*": {"collection": "notes"},
    "mongo/sessions-*": {"collection": "sessions"},
    "mongo/users-*": {"collection": "users"},
    "mongo/books-*": {"collection": "books"},
    "render-cli/*": {"service": SERVICE},
    f"{render_text.FOLDER}/*": {
        "timezone": render_text.ZONE,
        "service": render_text.SERVICE,
        "instance": render_text.INSTANCE,
    },
    "mongod/*": {"service": "mongodb", "instance": "cluster0-shard-00-00"},
    "profile/*": {"service": "mongodb", "instance": "staging"},
    "atlas/*": {"service": "mongodb"},
    f"{mongostat.FOLDER}/*": {"timezone": mongostat.ZONE, "service": "mongodb"},
    "probes/*": {"service": SERVICE},
    tickets.PATH: {"timezone": tickets.ZONE, "service": "support"},
    f"{check_scripts.FOLDER}/*": {"service": f"{SERVICE}-checks"},
    **{one.path: {"service": one.name, "instance": "vm-2"} for one in morgan.services()},
    f"pino/{pino.PUSH}.ndjson": {"service": pino.PUSH, "instance": "push-1"},
    f"pino/{pino.GATEWAY}.ndjson": {"service": pino.GATEWAY, "instance": "gateway-1"},
    f"winston/{winston.SEARCH}.ndjson": {"service": winston.SEARCH, "instance": "vm-3"},
    f"winston/{winston.CRON}.log": {"service": winston.CRON, "instance": "vm-3"},
}


def _rules() -> str:
    """Return the rules of the sources."""
    rules = []
    for match, keys in _RULES.items():
        lines = [f'{key} = "{value}"' for key, value in {"match": match, **keys}.items()]
        rules.append("\n".join(["", "[[source]]", *lines, ""]))
    return "".join(rules)
