"""Line formats that tests write down."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import SettingsFault
from pipeline.formats import line


def written(folder: Path, text: str) -> Path:
    """Write the format `acme`; return its file."""
    path = folder / "acme.toml"
    path.write_text(text)
    return path


def refusal(folder: Path, good: str, change: tuple[str, str]) -> str:
    """Return how a format is refused in which one passage was changed; its file is named first."""
    assert change[0] in good
    path = written(folder, good.replace(*change))
    with pytest.raises(SettingsFault) as refused:
        line.read(path)
    said = str(refused.value)
    assert said.startswith(str(path))
    return said
