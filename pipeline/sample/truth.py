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
  errors_by_hour (UTC), first_ts, last_ts. notes_export: taken, lacking. first_ts and last_ts wherever lines
  tell their time.
- `days.<date>.requests`: of Render's request lines, repeats dropped: total, health, api (= total -
  health); of api: status_2xx, status_4xx, status_5xx, error_ratio (status_5xx / api), p95_ms.
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
  they were written, each record counted once.

- `files.<path>.copies`: records that a file before it in `files` holds too (render_cli, mongod_log): the sum
  of records less the sum of copies is what remains once overlaps are dropped. A record is a point of a series
  in render_metrics, atlas_measurements and mongostat, a document in exports, an entry that no other goes on
  with in Render's copies, a line in most others.
- `files.<path>` further: render_cli: entries. render_events: types, deploys[] (service_id, deploy_id,
  started, ended, status). render_metrics: unit; points and highest by instance. mongod_log: slow_operations,
  connections_accepted, connections_ended. atlas_measurements: points (gaps included) and gaps (null) by
  series. mongostat: host, points_per_sample (a pair `a|b` is two). jsonarray_export, canonical_export,
  csv_export: collection, taken. health_probes: down, missing. check_output: script, when (before or after a
  deploy), passed, failed (texts). morgan_combined, _common, _short, _tiny and pino_http: service, requests,
  statuses (with aborted). pino, winston, winston_simple: service, severities.
- `days.<date>.slow_operations`: of mongod's log, copies dropped: n, collscans, in_memory_sorts; shapes[]:
  namespace, op, fields (filtered by, sorted), sort (newest first), plan, has_sort_stage, query_hash; n,
  keys_examined, docs_examined, returned (or matched, or inserted), longest_ms.
- `days.<date>.profiled_operations`: the same of system.profile, for its day.
- `days.<date>.probes`: interval_min, probes, missing (minutes that nobody asked), down (no 200, or the
  database not connected), causes, down_at[].
- `days.<date>.tickets`: total, by_topic.
"""

from __future__ import annotations

from pipeline.sample import memos
from pipeline.sample.database import DATABASE
from pipeline.sample.events import iso_z
from pipeline.sample.figures import Figures, day_figures, latency, note_figures, shape_figures
from pipeline.sample.inputs import app_log, console
from pipeline.sample.parts import Share
from pipeline.sample.plan import Plan
from pipeline.sample.service import MEMO_CREATION, SERVICE
from pipeline.sample.world import Outage, Release


def truth(plan: Plan, share: Share) -> Figures:
    """Return the whole truth of a world, by what its parts left behind."""
    tally = share.tally
    return {
        "arguments": {
            "days": plan.days,
            "first_day": str(plan.dates[0]),
            "last_day": str(plan.end),
            "seed": plan.seed,
            "scale": plan.scale,
            "stories": plan.stories,
        },
        "deployed_at": iso_z(plan.deployed),
        "service": SERVICE,
        "instances": list(tally.instances),
        "files": {path: file.truth() for path, file in share.written.items()},
        "days": _days(share),
        "notes": note_figures(tally.notes),
        "exports": share.nights,
        "stories": _stories(plan, share),
        "secrets": _secrets(share),
    }


def _days(share: Share) -> Figures:
    days = {
        str(on): day_figures(day) | {"slow_operations": shape_figures(day.shapes, DATABASE)}
        for on, day in share.tally.days.items()
    }
    for file in share.written.values():
        for on_text, figures in file.days.items():
            days[on_text] |= figures
    return days


def _stories(plan: Plan, share: Share) -> Figures:
    if not plan.stories:
        return {"release": None, "outage": None, "clocks": None, "incomplete_export": None}
    tally = share.tally
    release, outage = Release.of(plan), Outage.of(plan)
    lost = next((night for night in share.nights if night["vanished"]), None)
    return {
        "release": {
            "at": iso_z(release.at),
            "name": release.name,
            "instance": release.instance,
            "replaces": release.replaces,
            "slower": release.slower,
            "failing": release.failing,
            "routes": [f"{method} {route}" for method, route in MEMO_CREATION],
            "before": latency([tally.before]),
            "after": {name: latency([tally.after[name]]) for name in sorted(tally.after)},
        },
        "outage": {
            "start": iso_z(outage.start),
            "end": iso_z(outage.end),
            "failures": sum(day.lost_database.total() for day in tally.days.values()),
        },
        "clocks": share.clocks,
        "incomplete_export": {"path": lost["path"], "ids": lost["vanished"]} if lost else None,
    }


def _secrets(share: Share) -> Figures:
    tally = share.tally
    legacy = share.written[console.PATH].more
    planted: Figures = {
        kind: {"texts": [secret], "planted": 1} for kind, (secret, _, _) in app_log.LEAKS.items()
    }
    planted["mongo_password"] = {
        "texts": [*tally.passwords, console.PASSWORD, app_log.LEAKS["mongo_password"][0]],
        "planted": tally.passwords.total() + legacy["boots"] + 1,
    }
    exported = sum(night["documents"] for night in share.nights)
    planted["memo_text"] = {
        "texts": list(memos.FRAGMENTS),
        "planted": tally.memo_prints + legacy["threads"] + exported,
    }
    for file in share.written.values():
        for kind, leak in file.leaks.items():
            planted.setdefault(kind, {"texts": leak["texts"], "planted": 0})["planted"] += leak["planted"]
    return planted
