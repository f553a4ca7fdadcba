"""How a source is read is told from its first bytes, its name and the settings."""

import dataclasses
import gzip
import json
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

import pytest

from pipeline import config
from pipeline.config import SourceRule
from pipeline.errors import InputFault
from pipeline.ingest.inputs.landing import find
from pipeline.ingest.inputs.source import HEAD, Source
from pipeline.ingest.scout import Wishes, collection_of, no_text, scout, snapshot_of

ENTRY = {"id": "lg1", "labels": [], "message": "Connected", "timestamp": "2025-06-20T00:59:58Z"}
DOCUMENT = {"_id": {"$oid": "6854b0c0aa10000000000001"}, "createdAt": {"$date": "2025-06-20T01:00:00Z"}}


@pytest.fixture
def plan(tmp_path):
    """Return a function that scouts bytes under a name."""

    def scouted(data, name="x.log", rules=(), wishes=None):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        paths = dataclasses.replace(config.load().paths, landing=tmp_path)
        settings = dataclasses.replace(config.load(), sources=tuple(rules), paths=paths)
        with Source.open(next(find([str(path)])), settings.unpacking) as source:
            return scout(source, settings, wishes or Wishes())

    return scouted


def lines(*values):
    return "".join(json.dumps(value) + "\n" for value in values).encode()


def page(*entries, **more):
    return {"hasMore": False, "logs": list(entries), **more}


@pytest.mark.parametrize(
    ("data", "record_path", "one_per_line"),
    [
        (lines(ENTRY, ENTRY), "", True),
        (json.dumps(ENTRY, indent=2).encode() * 2, "", False),
        (json.dumps(ENTRY).encode() * 2 + b"\n", "", False),
        (lines([ENTRY, ENTRY]), "[]", False),
        (lines(page(ENTRY)), "logs[]", True),
        (lines(page(), page(ENTRY)), "logs[]", True),
        (json.dumps(page(ENTRY), indent=1).encode(), "logs[]", False),
        (lines(page(*[ENTRY] * 5000)), "logs[]", True),
        (lines(page(ENTRY))[:-60], "", None),
        (b"\xef\xbb\xbf" + lines(ENTRY), "", True),
    ],
)
def test_the_layouts_of_render_s_log_api_are_told_apart(plan, data, record_path, one_per_line):
    found = plan(data)
    if one_per_line is None:
        # Not one entry is whole yet: a log's line until more is there.
        assert (found.layout, found.envelope) == ("lines", None)
        return
    assert (found.layout, found.kind, found.envelope) == ("json", "events", "render_api")
    assert (found.record_path, found.one_per_line) == (record_path, one_per_line)


def test_an_array_of_a_million_bytes_is_told_from_its_beginning(plan):
    data = json.dumps([DOCUMENT] * 20_000).encode()
    assert len(data) > 4 * HEAD
    found = plan(data, "notes-2025-06-20.json")
    assert (found.layout, found.record_path, found.kind, found.formats) == (
        "json",
        "[]",
        "documents",
        ("mongoexport",),
    )


def test_an_export_has_its_collection_and_instant_by_rule_wish_name_or_time(plan, tmp_path):
    data = lines(DOCUMENT)
    found = plan(data, "mongo/notes-2025-06-20.json")
    assert (found.collection, found.snapshot) == ("notes", datetime(2025, 6, 19, 15, tzinfo=UTC))
    rule = SourceRule("mongo/*", timezone="UTC", collection="memos")
    found = plan(data, "mongo/notes-2025-06-20.json", [rule])
    assert (found.collection, found.snapshot) == ("memos", datetime(2025, 6, 20, tzinfo=UTC))
    wish = datetime(2025, 1, 1, tzinfo=UTC)
    assert plan(data, "mongo/notes-2025-06-20.json", [rule], Wishes(snapshot=wish)).snapshot == wish
    by_time = plan(data, "notes.json").snapshot
    assert by_time == datetime.fromtimestamp(int((tmp_path / "notes.json").stat().st_mtime), UTC)


def test_the_first_rule_that_matches_below_the_landing_folder_holds(plan):
    rules = [
        SourceRule("console/*.log", timezone="UTC", service="api", instance="one"),
        SourceRule("*", service="other"),
    ]
    found = plan(b"words\n", "console/a.log", rules)
    assert (found.timezone, found.timezone_known, found.service, found.instance) == (
        "UTC",
        True,
        "api",
        "one",
    )
    found = plan(b"words\n", "elsewhere.log", rules)
    assert (found.timezone, found.timezone_known, found.service) == ("Asia/Seoul", False, "other")


def test_lines_are_told_by_the_formats_and_a_wish_is_stronger(plan):
    data = b"2025-06-20T10:00:00.000+09:00 INFO [queue] depth=3\n" * 3
    assert plan(data).formats[:1] == ("app-log",)
    assert plan(data, wishes=Wishes(format="morgan-dev")).formats == ("morgan-dev",)
    assert plan(lines(ENTRY), wishes=Wishes(format="app-log")).layout == "lines"


def test_containers_are_taken_off_before_the_look(plan):
    found = plan(gzip.compress(lines(DOCUMENT)), "notes-2025-06-20.ndjson.gz")
    assert (found.containers, found.kind, found.collection) == (("gzip",), "documents", "notes")
    found = plan("메모 생성\n".encode("utf-16"))
    assert (found.containers, found.layout) == (("utf-16",), "lines")


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("words".encode("utf-32"), "UTF-32 text"),
        ("word after word".encode("utf-16-le"), "a binary file"),
        (bytes(range(256)) * 4, "a binary file"),
        ("메모 생성\n".encode() * 9, None),
        ("메모 생성\n".encode("cp949") * 9, None),
        (b"\x1b[0mGET /api \x1b[32m200\x1b[0m 1 ms - 8\x1b[0m\n", None),
        (b"line\n" + bytes(5000) + b"line behind a hole\n", None),
        (bytes(5000), None),
        (b"", None),
    ],
)
def test_text_is_told_from_what_is_none(head, what):
    assert no_text(head) == what


def test_what_is_no_text_is_refused(plan):
    with pytest.raises(InputFault, match="a zip archive within another container: not read"):
        plan(b"PK\x03\x04....")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("notes-2025-06-20.json", "2025-06-19T15:00:00+00:00"),
        ("notes-20250620T0110.json", "2025-06-19T16:10:00+00:00"),
        ("notes_2025-06-20_01-10-30Z.json.gz", "2025-06-20T01:10:30+00:00"),
        ("2025-06-19/notes-2025-06-20.json", "2025-06-19T15:00:00+00:00"),
        ("2025-06-20/notes.json", "2025-06-19T15:00:00+00:00"),
        ("notes-2025-02-30.json", None),
        ("notes-120250620.json", None),
        ("notes.json", None),
    ],
)
def test_an_export_s_path_tells_its_instant(path, told):
    found = snapshot_of(path, "Asia/Seoul")
    assert (found and found.isoformat()) == told


@pytest.mark.parametrize(
    ("path", "collection"),
    [
        ("a/notes.ndjson.gz", "notes"),
        ("habitus33.reading_notes.json", "reading_notes"),
        ("notes-export-2025-06-20.json", "notes"),
        ("notes.jsonArray.json", "notes"),
        ("2025-06-20.json", None),
        ("-", None),
    ],
)
def test_an_export_s_name_tells_its_collection(path, collection):
    assert collection_of(path) == collection


#: What the files of each folder of the samples are: format or envelope, service, instance.
KINDS = {
    "atlas/*": ("atlas", "mongodb", None),
    "checks/*": ("check-output", "habitus33-api-checks", None),
    "console/legacy-1.log": ("morgan-dev", "habitus33-api", "legacy-1"),
    "dashboard/*.txt": ("render-text", "habitus33-web", "srv-d1f7m3q1hb4g02-z5wqk"),
    "mongo/*": ("mongoexport", None, None),
    "mongod/*": ("mongod", "mongodb", "cluster0-shard-00-00"),
    "mongostat/*": ("mongostat", "mongodb", None),
    "morgan/*.short.log": ("morgan-short", "habitus33-export", "vm-2"),
    "morgan/*.combined.log": ("combined-log", "habitus33-images", "vm-2"),
    "morgan/*.common.log": ("common-log", "habitus33-share", "vm-2"),
    "morgan/*.tiny.log": ("morgan-tiny", "habitus33-voice", "vm-2"),
    "pino/habitus33-gateway.ndjson": ("pino-http", "habitus33-gateway", "gateway-1"),
    "pino/habitus33-push.ndjson": ("pino", "habitus33-push", "push-1"),
    "probes/*": ("health-probe", "habitus33-api", None),
    "profile/*": ("mongo-profile", "mongodb", "staging"),
    "render-cli/*": ("render_api", "habitus33-api", None),
    "render-events/*": ("render-event", None, None),
    "render-metrics/*": ("render_metrics", None, None),
    "render/*": ("render_api", "habitus33-api", None),
    "syslog/*": ("render-syslog", None, None),
    "tickets/*": ("ticket", "support", None),
    "var/log/app.log": ("app-log", "habitus33-worker", "vm-1"),
    "winston/*.log": ("winston-simple", "habitus33-cron", "vm-3"),
    "winston/*.ndjson": ("winston", "habitus33-search", "vm-3"),
}


def test_every_committed_sample_is_read_as_what_it_is():
    folder = Path(__file__).parent.parent / "data" / "samples"
    settings = config.load(folder / "h33.toml")
    met = set()
    for entry in find([str(folder)], str(folder)):
        with Source.open(entry, settings.unpacking) as source:
            plan = scout(source, settings, Wishes())
        (kind,) = [kind for kind in KINDS if fnmatch(entry.path, kind)]
        met.add(kind)
        found = plan.envelope or plan.formats[0], plan.service, plan.instance
        assert (entry.path, found) == (entry.path, KINDS[kind])
    assert met == set(KINDS)
