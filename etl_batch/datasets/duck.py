"""DuckDB on a short leash: in memory, one output to read, no network, no settings on disk, bounded memory and time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from etl_batch import sentences
from etl_batch.errors import Busy, InputRefused, TimedOut

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT = "256MB"
THREADS = 2
AT_ONCE = 2
WAIT_SECONDS = 5.0
AGAIN_SECONDS = 0.05
_SLOTS = threading.BoundedSemaphore(AT_ONCE)


def source_of(descriptor: int) -> str:
    """The name by which DuckDB opens an open file: no name of a person's making, so nothing in it can be a pattern."""
    return f"/proc/self/fd/{descriptor}"


def ask(opened: int | Sequence[int], query: str, values: Sequence[Any], seconds: float) -> list[tuple[Any, ...]]:
    """The rows of a query over an open file, or several; its first parameter is the file, `values` are the others.

    Raises `TimedOut` after so many seconds, `Busy` when too many ask at once, `InputRefused` when the file is not what
    the query takes it for.
    """
    import duckdb

    if not _SLOTS.acquire(timeout=WAIT_SECONDS):
        raise Busy(sentences.data.CROWDED)
    try:
        sources = [source_of(each) for each in ([opened] if isinstance(opened, int) else opened)]
        with _connection(sources) as connection, _stopped_after(connection, seconds):
            first = sources[0] if isinstance(opened, int) else sources
            rows: list[tuple[Any, ...]] = connection.execute(query, [first, *values]).fetchall()
            return rows
    except duckdb.InterruptException as error:
        raise TimedOut(sentences.data.TOO_LONG.format(seconds=seconds)) from error
    except duckdb.OutOfMemoryException as error:
        raise InputRefused(sentences.data.TOO_LARGE) from error
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0][:300].rstrip(".") + "."
        raise InputRefused(sentences.data.NOT_READABLE.format(reason=reason)) from error
    finally:
        _SLOTS.release()


@contextmanager
def _connection(sources: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "memory_limit": MEMORY_LIMIT,
        "threads": THREADS,
        # Without a place to spill to, a query that does not fit says so.
        "temp_directory": "",
    }
    with duckdb.connect(":memory:", config=settings) as connection:
        connection.execute(f"SET allowed_paths = [{', '.join(map(repr, sources))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET TimeZone = 'UTC'")  # a moment is shown and compared alike on every machine
        connection.execute("SET lock_configuration = true")
        yield connection


@contextmanager
def _stopped_after(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        patience = seconds
        # Again and again: an interrupt that comes before the query has begun is forgotten.
        while not over.wait(patience):
            connection.interrupt()
            patience = AGAIN_SECONDS

    watcher = threading.Thread(target=watch, name="query-limit", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        # An interrupt under way would reach into a connection that is closed.
        watcher.join()
