"""What the app's own check scripts printed, captured before the time system and after each release.

`npm run check-timezone && npm run validate-atlas && npm run integration-test` goes on whatever fails, for all
of them exit with 0. Only ✅ and ❌ tell.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from pipeline.sample.events import HOUR, KST, MINUTE, Day, utc
from pipeline.sample.files import RecordFile, Written
from pipeline.sample.world import Release, World

FOLDER = "checks"
_RULE = "=" * 40
#: Script → heading, checks with what they found.
_SCRIPTS = {
    "check-timezone": (
        "🌏 서버 시간대 검사",
        (
            "TZ 환경 변수: Asia/Seoul",
            "시스템 시간대: Asia/Seoul",
            "시간대 오프셋: -540분 (UTC+9)",
            "한국 시간 일치 (차이 {ms}ms)",
        ),
    ),
    "validate-atlas": (
        "🗄️ MongoDB Atlas 스키마 검사",
        (
            "연결 성공 ({ms}ms)",
            "notes.clientCreatedAt 인덱스 확인",
            "기존 문서 {n}건 조회 가능",
            "clientCreatedAt 기본값 null 확인",
        ),
    ),
    "integration-test": (
        "🧪 시간 시스템 통합 테스트",
        (
            "세션 완료: 클라이언트 시간 기록",
            "세션 완료: 무효한 시간대는 서버 시간",
            "메모 목록 정렬 유지",
            "세션 완료 응답 {ms}ms (기준 200ms)",
        ),
    ),
}
#: What fails after the release of the stories: script and number of the check.
_FAILS = ("integration-test", 3)


class Writer:
    """A file for every run of every script."""

    def __init__(self, root: Path, world: World) -> None:
        self._root = root
        self._world = world

    def add(self, day: Day) -> None:
        """Write nothing: scripts run with releases, not with days."""

    def close(self) -> list[Written]:
        """Write the files and return what they hold."""
        plan, random = self._world.plan, self._world.random("checks")
        runs = [(plan.deployed - 2 * HOUR, "before", False), (plan.deployed + 5 * MINUTE, "after", False)]
        if plan.stories:
            runs.append((Release.of(plan).at + 5 * MINUTE, "after", True))
        return [
            self._run(script, at, when, random, failing=failing)
            for at, when, failing in runs
            for script in _SCRIPTS
        ]

    def _run(self, script: str, at: int, when: str, random: Random, *, failing: bool) -> Written:
        heading, checks = _SCRIPTS[script]
        stamp = utc(at).astimezone(KST)
        file = RecordFile(
            self._root, f"{FOLDER}/{stamp:%Y-%m-%dT%H%M}-{when}-deploy.{script}.txt", "check_output"
        )
        failed = []
        file.blank()
        for line in (f"> habitus33-api@2.0.0 {script}", f"> node dist/scripts/{script}.js"):
            file.record(line)
        file.blank()
        for line in (heading, _RULE):
            file.record(line)
        for number, check in enumerate(checks):
            wrong = failing and (script, number) == _FAILS
            took = random.randint(240, 320) if wrong else random.randint(12, 180)
            text = check.format(ms=took, n=random.randint(900, 4_000))
            file.record(f"{'❌' if wrong else '✅'} {text}")
            if wrong:
                failed.append(text)
        file.record(_RULE)
        file.record(f"결과: 통과 {len(checks) - len(failed)}, 실패 {len(failed)}")
        return file.close(script=script, when=when, passed=len(checks) - len(failed), failed=failed)
