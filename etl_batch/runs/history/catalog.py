"""The history's cache: one SQLite file over all run directories, which anybody may delete at any time.

The run directories are the truth. A run that is over does not change, so its line is kept together with the time and
size of its `metadata.json` and read again only when those differ; every other run is read each time. Where the file
cannot be used (a read-only disk, a lock that is never released), the same tables live in the memory of the process;
a file that is damaged is thrown away and built again.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")
Stamp = tuple[int, int]
Values = Sequence[object]

FILE_NAME = ".index.db"
VERSION = 3
BUSY_SECONDS = 5.0
COLUMNS = (
    "run_id", "mtime_ns", "size", "status", "user", "started_at", "seconds", "inputs", "written", "rejected", "error",
    "layout", "rerun_of", "outputs", "day", "lower_inputs", "words", "intervals", "names", "records",
    "origin", "replay_of",
)  # fmt: skip
"""`inputs`, `outputs` and `names` are JSON lists; `day` is the UTC day of the start; a search looks through the
two after it. `intervals` is what `intervals.pack` makes of the run."""
NAMED = "run_id IN (SELECT value FROM json_each(?))"
"""Condition on a JSON list of run ids."""
_TABLE = f"({', '.join(COLUMNS)}, PRIMARY KEY (run_id)) WITHOUT ROWID"
_INSERT = f"({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
_memory: dict[Path, sqlite3.Connection] = {}
_memory_lock = threading.Lock()


Question = Callable[[sqlite3.Connection], Found]


def ask(root: Path, refresh: Callable[[sqlite3.Connection], None], question: Question[Found]) -> Found:
    """Bring the cache of the run directories under `root` up to date, then put a question to it."""
    path = root / FILE_NAME
    for _attempt in range(2):
        try:
            with closing(_open(path)) as connection:
                refresh(connection)
                return question(connection)
        except sqlite3.OperationalError:
            break  # read-only, locked or full: it goes without the file
        except sqlite3.DatabaseError:
            _discard(path)
    with _memory_lock:
        if root not in _memory:
            _memory[root] = _prepare(sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None))
        refresh(_memory[root])
        return question(_memory[root])


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        return _prepare(connection)
    except BaseException:
        connection.close()
        raise


def _prepare(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Make the tables that are missing; those of another version of the cache make way."""
    connection.execute("PRAGMA temp_store = MEMORY")
    if _version(connection) != VERSION:
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have made them while this one waited for the lock.
        if _version(connection) != VERSION:
            connection.execute("DROP TABLE IF EXISTS kept")
            connection.execute(f"CREATE TABLE kept {_TABLE}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    connection.execute(f"CREATE TEMP TABLE passing {_TABLE}")
    # Another process may keep a run that this one has just seen going on: it counts once.
    connection.execute(
        "CREATE TEMP VIEW runs AS SELECT * FROM passing"
        " UNION ALL SELECT * FROM kept WHERE run_id NOT IN (SELECT run_id FROM passing)"
    )
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _discard(path: Path) -> None:
    """Remove a damaged cache with what SQLite keeps beside it; one that cannot be removed is gone round."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        try:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        except OSError:
            return


def stamps(connection: sqlite3.Connection, names: Sequence[str] | None = None) -> dict[str, Stamp]:
    """Time and size of each `metadata.json` whose line is kept, by run id; with `names`: of these runs alone."""
    query = "SELECT run_id, mtime_ns, size FROM kept"
    found = (
        connection.execute(query)
        if names is None
        else connection.execute(f"{query} WHERE {NAMED}", [json.dumps(names)])
    )
    return {name: (mtime, size) for name, mtime, size in found}


def keep(connection: sqlite3.Connection, lines: Iterable[Values], gone: Iterable[str]) -> None:
    """Keep these lines and forget the runs that are gone, all in one transaction."""
    lines, gone = list(lines), list(gone)
    if not lines and not gone:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany("DELETE FROM kept WHERE run_id = ?", [(name,) for name in gone])
        connection.executemany(f"INSERT OR REPLACE INTO kept {_INSERT}", lines)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def show_passing(connection: sqlite3.Connection, lines: Iterable[Values]) -> None:
    """Show these lines, of runs that still change, to this connection alone."""
    connection.execute("DELETE FROM passing")
    connection.executemany(f"INSERT INTO passing {_INSERT}", lines)
