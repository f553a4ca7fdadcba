"""The page: valid, self-contained, deaf to hostile values, readable without colour, in both languages."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from summaries import DAY, figure, result, settings, summary

from pipeline import kpi
from pipeline.render.html import kpi_html
from pipeline.summary import (
    DayShare,
    ErrorTrend,
    Evidence,
    Happening,
    HourLatency,
    HourLoad,
    RawLine,
    SkewBin,
    SourceRow,
    Verdict,
    WeekHour,
)

VOID = {"meta"}
HOSTILE = (
    "</style><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"' onmouseover=alert(1) x='",
    "{{ 7 * 7 }}{% raw %}",
    "]]><!--",
    "\u202egpj.exe\x1b[31m",
    "&lt;b&gt;",
)


class Tree(HTMLParser):
    """The elements of a page, refusing what a browser would repair."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag} has an attribute twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    def shape(self):
        return [(tag, tuple(sorted(attrs))) for tag, attrs in self.elements]


def evidence(text="render/api.json"):
    first = DAY.start.astimezone(ZoneInfo("Asia/Seoul"))
    return Evidence(
        load=tuple(HourLoad(first + timedelta(hours=h), 100 * h or None, h % 3) for h in range(24)),
        latency=tuple(
            HourLatency(first + timedelta(hours=h), 50 + h if h else None, 200, None, 150, 250)
            for h in range(24)
        ),
        skew=(SkewBin(-900, 1), SkewBin(-15, 40), SkewBin(0, 50), SkewBin(540, 3)),
        client_time=(DayShare(date(2025, 6, 19), 0.9, 10), DayShare(date(2025, 6, 20), None, None)),
        happenings=(Happening(DAY.start, text),),
        errors=(ErrorTrend(text, text, 7, DAY.start, (0, 0, 0, 0, 0, 0, 1, 7), text, text, is_new=True),),
        week=(WeekHour(0, 0, 10, 1), WeekHour(6, 23, 100, 0)),
        lines={"api_error_rate": (RawLine(DAY.start, text, text),)},
        sources=(SourceRow(text, "render-request", 1234567, DAY.start, DAY.end, 3, "ok", "ab" * 32),),
    )


def mixed():
    return summary(
        result("client_time_use_eligible", 0.7612, 889, before=0.9),
        result("client_time_use_all", 0.31, 2000),
        result("api_error_rate", 0.0341, 6100, before=0.002),
        result("memo_create_p99", None, 200),
        result("mongo_connection_failures", None, None),
        result("memo_read_p50", 84.2, 1234),
    )


def in_words(text):
    """Return the page's text without its elements, white space made one space."""
    return re.sub(r"[ \n]+", " ", " ".join(Tree(text).texts)).replace("\u00a0", " ")


def test_elements_nest_and_close_and_ids_stand_once():
    tree = Tree(kpi_html(mixed(), evidence(), "en"))
    ids = [attrs["id"] for _, attrs in tree.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    named = [attrs["aria-labelledby"] for _, attrs in tree.elements if "aria-labelledby" in attrs]
    assert set(named) <= set(ids)
    assert {attrs["href"].removeprefix("#") for attrs in tree.all("a")} <= set(ids)


def test_the_policy_allows_the_style_by_its_hash_and_nothing_else():
    page = kpi_html(mixed(), evidence(), "en")
    style = re.search(r"<style>(.*?)</style>", page, re.S)[1]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = next(m["content"] for m in Tree(page).all("meta") if "http-equiv" in m)
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'"


def test_nothing_is_fetched_and_nothing_runs():
    page = kpi_html(mixed(), evidence(), "en")
    tree = Tree(page)
    tags = {tag for tag, _ in tree.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form", "use", "image"}
    for tag, attrs in tree.elements:
        assert not [
            name
            for name in attrs
            if name.startswith("on") or name in {"src", "srcset", "style", "xlink:href"}
        ]
        assert attrs.get("href", "#").startswith("#"), tag
    assert not re.search(r"url\(|@import|https?:", page)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_adds_no_element_and_no_attribute_and_is_shown(text):
    plain = kpi_html(mixed(), evidence(), "en")
    hostile = kpi_html(mixed(), evidence(text), "en")
    assert Tree(hostile).shape() == Tree(plain).shape()
    shown = text.replace("\u202e", "\\u202e").replace("\x1b", "\\x1b")
    assert shown in Tree(hostile).texts


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_of_a_figure_are_shown_and_add_nothing(text):
    keys = dict(figure("api_error_rate").query.keys)
    for key in ("title", "denominator", "sentence", "group"):
        keys[key] = text
    query = replace(figure("api_error_rate").query, keys=keys)
    judged = result("api_error_rate", 0.5)
    hostile = summary(replace(judged, figure=replace(judged.figure, query=query)))
    assert (
        Tree(kpi_html(hostile, Evidence(), "en")).shape()
        == Tree(kpi_html(summary(judged), Evidence(), "en")).shape()
    )


def test_verdicts_are_words_and_marks_not_colours_alone():
    text = in_words(kpi_html(mixed(), evidence(), "en"))
    assert "✕ FAIL" in text
    assert "! WARN" in text
    assert "✓ PASS" in text
    assert "? NODATA" in text
    assert "no limit" in text


def test_the_top_says_what_needs_attention_the_gravest_first():
    text = in_words(kpi_html(mixed(), evidence(), "en"))
    top = text[: text.index("Limit")]
    assert "2 of 6 figures need attention; 2 without data." in top
    failed = "API errors (5xx) The server failed 3.41 % of the requests, above the failure limit of 3 %."
    warned = "76.12 % of the memos that could carry the client's time do, below the warning limit of 80 %."
    assert top.index(failed) < top.index(warned)


def test_a_card_states_value_n_denominator_limits_before_and_median():
    text = in_words(kpi_html(summary(result("api_error_rate", 0.0341, 6100, before=0.002)), Evidence(), "en"))
    assert "API errors (5xx) ✕ FAIL 3.41 % 6,100 requests without health checks" in text
    assert "Limit warn above 1 %, fail above 3 % Day before 0.20 % 7-day median 0.20 %" in text


def test_the_same_page_in_korean():
    page = kpi_html(mixed(), evidence(), "ko")
    text = in_words(page)
    assert '<html lang="ko">' in page
    assert "2025년 6월 20일 금요일" in text
    assert "지표 6개 중 2개를 확인해야 합니다. 2개는 데이터가 없습니다." in text
    assert "요청의 3.41 %가 서버 오류로 끝났습니다 — 실패 기준(3 %)을 넘었습니다." in text
    assert "이 날의 앱 로그가 없습니다." in text
    assert Tree(page).shape() == Tree(kpi_html(mixed(), evidence(), "en")).shape()


def test_pictures_say_what_they_show_and_tables_have_captions_and_headings():
    tree = Tree(kpi_html(mixed(), evidence(), "en"))
    for attrs in tree.all("svg"):
        assert "viewbox" in attrs
    labelled = [a["aria-label"] for a in tree.all("svg") if a.get("role") == "img"]
    assert len(labelled) == 6 + 5 + 1, "six figures, five panels, one kind of error"
    assert "last 8 days: 06-13 90.00 %, 06-14 90.00 %" in labelled[0]
    assert len(tree.all("caption")) == len(tree.all("table")) == 5 + 2
    assert all(attrs.get("scope") in {"col", "row"} for attrs in tree.all("th"))
    levels = [int(tag[1]) for tag, _ in tree.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_an_hour_without_requests_is_a_dash_not_a_zero():
    tree = Tree(kpi_html(mixed(), evidence(), "en"))
    at = tree.texts.index("00:00")
    assert [text for text in tree.texts[at : at + 3] if text.strip()] == ["00:00", "–", "0"]


def test_a_day_without_data_is_a_whole_page_of_nodata():
    empty = summary(result("api_error_rate", None, None), result("memo_read_p50", None, None))
    text = in_words(kpi_html(empty, Evidence(), "en"))
    assert "None of the 2 figures has data." in text
    assert "No source holds a record of this time." in text
    assert empty.verdict == Verdict.NODATA


def test_the_same_summary_gives_the_same_bytes():
    assert kpi_html(mixed(), evidence(), "en") == kpi_html(mixed(), evidence(), "en")


def test_every_figure_has_a_card():
    names = [f.name for f in kpi.figures(settings())]
    page = kpi_html(summary(*(result(name, None, None) for name in names)), Evidence(), "en")
    cards = [attrs["id"] for attrs in Tree(page).all("article")]
    assert cards == names
