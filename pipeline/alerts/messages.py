"""What people are told, in Korean and English: plain text, in which nothing of a log line can call anyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.alerts.machine import Transition
from pipeline.alerts.records import Message
from pipeline.alerts.rules import Rule
from pipeline.render import words
from pipeline.render.text import clip, one_line
from pipeline.summary import Result

#: What ends an alarm.
GOOD_NEWS = frozenset({Transition.RESOLVED, Transition.WITHDRAWN})

#: Columns of a raw line in a message.
_WIDTH = 160

_TRANSITIONS = {
    "en": {
        Transition.FIRING: "",
        Transition.REPEAT: "still firing: ",
        Transition.RESOLVED: "resolved: ",
        Transition.WITHDRAWN: "withdrawn: ",
        Transition.REVISED: "by late data: ",
    },
    "ko": {
        Transition.FIRING: "",
        Transition.REPEAT: "계속됨: ",
        Transition.RESOLVED: "해소됨: ",
        Transition.WITHDRAWN: "철회됨: ",
        Transition.REVISED: "늦게 온 데이터: ",
    },
}
_SEVERITIES = {
    "en": {"critical": "CRITICAL", "warning": "WARNING"},
    "ko": {"critical": "심각", "warning": "경고"},
}
_ENDINGS = {
    "en": {
        Transition.RESOLVED: "Two days in a row with data are within the limit again.",
        Transition.WITHDRAWN: "Late data changed the day: it is within the limit after all.",
    },
    "ko": {
        Transition.RESOLVED: "데이터가 있는 이틀이 연속으로 기준 안에 들었습니다.",
        Transition.WITHDRAWN: "늦게 들어온 데이터로 그날 값이 바뀌어 기준 안에 듭니다.",
    },
}
_WORDS = {
    "en": {"more": "more", "since": "firing since", "page": "page", "several": "{n} alarms of {day}"},
    "ko": {"more": "더 보기", "since": "시작한 날", "page": "페이지", "several": "{day} 알람 {n}건"},
}
# Slack reads <!channel>, <@name>, <https://…>; Discord @everyone; most read markup made of these signs.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "ˋ", "*": "∗", "|": "¦"})


@dataclass(frozen=True)
class Line:
    """A raw line that shows what happened: when, where it stands, and its (redacted) text."""

    at: str
    place: str
    what: str


def harmless(text: str) -> str:
    """Return a text of a log line in which no channel finds markup, a mention or a link.

    >>> harmless("<!channel> hi @everyone")
    '‹!channel› hi ＠everyone'
    """
    return one_line(text).translate(_HARMLESS)


def message(
    rule: Rule,
    result: Result | None,
    transition: Transition,
    day: date,
    since: date,
    lines: Sequence[Line],
    page: str,
    channel: str,
    language: str,
) -> Message:
    """Return what one channel is told of a rule's transition.

    Args:
        rule: whose alarm it is.
        result: its figure of the day.
        transition: what happened to the alarm.
        day: the reporting day.
        since: the day on which the rule came to its state.
        lines: raw lines that show it.
        page: where the day's page is.
        channel: who is told.
        language: of the message.
    """
    say = _WORDS[language]
    name = f"{_TRANSITIONS[language][transition]}{rule.said('title', language)}"
    title = f"[{_SEVERITIES[language][rule.severity]}] {name} ({day})"
    ending = _ENDINGS[language].get(transition)
    told = [ending] if ending else []
    if result is not None:
        told.append(words.sentence(result, language))
    if transition not in GOOD_NEWS:
        told.append(rule.said("advice", language))
        if transition is Transition.REPEAT:
            told.append(f"{say['since']}: {since}")
        told += [f"· {line.at} {line.place} {clip(harmless(line.what), _WIDTH)}" for line in lines]
    told.append(f"{say['page']}: {page}")
    told.append(f"{say['more']}: h33 alerts explain {rule.name} --date {day}")
    return Message(rule.name, transition, day, channel, rule.severity, title, "\n".join(told))


def digest(found: Sequence[Message], language: str, *, short: bool) -> tuple[str, str]:
    """Return one title and body for all that a channel is to be told of at once; short: the titles alone."""
    if short:
        return "", "\n".join(message.title for message in found)
    if len(found) == 1:
        return found[0].title, found[0].body
    days = sorted({message.day for message in found})
    span = str(days[0]) if len(days) == 1 else f"{days[0]} – {days[-1]}"
    title = _WORDS[language]["several"].replace("{n}", str(len(found))).replace("{day}", span)
    return title, "\n\n".join(f"{message.title}\n{message.body}" for message in found)
