"""The words and numbers that Markdown and pages share, in Korean and English."""

from __future__ import annotations

from datetime import date, datetime, tzinfo

from pipeline.render.text import plural
from pipeline.summary import Gap, Result, Summary, Verdict
from pipeline.version import __version__

_SHARED = {
    "en": {
        "title": "Habitus33 · daily KPI summary",
        "figures": "Figures",
        "figure": "Figure",
        "verdict": "Verdict",
        "value": "Value",
        "of": "of",
        "limit": "Limit",
        "warn": "warn",
        "fail": "fail",
        "before": "Day before",
        "days_before": "{days} days before",
        "median": "7-day median",
        "median_day": "Median day",
        "meaning": "In words",
        "attention": "Needs attention",
        "no_limit": "no limit",
        "unlimited": "none",
        "limited": "{verdict} {side} {limit}",
        "above": "above",
        "below": "below",
        "last_days": "last {days} days",
        "sources": "Where the figures come from",
        "source": "Source",
        "format": "Format",
        "records": "Records of the day",
        "rejected": "Rejected lines",
        "from": "From",
        "to": "To",
        "status": "Status",
        "no_sources": "No source holds a record of this time.",
        "requests_by_hour": "Requests by hour, and those that the server failed",
        "requests": "Requests",
        "errors": "Server errors (5xx)",
        "skew": "Client clock minus server clock, memos of the day",
        "memos": "Memos",
        "difference": "Difference",
        "less": "below {}",
        "more": "{} or more",
        "hour": "Hour",
        "numbers": "Numbers",
        "footer": "h33 {version} · ledger version {snapshot} · reporting zone {zone}",
        "no_lake": "none",
    },
    "ko": {
        "title": "Habitus33 · 일일 KPI 요약",
        "figures": "지표",
        "figure": "지표",
        "verdict": "판정",
        "value": "값",
        "of": "분모",
        "limit": "기준",
        "warn": "경고",
        "fail": "실패",
        "before": "전날",
        "days_before": "앞선 {days}일",
        "median": "7일 중앙값",
        "median_day": "하루 중앙값",
        "meaning": "설명",
        "attention": "확인이 필요한 지표",
        "no_limit": "기준 없음",
        "unlimited": "없음",
        "limited": "{verdict} {limit} {side}",
        "above": "초과",
        "below": "미만",
        "last_days": "최근 {days}일",
        "sources": "지표의 출처",
        "source": "소스",
        "format": "형식",
        "records": "그날의 레코드",
        "rejected": "거부된 줄",
        "from": "처음",
        "to": "마지막",
        "status": "상태",
        "no_sources": "이 기간의 기록을 담은 소스가 없습니다.",
        "requests_by_hour": "시간대별 요청 수와 서버 오류",
        "requests": "요청",
        "errors": "서버 오류 (5xx)",
        "skew": "클라이언트 시계 − 서버 시계 (그날의 메모)",
        "memos": "메모",
        "difference": "차이",
        "less": "{} 미만",
        "more": "{} 이상",
        "hour": "시각",
        "numbers": "숫자 보기",
        "footer": "h33 {version} · 원장 버전 {snapshot} · 보고 시간대 {zone}",
        "no_lake": "없음",
    },
}

_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "ko": ("월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"),
}

#: Marks that tell the verdicts apart without colour.
MARKS = {Verdict.PASS: "✓", Verdict.WARN: "!", Verdict.FAIL: "✕", Verdict.NODATA: "?"}


def badge(result: Result, language: str) -> str:
    """Return what stands where the verdict is shown: a value that nothing limits passes nothing."""
    if result.gap is None and not result.limited:
        return words(language)["no_limit"]
    return f"{MARKS[result.verdict]} {result.verdict}"


def words(language: str) -> dict[str, str]:
    """Return the fixed words of the language."""
    return _SHARED[language]


def long_date(day: date, language: str) -> str:
    """Return a date with its weekday.

    >>> long_date(date(2025, 6, 20), "ko")
    '2025년 6월 20일 금요일'
    """
    weekday = _WEEKDAYS[language][day.weekday()]
    return f"{day.year}년 {day.month}월 {day.day}일 {weekday}" if language == "ko" else f"{weekday}, {day}"


def long_month(year: int, month: int, language: str) -> str:
    """Return a month as a heading.

    >>> long_month(2025, 6, "ko"), long_month(2025, 6, "en")
    ('2025년 6월', 'June 2025')
    """
    return f"{year}년 {month}월" if language == "ko" else f"{date(year, month, 1):%B %Y}"


def moment(at: datetime | None, zone: tzinfo) -> str:
    """Return the instant of a raw line: to the millisecond, for many stand on one line of a file.

    >>> from datetime import UTC
    >>> moment(datetime(2025, 6, 20, 3, 0, 1, 250999, tzinfo=UTC), UTC)
    '06-20 03:00:01.250'
    """
    if at is None:
        return "–"
    local = at.astimezone(zone)
    return f"{local:%m-%d %H:%M:%S}.{local.microsecond // 1000:03}"


def quantity(value: float | None, unit: str) -> str:
    """Return a figure's value as people read it, with its unit; a dash for none.

    >>> quantity(0.8125, "ratio"), quantity(1240.4, "ms"), quantity(3.0, "count"), quantity(None, "ms")
    ('81.25 %', '1,240 ms', '3', '–')
    """
    if value is None:
        return "–"
    if unit == "ratio":
        return f"{value * 100:.2f} %"
    if unit == "ms":
        return f"{value:,.0f} ms" if value >= 100 else f"{value:.3g} ms"
    if unit == "number":
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return f"{value:,.0f}"


def limits(result: Result, language: str) -> str:
    """Return the limits that were applied: "warn above 1 %, fail above 3 %"."""
    say = words(language)
    side = say["above" if result.figure.direction == "lower" else "below"]
    parts = [
        say["limited"]
        .replace("{verdict}", say[name])
        .replace("{side}", side)
        .replace("{limit}", limit_text(limit, result.figure.unit))
        for name, limit in (("warn", result.warn), ("fail", result.fail))
        if limit is not None
    ]
    return ", ".join(parts) or say["unlimited"]


def limit_text(limit: float | None, unit: str) -> str:
    """Return a limit without needless digits.

    >>> limit_text(0.01, "ratio"), limit_text(2000.0, "ms"), limit_text(None, "ms")
    ('1 %', '2,000 ms', '–')
    """
    if unit == "ratio" and limit is not None:
        return f"{round(limit * 100, 2):g} %"
    return quantity(limit, unit)


def denominator(result: Result, language: str) -> str:
    """Return what the figure counts over, with how many: "412 memos of a reading session"."""
    name = result.figure.said("denominator", language)
    if result.n is None:
        return name
    if language == "ko":
        return f"{name} {result.n:,}"
    return f"{result.n:,} {name}" if result.n != 1 else f"{name}: 1"


def sentence(result: Result, language: str) -> str:
    """Return one plain sentence: what the day's value says, or why there is none."""
    if result.gap is not None:
        return reason(result, language)
    text = plural(result.figure.said("sentence", language), result.value)
    said = text.replace("{value}", quantity(result.value, result.figure.unit)).replace(
        "{n}", f"{result.n or 0:,}"
    )
    return said.rstrip(".") + _beyond(result, language) + "."


def _beyond(result: Result, language: str) -> str:
    """Return the end of a sentence that names the limit a value is beyond; "" within the limits."""
    if result.verdict not in {Verdict.WARN, Verdict.FAIL}:
        return ""
    failed = result.verdict is Verdict.FAIL
    limit = result.fail if failed else result.warn
    if limit is None:
        return ""
    shown, above = limit_text(limit, result.figure.unit), result.figure.direction == "lower"
    if language == "ko":
        kind = "실패" if failed else "경고"
        return f" — {kind} 기준({shown}){'을 넘었습니다' if above else '에 못 미칩니다'}"
    kind = "failure" if failed else "warning"
    return f", {'above' if above else 'below'} the {kind} limit of {shown}"


def reason(result: Result, language: str) -> str:
    """Return why a figure has no value, one sentence; "" where it has one."""
    figure = result.figure
    name = figure.said("denominator", language)
    korean = language == "ko"
    match result.gap:
        case Gap.MISSING:
            return figure.said("missing", language)
        case Gap.EMPTY:
            return f"이 기간 {name}: 0건." if korean else f"No {name} in this time."
        case Gap.FEW:
            if korean:
                return f"{name} {result.n:,}건으로는 부족합니다: {figure.minimum:,}건부터 계산합니다."
            return f"Too few {name}: {result.n:,}, at least {figure.minimum:,} are needed."
    return ""


def headline(summary: Summary, language: str) -> str:
    """Return the day in one sentence: how many figures need attention, how many have no data."""
    korean = language == "ko"
    total, gaps = len(summary.results), summary.counts[Verdict.NODATA]
    grave = len(attention(summary))
    if gaps == total:
        return (
            f"지표 {total}개 모두 데이터가 없습니다." if korean else f"None of the {total} figures has data."
        )
    if korean:
        said = (
            f"지표 {total}개 중 {grave}개를 확인해야 합니다." if grave else "기준을 벗어난 지표가 없습니다."
        )
        return f"{said} {gaps}개는 데이터가 없습니다." if gaps else said
    verb = "needs" if grave == 1 else "need"
    said = f"{grave} of {total} figures {verb} attention" if grave else "No figure is beyond its limits"
    return f"{said}; {gaps} without data." if gaps else f"{said}."


def attention(summary: Summary) -> list[Result]:
    """Return the results beyond a limit, the gravest first."""
    return [r for grave in (Verdict.FAIL, Verdict.WARN) for r in summary.results if r.verdict is grave]


def footer(summary: Summary, language: str) -> str:
    """Return what the figures rest on: h33's version, the snapshot, the zone."""
    say = words(language)
    version = say["no_lake"] if summary.snapshot is None else str(summary.snapshot)
    return (
        say["footer"]
        .replace("{version}", __version__)
        .replace("{snapshot}", version)
        .replace("{zone}", summary.timezone)
    )
