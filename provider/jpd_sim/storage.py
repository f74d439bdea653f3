"""The data folder: what the JPDs know, in SQLite, so that it survives the process, however that ends.

Rule 1: an answer leaves only after everything that was noted before it is on disk (`durable`).
Rule 2: what several requests note while a transaction is being written goes into the next one together.
Rule 3: a change is written as a whole or not at all: a batch is what was noted between two steps of the event loop.
Rule 4: after a failed write nothing is acknowledged any more; the folder keeps what it had.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from jpd_sim.state import codec
from jpd_sim.state.kept import OWN, Kept, Part, Remake, Rows

_FORMAT = "1"
_DATABASE = "jpd-sim.sqlite3"
_SETTINGS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # NORMAL would lose the newest transactions when the machine, not the process, dies
    "PRAGMA fullfsync=ON",  # macOS: an fsync that reaches the disk and not only its cache
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS records (
    id INTEGER PRIMARY KEY,  -- order of first insertion
    place TEXT NOT NULL, key TEXT NOT NULL, value NOT NULL,
    UNIQUE (place, key)
);
"""
_PUT = """
INSERT INTO records (place, key, value) VALUES (?, ?, ?) ON CONFLICT (place, key) DO UPDATE SET value = excluded.value
"""
_DROP = "DELETE FROM records WHERE place = ? AND key = ?"
# "0" follows "/", so this is the place itself and whatever is below it.
_CLEAR = "DELETE FROM records WHERE place = ?1 OR (place >= ?1 || '/' AND place < ?1 || '0')"


class StorageError(Exception):
    """The data folder cannot be used; the message names it and says why."""


@dataclass(frozen=True)
class _Change:
    """What becomes of one row."""

    encode: Callable[[], str | bytes] | None = None
    """Makes the record; None removes the row."""
    anew: bool = False
    """Whether the row was removed before, so that it comes after the others now."""


@dataclass
class _Batch:
    """Changes that are written together: first what is cleared, then the rows in the order in which they came."""

    cleared: list[str] = field(default_factory=list)
    rows: dict[tuple[str, str], _Change] = field(default_factory=dict)


class Storage:
    """One open data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = _locked(folder)
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jpd-sim-storage")
        self._batch = _Batch()
        self._changed: dict[str, Kept] = {}
        self._next: asyncio.Future[None] | None = None
        self._current: asyncio.Future[None] | None = None
        self._writing: asyncio.Task[None] | None = None
        self._failure: StorageError | None = None
        self.on_failure: Callable[[], None] = lambda: None
        try:
            self._database = self._open()
        except BaseException:
            self._lock.close()
            raise

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self._folder

    def rows(self) -> Rows:
        """Everything that was kept."""
        rows: dict[str, dict[str, object]] = defaultdict(dict)
        for place, key, value in self._database.execute("SELECT place, key, value FROM records ORDER BY id"):
            try:
                rows[place][key] = value if isinstance(value, bytes) else codec.loads(value)
            except (codec.Unreadable, ValueError, KeyError) as error:
                raise StorageError(f"cannot read the data folder {self._folder}: {error}") from error
        return rows

    def put(self, place: str, key: str, record: object) -> None:
        """Note a record; it is encoded when the batch is written."""
        before = self._batch.rows.get((place, key))
        removed = before is not None and before.encode is None
        if removed:
            del self._batch.rows[place, key]
        anew = removed or (before is not None and before.anew)
        self._batch.rows[place, key] = _Change(partial(_encoded, record), anew)
        self._schedule()

    def drop(self, place: str, key: str) -> None:
        """Note that a record is gone."""
        self._batch.rows[place, key] = _Change()
        self._schedule()

    def clear(self, place: str) -> None:
        """Note that everything at a place is gone."""
        inside = place + "/"
        rows = self._batch.rows
        for at in [at for at in rows if at[0] == place or at[0].startswith(inside)]:
            del rows[at]
        for changed in [at for at in self._changed if at == place or at.startswith(inside)]:
            del self._changed[changed]
        self._batch.cleared.append(place)
        self._schedule()

    def changed(self, kept: Kept) -> None:
        """Note that an object has other attributes now; they are read when the step of the event loop is over."""
        self._changed[kept.place] = kept
        self._schedule()

    async def durable(self) -> None:
        """Wait until all that was noted is on disk; StorageError when it cannot be."""
        if self._failure is not None:
            raise self._failure
        pending = self._next or self._current
        if pending is not None:
            await asyncio.shield(pending)

    async def close(self) -> None:
        """Write the rest and let go of the folder."""
        try:
            await self.durable()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the folder at once; for a simulator that never started."""
        self._writer.shutdown()
        self._database.close()
        self._lock.close()

    def _schedule(self) -> None:
        if self._next is None and self._failure is None:
            loop = asyncio.get_running_loop()
            self._next = loop.create_future()
            self._next.add_done_callback(_looked_at)
            if self._writing is None:
                self._writing = loop.create_task(self._write_all())

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._next is not None:
            batch, written = self._cut(), self._next
            self._current, self._next = written, None
            try:
                await loop.run_in_executor(self._writer, self._write, batch)
            except (sqlite3.Error, TypeError) as error:
                self._fail(StorageError(f"cannot write to the data folder {self._folder}: {error}"))
                return
            written.set_result(None)
        self._current = self._writing = None

    def _fail(self, failure: StorageError) -> None:
        self._failure = failure
        for waited_for in (self._current, self._next):
            if waited_for is not None:
                waited_for.set_exception(failure)
        self.on_failure()

    def _cut(self) -> _Batch:
        for place, kept in self._changed.items():
            self._batch.rows[place, OWN] = _Change(partial(_encoded, kept.kept_fields()))
        self._changed = {}
        batch, self._batch = self._batch, _Batch()
        return batch

    def _write(self, batch: _Batch) -> None:
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            for place in batch.cleared:
                self._database.execute(_CLEAR, (place,))
            for (place, key), change in batch.rows.items():
                if change.encode is None or change.anew:
                    self._database.execute(_DROP, (place, key))
                if change.encode is not None:
                    self._database.execute(_PUT, (place, key, change.encode()))

    def _open(self) -> sqlite3.Connection:
        path = self._folder / _DATABASE
        try:
            path.touch(mode=0o600)  # tokens and keys are in it
            # Autocommit, because `_write` says itself where a transaction begins; used by one thread at a time.
            database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            for setting in _SETTINGS:
                database.execute(setting)
            database.executescript(_SCHEMA)
            database.execute("INSERT OR IGNORE INTO about VALUES ('format', ?)", (_FORMAT,))
            (found,) = database.execute("SELECT value FROM about WHERE name = 'format'").fetchone()
        except (sqlite3.Error, OSError) as error:
            raise StorageError(f"cannot use the data folder {self._folder}: {error}") from error
        if found != _FORMAT:
            database.close()
            raise StorageError(f"the data folder {self._folder} has format {found}, this version reads {_FORMAT}")
        return database


def _locked(folder: Path) -> TextIO:
    """The open lock file; the lock ends with the process, however that ends."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"cannot use the data folder {folder}: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise StorageError(f"the data folder {folder} is in use by process {holder or 'unknown'}") from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _encoded(record: object) -> str | bytes:
    if isinstance(record, bytes):
        return record
    if isinstance(record, Part):
        return codec.dumps(Remake(codec.name_of(type(record))))
    return codec.dumps(record)


def _looked_at(future: asyncio.Future[Any]) -> None:
    """A failed batch that nobody waited for is reported through `on_failure`, not by asyncio."""
    if not future.cancelled():
        future.exception()
