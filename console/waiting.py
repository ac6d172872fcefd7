"""Rows that wait for an answer, for some minutes: sign-ins, challenges and journeys.

The names of tables and columns are the callers' own constants.
"""

from __future__ import annotations

import sqlite3

from console.clock import Moment


def sweep(connection: sqlite3.Connection, table: str, now: Moment, seconds: float) -> None:
    """Delete the rows that have waited so many seconds, or since before the machine's start."""
    connection.execute(
        f"DELETE FROM {table} WHERE boot <> ? OR steady NOT BETWEEN ? AND ?",  # noqa: S608  a constant
        (now.boot, now.steady - seconds, now.steady),
    )


def make_room(connection: sqlite3.Connection, table: str, most: int, column: str = "", value: str = "") -> None:
    """Let the longest-waiting rows go, of those with that value if a column is named, so that one more is no excess."""
    which, values = (f" WHERE {column} = ?", [value]) if column else ("", [])
    connection.execute(
        f"DELETE FROM {table} WHERE rowid IN"  # noqa: S608  constants
        f" (SELECT rowid FROM {table}{which} ORDER BY steady DESC, rowid DESC LIMIT -1 OFFSET ?)",
        (*values, most - 1),
    )
