"""Memo texts: invented sentences put together from fragments that no other text of the sample contains.

Every memo starts with an opener and ends with a closer, so that a search for these fragments finds whatever
is left of any memo, cut to 50 characters or not.
"""

from __future__ import annotations

from random import Random

OPENERS = (
    "느린 독서가 오히려 멀리 간다",
    "주인공의 침묵이 대답보다 무겁다",
    "습관은 의지가 아니라 설계의 문제다",
    "밑줄 친 문장을 내일 다시 읽어 보자",
    "저자가 말하지 않은 것이 더 궁금하다",
    "기억은 꺼낼 때마다 조금씩 다시 쓰인다",
    "작은 질문 하나가 장 전체를 바꾼다",
    "어제의 생각과 정반대 결론에 닿았다",
    "비유가 아름답지만 근거는 약하다",
    "이 장면에서 할머니 부엌이 떠올랐다",
    "몰입은 시간을 접는 기술 같다",
    "반대 의견을 끝까지 들어 준 책은 드물다",
    "문장이 짧아질수록 숨이 깊어진다",
    "지도 없이 걷는 여행처럼 읽었다",
    "측정하지 않으면 나아지지 않는다는 말",
    "슬픔을 설명하지 않아서 더 슬펐다",
)
MIDDLES = (
    "그래서 오늘은 두 쪽만 읽고 멈췄다",
    "회사 일에도 그대로 옮겨 볼 수 있겠다",
    "앞 장의 약속과 어긋나는 대목이다",
    "친구에게 선물하고 싶은 구절이다",
    "각주까지 따라가 보니 이야기가 다르다",
    "아이에게 설명하려다 내가 이해했다",
)
CLOSERS = (
    "다음 모임에서 꼭 물어보기",
    "저녁 산책 때 더 생각하기",
    "삼 개월 뒤의 나에게 남긴다",
    "원문과 번역을 나란히 놓아 볼 것",
    "그림으로 한 번 그려 보자",
    "반례를 세 가지 찾아볼 것",
)
#: What joins the fragments: among them the characters that break careless readers.
_JOINS = (". ", ". ", ". ", "\n", " - ", "\u2028", ' "인용", ', " 'n ", "\\")
TAGS = ("몰입", "습관", "기억", "질문", "문장", "여행", "회고", "실천")
TYPES = ("thought", "thought", "thought", "quote", "question", "connection")

FRAGMENTS = OPENERS + MIDDLES + CLOSERS


def memo(random: Random) -> str:
    """Return a memo: an opener, perhaps a middle, a closer."""
    parts = [random.choice(OPENERS), random.choice(CLOSERS)]
    if random.random() < 0.5:
        parts.insert(1, random.choice(MIDDLES))
    text = parts[0]
    for part in parts[1:]:
        text += random.choice(_JOINS) + part
    return text


def thread(random: Random) -> str:
    """Return the text of an inline thread: longer than the 50 characters that are logged, or of two lines."""
    if random.random() < 0.3:
        return f"{random.choice(OPENERS)}\n{random.choice(CLOSERS)}"
    return f"{random.choice(OPENERS)}. {random.choice(MIDDLES)}. {random.choice(CLOSERS)}"


def tags(random: Random) -> tuple[str, ...]:
    """Return one to three different tags."""
    return tuple(random.sample(TAGS, random.randint(1, 3)))
