"""The figures of the truth: plain Python over tallies of events, written apart from every query of h33."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.sample.database import SHAPES
from pipeline.sample.events import Note, iso_z
from pipeline.sample.people import User
from pipeline.sample.service import HEALTH, MEMO_CREATION
from pipeline.sample.tally import DayTally, NoteTally, Served, ShapeTally, is_eligible

Figures = dict[str, Any]

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
_BIN_MS = 15 * 60_000
_HOUR_MS = 3_600_000


def percentile(counts: Counter[int], permille: int) -> int | None:
    """Return the nearest-rank percentile of counted values, None where there are none.

    >>> [percentile(Counter(range(1, 101)), p) for p in (500, 900, 990)]
    [50, 90, 99]
    """
    rank = (counts.total() * permille + 999) // 1000
    for value in sorted(counts):
        rank -= counts[value]
        if rank <= 0:
            return value
    return None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def day_figures(day: DayTally) -> Figures:
    """Return the figures of a day."""
    reading = [
        served
        for (method, route), served in day.routes.items()
        if method == "GET" and route.startswith("/api/notes")
    ]
    creating = [day.routes[route] for route in MEMO_CREATION if route in day.routes]
    return {
        "requests": _requests(day),
        "routes": [
            {"method": method, "route": route, **latency([served])}
            for (method, route), served in sorted(day.routes.items(), key=lambda item: item[0])
        ],
        "memo_create": latency(creating),
        "memo_read": latency(reading),
        "hours": [
            {
                "hour": iso_z(hour),
                "requests": n,
                "api": day.api[hour],
                "status_5xx": day.failed[hour],
            }
            for hour, n in sorted(day.requests.items())
        ],
        "error_records": day.errors.total(),
        "errors": [
            {"hour": iso_z(hour), "label": label, "error_name": name, "n": n}
            for (hour, label, name), n in sorted(day.errors.items())
        ],
        "mongo_failures": {
            "total": day.lost_database.total(),
            "by_kind": dict(sorted(day.lost_database.items())),
        },
        "time_checks": _time_checks(day),
        "notes": note_figures(day.notes),
    }


def _requests(day: DayTally) -> Figures:
    total, api = day.requests.total(), day.api.total()
    classes, took = Counter[int](), Counter[int]()
    for (_, route), served in day.routes.items():
        if route != HEALTH[1]:
            classes.update(served.classes)
            took.update(served.took)
    return {
        "total": total,
        "health": total - api,
        "api": api,
        "status_2xx": classes[2],
        "status_4xx": classes[4],
        "status_5xx": classes[5],
        "error_ratio": _ratio(classes[5], api),
        "p95_ms": percentile(took, 950),
    }


def latency(groups: Iterable[Served]) -> Figures:
    """Return how many requests there were in all groups, their percentiles and how many failed."""
    all_served = Served()
    for served in groups:
        all_served.merge(served)
    return {
        "n": all_served.n,
        "p50_ms": percentile(all_served.took, 500),
        "p90_ms": percentile(all_served.took, 900),
        "p99_ms": percentile(all_served.took, 990),
        "status_4xx": all_served.classes[4],
        "status_5xx": all_served.classes[5],
    }


def _time_checks(day: DayTally) -> Figures:
    attempts, used = day.outcomes.total(), day.outcomes["client_time"]
    reasons = {reason: n for reason, n in sorted(day.outcomes.items()) if reason != "client_time"}
    return {
        "attempts": attempts,
        "client_time": used,
        "server_time": attempts - used,
        "reasons": reasons,
        "refused_zones": dict(sorted((+day.refused_zones).items())),
        "fallback_ratio": _ratio(attempts - used, attempts),
    }


def note_figures(notes: NoteTally) -> Figures:
    """Return how many notes carry the client's time, and how far it lies from the server's."""
    n, eligible = notes.states.total(), notes.eligible.total()
    used, missing = notes.eligible["value"], notes.eligible["null"]
    return {
        "all": n,
        "eligible": eligible,
        "value": notes.states["value"],
        "null": notes.states["null"],
        "absent": notes.states["absent"],
        "eligible_value": used,
        "eligible_null": missing,
        "use_of_eligible": _ratio(used, eligible),
        "use_of_all": _ratio(notes.states["value"], n),
        "fallback_ratio": _ratio(missing, eligible),
        "delta": _delta(sorted(notes.deltas)),
    }


def shape_figures(shapes: Mapping[str, ShapeTally], database: str) -> Figures:
    """Return slow operations of a database: all, those that scan or sort without an index, and by shape."""
    rows = []
    for name, tally in sorted(shapes.items()):
        shape = SHAPES[name]
        rows.append(
            {
                "namespace": f"{database}.{shape.collection}",
                "op": shape.op,
                "fields": sorted(shape.fields),
                "sort": shape.sort or None,
                "plan": shape.plan or None,
                "has_sort_stage": shape.sorts_in_memory,
                "query_hash": shape.query_hash or None,
                "n": tally.n,
                "keys_examined": tally.keys,
                "docs_examined": tally.docs,
                "returned": tally.returned,
                "longest_ms": tally.longest_ms,
            }
        )
    return {
        "n": sum(row["n"] for row in rows),
        "collscans": sum(row["n"] for row in rows if row["plan"] == "COLLSCAN"),
        "in_memory_sorts": sum(row["n"] for row in rows if row["has_sort_stage"]),
        "shapes": rows,
    }


def clock_figures(users: Iterable[User], newest: Sequence[Note], deployed: int) -> list[Figures]:
    """Return the wrong clocks, and how many notes of their users are eligible and carry the client's time."""
    rows = []
    for user in users:
        notes = [note for note in newest if note.user_id == user.id and is_eligible(note, deployed)]
        rows.append(
            {
                "user_id": user.id,
                "fault": user.clock.fault,
                "amount": user.clock.amount,
                "unit": _CLOCK_UNITS[user.clock.fault],
                "since": iso_z(user.clock.since),
                "zone": user.zone,
                "notes": len(notes),
                "value": sum(note.client_state == "value" for note in notes),
            }
        )
    return rows


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
