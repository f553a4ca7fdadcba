"""What every test shares."""

from pathlib import Path

import pipeline


def pytest_report_header() -> str:
    """Say which h33 is under test: the checkout's, or the installed wheel's."""
    return f"h33 {pipeline.__version__} from {Path(pipeline.__file__).parent}"
