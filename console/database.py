"""The console's database: SQLite at `.secrets/console.db`, its migrations and its transactions."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path

from console import sealing, sentences
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.files.beneath import make_folder

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
BUSY_SECONDS = 10.0
_BUSY_PAUSE = 0.01
_kept_open: dict[tuple[Path, int], sqlite3.Connection] = {}
_kept_open_lock = threading.Lock()


def secrets_folder(home: Path) -> Path:
    """`.secrets/` of a home, made if it is missing and closed to everybody but its owner (0700)."""
    folder = home / ".secrets"
    try:
        make_folder(folder, 0o700)
        _set_mode(folder, 0o700)
    except OSError as error:
        raise OutputFailed(sentences.FOLDER_UNUSABLE.format(folder=folder, reason=error.strerror)) from error
    return folder


def _set_mode(path: Path, mode: int) -> None:
    # Where the mode is right nothing is written: reading must work on a disk that takes no more.
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)


def database_path(home: Path) -> Path:
    """Where the database of a home stands."""
    return home / ".secrets" / "console.db"


@cache
def migration_files() -> tuple[Path, ...]:
    """The migrations in order: `001_name.sql` brings version 0 to version 1, and so on without a gap.

    They are looked for once: each transaction has a connection of its own, which asks for them.
    """
    files = sorted(MIGRATIONS.glob("[0-9][0-9][0-9]_*.sql"))
    numbers = [int(path.name[:3]) for path in files]
    if numbers != list(range(1, len(files) + 1)):
        raise UsageError(sentences.MIGRATIONS_UNNUMBERED.format(folder=MIGRATIONS))
    return tuple(files)


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest version, one migration a transaction."""
    files = migration_files()
    version = before = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(files):
        raise UsageError(sentences.DATABASE_NEWER.format(version=version, known=len(files)))
    while version < len(files):
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have migrated while this one waited for the lock.
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version < len(files):
                for statement in files[version].read_text(encoding="utf-8").split(";"):
                    connection.execute(statement)
                version += 1
                connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # SQLite has rolled it back itself where the disk was full
                connection.execute("ROLLBACK")
            raise
    if 0 < before < version:
        _forget_what_was(connection)


def _forget_what_was(connection: sqlite3.Connection) -> None:
    """Write the file anew, so that nothing of what a migration replaced stays in it. In use by others it waits."""
    with suppress(sqlite3.OperationalError):
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _create_private(path: Path) -> None:
    """Make an empty 0600 file: SQLite gives its -wal and -shm files the mode of the main file.

    An existing file is not opened: closing a descriptor of it would drop the locks SQLite holds in this process.
    """
    if path.exists():
        _set_mode(path, 0o600)
        return
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _keep_open(path: Path) -> None:
    """Hold one idle connection per database: the last one to close writes everything back, which takes 40 ms."""
    key = (path, path.stat().st_ino)
    with _kept_open_lock:
        if key not in _kept_open:
            _kept_open[key] = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
            _kept_open[key].execute("SELECT count(*) FROM sqlite_schema").fetchone()


def _open(home: Path, patience: float = BUSY_SECONDS) -> sqlite3.Connection:
    path = secrets_folder(home) / "console.db"
    _create_private(path)
    _keep_open(path)
    connection = sqlite3.connect(path, timeout=patience, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        _use_wal(connection)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        sealing.teach(connection, home)
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Write ahead. Of several that change a fresh database at once SQLite tells all but one at once that it is busy.

    For this statement it does not wait as it does for others, so waiting is done here.
    """
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
        time.sleep(_BUSY_PAUSE)


@contextmanager
def transaction(home: Path, patience: float = BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
    """A connection of its own inside one write transaction: committed at the end, rolled back by an exception.

    `patience`: seconds to wait for another writer. A connection per transaction keeps threads apart and costs about
    0.2 ms. A constraint that does not hold stays `sqlite3.IntegrityError` for the caller to explain; every other
    database error is an `OutputFailed`.
    """
    try:
        with closing(_open(home, patience)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.Error, OSError) as error:
        raise _unusable(home, error) from error


@contextmanager
def reading(home: Path) -> Iterator[sqlite3.Connection]:
    """A connection that waits for no writer; raises `OutputFailed` when the database cannot be used."""
    try:
        with closing(_open(home)) as connection:
            yield connection
    except (sqlite3.Error, OSError) as error:
        raise _unusable(home, error) from error


def _unusable(home: Path, error: Exception) -> OutputFailed:
    return OutputFailed(sentences.DATABASE_UNUSABLE.format(path=database_path(home), reason=error))
