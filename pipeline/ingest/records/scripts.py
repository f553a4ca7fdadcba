"""Names the check script that a captured line comes from: npm prints it before the script runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

import polars as pl

from pipeline.ingest.model import SourcePlan
from pipeline.ingest.records.rows import Rows

#: The format whose sources these are.
FORMAT = "check-output"

# https://docs.npmjs.com/cli/commands/npm-run-script
_NPM = r"^> [^ ]+@[^ ]+ ([^ ]+)$"


def named(found: Rows, plan: SourcePlan) -> Rows:
    """Return rows with the column `script`: as npm said above them, else as the source's name ends."""
    by_name = PurePosixPath(plan.path).stem.rpartition(".")[2]
    script = found.frame["text"].str.extract(_NPM).fill_null(strategy="forward").fill_null(by_name)
    return replace(found, frame=found.frame.with_columns(script=script.cast(pl.String)))
