"""Why a device was given its class, in one sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from pipeline.skew.figures import LEAST_EVENTS
from pipeline.skew.offsets import wrong_by_zone

_SENTENCES = {
    "en": {
        "insufficient": "{n} events; {least} within 7 days are needed",
        "unit": "{bearing} of {n} client times are 10^{named} times the server's",
        "epoch_default": "{bearing} of {n} client times follow {day}, where clocks without battery start",
        "zone": "{bearing} events sent at once show {reading}; {late} waited",
        "dst": "{bearing} events on two levels an hour apart; the last change was before {moment}",
        "drift": "{drift:+,.2f} s a day, half of the pairs of days between {least_drift:+,.2f} and "
        "{most_drift:+,.2f}; {bearing} events within a minute below the line",
        "ok": "{bearing} of {n} events within a minute of the server's clock",
        "constant": "{bearing} events sent at once are {offset} off, as no zone is; {late} waited",
        "queued": "the clock is right; {late} of {n} events waited more than 5 minutes on the device",
        "noisy": "no level holds: {bearing} of {n} events are more than a minute from their median",
    },
    "ko": {
        "insufficient": "이벤트 {n}건; 7일 안에 {least}건이 필요합니다",
        "unit": "클라이언트 시간 {n}건 중 {bearing}건이 서버 시간의 10^{named}배입니다",
        "epoch_default": "클라이언트 시간 {n}건 중 {bearing}건이 배터리 없는 시계의 시작점 {day} 이후입니다",
        "zone": "바로 전송된 {bearing}건이 시간대 착오와 일치합니다 ({reading}); {late}건은 대기",
        "dst": "{bearing}건이 한 시간 차이의 두 수준에 있습니다; 마지막 변화는 {moment} 이전입니다",
        "drift": "하루 {drift:+,.2f}초씩 어긋납니다 (날짜 쌍의 절반은 {least_drift:+,.2f}초에서 "
        "{most_drift:+,.2f}초); {bearing}건이 직선 아래 1분 안에 있습니다",
        "ok": "{n}건 중 {bearing}건이 서버 시계와 1분 안에서 일치합니다",
        "constant": "바로 전송된 {bearing}건이 {offset} 어긋나며 어느 시간대와도 다릅니다; {late}건은 대기",
        "queued": "시계는 맞습니다; {n}건 중 {late}건이 기기에서 5분 넘게 대기했습니다",
        "noisy": "일정한 수준이 없습니다: {n}건 중 {bearing}건이 중앙값에서 1분 넘게 벗어납니다",
    },
}

#: Days, hours, minutes and seconds.
_UNITS = {"en": ("d", "h", "min", "s"), "ko": ("일", "시간", "분", "초")}


def sentences(devices: pl.DataFrame, language: str) -> pl.Series:
    """Return the evidence of each row of `analysis.devices`, in the language (en or ko)."""
    return pl.Series(
        "evidence", [_sentence(row, language) for row in devices.iter_rows(named=True)], dtype=pl.String
    )


def _sentence(row: Mapping[str, Any], language: str) -> str:
    kind, named = row["class"], row["named"]
    said = dict(row, least=LEAST_EVENTS, drift=row["drift_s_per_day"])
    if kind == "zone":
        said["reading"] = wrong_by_zone(row["year"])[named]
    elif kind == "epoch_default":
        said["day"] = datetime.fromtimestamp(named, UTC).date()
    elif kind == "dst":
        said["moment"] = f"{datetime.fromtimestamp(named, UTC):%Y-%m-%d %H:%MZ}"
    elif kind == "constant":
        said["offset"] = duration(row["offset_s"], language)
    return _SENTENCES[language][kind].format_map(said)


def duration(seconds: float, language: str) -> str:
    """Return a signed difference as people read it.

    >>> duration(32_399.2, "en"), duration(-75.0, "en"), duration(-183_720, "ko")
    ('+9h 0min', '-1min 15s', '-2일 3시간')
    """
    rest = round(abs(seconds) / 60) * 60 if abs(seconds) >= 3600 else round(abs(seconds))
    parts: list[str] = []
    names = _UNITS[language]
    for name, size in zip(names, (86_400, 3600, 60, 1), strict=True):
        amount, rest = divmod(rest, size)
        if amount or parts:
            parts.append(f"{amount}{name}")
    return ("-" if seconds < 0 else "+") + " ".join(parts[:2] or [f"0{names[-1]}"])
