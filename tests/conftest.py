"""What every test shares."""

import json
from pathlib import Path
from typing import Any

import end_to_end_lab as lab
import pytest

import pipeline
from pipeline.sample import Sample, generate


def pytest_report_header() -> str:
    """Say which h33 is under test: the checkout's, or the installed wheel's."""
    return f"h33 {pipeline.__version__} from {Path(pipeline.__file__).parent}"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A small landing folder with stories; nobody writes to it."""
    return generate(tmp_path_factory.mktemp("stories"), scale=0.3)


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing folder, ingested, with the page of its last day."""
    root = tmp_path_factory.mktemp("end-to-end")
    lab.h33(root, "sample", str(root / "landing"))
    lab.h33(root, "daily", "--date", "2025-06-27")
    return root


@pytest.fixture(scope="session")
def truth(night: Path) -> Any:
    """What the world of that night says of itself."""
    return json.loads((night / "landing" / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def figures(night: Path) -> dict[str, Any]:
    """The last day's figures by name, as kpi.json has them."""
    document = json.loads((night / "reports" / "2025-06-27" / "kpi.json").read_text(encoding="utf-8"))
    return {figure["name"]: figure for figure in document["figures"]}
