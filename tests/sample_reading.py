"""Reads a generated landing folder back with json, gzip and re alone, to count what the truth states."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.sample import Sample

FAILURE = re.compile(r"(.+? 오류 발생): (\w+): (.*)")
_ID = re.compile(r"[0-9a-f]{24}")
_RESPONSE = re.compile(
    r'clientIP="([^"]+)" requestID="(\w+)" responseTimeMS=(\d+) responseBytes=(\d+) userAgent=".+"'
)


class Asked(NamedTuple):
    """A request line."""

    hour: str
    instance: str
    method: str
    route: str
    status: int
    took_ms: int


class Said(NamedTuple):
    """A console call: its lines put together."""

    at: str
    hour: str
    instance: str
    lines: list[str]


def text(path: Path) -> str:
    """Return a file's decompressed text."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def lines(path: Path) -> list[str]:
    """Return physical lines, cut at newlines only."""
    whole = text(path)
    assert whole.endswith("\n")
    return whole[:-1].split("\n")


@cache
def pages(path: Path) -> list[dict[str, Any]]:
    """Return the pages of a Render file."""
    return [json.loads(line) for line in lines(path)]


@cache
def entries(path: Path) -> list[dict[str, Any]]:
    """Return the log entries of a Render file, each once, with their labels as a dictionary."""
    seen = {}
    for page in pages(path):
        for entry in page["logs"]:
            labels = {label["name"]: label["value"] for label in entry["labels"]}
            seen.setdefault(entry["id"], {**entry, "labels": labels})
    return list(seen.values())


def requests(path: Path) -> list[Asked]:
    """Return the request lines of a Render file."""
    found = []
    for entry in entries(path):
        labels = entry["labels"]
        if labels["type"] == "request":
            match = _RESPONSE.fullmatch(entry["message"])
            assert match, entry["message"]
            route = _ID.sub(":id", labels["path"].split("?")[0])
            asked = (hour(entry["timestamp"]), labels["instance"], labels["method"], route)
            found.append(Asked(*asked, int(labels["statusCode"]), int(match[3])))
    return found


def calls(path: Path) -> list[Said]:
    """Return the console calls of a Render file, put together by instance."""
    found: list[Said] = []
    last: dict[str, Said] = {}
    for entry in entries(path):
        if entry["labels"]["type"] == "app":
            instance, message = entry["labels"]["instance"], entry["message"]
            if goes_on(message):
                last[instance].lines.append(message)
            else:
                last[instance] = Said(entry["timestamp"], hour(entry["timestamp"]), instance, [message])
                found.append(last[instance])
    return found


def goes_on(message: str) -> bool:
    """Tell whether a line goes on with the call before it: indented, a brace, or a memo's second line."""
    return (
        message.startswith(" ") or message == "}" or re.fullmatch(r"[가-힣].*[^:]\.\.\.", message) is not None
    )


@cache
def documents(path: Path) -> list[dict[str, Any]]:
    """Return the documents of an export."""
    return [json.loads(line) for line in lines(path)]


def milliseconds(value: dict[str, str]) -> int:
    """Return a relaxed Extended JSON date as milliseconds since 1970."""
    whole, _, fraction = value["$date"].removesuffix("Z").partition(".")
    seconds = datetime.fromisoformat(whole).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return seconds // timedelta(milliseconds=1) + int(fraction.ljust(3, "0"))


def microseconds(timestamp: str) -> str:
    """Return an RFC 3339 instant of up to nine digits as text that sorts, cut to microseconds."""
    whole, _, fraction = timestamp.removesuffix("Z").partition(".")
    return f"{whole}.{fraction.ljust(9, '0')[:6]}"


def kst_day(ms: int) -> str:
    """Return the date in Seoul."""
    return str((datetime(1970, 1, 1, 9) + timedelta(milliseconds=ms)).date())


def hour(timestamp: str) -> str:
    """Return the start of an RFC 3339 instant's UTC hour, as the truth writes it."""
    return timestamp[:13] + ":00:00.000000Z"


def nearest_rank(values: list[int], percent: int) -> int:
    """Return the smallest value that at least that percentage of the values do not exceed."""
    counts = Counter(values)
    below = 0
    for value in sorted(counts):
        below += counts[value]
        if below * 100 >= percent * len(values):
            return value
    raise AssertionError


def render_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (KST day, file) of the Render files."""
    for path in sorted((folder / "render").iterdir()):
        yield path.name[:10], path


def values(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return JSON values that follow each other without separator, each with the line it starts on."""
    whole, at, found = text(path), 0, []
    decoder = json.JSONDecoder()
    while whole[at:].strip():
        value, end = decoder.raw_decode(whole, at)
        found.append((whole.count("\n", 0, at) + 1, value))
        at = end
    return found


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by its header; a byte order mark is no part of it."""
    return list(csv.DictReader(io.StringIO(text(path).removeprefix("\ufeff"), newline="")))


def instant(timestamp: str) -> datetime:
    """Return an RFC 3339 instant of up to nine digits, cut to microseconds."""
    return datetime.fromisoformat(microseconds(timestamp)).replace(tzinfo=UTC)


def seoul_day(timestamp: str) -> str:
    """Return the date in Seoul of an RFC 3339 instant."""
    return str((instant(timestamp) + timedelta(hours=9)).date())


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def files(sample: Sample, kind: str) -> dict[str, dict[str, Any]]:
    """Return the truth of the files of a kind, by path."""
    return {path: file for path, file in sample.truth["files"].items() if file["kind"] == kind}


def only(sample: Sample, kind: str) -> tuple[Path, dict[str, Any]]:
    """Return the one file of a kind, and its truth."""
    ((path, file),) = files(sample, kind).items()
    return sample.folder / path, file


def reach(stamps: list[str]) -> dict[str, str]:
    """Return first and last of RFC 3339 instants as the truth writes them."""
    instants = [instant(stamp).strftime("%Y-%m-%dT%H:%M:%S.%fZ") for stamp in stamps]
    return {"first_ts": min(instants), "last_ts": max(instants)}


def stated(file: dict[str, Any]) -> dict[str, str]:
    """Return first and last as the truth of a file states them."""
    return {"first_ts": file["first_ts"], "last_ts": file["last_ts"]}
