"""What the gate says: verdicts, checks and their reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum


class Verdict(Enum):
    """The three answers, from the mildest to the gravest."""

    GO = "GO"
    HOLD = "HOLD"
    ROLLBACK = "ROLLBACK"


_GRAVITY = list(Verdict)


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the gravest verdict; GO when there is none."""
    return max(verdicts, key=_GRAVITY.index, default=Verdict.GO)


@dataclass(frozen=True)
class Reason:
    """A sentence: its key in the catalogue of messages, and the values that it shows."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)


def reason(key: str, **values: object) -> Reason:
    """Return a sentence with its values."""
    return Reason(key, values)


@dataclass(frozen=True)
class Check:
    """One thing that was checked, with the figures that decided it.

    Attributes:
        name: stable, in English; the key of its title.
        verdict: what this check alone says.
        value: the figure; None where there is none.
        low, high: its interval; None where it is not bounded.
        limit: what the figure or its bound is held against.
        n_baseline, n_canary: the requests, users or hours that it rests on.
        needed: more canary requests until it can be decided; None where requests do not help.
        reason: why it is not GO; None when it is.
    """

    name: str
    verdict: Verdict
    value: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    n_baseline: int = 0
    n_canary: int = 0
    needed: int | None = None
    reason: Reason | None = None
