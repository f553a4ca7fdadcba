"""The pieces that charts are drawn with: inline SVG, no style attribute, no reference out of the page.

Colours and strokes are classes of the page's style sheet, so that light, dark and print share one drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor, log10

from markupsafe import Markup


def svg(name: str, width: float, height: float, label: str, parts: Sequence[Markup]) -> Markup:
    """Return a picture of that class; the label says what it shows to those who cannot see it."""
    return Markup('<svg class="{}" viewBox="0 0 {:g} {:g}" role="img" aria-label="{}">{}</svg>').format(
        name, width, height, label, Markup().join(parts)
    )


def line(name: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    """Return a straight line."""
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        name, x1, y1, x2, y2
    )


def dot(name: str, x: float, y: float, radius: float, title: str = "") -> Markup:
    """Return a filled circle; its title is shown when it is pointed at."""
    shape = Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{:g}"').format(name, x, y, radius)
    return _titled("circle", shape, title)


def rect(name: str, x: float, y: float, width: float, height: float, title: str = "") -> Markup:
    """Return a filled rectangle; its title is shown when it is pointed at."""
    shape = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"').format(
        name, x, y, width, height
    )
    return _titled("rect", shape, title)


def _titled(element: str, shape: Markup, title: str) -> Markup:
    if not title:
        return shape + Markup("/>")
    return Markup("{}><title>{}</title></{}>").format(shape, title, element)


def text(name: str, x: float, y: float, said: str, anchor: str) -> Markup:
    """Return a text that starts, is centred or ends at x."""
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        name, x, y, anchor, said
    )


def path(
    name: str, places: Sequence[tuple[float, float | None]], y: Callable[[float], float]
) -> list[Markup]:
    """Return a line through places, broken where a value is missing; a place alone is a dot."""
    parts = []
    for run in runs(places):
        if len(run) == 1:
            parts.append(dot(f"point {name}", run[0][0], y(run[0][1]), 1.6))
        else:
            points = " ".join(f"{x:.1f},{y(value):.1f}" for x, value in run)
            parts.append(Markup('<polyline class="line {}" points="{}"/>').format(name, points))
    return parts


def runs(places: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """Return the stretches of neighbours that have a value."""
    found: list[list[tuple[float, float]]] = [[]]
    for x, value in places:
        if value is None:
            found.append([])
        else:
            found[-1].append((x, value))
    return [run for run in found if run]


def ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Return round numbers that span a range, about `count` of them.

    >>> ticks(0, 870), ticks(0.7, 1.0)
    ([0.0, 200.0, 400.0, 600.0, 800.0, 1000.0], [0.7, 0.8, 0.9, 1.0])
    """
    if high <= low:
        high = low + (abs(low) or 1)
    rough = (high - low) / count
    power = 10 ** floor(log10(rough))
    step = min((s * power for s in (1, 2, 2.5, 5, 10)), key=lambda s: abs(s - rough))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(float(i * step), 10) for i in range(first, last + 1)]


def decades(low: float, high: float) -> list[float]:
    """Return the numbers 1, 2 and 5 times a power of ten that span a range of positive numbers.

    >>> decades(45, 870)
    [20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]
    """
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    steps = [step * 10.0**power for power in powers for step in (1, 2, 5)]
    first = max(i for i, step in enumerate(steps) if step <= low)
    last = min(i for i, step in enumerate(steps) if step > high)
    return steps[first : last + 1]
