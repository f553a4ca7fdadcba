"""Arrow as a question needs it: without numpy, which takes longer to load than Arrow itself."""

from __future__ import annotations

import importlib
import sys


def load(module: str) -> None:
    """Load a module of Arrow without numpy, unless the process has either already.

    Rows go in and out as before; only `to_numpy` and `to_pandas` are not there for the rest of the process.

    Args:
        module: its full name, such as `pyarrow.compute`.
    """
    if module in sys.modules or "numpy" in sys.modules:
        return
    # What is None here is to an import as if it were not installed.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    try:
        importlib.import_module(module)
    finally:
        del sys.modules["numpy"]
