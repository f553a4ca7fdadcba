"""Every sentence that the gate says, in English and Korean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from string import Formatter

from pipeline.gate.arms import HOUR_US
from pipeline.gate.checks import Reason

_SENTENCES: Mapping[str, tuple[str, str]] = {
    # Coverage
    "arm_missing": ("no request of the {arm}", "{arm} 요청이 없음"),
    "arm_unjudged": ("no request of the {arm} has a status", "상태 코드가 있는 {arm} 요청이 없음"),
    "hours_missing": (
        "the {arm} has requests in {have} of {expected} hours, fewer than {limit:.0%}",
        "{arm} 요청이 {expected}시간 중 {have}시간에만 있음 (기준 {limit:.0%})",
    ),
    "period_running": ("the period is not over", "기간이 아직 끝나지 않음"),
    "status_missing": (
        "{share:.1%} of the {arm} requests have no status",
        "{arm} 요청의 {share:.1%}에 상태 코드가 없음",
    ),
    "status_lost": (
        "requests without a status: {canary:.2%} of the canary, {baseline:.2%} of the baseline",
        "상태 코드가 없는 요청: 카나리 {canary:.2%}, 기준군 {baseline:.2%}",
    ),
    "duration_missing": (
        "{share:.1%} of the {arm} requests have no usable duration",
        "{arm} 요청의 {share:.1%}에 쓸 수 있는 응답 시간이 없음",
    ),
    "duration_lost": (
        "requests without a usable duration: {canary:.2%} of the canary, {baseline:.2%} of the baseline",
        "응답 시간이 없는 요청: 카나리 {canary:.2%}, 기준군 {baseline:.2%}",
    ),
    "no_durations": (
        "durations are missing: latency cannot be judged",
        "응답 시간이 없어 지연을 판정할 수 없음",
    ),
    "share_users": (
        "the canary holds {share:.1%} of the users where {planned:.1%} was planned (p = {p:.1g})",
        "카나리 사용자 비율 {share:.1%}, 계획 {planned:.1%} (p = {p:.1g})",
    ),
    "share_requests": (
        "the canary holds {share:.1%} of the requests: {tolerance:.0%} or more off the planned {planned:.1%}",
        "카나리 요청 비율 {share:.1%}가 계획 {planned:.1%}에서 {tolerance:.0%} 넘게 벗어남",
    ),
    # Limits
    "errors_unknown": (
        "no request has a status: errors cannot be judged",
        "상태 코드가 없어 오류를 판정할 수 없음",
    ),
    "error_limit": (
        "canary errors {rate:.2%}, surely above {limit:.1%} (at least {low:.2%})",
        "카나리 오류율 {rate:.2%}, {limit:.1%}를 확실히 넘음 (최소 {low:.2%})",
    ),
    "error_alarm": (
        "canary errors {rate:.2%} are above {limit:.1%}, not surely so yet (at least {low:.2%})",
        "카나리 오류율 {rate:.2%}가 {limit:.1%}보다 높으나 아직 확실하지 않음 (최소 {low:.2%})",
    ),
    "error_target": (
        "canary errors {rate:.2%}: below {limit:.1%} is wanted",
        "카나리 오류율 {rate:.2%}: {limit:.1%} 미만이어야 함",
    ),
    "error_difference": (
        "the canary's error rate may be up to {high:.2%} higher than the baseline's: {margin:.2%} is allowed",
        "카나리 오류율이 기준군보다 최대 {high:.2%}p 높을 수 있음 (허용 {margin:.2%}p)",
    ),
    "error_evidence": (
        "the canary fails more often: {canary:.2%} against {baseline:.2%} in the same hours, odds "
        "of at least {odds:,.0f} to 1",
        "카나리가 더 자주 실패함: 같은 시간대에 {canary:.2%} 대 {baseline:.2%}, 승산 {odds:,.0f} 대 1 이상",
    ),
    "latency_limit": (
        "canary P95 surely above {limit:,.0f} ms in {hours} consecutive hours (at least {p95:,.0f} ms)",
        "카나리 P95가 연속 {hours}시간 {limit:,.0f} ms를 확실히 넘음 (최소 {p95:,.0f} ms)",
    ),
    "latency_alarm": (
        "canary P95 above {limit:,.0f} ms in {hours} consecutive hours, not surely so yet ({p95:,.0f} ms)",
        "카나리 P95가 연속 {hours}시간 {limit:,.0f} ms보다 높으나 아직 확실하지 않음 ({p95:,.0f} ms)",
    ),
    "baseline_errors": (
        "the baseline itself fails {rate:.2%} of its requests, above {limit:.1%}: no yardstick",
        "기준군 자체의 오류율이 {rate:.2%}로 {limit:.1%}를 넘어 비교 기준이 될 수 없음",
    ),
    "baseline_hour": (
        "the baseline itself failed {rate:.1%} of its requests in the hour of {hour}: no yardstick",
        "기준군 자체가 {hour} 시간대에 요청의 {rate:.1%}를 실패하여 비교 기준이 될 수 없음",
    ),
    "baseline_latency": (
        "the baseline's own P95 was above {limit:,.0f} ms in {hours} consecutive hours: no yardstick",
        "기준군 자체의 P95가 연속 {hours}시간 {limit:,.0f} ms를 넘어 비교 기준이 될 수 없음",
    ),
    # Latency against the baseline
    "latency_slower": (
        "{percentile} is {ratio:.3f} times the baseline's ({canary:,.0f} against {baseline:,.0f} ms), "
        "surely above {limit:.2f}",
        "{percentile} 값이 기준군의 {ratio:.3f}배 ({canary:,.0f} 대 {baseline:,.0f} ms), "
        "{limit:.2f}배를 확실히 넘음",
    ),
    "latency_suspect": (
        "{percentile} is {ratio:.3f} times the baseline's [{low:.3f}, {high:.3f}], above {limit:.2f} in this "
        "look, not yet over all looks",
        "{percentile} 값이 기준군의 {ratio:.3f}배 [{low:.3f}, {high:.3f}], 이번 조회에서는 {limit:.2f}배를 "
        "넘으나 전체 조회로는 아직 아님",
    ),
    "latency_open": (
        "{percentile} is {ratio:.3f} times the baseline's [{low:.3f}, {high:.3f}]: whether it exceeds "
        "{limit:.2f} is open",
        "{percentile} 값이 기준군의 {ratio:.3f}배 [{low:.3f}, {high:.3f}]: {limit:.2f}배를 넘는지 "
        "아직 알 수 없음",
    ),
    "latency_few": (
        "{percentile} takes {fewest} requests in each arm, the smaller has {n}",
        "{percentile}에는 각 군에 요청 {fewest}건이 필요하나 적은 쪽이 {n}건임",
    ),
    "latency_few_users": (
        "{percentile} rests on too few users to be compared",
        "{percentile} 값을 비교하기에 사용자 수가 너무 적음",
    ),
    "latency_zero": ("{percentile} is zero: there is no ratio", "{percentile} 값이 0이어서 비율이 없음"),
    # The verdict
    "all_pass": ("all {count} checks pass", "검사 {count}개 모두 통과"),
    "blind": (
        "{checks} would roll back, but the arms cannot be compared as they are: look at once",
        "{checks} 검사는 롤백이나 지금은 두 군을 비교할 수 없음: 바로 확인 필요",
    ),
    "needed": (
        "about {count:,} more canary requests would decide",
        "카나리 요청이 약 {count:,}건 더 있으면 판정할 수 있음",
    ),
    "rolled_back": (
        "look {look} of {at} rolled back: no later look takes that back; a new release takes a new record",
        "{at}의 {look}번째 조회가 롤백 판정: 이후 조회로 뒤집히지 않음. 새 릴리스는 새 기록을 씀",
    ),
    "window_moved": (
        "this look leaves out requests that look {look} of {at} had: evidence would be forgotten",
        "{at}의 {look}번째 조회에 있던 요청이 빠져 있음: 증거가 사라지게 됨",
    ),
    # Notes
    "confounded": (
        "the arms do not run side by side: whatever else changed over time counts as the release's doing",
        "두 군이 동시에 운영되지 않음: 시간에 따른 다른 변화도 릴리스의 영향으로 계산됨",
    ),
    "share_unplanned": (
        "the traffic's split was not checked: no stage and no planned share were given",
        "단계나 계획 비율이 없어 트래픽 비율은 검사하지 않음",
    ),
    "clustered": (
        "errors come in clusters (dispersion {dispersion:.1f}): the evidence counts for less, and a doubling "
        "takes longer to find",
        "오류가 몰려서 발생함 (분산 배수 {dispersion:.1f}): 증거의 무게가 줄어 오류율 2배를 "
        "찾는 데 더 오래 걸림",
    ),
    "no_users": (
        "users are not known: errors and latency that cluster by user make the figures look surer "
        "than they are",
        "사용자를 알 수 없음: 사용자별로 몰린 오류와 지연은 실제보다 확실해 보일 수 있음",
    ),
    "status_null": (
        "left out without a status: {baseline:,} of the baseline, {canary:,} of the canary",
        "상태 코드가 없어 제외: 기준군 {baseline:,}건, 카나리 {canary:,}건",
    ),
    "status_invalid": (
        "left out with a status that is none: {baseline:,} of the baseline, {canary:,} of the canary",
        "상태 코드가 아니어서 제외: 기준군 {baseline:,}건, 카나리 {canary:,}건",
    ),
    "user_null": (
        "without a user: {baseline:,} of the baseline, {canary:,} of the canary",
        "사용자가 없는 요청: 기준군 {baseline:,}건, 카나리 {canary:,}건",
    ),
    "duration_null": (
        "without a duration: {baseline:,} of the baseline, {canary:,} of the canary",
        "응답 시간이 없는 요청: 기준군 {baseline:,}건, 카나리 {canary:,}건",
    ),
    "duration_nan": (
        "with NaN for a duration: {baseline:,} of the baseline, {canary:,} of the canary",
        "응답 시간이 NaN인 요청: 기준군 {baseline:,}건, 카나리 {canary:,}건",
    ),
    "duration_infinite": (
        "with an infinite duration: {baseline:,} of the baseline, {canary:,} of the canary",
        "응답 시간이 무한대인 요청: 기준군 {baseline:,}건, 카나리 {canary:,}건",
    ),
    "duration_negative": (
        "with a negative duration: {baseline:,} of the baseline, {canary:,} of the canary",
        "응답 시간이 음수인 요청: 기준군 {baseline:,}건, 카나리 {canary:,}건",
    ),
}

_TITLES: Mapping[str, tuple[str, str]] = {
    "arms": ("both arms", "두 군 존재"),
    "hours": ("hours with requests", "요청이 있는 시간"),
    "period": ("period is over", "기간 종료"),
    "status": ("requests with a status", "상태 코드 있음"),
    "duration": ("requests with a duration", "응답 시간 있음"),
    "share": ("canary's share", "카나리 비율"),
    "baseline": ("baseline within limits", "기준군 한도 내"),
    "error_limit": ("canary errors", "카나리 오류율"),
    "error_target": ("canary errors, target", "카나리 오류율 목표"),
    "error_difference": ("errors, canary minus baseline", "오류율 차이"),
    "error_evidence": ("evidence of more errors (ln)", "오류 증가 증거 (ln)"),
    "latency_limit": ("canary P95 for hours, ms", "카나리 P95 지속, ms"),
    "latency_p50_ratio": ("P50 ratio", "P50 비율"),
    "latency_p95_ratio": ("P95 ratio", "P95 비율"),
    "latency_p99_ratio": ("P99 ratio", "P99 비율"),
}

_HEADINGS: Mapping[str, tuple[str, str]] = {
    "check": ("check", "검사"),
    "verdict": ("verdict", "판정"),
    "value": ("value", "값"),
    "low": ("low", "하한"),
    "high": ("high", "상한"),
    "limit": ("limit", "기준"),
    "n_baseline": ("n baseline", "n 기준군"),
    "n_canary": ("n canary", "n 카나리"),
    "needed": ("needed", "추가 필요"),
    "look": ("look", "조회"),
    "at": ("at", "시각"),
    "stage": ("stage", "단계"),
    "reason": ("why", "이유"),
    "notes": ("Notes", "참고"),
    "looks": ("Looks so far", "지금까지의 조회"),
}

_ARMS: Mapping[str, tuple[str, str]] = {"baseline": ("baseline", "기준군"), "canary": ("canary", "카나리")}


def say(why: Reason, language: str = "en", zone: tzinfo = UTC) -> str:
    """Return a sentence.

    Args:
        why: its key and values; `hour` counts hours from 1970, `at` is an instant.
        language: en or ko.
        zone: of the instants in it.
    """
    return _Sentence(language, zone).format(_in(language, _SENTENCES[why.key]), **why.values)


def title(check: str, language: str = "en") -> str:
    """Return what a check is called for people."""
    return _in(language, _TITLES[check])


def heading(name: str, language: str = "en") -> str:
    """Return a column's or section's heading for people."""
    return _in(language, _HEADINGS[name])


def _in(language: str, both: tuple[str, str]) -> str:
    return both[1] if language == "ko" else both[0]


class _Sentence(Formatter):
    """Fills in a sentence: arms by name, instants in a zone, a dash for what is not known."""

    def __init__(self, language: str, zone: tzinfo) -> None:
        self.language = language
        self.zone = zone

    def get_value(self, key: int | str, args: object, kwargs: Mapping[str, object]) -> object:
        value = kwargs[str(key)]
        if key == "arm":
            return _in(self.language, _ARMS[str(value)])
        if key == "hour" and isinstance(value, int):
            return _minute(datetime.fromtimestamp(value * HOUR_US // 1_000_000, self.zone))
        if isinstance(value, datetime):
            return _minute(value.astimezone(self.zone))
        if key == "checks" and isinstance(value, tuple):
            return ", ".join(title(check, self.language) for check in value)
        return value

    def format_field(self, value: object, format_spec: str) -> str:
        return "–" if value is None else str(super().format_field(value, format_spec))


def _minute(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M %z")
