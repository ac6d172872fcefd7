"""What all tests share: an environment without the caller's settings, no stop-watch, and no database left open."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import settings

from console import database

# `make test` and a developer's shell may name a home, roots or a port: no test may depend on them.
for name in [name for name in os.environ if name.startswith("ETL_") or name == "PORT"]:
    del os.environ[name]

# How long an example takes says something about the machine, not about the property.
settings.register_profile("plain", deadline=None, print_blob=True)
settings.load_profile("plain")


@pytest.fixture(autouse=True)
def _no_database_stays_open() -> Iterator[None]:
    """The console keeps a connection to its database; a thousand homes would take all the files a user may open."""
    yield
    with database._kept_open_lock:
        for connection in database._kept_open.values():
            with contextlib.suppress(sqlite3.DatabaseError):  # a few tests damage it
                connection.execute("PRAGMA synchronous = OFF")  # waiting for the disk at each close would take 40 ms
            connection.close()
        database._kept_open.clear()
