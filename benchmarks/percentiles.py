"""How far percentiles from merged buckets are off, what they cost, and what the engine's own sketch does.

Ten million lognormal durations in thirty days, counted day by day with the macros of the rollups, then added
up: `.venv/bin/python benchmarks/percentiles.py [--rows N]`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from pipeline import sql
from pipeline.percentiles import rank

T = TypeVar("T")
_DAYS = 30
_PERMILLES = range(1, 1000)

#: A count for each day and bucket, as the rollups hold them, then one for each bucket.
_COUNT = """
    CREATE OR REPLACE TABLE days AS
    SELECT day, bucket(ms) AS bucket, bucket_alpha() AS alpha, count(*) AS n FROM requests GROUP BY ALL"""
_MERGE = """
    WITH merged AS (SELECT bucket_value(bucket, alpha) AS value, sum(n) AS n FROM days GROUP BY ALL),
    running AS (SELECT value, sum(n) OVER (ORDER BY value) AS up_to, sum(n) OVER () AS n FROM merged)
    SELECT p, percentile_of(value, up_to, n, p) FROM running, range(1, 1000) t(p) GROUP BY p ORDER BY p"""
_SHARES = [permille / 1000 for permille in _PERMILLES]
_SKETCH = f"SELECT approx_quantile(ms, {_SHARES}) FROM requests"
_EXACT = f"SELECT quantile_disc(ms, {_SHARES}) FROM requests"


def main() -> None:
    """Print a row for each way to get the percentiles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    rows = parser.parse_args().rows
    values = np.random.default_rng(0).lognormal(5, 1, rows)
    connection = duckdb.connect()
    connection.execute(sql.macros())
    connection.register("drawn", pa.table({"ms": values, "day": np.arange(rows) % _DAYS}))
    connection.execute("CREATE TABLE requests AS FROM drawn")
    values.sort()
    truth = np.array([values[rank(rows, permille) - 1] for permille in _PERMILLES])

    def ask(statement: str) -> list[tuple[object, ...]]:
        return connection.execute(statement).fetchall()

    _, counting = timed(lambda: ask(_COUNT))
    merged, merging = timed(lambda: ask(_MERGE))
    sketch, sketching = timed(lambda: ask(_SKETCH))
    exact, exactly = timed(lambda: ask(_EXACT))
    kept = ask("SELECT count(*), count(DISTINCT bucket) FROM days")[0]
    print(f"{rows:,} rows in {_DAYS} days: {kept[0]:,} counts of {kept[1]:,} buckets\n")
    print(f"{'':34}{'worst error, P0.1 to P99.9':>28}{'CPU s':>8}")
    show("buckets: counted by day", None, counting)
    show("buckets: merged and read", worst([row[1] for row in merged], truth), merging)
    show("approx_quantile", worst(sketch[0][0], truth), sketching)
    show("quantile_disc", worst(exact[0][0], truth), exactly)


def timed(function: Callable[[], T]) -> tuple[T, float]:
    """Return what a function returns, and the processor seconds that it took."""
    started = time.process_time()
    result = function()
    return result, time.process_time() - started


def worst(found: object, truth: np.ndarray) -> float:
    """Return the largest relative error."""
    return float(np.abs(np.asarray(found, dtype=np.float64) / truth - 1).max())


def show(name: str, error: float | None, seconds: float) -> None:
    """Print a row."""
    print(f"{name:34}{'' if error is None else f'{error:.4%}':>28}{seconds:>8.2f}")


if __name__ == "__main__":
    main()
