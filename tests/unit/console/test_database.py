"""The database file: its permissions, its migrations, its transactions."""

from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from console import database, settings
from etl_batch.errors import OutputFailed, UsageError


def test_only_the_owner_reads_it(home):
    """The folder is 0700 and every file of the database 0600, even where they were open before."""
    (home / ".secrets").mkdir(mode=0o755)
    with database.transaction(home) as connection:
        connection.execute("INSERT INTO settings VALUES ('a', '1')")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (home / ".secrets").iterdir()}
    assert stat.S_IMODE((home / ".secrets").stat().st_mode) == 0o700
    assert modes == dict.fromkeys(["console.db", "console.db-wal", "console.db-shm"], 0o600)


def test_it_is_migrated_once_by_many(home):
    """Threads that open a fresh database at the same moment bring it to the newest version exactly once."""

    def version(number: int) -> int:
        with database.reading(home / str(number // 16)) as connection:
            return connection.execute("PRAGMA user_version").fetchone()[0]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(version, range(160))) == {len(database.migration_files())}


def test_a_newer_database_is_refused(home):
    """An older console says so instead of working on tables it does not know."""
    with database.transaction(home) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UsageError, match="version 99"), database.reading(home):
        pass


def test_a_failed_transaction_leaves_nothing(home):
    """What an exception interrupts is rolled back, and the exception goes on."""

    def fail_half_way() -> None:
        with database.transaction(home) as connection:
            connection.execute("INSERT INTO settings VALUES ('a', '1')")
            connection.execute("SELECT 1 FROM no_such_table")

    with pytest.raises(OutputFailed, match="no_such_table"):
        fail_half_way()
    with database.reading(home) as connection:
        assert connection.execute("SELECT count(*) FROM settings").fetchone()[0] == 0


def test_a_damaged_file_is_told_in_words(home):
    """A database that is none is an `OutputFailed` with its path, and no traceback of SQLite's."""
    database.secrets_folder(home)
    database.database_path(home).write_bytes(b"not a database at all, and long enough to be read as one" * 100)
    with pytest.raises(OutputFailed, match=r"console\.db cannot be used"), database.reading(home):
        pass


def test_constraints_hold(home):
    """A role that does not exist and a session of nobody cannot be written."""
    with pytest.raises(sqlite3.IntegrityError), database.transaction(home) as connection:
        connection.execute("INSERT INTO users (name, role, password_hash, created_at) VALUES ('a', 'king', x'00', '')")
    with pytest.raises(sqlite3.IntegrityError), database.transaction(home) as connection:
        connection.execute(
            "INSERT INTO sessions (token_hash, user_name, created_at, seen_at, address)"
            " VALUES (x'00', 'nobody', 0, 0, '')"
        )


def test_settings_have_defaults_and_types(home):
    """A setting is its default until it is put, keeps its type, and an unknown one is refused."""
    assert settings.get(home, "runners") == 1
    settings.put(home, "runners", 3)
    assert settings.get(home, "runners") == 3
    with pytest.raises(UsageError, match="type int"):
        settings.put(home, "runners", "3")
    with pytest.raises(UsageError, match="no setting 'runner'"):
        settings.get(home, "runner")
