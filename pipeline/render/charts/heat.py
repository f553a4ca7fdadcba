"""Hours of the week as a field of squares: the darker, the more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from pipeline.render.charts.svg import rect, svg, text

#: Steps of darkness; nothing at all has a class of its own.
LEVELS = 5


def heat(
    values: Mapping[tuple[int, int], float],
    days: Sequence[str],
    titles: Mapping[tuple[int, int], str],
    label: str,
) -> Markup:
    """Return seven rows of 24 squares.

    Args:
        values: by day of the week (0 is the first of `days`) and hour; absent: not known, drawn hollow.
        days: the days' names.
        titles: what a square says when it is pointed at.
        label: what the picture says.
    """
    left, top, side, gap = 34.0, 16.0, 19.5, 2.0
    highest = max(values.values(), default=0.0)
    parts = [
        text("tick", left + hour * (side + gap) + side / 2, 10, f"{hour:02}", "middle")
        for hour in range(0, 24, 3)
    ]
    for row, name in enumerate(days):
        y = top + row * (side + gap)
        parts.append(text("tick", left - 6, y + side - 5, name, "end"))
        for hour in range(24):
            value = values.get((row, hour))
            style = "unknown" if value is None else f"heat-{level(value, highest)}"
            x = left + hour * (side + gap)
            parts.append(rect(style, x, y, side, side, titles.get((row, hour), "")))
    return svg("heat", left + 24 * (side + gap), top + len(days) * (side + gap), label, parts)


def level(value: float, highest: float) -> int:
    """Return the darkness of a value: 0 for nothing, else 1 to LEVELS in equal steps up to the highest.

    >>> [level(v, 100) for v in (0, 1, 20, 21, 100)]
    [0, 1, 1, 2, 5]
    """
    if value <= 0 or highest <= 0:
        return 0
    return min(LEVELS, 1 + int((value / highest) * LEVELS - 1e-9))
