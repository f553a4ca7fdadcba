"""What the commands that keep the lake say of themselves, in both languages."""

from __future__ import annotations

_SENTENCES = {
    "en": {
        "no_lake": "there is no lake yet: `h33 ingest PATH` makes one",
        "empty": "{lake}: empty",
        "headline": "{lake}: snapshot {version} of {when}, {files} files, {megabytes:.1f} MB",
        "sources": "sources",
        "days": "days",
        "gaps": "gaps",
        "rejects": "rejects",
        "none": "{part}: none",
        "sound": "the lake is sound; --deep reads the data files too",
        "deeply_sound": "the lake is sound",
        "merged": "{merged} files merged into {into}",
        "dropped": "{files} files dropped, {megabytes:.1f} MB",
        "readable": "snapshots since {when} can be read",
        "ask": "remove {records} records for good?",
        "kept": "nothing was removed",
        "would_go": "{records} records would be removed",
        "nothing_to_forget": "there is nothing to forget",
        "gone": "{records} records removed; snapshots before {version} cannot be read any more",
        "redacted": "redacted {total:,}: {counts}",
        "no_files": "no files there",
    },
    "ko": {
        "no_lake": "아직 레이크가 없습니다: `h33 ingest PATH`로 만듭니다",
        "empty": "{lake}: 비어 있음",
        "headline": "{lake}: 스냅샷 {version}, {when}, 파일 {files}개, {megabytes:.1f} MB",
        "sources": "소스",
        "days": "날짜",
        "gaps": "빈 구간",
        "rejects": "거부된 줄",
        "none": "{part}: 없음",
        "sound": "레이크에 이상이 없습니다. --deep은 데이터 파일까지 읽습니다",
        "deeply_sound": "레이크에 이상이 없습니다",
        "merged": "파일 {merged}개를 {into}개로 합쳤습니다",
        "dropped": "파일 {files}개를 지웠습니다, {megabytes:.1f} MB",
        "readable": "{when} 이후의 스냅샷을 읽을 수 있습니다",
        "ask": "기록 {records}건을 완전히 지울까요?",
        "kept": "아무것도 지우지 않았습니다",
        "would_go": "기록 {records}건이 지워집니다",
        "nothing_to_forget": "지울 것이 없습니다",
        "gone": "기록 {records}건을 지웠습니다. 스냅샷 {version} 이전은 더 이상 읽을 수 없습니다",
        "redacted": "가린 곳 {total:,}: {counts}",
        "no_files": "그곳에 파일이 없습니다",
    },
}


def said(language: str, name: str, **values: object) -> str:
    """Return a sentence with its values.

    >>> said("ko", "none", part="소스"), said("en", "kept")
    ('소스: 없음', 'nothing was removed')
    """
    return _SENTENCES[language][name].format(**values)
