"""A second opinion: which devices look odd to an isolation forest that knows no classes.

Liu, Ting and Zhou, "Isolation Forest" (IEEE ICDM 2008), as scikit-learn has it. It ranks; it names nothing,
and a fault that many devices share is not odd to it.
"""

from __future__ import annotations

import polars as pl

from pipeline.errors import UsageFault
from pipeline.skew.groups import Floats

#: Trees, and the seed that makes a ranking repeatable.
TREES, SEED = 200, 33
#: Devices with fewer events say too little to be ranked.
LEAST_EVENTS = 5


def outliers(devices: pl.DataFrame) -> pl.DataFrame:
    """Return devices, the oddest first: device, class, score (0 to 1, about 0.5 is usual), n.

    Args:
        devices: rows of `analysis.devices`.

    Raises:
        UsageFault: scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import IsolationForest
    except ImportError:
        raise UsageFault("scikit-learn is not installed", hint="pip install 'h33[ml]'") from None
    known = devices.filter(pl.col("n") >= LEAST_EVENTS)
    if known.is_empty():
        return known.select("device", "class", pl.lit(None, dtype=pl.Float64).alias("score"), "n")
    features = _features(known)
    forest = IsolationForest(n_estimators=TREES, random_state=SEED).fit(features)
    score = pl.Series("score", -forest.score_samples(features)).round(4)
    return known.select("device", "class", score, "n").sort("score", "device", descending=[True, False])


def _features(devices: pl.DataFrame) -> Floats:
    """Return what the forest sees: offset, drift and spread on log scales, and the share of late events."""

    def signed_log(name: str) -> pl.Expr:
        value = pl.col(name).fill_null(0.0)
        return value.sign() * value.abs().log1p()

    return devices.select(
        signed_log("offset_s"),
        signed_log("drift_s_per_day").alias("drift"),
        (pl.col("late") / pl.col("n")).alias("late_share"),
        (pl.col("spread_s").fill_null(0.0)).log1p().alias("spread"),
    ).to_numpy()
