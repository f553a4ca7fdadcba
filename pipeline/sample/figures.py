"""The figures of the truth: plain Python over events, written apart from every query of h33."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.sample.events import HOUR, Check, Day, Failure, Note, Print, Request, iso_z, kst_date
from pipeline.sample.service import HEALTH, MEMO_CREATION

Figures = dict[str, Any]

_BIN_MS = 15 * 60_000
_HOUR_MS = 3_600_000


def percentile(values: Sequence[int], permille: int) -> int | None:
    """Return the nearest-rank percentile of sorted values, None where there are none.

    >>> [percentile(range(1, 101), p) for p in (500, 900, 990)]
    [50, 90, 99]
    """
    return values[(len(values) * permille + 999) // 1000 - 1] if values else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def day_figures(day: Day, newest: Iterable[Note], deployed: int) -> Figures:
    """Return the figures of a day; its notes are taken from the newest export, by their createdAt."""
    failures = [(call.at, call.fact) for call in day.prints if isinstance(call.fact, Failure)]
    return {
        "requests": _requests(day.requests),
        "routes": _routes(day.requests),
        "memo_create": latency(r for r in day.requests if (r.method, r.route) in MEMO_CREATION),
        "memo_read": latency(
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
        "mongo_failures": mongo_failures(failure for _, failure in failures),
        "time_checks": _time_checks(day.prints),
        "notes": note_figures([n for n in newest if kst_date(n.created_ms * 1000) == day.date], deployed),
    }


def _requests(requests: Iterable[Request]) -> Figures:
    classes = Counter(r.status // 100 for r in requests if r.route != HEALTH[1])
    total, api = len(list(requests)), classes.total()
    return {
        "total": total,
        "health": total - api,
        "api": api,
        "status_2xx": classes[2],
        "status_4xx": classes[4],
        "status_5xx": classes[5],
        "error_ratio": _ratio(classes[5], api),
    }


def _routes(requests: Iterable[Request]) -> list[Figures]:
    groups: dict[tuple[str, str], list[Request]] = {}
    for request in requests:
        groups.setdefault((request.method, request.route), []).append(request)
    return [
        {"method": method, "route": route, **latency(group)}
        for (method, route), group in sorted(groups.items())
    ]


def latency(requests: Iterable[Request]) -> Figures:
    """Return how many requests there were, their percentiles and how many failed."""
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
            "api": sum(r.route != HEALTH[1] for r in group),
            "status_5xx": sum(r.status >= 500 for r in group),
        }
        for hour, group in sorted(groups.items())
    ]


def mongo_failures(failures: Iterable[Failure]) -> Figures:
    """Return how many failures mean that MongoDB was out of reach, by kind."""
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


def note_figures(notes: Sequence[Note], deployed: int) -> Figures:
    """Return how many notes carry the client's time, and how far it lies from the server's."""
    states = Counter(note.client_state for note in notes)
    eligible = [note for note in notes if is_eligible(note, deployed)]
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


def is_eligible(note: Note, deployed: int) -> bool:
    """Tell whether a note could carry the client's time: written in a session, by the time system."""
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
