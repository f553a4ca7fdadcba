"""Bars from one base line: hours of a day, bins of a histogram, what is left of a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from markupsafe import Markup

from pipeline.render.charts.svg import line, rect, svg, text


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        label: the text below its left edge; "" for none.
        value: its height.
        marked: the part of it that is marked, at the bottom.
        title: what is shown when it is pointed at.
    """

    label: str
    value: float
    marked: float = 0.0
    title: str = ""


def bars(data: Sequence[Bar], label: str, peak: str, *, root: bool = False) -> Markup:
    """Return bars from one base line, the marked part at the bottom of each.

    Args:
        data: left to right.
        label: what the picture says.
        peak: text at the top of the scale, the highest value.
        root: heights by the square root, so that few are seen beside many; the text beside the chart says so.
    """
    width, height, base, top = 560.0, 190.0, 164.0, 18.0
    measure = sqrt if root else float
    highest = measure(max((bar.value for bar in data), default=0.0))
    scale = (base - top) / highest if highest else 0.0
    step = width / max(len(data), 1)
    parts = [line("axis", 0, base, width, base), text("scale", 0, 10, peak, "start")]
    for i, bar in enumerate(data):
        x, wide = i * step + step * 0.08, step * 0.84
        for name, value in (("bar", bar.value), ("bar marked", bar.marked)):
            if value > 0:
                # A single error beside thousands of requests is still seen.
                high = max(measure(value) * scale, 2)
                parts.append(rect(name, x, base - high, wide, high, bar.title))
        if bar.label:
            parts.append(text("tick", i * step, base + 16, bar.label, "middle"))
    return svg("bars", width, height, label, parts)


def budget(spent: float, label: str) -> Markup:
    """Return a bar that fills as a budget is spent: 0 is untouched, 1 and more is all of it."""
    width, height = 560.0, 14.0
    part = min(max(spent, 0.0), 1.0) * width
    parts = [rect("track", 0, 0, width, height)]
    if part:
        parts.append(rect("bar marked" if spent >= 1 else "bar", 0, 0, part, height))
    return svg("budget", width, height, label, parts)
