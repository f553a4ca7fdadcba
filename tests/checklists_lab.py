"""Check lists judged from a lake of a few rows."""

import json
from datetime import UTC, datetime, timedelta

from lake_rows import make_lake
from summaries import DAY, settings

from pipeline import instants, kpi
from pipeline.config import Deploy, Judging

RELEASED = datetime(2025, 6, 19, 3, tzinfo=UTC)
DAY_AFTER = DAY  # 20 June ends 36 hours after the release
ZONE = instants.zone("Asia/Seoul")


def judged(tmp_path, name, rows=(), *, deploy=RELEASED, said="", day=DAY_AFTER, **tables):
    """Return a check list's items by key, from a lake of these rows."""
    tmp_path.mkdir(exist_ok=True)
    file = tmp_path / "attested.toml"
    file.write_text(said, encoding="utf-8")
    lake = make_lake(tmp_path / "lake", events=list(rows), **tables)
    ours = settings(deploy=Deploy(deploy), judging=Judging(attested=file))
    (found,) = kpi.check_lists(lake.snapshot(), ours, day, name)
    return found, {item.key: item for item in found.items}


def probe(after_s, status=200, **attrs):
    at = RELEASED + timedelta(seconds=after_s)
    return {"ts": at.isoformat(), "format": "health-probe", "http_status": status, "attrs": json.dumps(attrs)}


def request(at, status=200, method="GET", route="/api/books", ms=None, user=None):
    return {
        "ts": at.isoformat(),
        "http_method": method,
        "http_route": route,
        "http_status": status,
        "duration_ms": ms,
        "user_id": user,
    }


def check(source, script, passed, line_no=5, message="✅"):
    attrs = json.dumps({"script": script, "check": message, "passed": passed})
    return {
        "format": "check-output",
        "source": source,
        "attrs": attrs,
        "line_no": line_no,
        "message": message,
    }
