"""What alarms remember between runs: one SQLite file in the state folder.

States are kept a row for each rule and day, so that a day that is judged again starts from the day before
it. State and messages are written in one transaction; a message's key is its rule, transition, day and
channel, so that the same night run again adds none. A message that is being sent is leased: two runs at
once never send it twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.alerts.machine import State, Status, Transition
from pipeline.alerts.records import Message, Run, Silence, Waiting
from pipeline.errors import H33Error

FILE_NAME = "alerts.sqlite"

#: How long a message that is being sent is nobody else's.
LEASE = timedelta(minutes=2)

#: What was not taken for so long tells of nothing that still holds.
STALE = timedelta(days=7)

_VERSION = 1
_TABLES = """
CREATE TABLE states (
  rule TEXT NOT NULL, day TEXT NOT NULL, state TEXT NOT NULL, since TEXT NOT NULL, bad INTEGER NOT NULL,
  good INTEGER NOT NULL, told_on TEXT, PRIMARY KEY (rule, day)
) WITHOUT ROWID;
CREATE TABLE outbox (
  rule TEXT NOT NULL, transition TEXT NOT NULL, day TEXT NOT NULL, channel TEXT NOT NULL,
  severity TEXT NOT NULL, title TEXT NOT NULL, body TEXT NOT NULL, queued TEXT NOT NULL, due TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'queued', problem TEXT, settled TEXT,
  PRIMARY KEY (rule, transition, day, channel)
);
CREATE TABLE measures (
  rule TEXT NOT NULL, day TEXT NOT NULL, measure TEXT NOT NULL, started TEXT NOT NULL, exit_code INTEGER,
  output TEXT,
  PRIMARY KEY (rule, day, measure)
);
CREATE TABLE silences (rule TEXT PRIMARY KEY, until TEXT NOT NULL, reason TEXT);
CREATE TABLE runs (finished TEXT PRIMARY KEY, day TEXT NOT NULL, verdict TEXT NOT NULL);
"""


class Store:
    """The file, made when something is written first.

    Raises:
        H33Error: it cannot be read or written, or is no such file.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def _rows(self, query: str, *values: str) -> list[Any]:
        """Return the rows of a query; none where nothing was written yet."""
        if not self.path.exists():
            return []
        with self._change() as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """Open one transaction, committed at the end, or not at all."""
        try:
            # Every command looks for missed nights: most have no other use for the lake's libraries.
            from pipeline.lake import disk

            with disk.group_readable():
                disk.make_folders(self.path.parent)
                with closing(sqlite3.connect(self.path, timeout=20, isolation_level=None)) as connection:
                    connection.execute("PRAGMA synchronous = FULL")
                    connection.execute("BEGIN IMMEDIATE")
                    self._lay(connection)
                    yield connection
                    connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            raise H33Error(
                f"the alarms' memory cannot be used: {error}",
                where=str(self.path),
                hint="move it away to start anew: what fires now is then told again",
            ) from None

    def _lay(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > _VERSION:
            raise H33Error("written by a newer h33", where=str(self.path), hint="use that h33")
        if version == 0:
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")

    def before(self, rule: str, day: date) -> Status | None:
        """Return a rule's state after the newest day before a day."""
        return self._status(
            "SELECT * FROM states WHERE rule = ? AND day < ? ORDER BY day DESC LIMIT 1", rule, day
        )

    def on(self, rule: str, day: date) -> Status | None:
        """Return what was written of a rule for a day."""
        return self._status("SELECT * FROM states WHERE rule = ? AND day = ?", rule, day)

    def _status(self, query: str, rule: str, day: date) -> Status | None:
        rows = self._rows(query, rule, day.isoformat())
        return _status(rows[0][2:]) if rows else None

    def newest(self) -> dict[str, tuple[date, Status]]:
        """Return each rule's newest day and its state after it."""
        rows = self._rows("SELECT * FROM states ORDER BY day")
        return {row[0]: (date.fromisoformat(row[1]), _status(row[2:])) for row in rows}

    def write(self, day: date, states: dict[str, Status], messages: Iterable[Message], now: datetime) -> None:
        """Write the states after a day and the messages about it, all or nothing; known messages stay."""
        with self._change() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (rule, day.isoformat(), s.state, s.since.isoformat(), s.bad, s.good, _text(s.told_on))
                    for rule, s in states.items()
                ],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO outbox"
                " (rule, transition, day, channel, severity, title, body, queued, due)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (m.rule, m.transition, m.day.isoformat(), m.channel, m.severity, m.title, m.body)
                    + (now.isoformat(),) * 2
                    for m in messages
                ],
            )

    def lease(self, now: datetime) -> list[Message]:
        """Return the messages that are due, and keep others from sending them for a while.

        A channel that waits with one message waits with all: it asked to be left alone, or another run is
        talking to it; and what happened later is not told first.
        """
        due = (
            "WHERE state = 'queued' AND channel NOT IN"
            " (SELECT channel FROM outbox WHERE state = 'queued' AND due > ?)"
        )
        with self._change() as connection:
            stale = (now - STALE).isoformat()
            connection.execute(
                "UPDATE outbox SET state = 'stale', settled = ? WHERE state = 'queued' AND queued < ?",
                (now.isoformat(), stale),
            )
            rows = connection.execute(
                "SELECT rule, transition, day, channel, severity, title, body FROM outbox"
                f" {due} ORDER BY queued, rowid",
                (now.isoformat(),),
            ).fetchall()
            connection.execute(
                f"UPDATE outbox SET due = ?, attempts = attempts + 1 {due}",
                ((now + LEASE).isoformat(), now.isoformat()),
            )
        return [_message(row) for row in rows]

    def settle(
        self, messages: Iterable[Message], now: datetime, problem: str | None, due: datetime | None
    ) -> None:
        """Write how sending went: sent where there is no problem, else to be tried again when due."""
        keys = [(m.rule, m.transition, m.day.isoformat(), m.channel) for m in messages]
        which = "WHERE rule = ? AND transition = ? AND day = ? AND channel = ?"
        with self._change() as connection:
            if problem is None:
                change = f"UPDATE outbox SET state = 'sent', settled = ?, problem = NULL {which}"
                connection.executemany(change, [(now.isoformat(), *key) for key in keys])
            else:
                change = f"UPDATE outbox SET problem = ?, due = ? {which}"
                connection.executemany(change, [(problem, (due or now).isoformat(), *key) for key in keys])

    def outbox(self) -> list[Waiting]:
        """Return every message, the newest last."""
        rows = self._rows("SELECT * FROM outbox ORDER BY queued, rowid")
        return [
            Waiting(
                _message(row[:7]),
                datetime.fromisoformat(row[7]),
                datetime.fromisoformat(row[8]),
                row[9],
                row[10],
                row[11],
                datetime.fromisoformat(row[12]) if row[12] else None,
            )
            for row in rows
        ]

    def silence(self, rule: str, until: datetime, reason: str | None) -> None:
        """Let nobody be told of a rule before an instant; a new silence takes the place of the old one."""
        with self._change() as connection:
            row = (rule, until.isoformat(), reason)
            connection.execute("INSERT OR REPLACE INTO silences VALUES (?, ?, ?)", row)

    def silences(self, now: datetime) -> dict[str, Silence]:
        """Return the silences that hold, by rule."""
        rows = self._rows("SELECT * FROM silences")
        found = [Silence(rule, datetime.fromisoformat(until), reason) for rule, until, reason in rows]
        return {silence.rule: silence for silence in found if silence.until > now}

    def begin_measure(self, rule: str, day: date, measure: str, now: datetime) -> bool:
        """Write that a measure is taken; False where it was taken for that day already, by any rule."""
        with self._change() as connection:
            row = (rule, day.isoformat(), measure, now.isoformat())
            done = connection.execute(
                "INSERT INTO measures (rule, day, measure, started) SELECT ?1, ?2, ?3, ?4"
                " WHERE NOT EXISTS (SELECT 1 FROM measures WHERE day = ?2 AND measure = ?3)",
                row,
            )
            return done.rowcount == 1

    def end_measure(self, rule: str, day: date, measure: str, exit_code: int | None, output: str) -> None:
        """Write how a measure ended; no exit code where it was stopped or could not start."""
        with self._change() as connection:
            connection.execute(
                "UPDATE measures SET exit_code = ?, output = ? WHERE rule = ? AND day = ? AND measure = ?",
                (exit_code, output, rule, day.isoformat(), measure),
            )

    def finished(self, run: Run) -> None:
        """Write that a night is finished."""
        with self._change() as connection:
            row = (run.finished.isoformat(), run.day.isoformat(), run.verdict)
            connection.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?)", row)

    def last_run(self) -> Run | None:
        """Return the newest night that was finished."""
        rows = self._rows("SELECT * FROM runs ORDER BY finished DESC LIMIT 1")
        return next(
            (Run(datetime.fromisoformat(at), date.fromisoformat(day), v) for at, day, v in rows), None
        )


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _status(row: tuple[str, str, int, int, str | None]) -> Status:
    state, since, bad, good, told_on = row
    told = date.fromisoformat(told_on) if told_on else None
    return Status(State(state), date.fromisoformat(since), bad, good, told)


def _message(row: tuple[str, ...]) -> Message:
    rule, transition, day, channel, severity, title, body = row
    return Message(rule, Transition(transition), date.fromisoformat(day), channel, severity, title, body)
