"""Support tickets as the help desk exports them: CSV as a Korean Excel writes it, headers in Korean.

The export begins a week before the time system went live, when more customers wrote of wrong times.
UTF-8 with a byte order mark, CR LF at the end of lines, Korean times without a zone, texts of several lines.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

from pipeline.sample.events import DAY, HOUR, KST, MINUTE, SECOND, Day, days_between, utc
from pipeline.sample.files import LineFile, Written, reach
from pipeline.sample.world import World

PATH = "tickets/tickets.csv"
ZONE = "Asia/Seoul"
#: What the help desk calls its columns.
HEADERS = ("접수번호", "접수일시", "채널", "분류", "제목", "내용", "고객", "처리상태")
#: Meaning of a column for the settings: the ones that a report needs.
MAPPING = {"id": "접수번호", "at": "접수일시", "topic": "분류", "text": "내용", "status": "처리상태"}
_BYTE_ORDER_MARK = "\ufeff"

#: Topic, tickets on an ordinary day, title, texts.
_TOPICS = {
    "시간 표시": (
        0.4,
        "메모 시간이 이상해요",
        ("메모 시간이 9시간 빠르게 나와요", "작성 시간이 어제로 보여요"),
    ),
    "로그인": (
        1.0,
        "로그인이 안 돼요",
        ("비밀번호를 바꿨는데 로그인이 안 됩니다", "인증 메일이 오지 않습니다"),
    ),
    "동기화": (
        0.7,
        "기기마다 달라요",
        ("휴대폰에서 쓴 메모가\r\nPC에 안 보여요", '"동기화 중"에서 멈춥니다'),
    ),
    "결제": (0.4, "결제 문의", ("영수증을 다시 받고 싶어요", "연간 요금제로, 바꾸고 싶습니다")),
    "기타": (1.1, "문의드립니다", ("책 표지를 바꿀 수 있나요?", "가족과 함께 쓸 수 있나요?")),
}
_STORY_TOPIC = (
    "저장 실패",
    "저장이 안 돼요",
    ("메모를 저장하면 오류가 나요", "독서 완료가\r\n눌리지 않습니다"),
)
_CHANNELS = ("앱", "이메일", "전화")
#: What customers write of themselves, a ticket each; invented.
_LEAKS = {"ticket_phone": "010-5550-9186", "ticket_email": "annyeong.reader@example.org"}


class Writer:
    """The file of all days."""

    def __init__(self, root: Path, world: World) -> None:
        self._file = LineFile(root, PATH)
        self._world = world
        self._random = world.random("tickets")
        self._number = 0
        self._lines = 1
        self._stamps: list[int] = []
        self._days: dict[str, Counter[str]] = {}
        self._file.write_bytes([(_BYTE_ORDER_MARK + _row(HEADERS)).encode()])
        live = utc(world.plan.deployed).astimezone(KST).date()
        for on in days_between(live - timedelta(days=7), world.plan.dates[0] - timedelta(days=1)):
            self._opened(Day(on), more=3 if on < live else 1)

    def add(self, day: Day) -> None:
        """Write a day's tickets; with the stories more about clocks, and those of the outage."""
        self._days[str(day.date)] = self._opened(day, more=4 if self._world.release else 1)

    def _opened(self, day: Day, more: int) -> Counter[str]:
        """Write the tickets of a day, `more` times as many about clocks as usual; return them by topic."""
        random, counts = self._random, Counter[str]()
        found = []
        for topic, (usual, title, texts) in _TOPICS.items():
            rate = usual * more if topic == "시간 표시" else usual
            found += [
                (_moment(day.start, random), topic, title, random.choice(texts))
                for _ in range(_poisson(rate, random))
            ]
        outage = self._world.outage
        if outage and day.start <= outage.start < day.end:
            topic, title, texts = _STORY_TOPIC
            for _ in range(random.randint(7, 11)):
                at = outage.start + random.randint(2, 150) * MINUTE
                found.append((at, topic, title, random.choice(texts)))
        for at, topic, title, text in sorted(found):
            counts[topic] += 1
            self._write(at, topic, title, text)
        return counts

    def _write(self, at: int, topic: str, title: str, text: str) -> None:
        if self._number < len(_LEAKS):
            text += f" 연락처 {list(_LEAKS.values())[self._number]}"
        self._number += 1
        self._stamps.append(at)
        stamp = utc(at).astimezone(KST).strftime("%Y-%m-%d %H:%M")
        state = self._random.choice(("완료", "완료", "처리중"))
        customer = self._random.choice(self._world.users).id
        channel = self._random.choice(_CHANNELS)
        identity = f"H33-{stamp[:4]}-{self._number:05d}"
        row = _row((identity, stamp, channel, topic, title, text, customer, state))
        self._lines += row.count("\n")
        self._file.write_bytes([row.encode()])

    def close(self) -> list[Written]:
        """Finish the file and return what it holds."""
        self._file.close()
        n = self._number
        more = {"kind": "tickets", **reach(self._stamps)}
        days = {
            day: {"tickets": {"total": counts.total(), "by_topic": dict(sorted(counts.items()))}}
            for day, counts in self._days.items()
        }
        counts = Written(
            PATH, self._lines, records=n, events=n, continuation=self._lines - n, more=more, days=days
        )
        counts.leaks = {
            kind: {"texts": [secret], "planted": int(number < n)}
            for number, (kind, secret) in enumerate(_LEAKS.items())
        }
        return [counts]


def _row(values: tuple[str, ...]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow(values)
    return out.getvalue()


def _poisson(mean: float, random: Random) -> int:
    """Return how often something happens that is usually seen `mean` times a day."""
    n, at = 0, random.expovariate(mean)
    while at < 1:
        n += 1
        at += random.expovariate(mean)
    return n


def _moment(start: int, random: Random) -> int:
    """Return a whole minute of the day, the precision of the export."""
    return start + random.randrange(8 * HOUR, DAY - SECOND) // MINUTE * MINUTE
