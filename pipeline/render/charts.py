"""Small charts as inline SVG: no script, no style attribute, no reference out of the page.

Colours and strokes are classes of the page's style sheet, so that light, dark and print share one drawing.
Each chart says in words what it shows; the numbers stand beside it in text or in a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

_WIDTH, _HEIGHT, _PAD = 132.0, 40.0, 5.0


def sparkline(values: Sequence[float | None], limit: float | None, label: str) -> Markup:
    """Return a line over equally spaced values, broken where one is missing, its last value as a dot.

    Args:
        values: oldest first; None leaves a gap.
        limit: drawn as a dashed line where it lies near the values; it never flattens them.
        label: what the picture says, for those who cannot see it.
    """
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    spread = high - low
    if limit is not None and known and low - 2 * spread <= limit <= high + 2 * spread:
        low, high = min(low, limit), max(high, limit)
    else:
        limit = None
    span = high - low

    def y(value: float) -> float:
        return _HEIGHT / 2 if span == 0 else _HEIGHT - _PAD - (value - low) / span * (_HEIGHT - 2 * _PAD)

    step = (_WIDTH - 2 * _PAD) / max(len(values) - 1, 1)
    places = [(_PAD + i * step, value) for i, value in enumerate(values)]
    parts = []
    if limit is not None:
        parts.append(_line("limit", _PAD, y(limit), _WIDTH - _PAD, y(limit)))
    for run in _runs(places):
        if len(run) == 1:
            parts.append(_dot("point", run[0][0], y(run[0][1]), 1.6))
        else:
            points = " ".join(f"{x:.1f},{y(value):.1f}" for x, value in run)
            parts.append(Markup('<polyline class="line" points="{}"/>').format(points))
    for x, value in places:
        if value is None:
            parts.append(_line("gap", x, _HEIGHT - 2, x, _HEIGHT - 6))
    if places and (last := places[-1][1]) is not None:
        parts.append(_dot("last", places[-1][0], y(last), 3))
    return _svg("spark", _WIDTH, _HEIGHT, label, parts)


def _runs(places: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Return the stretches of neighbours that have a value."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, value in places:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((x, value))
    return [run for run in runs if run]


@dataclass(frozen=True)
class Bar:
    """One bar: the text below its left edge ("" for none), its height, and the part of it that is marked."""

    label: str
    value: float
    marked: float = 0.0


def bars(data: Sequence[Bar], label: str, peak: str) -> Markup:
    """Return bars from one base line, the marked part at the bottom of each.

    Args:
        data: left to right.
        label: what the picture says.
        peak: text at the top of the scale, the highest value.
    """
    width, height, base, top = 560.0, 190.0, 164.0, 18.0
    highest = max((bar.value for bar in data), default=0.0)
    scale = (base - top) / highest if highest else 0.0
    step = width / max(len(data), 1)
    parts = [_line("axis", 0, base, width, base), _text("scale", 0, 10, peak, "start")]
    for i, bar in enumerate(data):
        x, wide = i * step + step * 0.08, step * 0.84
        for name, value in (("bar", bar.value), ("bar marked", bar.marked)):
            if value > 0:
                # A single error beside thousands of requests is still seen.
                high = max(value * scale, 2)
                parts.append(_rect(name, x, base - high, wide, high))
        if bar.label:
            parts.append(_text("tick", i * step, base + 16, bar.label, "middle"))
    return _svg("bars", width, height, label, parts)


def _svg(name: str, width: float, height: float, label: str, parts: Sequence[Markup]) -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">{}</svg>').format(
        name, width, height, label, Markup().join(parts)
    )


def _line(name: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        name, x1, y1, x2, y2
    )


def _dot(name: str, x: float, y: float, radius: float) -> Markup:
    return Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{:g}"/>').format(name, x, y, radius)


def _rect(name: str, x: float, y: float, width: float, height: float) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        name, x, y, width, height
    )


def _text(name: str, x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        name, x, y, anchor, text
    )
