"""`truth.json`: every figure that a report over the sample should find, computed from the world's own events.

Plain Python over the events that the writers were given; nothing of h33 takes part. Instants are UTC with six
digits and Z; days are KST days; durations are milliseconds; ratios lie between 0 and 1 and are null where the
denominator is 0. Percentiles are nearest-rank: the value at rank (n·permille + 999) // 1000.

| key | what |
|---|---|
| `arguments` | days, first_day, last_day, seed, scale, stories |
| `deployed_at` | when the time system went live: eligible notes were created then or later |
| `service`, `instances` | of the Render logs; every instance that answers or prints, in order of appearance |
| `files.<path>` | `kind`, `lines`, `records` (each once, whatever overlaps repeat), `events`, `continuation`, `rejected`, `blank`; of render_api also `pages` (= lines), `entries` (log lines shown, repeats included), `repeated_entries`, `requests`, `app_records`, `app_lines`, `first_ts`, `last_ts`; of console `requests`, `statuses` (with `aborted`), `boots`, `threads`, none of which has a time; of app_log `severities`, `first_ts`, `last_ts`; of notes_export `taken`, `lacking` |
| `days.<date>.requests` | Render's request lines, repeats dropped: `total`, `health`, `api` (= total - health), of api `status_2xx` `status_4xx` `status_5xx`, `aborted` (always 0), `error_ratio` (5xx / api) |
| `days.<date>.routes[]` | by `method` and `route` (`:id` for ids, query cut): `n` (any status), `p50_ms` `p90_ms` `p99_ms`, `status_4xx`, `status_5xx`; health is a route of its own |
| `days.<date>.memo_create` | POST /api/notes and POST /api/sessions/:id/complete together: `n`, percentiles, `status_5xx` |
| `days.<date>.memo_read` | GET of every route that begins with /api/notes: the same |
| `days.<date>.hours[]` | by UTC `hour`: `requests`, `api`, `status_5xx` (without health) |
| `days.<date>.errors[]` | failures that controllers printed, by UTC `hour`, `label` (text before the first `: `) and `error_name`: `n`; their sum is `error_records` |
| `days.<date>.mongo_failures` | those that mean a lost connection: `total`, `by_kind` (buffering_timeout, MongooseServerSelectionError, MongoNetworkError) |
| `days.<date>.time_checks` | TimeProcessor blocks: `attempts`, `client_time`, `server_time`, `reasons`, `refused_zones`, `fallback_ratio` (server_time / attempts) |
| `days.<date>.notes` | of the newest export, by createdAt: `all`, `eligible` (originSession set, createdAt ≥ deployed_at), `value`, `null`, `absent` (states of all), `eligible_value`, `eligible_null`, `use_of_eligible`, `use_of_all`, `fallback_ratio` (eligible_null / eligible), `delta` |
| `days.<date>.notes.delta` | client minus server where both are: `n`, `over_1h` (beyond 3,600,000 ms either way), `over_1h_ratio`, `histogram` (`from_min`: lower bound of the 15-minute bin, bound included; `n`), `ms` (every value, sorted) |
| `notes` | the same for all days of the newest export together, older notes too |
| `exports[]` | oldest first: `path`, `taken`, `documents`, `new` (ids that the one before lacks), `vanished` (ids that only the one before has) |
| `stories` | `release`, `outage`, `clocks`, `incomplete_export`; each null without stories |
| `stories.release` | `at`, `name`, `instance`, `replaces`, `slower` (1.3), `failing` (2.0), `before`/`after`: memo creation of the days from the release's own on, by arm: `instance` → n, percentiles, `status_5xx` |
| `stories.outage` | `start`, `end`, `failures` |
| `stories.clocks[]` | `user_id`, `fault`, `amount`, `unit`, `zone`, `notes` (eligible in the newest export), `value` |
| `stories.incomplete_export` | `path`, `ids` |
| `secrets.<kind>` | `texts`: strings of which no part of a lake or page may contain one; `planted`: how often they were written to inputs |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.sample import app_log, console, memos, notes_export
from pipeline.sample.events import HOUR, Check, Day, Failure, Note, Print, Request, iso_z, kst_date
from pipeline.sample.files import Written
from pipeline.sample.world import HEALTH, MEMO_CREATION, SERVICE, World

Figures = dict[str, Any]

_BIN_MS = 15 * 60_000
_HOUR_MS = 3_600_000
_CLOCK_UNITS = {
    "unit": "factor",
    "epoch_default": "epoch, s",
    "zone": "min",
    "dst": "instant, µs since 1970",
    "drift": "s/day",
    "constant": "s",
    "queued": "share sent later",
}


def truth(world: World, written: Sequence[Written]) -> Figures:
    """Return the whole truth of a world and of the files that were written of it."""
    newest = notes_export.exports(world)[-1].notes
    return {
        "arguments": {
            "days": len(world.dates),
            "first_day": str(world.dates[0]),
            "last_day": str(world.dates[-1]),
            "seed": world.seed,
            "scale": world.scale,
            "stories": world.release is not None,
        },
        "deployed_at": iso_z(world.deployed),
        "service": SERVICE,
        "instances": list(dict.fromkeys(call.instance for day in world.days for call in day.prints)),
        "files": {file.path: file.truth() for file in written},
        "days": {str(day.date): _day(day, newest, world) for day in world.days},
        "notes": _notes(newest, world.deployed),
        "exports": _exports(world),
        "stories": _stories(world, newest),
        "secrets": _secrets(world, written),
    }


def percentile(values: Sequence[int], permille: int) -> int | None:
    """Return the nearest-rank percentile of sorted values, None where there are none.

    >>> [percentile(range(1, 101), p) for p in (500, 900, 990)]
    [50, 90, 99]
    """
    return values[(len(values) * permille + 999) // 1000 - 1] if values else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _day(day: Day, newest: Iterable[Note], world: World) -> Figures:
    failures = [(call.at, call.fact) for call in day.prints if isinstance(call.fact, Failure)]
    return {
        "requests": _requests(day.requests),
        "routes": _routes(day.requests),
        "memo_create": _latency(r for r in day.requests if (r.method, r.route) in MEMO_CREATION),
        "memo_read": _latency(
            r for r in day.requests if r.method == "GET" and r.route.startswith("/api/notes")
        ),
        "hours": _hours(day.requests),
        "error_records": len(failures),
        "errors": [
            {"hour": iso_z(hour), "label": label, "error_name": name, "n": n}
            for (hour, label, name), n in sorted(
                Counter((at // HOUR * HOUR, f.label, f.name) for at, f in failures).items()
            )
        ],
        "mongo_failures": _mongo_failures(failure for _, failure in failures),
        "time_checks": _time_checks(day.prints),
        "notes": _notes([n for n in newest if kst_date(n.created_ms * 1000) == day.date], world.deployed),
    }


def _requests(requests: Iterable[Request]) -> Figures:
    classes = Counter(r.status // 100 for r in requests if r.route != HEALTH)
    total, api = len(list(requests)), classes.total()
    return {
        "total": total,
        "health": total - api,
        "api": api,
        "status_2xx": classes[2],
        "status_4xx": classes[4],
        "status_5xx": classes[5],
        "aborted": 0,
        "error_ratio": _ratio(classes[5], api),
    }


def _routes(requests: Iterable[Request]) -> list[Figures]:
    groups: dict[tuple[str, str], list[Request]] = {}
    for request in requests:
        groups.setdefault((request.method, request.route), []).append(request)
    return [
        {"method": method, "route": route, **_latency(group)}
        for (method, route), group in sorted(groups.items())
    ]


def _latency(requests: Iterable[Request]) -> Figures:
    group = list(requests)
    took = sorted(request.duration_ms for request in group)
    return {
        "n": len(group),
        "p50_ms": percentile(took, 500),
        "p90_ms": percentile(took, 900),
        "p99_ms": percentile(took, 990),
        "status_4xx": sum(400 <= request.status <= 499 for request in group),
        "status_5xx": sum(request.status >= 500 for request in group),
    }


def _hours(requests: Iterable[Request]) -> list[Figures]:
    groups: dict[int, list[Request]] = {}
    for request in requests:
        groups.setdefault(request.at // HOUR * HOUR, []).append(request)
    return [
        {
            "hour": iso_z(hour),
            "requests": len(group),
            "api": sum(r.route != HEALTH for r in group),
            "status_5xx": sum(r.status >= 500 for r in group),
        }
        for hour, group in sorted(groups.items())
    ]


def _mongo_failures(failures: Iterable[Failure]) -> Figures:
    kinds: Counter[str] = Counter()
    for failure in failures:
        if "buffering timed out" in failure.message:
            kinds["buffering_timeout"] += 1
        elif failure.name in {"MongooseServerSelectionError", "MongoNetworkError"}:
            kinds[failure.name] += 1
    return {"total": kinds.total(), "by_kind": dict(sorted(kinds.items()))}


def _time_checks(prints: Iterable[Print]) -> Figures:
    checks = [call.fact for call in prints if isinstance(call.fact, Check)]
    refused = [check for check in checks if check.reason]
    return {
        "attempts": len(checks),
        "client_time": len(checks) - len(refused),
        "server_time": len(refused),
        "reasons": dict(sorted(Counter(str(check.reason) for check in refused).items())),
        "refused_zones": dict(
            sorted(Counter(check.zone for check in refused if check.reason == "bad_zone").items())
        ),
        "fallback_ratio": _ratio(len(refused), len(checks)),
    }


def _notes(notes: Sequence[Note], deployed: int) -> Figures:
    states = Counter(note.client_state for note in notes)
    eligible = [note for note in notes if _eligible(note, deployed)]
    used = sum(note.client_state == "value" for note in eligible)
    missing = sum(note.client_state == "null" for note in eligible)
    return {
        "all": len(notes),
        "eligible": len(eligible),
        "value": states["value"],
        "null": states["null"],
        "absent": states["absent"],
        "eligible_value": used,
        "eligible_null": missing,
        "use_of_eligible": _ratio(used, len(eligible)),
        "use_of_all": _ratio(states["value"], len(notes)),
        "fallback_ratio": _ratio(missing, len(eligible)),
        "delta": _delta(sorted(n.client_ms - n.created_ms for n in notes if n.client_ms is not None)),
    }


def _eligible(note: Note, deployed: int) -> bool:
    return note.session_id is not None and note.created_ms * 1000 >= deployed


def _delta(values: list[int]) -> Figures:
    far = sum(abs(value) > _HOUR_MS for value in values)
    bins = Counter(value // _BIN_MS * 15 for value in values)
    return {
        "n": len(values),
        "over_1h": far,
        "over_1h_ratio": _ratio(far, len(values)),
        "histogram": [{"from_min": lower, "n": n} for lower, n in sorted(bins.items())],
        "ms": values,
    }


def _exports(world: World) -> list[Figures]:
    rows: list[Figures] = []
    before: set[str] = set()
    for export in notes_export.exports(world):
        now = {note.id for note in export.notes}
        rows.append(
            {
                "path": export.path,
                "taken": iso_z(export.instant),
                "documents": len(now),
                "new": len(now - before),
                "vanished": sorted(before - now),
            }
        )
        before = now
    return rows


def _stories(world: World, newest: Sequence[Note]) -> Figures:
    release, outage = world.release, world.outage
    if release is None or outage is None:
        return {"release": None, "outage": None, "clocks": None, "incomplete_export": None}
    made = [r for day in world.days for r in day.requests if (r.method, r.route) in MEMO_CREATION]
    after = [r for r in made if r.at >= release.at]
    instances = sorted({r.instance for r in made})
    lost = next((e for e in notes_export.exports(world) if e.lacking), None)
    return {
        "release": {
            "at": iso_z(release.at),
            "name": release.name,
            "instance": release.instance,
            "replaces": release.replaces,
            "slower": release.slower,
            "failing": release.failing,
            "routes": [f"{method} {route}" for method, route in MEMO_CREATION],
            "before": _latency(r for r in made if r.at < release.at),
            "after": {name: _latency(r for r in after if r.instance == name) for name in instances},
        },
        "outage": {
            "start": iso_z(outage.start),
            "end": iso_z(outage.end),
            "failures": sum(
                _mongo_failures(c.fact for c in day.prints if isinstance(c.fact, Failure))["total"]
                for day in world.days
            ),
        },
        "clocks": _clocks(world, newest),
        "incomplete_export": {"path": lost.path, "ids": lost.lacking} if lost else None,
    }


def _clocks(world: World, newest: Sequence[Note]) -> list[Figures]:
    rows = []
    for user in world.faulty:
        eligible = [n for n in newest if n.user_id == user.id and _eligible(n, world.deployed)]
        rows.append(
            {
                "user_id": user.id,
                "fault": user.clock.fault,
                "amount": user.clock.amount,
                "unit": _CLOCK_UNITS[user.clock.fault],
                "zone": user.zone,
                "notes": len(eligible),
                "value": sum(note.client_state == "value" for note in eligible),
            }
        )
    return rows


def _secrets(world: World, written: Sequence[Written]) -> Figures:
    lines = [line for day in world.days for call in day.prints for line in call.lines]
    boots = [line for line in lines if line.startswith("MongoDB URI: ")]
    threads = sum("content=" in line for line in lines)
    dumps = sum(line.startswith("  memoContent: ") for line in lines)
    legacy = next(file for file in written if file.path == console.PATH).more
    exported = sum(len(export.notes) for export in notes_export.exports(world))
    planted = {kind: {"texts": [secret], "planted": 1} for kind, (secret, _, _) in app_log.LEAKS.items()}
    passwords = [line.split(":", 3)[3].split("@")[0] for line in boots]
    planted["mongo_password"] = {
        "texts": [*dict.fromkeys(passwords), console.PASSWORD, app_log.LEAKS["mongo_password"][0]],
        "planted": len(boots) + legacy["boots"] + 1,
    }
    planted["memo_text"] = {
        "texts": list(memos.FRAGMENTS),
        "planted": threads + dumps + legacy["threads"] + exported,
    }
    return planted
