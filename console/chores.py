"""Chores of the supervisor: tells the alerts about each run that has ended, records repeats, cleans up once a day."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from console import aging, alerts, history, jobs, noted, unfinished
from console.clock import Watch, over
from console.database import reading, transaction
from etl_batch.errors import EtlError
from etl_batch.runs.record.directory import RunDirectory

LOGGER = logging.getLogger(__name__)
AGAIN_SECONDS = 60.0
"""An end that could not be told is tried again so much later."""
DAY_SECONDS = 86_400.0
USER = "console"
"""Who it is on the audit log that deletes what the settings keep no longer."""
Tell = Callable[[Path, str], object]
Prune = Callable[[Path], object]


def prune(home: Path) -> object:
    """Delete what the settings keep no longer."""
    return history.prune_daily(home, USER)


class Chores:
    """The chores of one home. Several consoles share them: an end is told once, a day is cleaned up after once."""

    def __init__(
        self,
        home: Path,
        clock: Callable[[], float] = time.time,
        tell: Tell = alerts.run_ended,
        prune: Prune = prune,
        watch: Watch | None = None,
    ) -> None:
        self.home, self.clock, self.tell, self.prune, self.watch = home, clock, tell, prune, watch
        self._has_looked = False
        self._tried_at = 0.0

    def do(self) -> None:
        """Do what is to be done now."""
        self.tell_ended()
        noted.record_repeats(self.home)
        if self._claim_day():
            unfinished.sweep(self.home / "data")
            aging.forget_old(self.home, self.clock())
            try:
                self.prune(self.home)
            except EtlError as error:
                LOGGER.error("The history could not be cleaned up: %s", error.message)
            self._forget_deleted()

    def tell_ended(self) -> None:
        """Tell about each run that has ended since the last look, while a console was running or not.

        An end is claimed, told and ticked off; one whose telling was cut off is told again, so the alerts take each
        of theirs once only.
        """
        if not self._has_looked:
            self._look_first()
            self._has_looked = True
        # What the queue holds has no end yet, whatever its files say: a run that was cut off may be gone on with.
        held = jobs.unfinished(self.home)
        for run_id in sorted(self._runs() - self._claimed() - held):
            if RunDirectory(self.home, run_id).final() and self._claim(run_id):
                self._tell(run_id)
        now = self.clock()
        if over(self._tried_at, now, AGAIN_SECONDS):
            self._tried_at = now
            for run_id in self._untold():
                self._tell(run_id)

    def _runs(self) -> set[str]:
        root = self.home / "output" / "runs"
        if not root.is_dir():
            return set()
        with os.scandir(root) as entries:
            return {entry.name for entry in entries if entry.name[0] != "." and entry.is_dir()}

    def _look_first(self) -> None:
        """Claim, on the first start ever, the ends of all runs there are: old news."""
        with transaction(self.home) as connection:
            first = connection.execute(
                "INSERT OR IGNORE INTO chores (name, done_at) VALUES ('first look', ?)", (self.clock(),)
            ).rowcount
            if first:
                old = [(run_id,) for run_id in self._runs() if RunDirectory(self.home, run_id).final()]
                connection.executemany("INSERT OR IGNORE INTO ended_runs (run_id, told) VALUES (?, 1)", old)

    def _claimed(self) -> set[str]:
        """The runs whose end is claimed by this console or another one; not one that is gone on with since."""
        with reading(self.home) as connection:
            return {row["run_id"] for row in connection.execute("SELECT run_id FROM ended_runs")}

    def _claim(self, run_id: str) -> bool:
        with transaction(self.home) as connection:
            return bool(connection.execute("INSERT OR IGNORE INTO ended_runs (run_id) VALUES (?)", (run_id,)).rowcount)

    def _untold(self) -> list[str]:
        with reading(self.home) as connection:
            return [row["run_id"] for row in connection.execute("SELECT run_id FROM ended_runs WHERE NOT told")]

    def _tell(self, run_id: str) -> None:
        try:
            self.tell(self.home, run_id)
        except EtlError as error:
            LOGGER.error("The end of run %s could not be told: %s", run_id, error.message)
            return
        with transaction(self.home) as connection:
            connection.execute("UPDATE ended_runs SET told = 1 WHERE run_id = ?", (run_id,))

    def _claim_day(self) -> bool:
        """Whether this console is the one that cleans up today."""
        now = self.clock()
        if self.watch is not None and not self.watch.settled(DAY_SECONDS):
            return False  # by a clock that was set wrong a moment ago everything would be old
        with reading(self.home) as connection:
            row = connection.execute("SELECT done_at FROM chores WHERE name = 'prune'").fetchone()
        if row is not None and not over(row["done_at"], now, DAY_SECONDS):
            return False
        with transaction(self.home) as connection:
            # Another console may have claimed the day since it was read.
            changed = connection.execute(
                "INSERT INTO chores (name, done_at) VALUES ('prune', :now)"
                " ON CONFLICT (name) DO UPDATE SET done_at = :now WHERE :now - done_at >= :day OR done_at > :now",
                {"now": now, "day": DAY_SECONDS},
            )
            return bool(changed.rowcount)

    def _forget_deleted(self) -> None:
        """Drop the ends of runs that are gone, so that the table does not outgrow the history."""
        there = self._runs()
        with transaction(self.home) as connection:
            known = {row["run_id"] for row in connection.execute("SELECT run_id FROM ended_runs WHERE told")}
            gone = known - there
            connection.executemany("DELETE FROM ended_runs WHERE run_id = ?", [(run_id,) for run_id in gone])
