"""A landing folder as Habitus33's would look, made from a simulated world, and the truth about it.

The generator knows nothing of h33's ingest or reports: that makes its truth an independent answer to their
figures. A new input format is one more writer: a module in `inputs`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.sample.parts import play
from pipeline.sample.plan import Plan
from pipeline.sample.settings import attested, settings
from pipeline.sample.truth import truth

#: The last day of the sample where none is asked for: fixed, so that the same command gives the same bytes.
DEFAULT_END = date(2025, 6, 27)


@dataclass(frozen=True)
class Sample:
    """What was written: the folder, its last full KST day, and the truth."""

    folder: Path
    last_day: date
    truth: dict[str, Any]


def generate(
    folder: Path,
    days: int = 8,
    end: date = DEFAULT_END,
    seed: int = 33,
    *,
    stories: bool = True,
    scale: float = 1.0,
) -> Sample:
    """Write a landing folder; the same arguments give the same bytes.

    Args:
        folder: made where it is missing; files of the same names are replaced, others left alone.
        days: KST days of logs, at least 1.
        end: the last of them.
        seed: of all chance.
        stories: whether release, outage, wrong clocks and incomplete export happen, or an ordinary week.
        scale: of users and traffic; 1 is about 6,700 requests a day. Above 1 all cores work.

    Raises:
        OSError: the folder cannot be written.
    """
    plan = Plan(days, end, seed, stories, scale)
    folder.mkdir(parents=True, exist_ok=True)
    figures = truth(plan, play(folder, plan))
    texts = {
        "attested.toml": attested(plan),
        "h33.toml": settings(plan),
        "last-day": f"{end}\n",
        "truth.json": json.dumps(figures, ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Sample(folder, end, figures)
