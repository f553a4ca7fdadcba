"""Where everything of a lake lies: folders, file names, and the note of which h33 wrote it.

    <lake>/<table>/_delta_log/…            the table's log, Delta Lake protocol 1/2
    <lake>/<table>/<column>=<value>/…      its data files
    <lake>/_h33/lock                       held by the one writer
    <lake>/_h33/format.json                which format the lake has
    <lake>/_h33/intent.json                what the change under way will do; gone when it is done
    <lake>/_h33/history.json               the oldest snapshot that can be read; missing: the first
    <lake>/_h33/digests/…                  the SHA-256 of every log and note: see `digests`
    <lake>/_h33/aside/…                    what `check --repair` took out of the way
    <lake>/_h33/staging/…                  files not published yet, laid out as the lake is

The name of a data file is `<run>-<seq>-<sha256>.parquet`: never used twice, and its content can be
checked without a second list. No name under staging ends in `.parquet`: a glob finds no file in the making.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import orjson

from pipeline.errors import LakeDamaged, LakeFault
from pipeline.schema import BY_NAME, LAKE_FORMAT
from pipeline.version import __version__

#: What Hive, Spark, DuckDB and Polars write for a null partition value.
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"

_UPGRADE = "upgrade h33, or name another lake with --lake"


@dataclass(frozen=True)
class DataFile:
    """One Parquet file of a table.

    Attributes:
        name: `<table>/<partition folder>/<file>`, relative to the lake: what the ledger calls it.
        path: where it lies now, absolute.
        partition: value of each partition column as text; None is null.
        rows: number of rows.
        bytes: size of the file.
    """

    name: str
    path: str
    partition: Mapping[str, str | None]
    rows: int
    bytes: int

    @property
    def table(self) -> str:
        """The table it belongs to."""
        return self.name.partition("/")[0]

    @property
    def run_id(self) -> str:
        """The run that wrote it."""
        return PurePosixPath(self.name).stem.rsplit("-", 2)[0]

    @property
    def sha256(self) -> str:
        """The SHA-256 that its content had when it was written, 64 hex digits."""
        return PurePosixPath(self.name).stem.rpartition("-")[2]


@dataclass(frozen=True)
class Layout:
    """The paths of the lake in a folder."""

    root: Path

    @property
    def own(self) -> Path:
        """The folder of what is not a table."""
        return self.root / "_h33"

    @property
    def lock(self) -> Path:
        """The file that the writer holds."""
        return self.own / "lock"

    @property
    def format(self) -> Path:
        """Which format the lake has."""
        return self.own / "format.json"

    @property
    def intent(self) -> Path:
        """What the change under way will do."""
        return self.own / "intent.json"

    @property
    def history(self) -> Path:
        """Which snapshot is the oldest that can be read."""
        return self.own / "history.json"

    @property
    def digests(self) -> Path:
        """What the logs and notes must be."""
        return self.own / "digests"

    @property
    def staging(self) -> Path:
        """Where files lie until their change is committed."""
        return self.own / "staging"

    def name(self, path: Path) -> str:
        """What a file of the lake is called: its path below the lake."""
        return str(path.relative_to(self.root))

    def table(self, name: str) -> Path:
        """The folder of a table."""
        return self.root / name

    def log(self, table: str) -> Path:
        """The folder of a table's log."""
        return self.root / table / "_delta_log"

    def commit(self, table: str, version: int) -> Path:
        """The file that makes a version of a table."""
        return self.log(table) / f"{version:020d}.json"

    def checkpoint(self, table: str, version: int) -> Path:
        """The file that sums up a table's log up to a version, where there is one."""
        return self.log(table) / f"{version:020d}.checkpoint.parquet"

    def pointer(self, table: str) -> Path:
        """The file that names the newest checkpoint of a table."""
        return self.log(table) / "_last_checkpoint"

    def data(self, name: str) -> Path:
        """Where a data file lies once it is published."""
        return self.root / name

    def staged(self, name: str) -> Path:
        """Where a data file lies until then: the same folders below staging, the name without its SHA-256."""
        published = PurePosixPath(name)
        return self.staging / published.parent / f"{published.stem.rpartition('-')[0]}.staged"


def folder(table: str, partition: Mapping[str, str | None]) -> str:
    """Return the folder of a partition, relative to the lake; values are percent-encoded as Hive does.

    >>> folder("events", {"date": "2025-06-20"})
    'events/date=2025-06-20'
    >>> folder("documents", {"collection": "a b", "snapshot_date": None})
    'documents/collection=a%20b/snapshot_date=__HIVE_DEFAULT_PARTITION__'
    """
    columns = BY_NAME[table].partition
    values = (NULL_PARTITION if partition[c] is None else quote(str(partition[c]), safe="") for c in columns)
    return "/".join([table, *(f"{column}={value}" for column, value in zip(columns, values, strict=True))])


def format_note() -> bytes:
    """Return what `format.json` says of a lake that this h33 writes."""
    return orjson.dumps({"format": LAKE_FORMAT, "written_by": f"h33 {__version__}"}) + b"\n"


def exists(layout: Layout) -> bool:
    """Return whether there is a lake to read, after checking that there may be one.

    A missing or empty folder is a lake without rows, and so is one whose making was cut short: no ledger yet.

    Raises:
        LakeFault: the path is no folder, holds something else, or a newer h33 wrote it.
        LakeDamaged: changes were made, and the ledger that names them is gone.
    """
    try:
        # One look at the folder: a writer may be making the lake right now.
        names = {path.name for path in layout.root.iterdir()}
        ledger = layout.commit("files", 0).is_file()
        if names and layout.own.name not in names and not ledger:
            raise LakeFault(
                "this folder holds something else, not a lake",
                where=str(layout.root),
                hint="name an empty or a new folder",
            )
        if layout.format.exists():
            _check_format(layout)
        # The digests are begun behind the ledger.
        if not ledger and layout.digests.exists() and any(layout.digests.iterdir()):
            ledger = _still_there(layout.commit("files", 0))
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise LakeFault("the lake must be a folder, this is a file", where=str(layout.root)) from None
    except OSError as error:
        raise LakeFault(f"cannot read the lake: {error.strerror}", where=str(layout.root)) from None
    return ledger


def _still_there(first: Path) -> bool:
    if not first.is_file():
        raise LakeDamaged("is missing", where=str(first), hint="`h33 check --repair` rebuilds it")
    return True


def _check_format(layout: Layout) -> None:
    try:
        note = orjson.loads(layout.format.read_bytes())
        found, writer = int(note["format"]), str(note.get("written_by", "another h33"))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise LakeFault(
            "this note of the lake's format cannot be read",
            where=str(layout.format),
            hint="restore it from a backup, or remove it if only this version of h33 ever wrote here",
        ) from None
    if found > LAKE_FORMAT:
        raise LakeFault(
            f"{writer} wrote this lake in format {found}, this h33 reads up to {LAKE_FORMAT}",
            where=str(layout.root),
            hint=_UPGRADE,
        )
    if found < LAKE_FORMAT:
        raise LakeFault(
            f"{writer} wrote this lake in format {found}, this h33 reads format {LAKE_FORMAT}",
            where=str(layout.root),
            hint="take the inputs into a new lake, named with --lake",
        )
