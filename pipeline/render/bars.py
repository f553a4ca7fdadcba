"""Two columns as bars on a terminal: a label and a length a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.render.text import clip, one_line, pad, width

# Eighths of a character cell.
_EIGHTHS = " ▏▎▍▌▋▊▉"
_FULL = "█"
_WIDEST_LABEL = 40


def bars(rows: Sequence[tuple[str, float | None]], columns: int) -> Iterator[str]:
    """Yield a line for each row: its label, a bar as long as its number, the number.

    Bars begin at zero; a negative number or none has no bar.

    Args:
        rows: labels and numbers.
        columns: of the terminal.
    """
    labels = [one_line(label) for label, _ in rows]
    numbers = ["-" if value is None else f"{value:,.6g}" for _, value in rows]
    margin = min(_WIDEST_LABEL, max(map(width, labels), default=0))
    figures = max(map(len, numbers), default=0)
    room = max(8, columns - margin - figures - 4)
    largest = max((value for _, value in rows if value is not None), default=0.0)
    for label, number, (_, value) in zip(labels, numbers, rows, strict=True):
        share = max(0.0, value) / largest if value is not None and largest > 0 else 0.0
        shown = pad(clip(label, margin), margin)
        yield f"{shown}  {number:>{figures}}  {_bar(share * room)}".rstrip()


def _bar(length: float) -> str:
    """Return a bar of so many character cells.

    >>> _bar(2.5)
    '██▌'
    """
    eighths = round(length * 8)
    return (_FULL * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()
