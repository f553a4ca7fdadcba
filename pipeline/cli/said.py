"""What commands say of themselves, in both languages."""

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
        "missed_night": "no nightly run for 1 night: the last one finished {last}",
        "missed_nights": "no nightly run for {nights} nights: the last one finished {last}",
        "lake": "lake: {lake}",
        "waits": "waits until {until}, so that the day is whole",
        "firing": "firing: {names}; see `h33 alerts`",
        "tries_again": "{channel}: {problem}; the next run tries again",
        "took": "{rule}: took {measure}: {ended}",
        "exit_code": "exit code {code}",
        "day": "{day} {verdict}: {counts}; {page}",
        "count": "{n} {verdict}",
        "progress": "{number} of {inputs} inputs, {size} MB, {pace} records/s, {rejects} rejects{left}"
        ": {path}",
        "of_size": "{done} of {all}",
        "left": ", {clock} left",
        "sent": "sent",
        "test_message": "h33: a test message",
        "silent_until": "{rule}: silent until {until}",
        "told_again": "{rule}: told again",
        "waits_for": "waits for {channel}: {title}: {problem}",
        "not_tried": "not tried yet",
        "last_night": "last night finished: {finished}",
        "no_night": "none",
        "fires_on": "fires on {verdict} of {figure}, on {days}; measure: {measure}",
        "one_day": "1 day",
        "several_days": "{days} days in a row",
        "no_measure": "none",
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
        "missed_night": "야간 실행이 1번 없었습니다. 마지막 실행은 {last}에 끝났습니다",
        "missed_nights": "야간 실행이 {nights}번 없었습니다. 마지막 실행은 {last}에 끝났습니다",
        "lake": "레이크: {lake}",
        "waits": "하루 기록이 다 들어오도록 {until}까지 기다립니다",
        "firing": "울리는 알람: {names}. `h33 alerts`로 확인하십시오",
        "tries_again": "{channel}: {problem}. 다음 실행에서 다시 보냅니다",
        "took": "{rule}: 조치 {measure} 실행, {ended}",
        "exit_code": "종료 코드 {code}",
        "day": "{day} {verdict}: {counts}; {page}",
        "count": "{verdict} {n}개",
        "progress": "입력 {number}/{inputs}, {size} MB, 초당 {pace}건, 거부 {rejects}건{left}: {path}",
        "of_size": "{done}/{all}",
        "left": ", 남은 시간 {clock}",
        "sent": "보냈습니다",
        "test_message": "h33: 시험 메시지",
        "silent_until": "{rule}: {until}까지 알리지 않음",
        "told_again": "{rule}: 다시 알립니다",
        "waits_for": "{channel} 전송 대기: {title}: {problem}",
        "not_tried": "아직 보내지 않음",
        "last_night": "마지막 야간 실행이 끝난 시각: {finished}",
        "no_night": "없음",
        "fires_on": "{figure} 판정이 {days} {verdict}이면 울립니다. 조치: {measure}",
        "one_day": "하루",
        "several_days": "{days}일 연속",
        "no_measure": "없음",
    },
}


def said(language: str, name: str, **values: object) -> str:
    """Return a sentence with its values.

    >>> said("ko", "none", part="소스"), said("en", "kept")
    ('소스: 없음', 'nothing was removed')
    """
    return _SENTENCES[language][name].format(**values)


#: Korean for words that are kept, or put out for programs, in English.
_KOREAN = {
    "critical": "심각",
    "warning": "경고",
    "ok": "정상",
    "pending": "대기",
    "firing": "울림",
    "nodata": "데이터 없음",
    "alarm": "알람",
    "severity": "심각도",
    "state": "상태",
    "since": "시작",
    "title": "내용",
    "no answer in time": "제시간에 응답이 없음",
    "no connection": "연결할 수 없음",
    "refused": "거부됨",
    "no such channel in the settings": "설정에 없는 채널",
    "not an address that can be fetched": "불러올 수 있는 주소가 아님",
    "not an address that can be told of anything": "메시지를 보낼 수 있는 주소가 아님",
    "unchanged": "변화 없음",
    "partial": "일부만 읽음",
    "duplicate": "중복",
    "rejected": "거부",
    "failed": "실패",
}


def word(language: str, name: str) -> str:
    """Return a word of ours in the language; one that is none of ours as it is.

    >>> word("ko", "firing"), word("en", "firing"), word("ko", "HTTP 503")
    ('울림', 'firing', 'HTTP 503')
    """
    return _KOREAN.get(name, name) if language == "ko" else name
