"""`/var/log/app.log` of the worker, another service on a machine of its own: reminders, mails, speech.

A line is `<ISO 8601 time with zone> <LEVEL> <message>`; stacks stand below. Nothing of Render's logs
is repeated. Here personal data of every kind leaks, a line each and invented: what a redaction must catch.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

from pipeline.sample.events import DAY, HOUR, KST, MINUTE, SECOND, Day, iso_z, utc
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.world import World

PATH = "var/log/app.log"
SERVICE = "habitus33-worker"
INSTANCE = "vm-1"

#: Kind → (the planted text, the level and message that shows it). Values are invented.
LEAKS = {
    "mongo_password": (
        "w0rker-P4ss-77",
        "INFO",
        "MongoDB URI: mongodb+srv://worker:{}@cluster0.ab1cd.mongodb.net/habitus33",
    ),
    "email": ("dokseo.nara@example.com", "INFO", "[mailer] weekly digest sent to {}"),
    "phone": ("010-5550-7342", "WARN", "[sms] 발송 실패: 수신 번호 {} 응답 없음"),
    "resident_number": ("911225-1045678", "WARN", "[billing] 본인 확인 실패: {}"),
    "jwt": (
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI2NGYwYWExMGJiMjBjYzMwIn0.Qm9ndXNTaWduYXR1cmVGb3JBU2FtcGxlMDAx",
        "WARN",
        "[auth] token rejected: {}",
    ),
    "bearer": ("c2FtcGxlLXRva2VuLTQ3MTE", "DEBUG", "[tts] request headers: Authorization: Bearer {}"),
    "cookie": ("s%3AfG7hJ2kLsampleSid.9QwErTy", "DEBUG", "[proxy] Cookie: connect.sid={}"),
}

_ROUTINE = (
    ("INFO", "[reminder] queued {n} reminders"),
    ("INFO", "[digest] built {n} summaries"),
    ("INFO", "[tts] synthesized {n} sentences in {ms} ms"),
    ("DEBUG", "[queue] depth={n} oldest={ms}ms"),
    ("WARN", "[queue] job took {ms} ms, limit 5000"),
)
_SHARES = (40, 20, 20, 25, 5)
_STACK = (
    "    at Timeout._onTimeout (/srv/worker/dist/tts/client.js:88:19)",
    "    at listOnTimeout (node:internal/timers:581:17)",
    "    at process.processTimers (node:internal/timers:519:7)",
)


class Writer:
    """The file of all days, as a machine without rotation has it."""

    def __init__(self, root: Path, world: World) -> None:
        self._file = RecordFile(root, PATH, "app_log")
        self._plan = world.plan
        self._random = world.random("app-log")
        self._random_blank = world.random("app-log/blank")
        self._levels: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()

    def add(self, day: Day) -> None:
        """Write the day's lines."""
        calls = _calls(day.start, self._plan.scale, self._random)
        if day.start == self._plan.first:
            calls += _leaks(day.start)
        for at, (level, message, *below) in sorted(calls):
            self._file.record(f"{_stamp(at)} {level} {message}", *below, at=at)
            self._levels[level.lower()] += 1
            if level == "ERROR":
                self._errors[iso_z(at // HOUR * HOUR)] += 1
            if not below and self._random_blank.random() < 0.004:
                self._file.blank()

    def close(self) -> list[Written]:
        """Finish the file and return what it holds."""
        severities = dict(sorted(self._levels.items()))
        errors = dict(sorted(self._errors.items()))
        return [self._file.close(severities=severities, errors_by_hour=errors)]


def _calls(start: int, scale: float, random: Random) -> list[tuple[int, tuple[str, ...]]]:
    """Return (instant in µs, (level, message, lines below)) of what the worker logs on a day."""
    calls: list[tuple[int, tuple[str, ...]]] = []
    for _ in range(max(12, round(260 * scale))):
        level, message = random.choices(_ROUTINE, _SHARES)[0]
        text = message.format(n=random.randint(1, 90), ms=random.randint(4, 4900))
        calls.append((_moment(start, random), (level, text)))
    for _ in range(random.randint(1, 4)):
        failed = "[tts] 음성 변환 실패: Error: timeout of 30000ms exceeded"
        calls.append((_moment(start, random), ("ERROR", failed, *_STACK)))
    return calls


def _leaks(start: int) -> list[tuple[int, tuple[str, ...]]]:
    """Return the lines that leak, of one day, in the same form."""
    return [
        (start + MINUTE * (5 + 37 * number), (level, message.format(secret)))
        for number, (secret, level, message) in enumerate(LEAKS.values())
    ]


def _moment(start: int, random: Random) -> int:
    """Return a whole millisecond of the day, the precision of the file."""
    return start + random.randrange(DAY - SECOND) // 1000 * 1000


def _stamp(at: int) -> str:
    """Return the time as the worker writes it: Korean, milliseconds, with its offset."""
    return utc(at).astimezone(KST).isoformat(timespec="milliseconds")
