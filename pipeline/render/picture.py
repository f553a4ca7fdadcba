"""The day as one picture, for messages: its verdict, its headline, and the figures that matter most.

Hangul needs a font of the machine's; where none is found the picture is in English. It is drawn, not a page
photographed, so that it needs no browser.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.render import headings
from pipeline.render.text import one_line
from pipeline.render.words import attention, headline, limits, quantity, words
from pipeline.summary import Result, Summary, Verdict

if TYPE_CHECKING:
    from PIL import ImageFont
    from PIL.ImageDraw import ImageDraw

#: What messengers show of a link's picture without cutting it: https://ogp.me
WIDTH, HEIGHT = 1200, 630
_MARGIN, _ROW = 56, 62
_ROWS = 6

_GROUND, _INK, _SOFT, _RULE = "#f5f6f8", "#17202b", "#56616f", "#dfe3e8"
#: Text and ground of a verdict: the page's light colours.
_COLOURS = {
    Verdict.PASS: ("#1b6e3c", "#e3f4e8"),
    Verdict.WARN: ("#855000", "#fff0d1"),
    Verdict.FAIL: ("#b01818", "#fde6e4"),
    Verdict.NODATA: ("#4d5866", "#e9ecf0"),
}

#: Where systems keep fonts with Hangul: Debian's Noto and Nanum, macOS, Windows.
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/nanum/NanumGothic.ttf",
    "/System/Library/Fonts/AppleSDGothicNeo.ttc",
    "C:/Windows/Fonts/malgun.ttf",
)


def kpi_png(summary: Summary, language: str, font: Path | None = None) -> bytes:
    """Return the picture, 1200 by 630 pixels.

    Args:
        summary: the day.
        language: "ko" or "en"; English where no font with Hangul is found.
        font: the font file; else the machine's.
    """
    from PIL import Image, ImageDraw

    file = font or hangul_font()
    told = language if file or language == "en" else "en"
    image = Image.new("RGB", (WIDTH, HEIGHT), _GROUND)
    _draw(ImageDraw.Draw(image), summary, told, file)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@cache
def hangul_font() -> Path | None:
    """Return a font file of this machine that has Hangul; None where none is known."""
    return next((Path(name) for name in _FONTS if Path(name).is_file()), None)


def _draw(draw: ImageDraw, summary: Summary, language: str, file: Path | None) -> None:
    small, middle, large = (_font(file, size) for size in (22, 28, 46))
    ink, ground = _COLOURS[summary.verdict]
    draw.text((_MARGIN, 40), headings.title(summary, language), _SOFT, small)
    draw.text((_MARGIN, 70), headings.span(summary, language), _INK, large)
    verdict = str(summary.verdict)
    wide = draw.textlength(verdict, large)
    right = WIDTH - _MARGIN
    draw.rounded_rectangle((right - wide - 48, 52, right, 132), 40, ground)
    draw.text((right - wide - 24, 58), verdict, ink, large)
    draw.text((_MARGIN, 148), _cut(draw, headline(summary, language), middle, right - _MARGIN), _INK, middle)
    for i, result in enumerate(_most_telling(summary)):
        _figure(draw, result, language, 206 + i * _ROW, small, middle)


def _most_telling(summary: Summary) -> Iterator[Result]:
    """Yield the figures that are shown: the gravest first, then those with a value in reading order."""
    grave = attention(summary)
    calm = [r for r in summary.results if r not in grave and r.value is not None]
    yield from (*grave, *calm)[:_ROWS]


def _figure(
    draw: ImageDraw,
    result: Result,
    language: str,
    top: int,
    small: ImageFont.FreeTypeFont,
    middle: ImageFont.FreeTypeFont,
) -> None:
    """Draw one figure's row: verdict, title, limits, value."""
    judged = result.limited or result.gap is not None
    ink, ground = _COLOURS[result.verdict if judged else Verdict.NODATA]
    right = WIDTH - _MARGIN
    draw.line((_MARGIN, top, right, top), _RULE, 2)
    said = str(result.verdict) if judged else words(language)["no_limit"]
    draw.rounded_rectangle((_MARGIN, top + 13, _MARGIN + 132, top + 49), 18, ground)
    draw.text((_MARGIN + 66 - draw.textlength(said, small) / 2, top + 15), said, ink, small)
    value = quantity(result.value, result.figure.unit)
    draw.text((right - draw.textlength(value, middle), top + 13), value, _INK, middle)
    title = _cut(draw, result.figure.said("title", language), middle, 450)
    draw.text((_MARGIN + 152, top + 13), title, _INK, middle)
    limit = _cut(draw, limits(result, language), small, 330)
    draw.text((_MARGIN + 620, top + 17), limit, _SOFT, small)


def _cut(draw: ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """Return the text on one line, cut with an ellipsis where it is wider."""
    text = one_line(text)
    if draw.textlength(text, font) <= width:
        return text
    while text and draw.textlength(text + "…", font) > width:
        text = text[:-1]
    return text + "…"


def _font(file: Path | None, size: int) -> ImageFont.FreeTypeFont:
    from PIL import ImageFont

    found = ImageFont.truetype(str(file), size) if file else ImageFont.load_default(size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return found
