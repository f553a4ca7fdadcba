"""What people attest: reviews, plans, feedback. A small TOML file that says who, when and on what evidence.

```toml
[code_review]
by = "Jimin Park"
at = 2025-06-17T18:00:00+09:00
evidence = "https://github.com/habitus33/api/pull/412"
```
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.errors import SettingsFault

_HINT = 'an item has by = "…", at = 2025-06-17T18:00:00+09:00, evidence = "…" and maybe holds = false'


@dataclass(frozen=True)
class Attested:
    """One statement: whether the item holds, who says so, when, and where it can be seen."""

    by: str
    at: datetime
    evidence: str
    holds: bool = True


def read(file: Path | None, zone: ZoneInfo) -> dict[str, Attested]:
    """Return the statements by item; none where there is no such file.

    Raises:
        SettingsFault: it cannot be read, or a statement lacks its person, its time or its evidence.
    """
    if file is None:
        return {}
    try:
        raw = tomllib.loads(file.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsFault(f"cannot be read: {error.strerror}", where=str(file)) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsFault(f"not TOML: {error}", where=str(file), hint=_HINT) from None
    return {item: _statement(item, entry, file, zone) for item, entry in raw.items()}


def _statement(item: str, entry: Any, file: Path, zone: ZoneInfo) -> Attested:
    if not isinstance(entry, dict) or set(entry) - {"by", "at", "evidence", "holds"}:
        raise SettingsFault(f"{item} is no statement", where=str(file), hint=_HINT)
    by, at, evidence, holds = (entry.get(key) for key in ("by", "at", "evidence", "holds"))
    texts = all(isinstance(text, str) and text.strip() for text in (by, evidence))
    if not (texts and isinstance(at, datetime) and isinstance(holds, bool | None)):
        raise SettingsFault(f"{item} lacks by, at or evidence", where=str(file), hint=_HINT)
    aware = at if at.tzinfo else at.replace(tzinfo=zone)
    return Attested(str(by), aware.astimezone(UTC), str(evidence), holds is not False)
