"""The one writer of a lake: holds the lock, finishes what a killed run left, makes changes."""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from secrets import token_hex
from types import TracebackType

from pipeline.errors import ContractFault
from pipeline.lake import digests, disk, layout, lock, log
from pipeline.lake import intent as intents
from pipeline.lake.change import Change, publish
from pipeline.lake.layout import Layout
from pipeline.lake.snapshot import Snapshot, open_snapshot
from pipeline.lake.staging import StagedFile

_RUN_TIME = "%Y%m%dT%H%M%S.%fZ"
_RUN_ID = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]+", re.ASCII)


class Writer:
    """`with lake.writer() as writer:` one process at a time.

    Attributes:
        snapshot: what is committed now.
    """

    snapshot: Snapshot

    def __init__(self, root: Path) -> None:
        self._root = root
        self._layout = Layout(root)
        self._numbers = count()
        self._held = ExitStack()
        self._half_written: set[StagedFile] = set()

    def __enter__(self) -> Writer:
        layout.exists(self._layout)
        with ExitStack() as held, disk.faults_of(self._root):
            held.enter_context(disk.group_readable())
            disk.make_folders(self._layout.own)
            held.enter_context(lock.hold(self._layout.lock))
            _settle(self._layout)
            self.snapshot = open_snapshot(self._root)
            self._held = held.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._held:
            for file in list(self._half_written):
                file.abandon()
            # What a failed change staged goes; what an intent names stays for the next writer.
            if not self._layout.intent.exists():
                with suppress(OSError):
                    disk.empty_folder(self._layout.staging)

    def run_id(self, now: datetime) -> str:
        """Return an id for a run that starts now; it sorts after all before it, even if the clock went back.

        Args:
            now: the present instant, aware.
        """
        start = now.astimezone(UTC)
        runs = [file.run_id for file in self.snapshot.files(log.LEDGER) if _RUN_ID.fullmatch(file.run_id)]
        if runs:
            # The files of the ledger come in the order of their names, which begin with the run.
            newest = datetime.strptime(runs[-1].partition("-")[0], _RUN_TIME).replace(tzinfo=UTC)
            start = max(start, newest + timedelta(microseconds=1))
        return f"{start.strftime(_RUN_TIME)}-{token_hex(4)}"

    def change(self, run_id: str) -> Change:
        """Return a new change on top of what is committed now.

        Args:
            run_id: as `run_id` gives it; names the run in file names, commits and the ledger.

        Raises:
            ContractFault: an id of another form, or a change before it failed half-way: only a new writer
                finishes that.
        """
        if not _RUN_ID.fullmatch(run_id):
            raise ContractFault(f"not a run id: {run_id!r}")
        if self._layout.intent.exists():
            raise ContractFault("the change before this one is not finished; open a new writer")
        return Change(self._layout, self.snapshot, run_id, self._numbers, self._moved_on, self._half_written)

    def _moved_on(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot


def _settle(place: Layout) -> None:
    """Bring a lake to a committed state: make what is missing, finish an intent, drop what none names."""
    disk.make_folders(place.staging)
    if not place.format.exists():
        disk.replace_file(place.format, layout.format_note(), place.staging / "format.json")
    log.create_tables(place)
    intent = intents.load(place)
    if intent is not None:
        _finish(place, intent)
    digests.begin(place)
    disk.empty_folder(place.staging)


def _finish(place: Layout, intent: intents.Intent) -> None:
    for todo in intent.tables:
        log.drop_torn(place, todo)
    publish(place, intent)
