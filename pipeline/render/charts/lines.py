"""Lines over hours or days, with limits, a band of what is usual, and marks where something happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10

from markupsafe import Markup

from pipeline.render.charts.svg import decades, line, path, runs, svg, text, ticks

_WIDTH, _HEIGHT = 560.0, 220.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 66.0, 8.0, 16.0, 26.0


@dataclass(frozen=True)
class Series:
    """One line: the class that colours it (first, second, third, usual) and its values; None is a gap."""

    style: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Limit:
    """A level that values are compared with, and its text."""

    value: float
    label: str


@dataclass(frozen=True)
class Mark:
    """Something that happened at a place of the x axis (0 is the first value), and its text."""

    at: float
    label: str


def lines(
    series: Sequence[Series],
    labels: Sequence[str],
    said: Callable[[float], str],
    label: str,
    *,
    limits: Sequence[Limit] = (),
    marks: Sequence[Mark] = (),
    band: tuple[Sequence[float | None], Sequence[float | None]] | None = None,
    least: float | None = 0.0,
    logarithmic: bool = False,
) -> Markup:
    """Return lines over equally spaced places.

    Args:
        series: the lines, drawn in this order.
        labels: a text below each place; "" for none.
        said: writes a value of the y axis.
        label: what the picture says.
        limits: dashed levels; they stretch the scale, so that a value's distance from them is seen.
        marks: upright lines.
        band: the lower and the upper bound of what is usual, shaded.
        least: the scale begins there or lower; None: with the values.
        logarithmic: equal steps are equal factors, so that a slow hour does not flatten the others; values
            above 0 only.
    """
    known = [v for one in (*[s.values for s in series], *(band or ())) for v in one if v is not None]
    known += [limit.value for limit in limits]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    measure = log10 if logarithmic else float
    scale = decades(low, high) if logarithmic else ticks(low if least is None else min(low, least), high)
    bottom, top = measure(scale[0]), measure(scale[-1])

    def y(value: float) -> float:
        return _HEIGHT - _BOTTOM - (measure(value) - bottom) / (top - bottom) * (_HEIGHT - _TOP - _BOTTOM)

    count = max((len(one.values) for one in series), default=0)
    step = (_WIDTH - _LEFT - _RIGHT) / max(count - 1, 1)

    def x(place: float) -> float:
        return _LEFT + place * step

    parts = []
    for value in scale:
        parts.append(line("grid", _LEFT, y(value), _WIDTH - _RIGHT, y(value)))
        parts.append(text("scale", _LEFT - 6, y(value) + 4, said(value), "end"))
    if band:
        parts += _band(band, x, y)
    for limit in limits:
        parts.append(line("limit", _LEFT, y(limit.value), _WIDTH - _RIGHT, y(limit.value)))
        parts.append(text("tick", _WIDTH - _RIGHT, y(limit.value) - 4, limit.label, "end"))
    for mark in marks:
        parts.append(line("mark", x(mark.at), _TOP, x(mark.at), _HEIGHT - _BOTTOM))
        side = "end" if mark.at > count / 2 else "start"
        parts.append(text("tick", x(mark.at) + (-4 if side == "end" else 4), _TOP + 8, mark.label, side))
    for one in series:
        parts += path(one.style, [(x(i), value) for i, value in enumerate(one.values)], y)
    for i, below in enumerate(labels):
        if below:
            parts.append(text("tick", x(i), _HEIGHT - 8, below, "middle"))
    return svg("lines", _WIDTH, _HEIGHT, label, parts)


def _band(
    band: tuple[Sequence[float | None], Sequence[float | None]],
    x: Callable[[float], float],
    y: Callable[[float], float],
) -> list[Markup]:
    """Return the area between two lines, an area for each stretch in which both have values."""
    lower, upper = band
    both = [
        (float(i), None if low is None or high is None else float(i))
        for i, (low, high) in enumerate(zip(lower, upper, strict=True))
    ]
    areas = []
    for run in runs(both):
        places = [int(place) for place, _ in run]
        rim = [(i, upper[i]) for i in places] + [(i, lower[i]) for i in reversed(places)]
        points = " ".join(f"{x(i):.1f},{y(value or 0):.1f}" for i, value in rim)
        areas.append(Markup('<polygon class="band" points="{}"/>').format(points))
    return areas
