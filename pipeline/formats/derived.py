"""Fields of a JSON record that no path leads to: they are worked out of several members.

A format names the function (`json.derive`); what it returns is found under names that begin with `$`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

#: https://www.rfc-editor.org/rfc/rfc9110#section-9.3 and PATCH.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
_PATHS, _STATUSES = ("path", "url", "uri"), ("status", "statusCode")
_MEGABYTES = re.compile(r"([0-9]{1,9}) ?MB")
_PORT = re.compile(r"(?<=[\d\]]):\d+$")
#: Members of a command that hold what it looks for.
_FILTERS = ("filter", "q", "query")
#: Values of `$and`, `$or` and `$nor` are conditions themselves.
_NESTED = frozenset({"$and", "$or", "$nor"})
#: Deeper conditions are not told apart.
_DEEPEST = 8
_OPERATIONS = [
    "find",
    "aggregate",
    "insert",
    "update",
    "delete",
    "findAndModify",
    "findandmodify",
    "count",
    "distinct",
    "getMore",
    "mapReduce",
    "createIndexes",
]


def mongo_operation(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an operation of MongoDB's log or profiler is: name, shape without values, client.

    https://www.mongodb.com/docs/manual/reference/database-profiler/

    >>> command = {"find": "notes", "filter": {"userId": 1}, "sort": {"createdAt": -1}}
    >>> mongo_operation({"attr": {"ns": "h.notes", "command": command}})["$shape"]
    'find notes {userId: ?} sort {createdAt: -1}'
    """
    stated = record.get("attr")
    stated = stated if isinstance(stated, dict) else record
    command = stated.get("command")
    command = command if isinstance(command, dict) else {}
    if isinstance(stated.get("originatingCommand"), dict):
        command = {**stated["originatingCommand"], **command}
    kind = stated.get("type") or record.get("op")
    operation = next((name for name in _OPERATIONS if name in command), None)
    if operation is None:
        first = next(iter(command), None)
        operation = first if kind == "command" and first else "find" if kind == "query" else kind
    namespace = stated.get("ns")
    found = {
        "$op": operation,
        "$message": f"Slow query: {operation} {namespace}",
        "$shape": _shape(str(operation), str(namespace), command),
        "$sorts": bool(stated.get("hasSortStage", False)),
    }
    client = stated.get("remote") or record.get("client")
    if isinstance(client, str):
        found["$client"] = _PORT.sub("", client)
    return found


def _shape(operation: str, namespace: str, command: Mapping[str, Any]) -> str:
    """Return collection, filter, sort and projection of a command; values are question marks."""
    pipeline = command.get("pipeline")
    stages = [stage for stage in pipeline if isinstance(stage, dict)] if isinstance(pipeline, list) else []
    updates = command.get("updates") or command.get("deletes")
    sought: Any = next((command[name] for name in _FILTERS if isinstance(command.get(name), dict)), None)
    if sought is None:
        sought = next((stage["$match"] for stage in stages if isinstance(stage.get("$match"), dict)), None)
    if sought is None and isinstance(updates, list) and updates and isinstance(updates[0], dict):
        sought = updates[0].get("q")
    parts = [operation, namespace.partition(".")[2] or namespace]
    if isinstance(sought, dict):
        parts.append(_condition(sought))
    order = command.get("sort") or next((stage["$sort"] for stage in stages if "$sort" in stage), None)
    if isinstance(order, dict):
        parts.append(f"sort {_listed(order)}")
    if isinstance(command.get("projection"), dict):
        parts.append(f"projection {_listed(command['projection'])}")
    return " ".join(parts)


def _condition(value: Mapping[str, Any], depth: int = 0) -> str:
    """Return a condition with its keys in order and its values blanked."""
    if depth > _DEEPEST:
        return "{…}"
    parts = []
    for key in sorted(value):
        inner = value[key]
        if key in _NESTED and isinstance(inner, list):
            alternatives = sorted({_condition(one, depth + 1) for one in inner if isinstance(one, dict)})
            parts.append(f"{key}: [{', '.join(alternatives)}]")
        elif isinstance(inner, dict) and inner and all(_is_operator(name) for name in inner):
            parts.append(f"{key}: {_condition(inner, depth + 1)}")
        else:
            parts.append(f"{key}: ?")
    return "{" + ", ".join(parts) + "}"


def _is_operator(name: str) -> bool:
    """Return whether a member is an operator such as `$gte`; type wrappers such as `$oid` are values."""
    return name.startswith("$") and name not in {"$oid", "$date", "$uuid", "$binary", "$regularExpression"}


def _listed(keys: Mapping[str, Any]) -> str:
    """Return the keys of a sort or a projection, in their order: it matters."""
    return (
        "{"
        + ", ".join(f"{key}: {value if _is_direction(value) else '?'}" for key, value in keys.items())
        + "}"
    )


def _is_direction(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def render_reason(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return why an instance or a deploy failed: the members of the event's reason that are set.

    https://api-docs.render.com/reference/list-events

    >>> render_reason({"details": {"reason": {"evicted": False, "nonZeroExit": 1}}})
    {'$reason': 'nonZeroExit'}
    """
    details = record.get("details")
    reason = details.get("reason") if isinstance(details, dict) else None
    if isinstance(reason, str):
        return {"$reason": reason}
    if not isinstance(reason, dict):
        return {}
    told = " ".join(name for name, value in reason.items() if value)
    return {"$reason": told} if told else {}


def health_memory(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the process's resident memory, megabytes, which `/api/health` tells as text.

    >>> health_memory({"body": {"server": {"memoryUsage": {"rss": "143 MB"}}}})
    {'$rss_mb': 143}
    """
    told: Any = record.get("body") if isinstance(record.get("body"), dict) else record
    for name in ("server", "memoryUsage", "rss"):
        told = told.get(name) if isinstance(told, dict) else None
    found = _MEGABYTES.fullmatch(told) if isinstance(told, str) else None
    return {"$rss_mb": int(found[1])} if found else {}


def plain_request(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request that a record tells of in short names; only a method of HTTP makes them one.

    >>> plain_request({"method": "GET", "path": "/a", "status": 200})
    {'method': None, 'path': None, 'status': None, '$method': 'GET', '$path': '/a', '$status': 200}
    >>> plain_request({"method": "card", "path": "/tmp/x", "status": "failed"})
    {}
    """
    method = record.get("method")
    if not isinstance(method, str) or method.upper() not in _METHODS:
        return {}
    path = next((record[name] for name in _PATHS if isinstance(record.get(name), str)), None)
    status = next((record[name] for name in _STATUSES if name in record), None)
    # What is told by these fields is not told again by those that they were.
    stated = dict.fromkeys(name for name in ("method", *_PATHS, *_STATUSES) if name in record)
    return {**stated, "$method": method.upper(), "$path": path, "$status": status}


#: Functions that a format may name.
FUNCTIONS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "health_memory": health_memory,
    "mongo_operation": mongo_operation,
    "plain_request": plain_request,
    "render_reason": render_reason,
}
#: Members without one of which a function adds nothing to a record.
_ABOUT: dict[str, tuple[str, ...]] = {
    "health_memory": ("body", "server"),
    "plain_request": ("method",),
    "render_reason": ("details",),
}


def adds_to(name: str, record: Mapping[str, Any]) -> bool:
    """Return whether the function of that name may add fields to records with the members of one.

    >>> adds_to("plain_request", {"msg": "ready"}), adds_to("plain_request", {"method": "card"})
    (False, True)
    """
    return name not in _ABOUT or any(member in record for member in _ABOUT[name])
