"""Wall clocks that are all written alike, read by arithmetic on their digits.

What one program writes has one layout. One time of a column is a mold for the others: a text of the same
length, with digits where the mold has some and the mold's own characters elsewhere, differs from it in digits
alone. So a pattern looks at one text of a column instead of at each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.formats.text_views import Rows

_LAYOUT = re.compile(
    rb"[0-9]{4}(?:-[0-9]{2}-[0-9]{2}[T ]|/[0-9]{2}/[0-9]{2} )[0-9]{2}:[0-9]{2}:[0-9]{2}"
    rb"(?:[.,](?P<fraction>[0-9]{1,9}))?(?P<tail>.*)",
    re.DOTALL,
)
_BASE = len("2025-06-20T10:00:00")
#: Longer texts are no times.
LONGEST = 40


@dataclass(frozen=True)
class Clocks:
    """What a column of times says, without their zone.

    Attributes:
        micros: on the wall clock, since 1970-01-01 00:00:00.
        fits: which texts begin like the mold, and times of the years 2 to 9998; else `micros` says nothing.
        tail: what stands behind the digits of all that fit: the zone, as it is written.
    """

    micros: npt.NDArray[np.int64]
    fits: npt.NDArray[np.bool_]
    tail: str


def read(first: Rows, like: str) -> Clocks | None:
    """Return times that are laid out like a given one; None where that one is no time.

    Args:
        first: the bytes with which texts begin, a row each; as many as of the given one or more.
        like: a text.
    """
    mold = like.encode()
    layout = _LAYOUT.fullmatch(mold)
    if layout is None or len(mold) > LONGEST or not mold.isascii():
        return None
    characters = np.ascontiguousarray(first[:, : len(mold)].T)
    fraction = range(*layout.span("fraction")) if layout["fraction"] else range(0)
    numbers = {at for at in range(_BASE) if mold[at : at + 1].isdigit()} | set(fraction)
    least = np.array([ord("0") if at in numbers else code for at, code in enumerate(mold)], np.uint8)
    more = np.array([9 if at in numbers else 0 for at in range(len(mold))], np.uint8)
    # What is less than the least is far more than 9: bytes wrap around.
    digits = characters - least[:, None]
    fits = np.logical_and.reduce(digits <= more[:, None])

    def number(places: range) -> npt.NDArray[np.int32]:
        value: npt.NDArray[np.int32] = digits[places[0]].astype(np.int32)
        for at in places[1:]:
            value = value * 10 + digits[at]
        return value

    days, is_date = _days(number(range(4)), number(range(5, 7)), number(range(8, 10)), fits)
    hour, minute, second = number(range(11, 13)), number(range(14, 16)), number(range(17, 19))
    fits = is_date & (hour < 24) & (minute < 60) & (second < 60)
    micros = (days * 86_400 + ((hour * 60 + minute) * 60 + second)) * 1_000_000
    if kept := fraction[:6]:
        micros += number(kept) * 10 ** (6 - len(kept))
    return Clocks(micros, fits, layout["tail"].decode())


def _days(
    year: npt.NDArray[np.int32],
    month: npt.NDArray[np.int32],
    day: npt.NDArray[np.int32],
    fits: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the days since 1970-01-01 of dates, and which of those that fit are in the calendar."""
    # In the first and the last year it is the zone that says whether an instant has a date everywhere.
    fits = fits & (year > 1) & (year < 9999) & (month > 0) & (month <= 12)
    # Months since 1970, of which a column has few.
    number = np.where(fits, year * 12 + month - (1970 * 12 + 1), 0)
    least = number.min(initial=0)
    first = (
        np.arange(least, number.max(initial=0) + 2)
        .astype("datetime64[M]")
        .astype("datetime64[D]")
        .astype(np.int64)
    )
    at = number - least
    fits &= (day > 0) & (day <= np.diff(first)[at])
    return first[at] + day - 1, fits
