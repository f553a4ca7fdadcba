"""The record of a rollout: a line for each look, which later looks cannot take back.

Looking often is safe as long as nothing is forgotten: a roll-back stands, and a look that leaves out requests
which an earlier one had is no reason to go on.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import H33Error, InputFault
from pipeline.gate.checks import Reason, Verdict, gravest, reason
from pipeline.gate.messages import say
from pipeline.gate.verdict import Judgement


@dataclass(frozen=True)
class Look:
    """One look at a rollout.

    Attributes:
        look: its number, from 1.
        at: when it was, ISO 8601 in UTC.
        stage: percent of the rollout's stage; None when none was named.
        verdict: GO, HOLD or ROLLBACK.
        first_ts, last_ts: of the requests, ISO 8601 in UTC; None without requests.
        n_baseline, n_canary: requests.
        errors_baseline, errors_canary: server errors among those with a status.
        log_evidence: natural logarithm of the evidence that the canary fails more often; None without.
        reasons: why, in English.
    """

    look: int
    at: str
    stage: int | None
    verdict: str
    first_ts: str | None
    last_ts: str | None
    n_baseline: int
    n_canary: int
    errors_baseline: int
    errors_canary: int
    log_evidence: float | None
    reasons: tuple[str, ...]


def file_name(*names: str) -> str:
    """Return the file name of a rollout's record: readable, and another one for other names.

    >>> file_name("v2 / time")
    'v2-time.06333f38.jsonl'
    """
    readable = "-vs-".join(re.sub(r"[^\w.]+", "-", name)[:60].strip("-.") for name in names)
    return f"{readable}.{hashlib.sha256(repr(names).encode()).hexdigest()[:8]}.jsonl"


def take(
    file: Path, judgement: Judgement, stage: int | None, now: datetime
) -> tuple[Judgement, tuple[Look, ...]]:
    """Record a look, and return what is to be said in the light of the earlier ones, with all looks so far.

    Args:
        file: the rollout's record, made when it is missing.
        judgement: of the requests alone.
        stage: percent, None when none was named.
        now: the instant of the look, aware.

    Raises:
        InputFault: the record is damaged.
        H33Error: it cannot be written.
    """
    with _locked(file) as descriptor:
        looks, length = _read(file, descriptor)
        said = in_the_light_of(judgement, looks, stage)
        look = _look(said, stage, len(looks) + 1, now)
        # What a crash left of an unfinished line is written over.
        os.ftruncate(descriptor, length)
        os.pwrite(descriptor, json.dumps(asdict(look), ensure_ascii=False).encode() + b"\n", length)
        os.fsync(descriptor)
    return said, (*looks, look)


def in_the_light_of(judgement: Judgement, looks: tuple[Look, ...], stage: int | None) -> Judgement:
    """Return the judgement, given what earlier looks of the rollout saw."""
    further: list[Reason] = []
    verdict = judgement.verdict
    back = next((look for look in looks if look.verdict == Verdict.ROLLBACK.value), None)
    if back and verdict is not Verdict.ROLLBACK:
        further.append(reason("rolled_back", look=back.look, at=datetime.fromisoformat(back.at)))
        verdict = Verdict.ROLLBACK
    seen = next((look for look in reversed(looks) if look.stage == stage and _is_cut(look, judgement)), None)
    if seen:
        further.append(reason("window_moved", look=seen.look, at=datetime.fromisoformat(seen.at)))
        verdict = gravest([verdict, Verdict.HOLD])
    if not further:
        return judgement
    kept = () if judgement.verdict is Verdict.GO else judgement.reasons
    return replace(judgement, verdict=verdict, reasons=(*further, *kept))


def _is_cut(look: Look, judgement: Judgement) -> bool:
    """Whether the judgement leaves out requests that the look had."""
    fewer = judgement.rows.baseline < look.n_baseline or judgement.rows.canary < look.n_canary
    later = _instant(judgement.first_ts)
    return fewer or (look.first_ts is not None and later is not None and later > look.first_ts)


def _look(judgement: Judgement, stage: int | None, number: int, now: datetime) -> Look:
    evidence = next((c.value for c in judgement.checks if c.name == "error_evidence"), None)
    return Look(
        number,
        now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        stage,
        judgement.verdict.value,
        _instant(judgement.first_ts),
        _instant(judgement.last_ts),
        judgement.rows.baseline,
        judgement.rows.canary,
        judgement.errors.baseline,
        judgement.errors.canary,
        evidence,
        tuple(say(why) for why in judgement.reasons),
    )


def _instant(microseconds: int | None) -> str | None:
    if microseconds is None:
        return None
    seconds, rest = divmod(microseconds, 1_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:06d}Z"


@contextmanager
def _locked(file: Path) -> Iterator[int]:
    """Yield a descriptor of the record that nobody else writes to meanwhile."""
    try:
        file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o640)
    except OSError as error:
        raise H33Error(f"the record cannot be written: {error.strerror}", where=str(file)) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    except OSError as error:
        raise H33Error(f"the record cannot be written: {error.strerror}", where=str(file)) from None
    finally:
        os.close(descriptor)


def _read(file: Path, descriptor: int) -> tuple[tuple[Look, ...], int]:
    """Return the looks on record, and the length of their lines in bytes."""
    data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
    whole = data[: data.rfind(b"\n") + 1]
    looks = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            fields = json.loads(line)
            looks.append(Look(**{**fields, "reasons": tuple(fields["reasons"])}))
        except (ValueError, TypeError, KeyError):
            raise InputFault(
                "no line of a record of looks", where=f"{file}:{number}", hint="name another file"
            ) from None
    return tuple(looks), len(whole)
