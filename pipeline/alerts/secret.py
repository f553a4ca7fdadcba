"""Where a channel's address is kept: an environment variable, or a file that only its owner can read.

An address holds a token. It is never an argument of a process, never in an error, a log or the outbox.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pipeline.errors import SettingsFault


def reveal(place: str, base: Path) -> str:
    """Return the address that is kept at "env:NAME" or "file:PATH" (relative to `base`).

    Raises:
        SettingsFault: there is none, or others may read the file; it names the place, not the secret.
    """
    kind, _, name = place.partition(":")
    text = os.environ.get(name, "") if kind == "env" else _file(place, base / name)
    if not text.strip():
        raise SettingsFault("holds no address", where=place)
    return text.strip()


def _file(place: str, path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise SettingsFault(
                    f"others may read it (mode {mode:04o})", where=place, hint=f"chmod 600 {path.name}"
                )
            return file.read(64 * 1024)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise SettingsFault(f"cannot be read: {reason}", where=place) from None
