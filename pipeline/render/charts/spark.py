"""A line of a few values, small enough to stand beside a number."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from pipeline.render.charts.svg import dot, line, path, svg

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
        parts.append(line("limit", _PAD, y(limit), _WIDTH - _PAD, y(limit)))
    parts += path("first", places, y)
    parts += [line("gap", x, _HEIGHT - 2, x, _HEIGHT - 6) for x, value in places if value is None]
    if places and (last := places[-1][1]) is not None:
        parts.append(dot("last", places[-1][0], y(last), 3))
    return svg("spark", _WIDTH, _HEIGHT, label, parts)
