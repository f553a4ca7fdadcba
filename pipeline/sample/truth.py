"""`truth.json`: every figure that a report over the sample should find, computed from the world's own events.

Plain Python over the events that the writers were given; nothing of h33 takes part. Instants are UTC with six
digits and Z; days are KST days; durations are milliseconds; ratios lie between 0 and 1 and are null where the
denominator is 0. Percentiles are nearest-rank: the value at rank (n·permille + 999) // 1000.

- `arguments`: days, first_day, last_day, seed, scale, stories.
- `deployed_at`: when the time system went live: eligible notes were created then or later.
- `service`, `instances`: of the Render logs: every instance that prints, in order of appearance.
- `files.<path>`: kind, lines, records (each once, whatever overlaps repeat), events, continuation,
  rejected, blank. Further: render_api: pages (= lines), entries (log lines shown, repeats included),
  repeated_entries, requests, app_records, app_lines, first_ts, last_ts. console: requests, statuses (with
  aborted), boots, threads; none of them has a time. app_log: severities,
  errors_by_hour (UTC), first_ts, last_ts. notes_export: taken, lacking.
- `days.<date>.requests`: of Render's request lines, repeats dropped: total, health, api (= total -
  health); of api: status_2xx, status_4xx, status_5xx, error_ratio (status_5xx / api).
- `days.<date>.routes[]`: by method and route (`:id` for ids, no query): n (any status), p50_ms, p90_ms,
  p99_ms, status_4xx, status_5xx; health is a route of its own.
- `days.<date>.memo_create`, `.memo_read`: the same over POST /api/notes and POST
  /api/sessions/:id/complete together, and over every GET whose route begins with /api/notes.
- `days.<date>.hours[]`: by UTC hour: requests, api, status_5xx.
- `days.<date>.error_records`, `.errors[]`: failures that controllers printed: all, and by UTC hour, label
  (the text before the first `: `) and error_name: n.
- `days.<date>.mongo_failures`: those of them that mean a lost connection: total, by_kind
  (buffering_timeout, MongooseServerSelectionError, MongoNetworkError).
- `days.<date>.time_checks`: TimeProcessor blocks: attempts, client_time, server_time, reasons,
  refused_zones, fallback_ratio (server_time / attempts).
- `days.<date>.notes`, `notes`: of the newest export, by the day of createdAt, and all together: all;
  value, null, absent (the states of all); eligible (originSession set, createdAt >= deployed_at),
  eligible_value, eligible_null, use_of_eligible (eligible_value / eligible), use_of_all (value / all),
  fallback_ratio (eligible_null / eligible), delta.
- `….notes.delta`: client minus server where there is a client's time: n, over_1h (more than 3,600,000 ms
  either way), over_1h_ratio, histogram[] (from_min: lower bound of a 15-minute bin, itself in it; n), ms
  (all, sorted).
- `exports[]`: oldest first: path, taken, documents, new (how many the one before lacks), vanished (ids
  that only the one before has).
- `stories.release`: at, name, instance, replaces, slower, failing (factors), routes; memo creation before
  it and, by instance, after it: n, percentiles, status_4xx, status_5xx. Every story is null without
  stories.
- `stories.outage`: start, end, failures.
- `stories.clocks[]`: user_id, fault, amount, unit, since (drift and uptime count from it, a summer hour
  was added at it), zone, notes (eligible ones in the newest export), value (those with the client's
  time).
- `stories.incomplete_export`: path, ids.
- `secrets.<kind>`: texts: strings of which none may appear in a lake or on a page; planted: how often
  they were written.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.sample import app_log, console, memos, notes_export
from pipeline.sample.events import Failure, Note, iso_z
from pipeline.sample.figures import Figures, day_figures, is_eligible, latency, mongo_failures, note_figures
from pipeline.sample.files import Written
from pipeline.sample.notes_export import Export
from pipeline.sample.service import MEMO_CREATION, SERVICE
from pipeline.sample.world import World

#: Unit of a clock's `amount`, by fault.
_CLOCK_UNITS = {
    "unit": "factor",
    "epoch_default": "epoch, s",
    "zone": "min",
    "dst": "h",
    "drift": "s/day",
    "constant": "s",
    "queued": "share sent later",
}


def truth(world: World, written: Sequence[Written]) -> Figures:
    """Return the whole truth of a world and of the files that were written of it."""
    exports = notes_export.exports(world)
    newest = exports[-1].notes
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
        "days": {str(day.date): day_figures(day, newest, world.deployed) for day in world.days},
        "notes": note_figures(newest, world.deployed),
        "exports": _exports(exports),
        "stories": _stories(world, exports),
        "secrets": _secrets(world, exports, written),
    }


def _exports(exports: Sequence[Export]) -> list[Figures]:
    rows: list[Figures] = []
    before: set[str] = set()
    for export in exports:
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


def _stories(world: World, exports: Sequence[Export]) -> Figures:
    release, outage = world.release, world.outage
    if release is None or outage is None:
        return {"release": None, "outage": None, "clocks": None, "incomplete_export": None}
    made = [r for day in world.days for r in day.requests if (r.method, r.route) in MEMO_CREATION]
    after = [r for r in made if r.at >= release.at]
    instances = sorted({r.instance for r in made})
    lost = next((export for export in exports if export.lacking), None)
    return {
        "release": {
            "at": iso_z(release.at),
            "name": release.name,
            "instance": release.instance,
            "replaces": release.replaces,
            "slower": release.slower,
            "failing": release.failing,
            "routes": [f"{method} {route}" for method, route in MEMO_CREATION],
            "before": latency(r for r in made if r.at < release.at),
            "after": {name: latency(r for r in after if r.instance == name) for name in instances},
        },
        "outage": {
            "start": iso_z(outage.start),
            "end": iso_z(outage.end),
            "failures": sum(
                mongo_failures(c.fact for c in day.prints if isinstance(c.fact, Failure))["total"]
                for day in world.days
            ),
        },
        "clocks": _clocks(world, exports[-1].notes),
        "incomplete_export": {"path": lost.path, "ids": lost.lacking} if lost else None,
    }


def _clocks(world: World, newest: Sequence[Note]) -> list[Figures]:
    rows = []
    for user in world.faulty:
        eligible = [n for n in newest if n.user_id == user.id and is_eligible(n, world.deployed)]
        rows.append(
            {
                "user_id": user.id,
                "fault": user.clock.fault,
                "amount": user.clock.amount,
                "unit": _CLOCK_UNITS[user.clock.fault],
                "since": iso_z(user.clock.since),
                "zone": user.zone,
                "notes": len(eligible),
                "value": sum(note.client_state == "value" for note in eligible),
            }
        )
    return rows


def _secrets(world: World, exports: Sequence[Export], written: Sequence[Written]) -> Figures:
    lines = [line for day in world.days for call in day.prints for line in call.lines]
    boots = [line for line in lines if line.startswith("MongoDB URI: ")]
    threads = sum("content=" in line for line in lines)
    dumps = sum(line.startswith("  memoContent: ") for line in lines)
    legacy = next(file for file in written if file.path == console.PATH).more
    exported = sum(len(export.notes) for export in exports)
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
