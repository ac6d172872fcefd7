"""Chores: the end of each run is told once, whoever was looking, and the history is cleaned up once a day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from console.alerts import Rule, RuleKind, list_deliveries, save_rule
from console.chores import Chores
from console.clock import Watch
from console.database import reading
from console.users import Role
from etl_batch.errors import OutputFailed
from etl_batch.runs.record.directory import RunDirectory


class Ear:
    """Hears what is told, and may be deaf for a while."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.days = 0
        self.deaf = False

    def tell(self, _home: Path, run_id: str) -> None:
        """Take a run's end."""
        if self.deaf:
            raise OutputFailed("The disk is full.")
        self.heard.append(run_id)

    def prune(self, _home: Path) -> None:
        """Take the order to clean up."""
        self.days += 1


@pytest.fixture
def ear() -> Ear:
    """Who hears."""
    return Ear()


@pytest.fixture
def chores(home, ear):
    """Makes the chores of one more console; `now[0]` is its time."""

    def make(now: list[float] | None = None) -> Chores:
        moment = [1_000_000.0] if now is None else now
        return Chores(home, lambda: moment[0], ear.tell, ear.prune)

    return make


def end(home, run_id: str, status: str = "success") -> None:
    """Write a run's final word."""
    RunDirectory(home, run_id).create().write("metadata.json", {"run_id": run_id, "status": status})


def test_each_end_is_told_once(home, ear, chores):
    """A run is told when it is over, not before, and not again by the next look or the next console."""
    first = chores()
    first.do()
    run = RunDirectory(home, "20260101T000000Z-aaaaaa").create()
    run.write("config.json", {})
    first.do()
    assert ear.heard == []
    end(home, run.run_id, "failed")
    first.do()
    first.do()
    chores().do()
    assert ear.heard == [run.run_id]


def test_ends_while_no_console_ran(home, ear, chores):
    """What ended between two consoles is told by the second; what had ended before the very first look is old news."""
    end(home, "20260101T000000Z-aaaaaa")
    chores().do()
    assert ear.heard == []
    end(home, "20260101T000000Z-bbbbbb")
    end(home, "20260101T000000Z-cccccc", "cancelled")
    chores().do()
    assert ear.heard == ["20260101T000000Z-bbbbbb", "20260101T000000Z-cccccc"]


def test_many_consoles_tell_it_once(home, ear, chores):
    """Eight consoles that see twenty ends at the same moment tell twenty."""
    consoles = [chores() for _ in range(8)]
    for each in consoles:
        each.do()
    runs = [f"20260101T000000Z-{number:06x}" for number in range(20)]
    for run_id in runs:
        end(home, run_id)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Chores.do, consoles))
    assert sorted(ear.heard) == runs


def test_an_end_that_could_not_be_told_is_told_later(home, ear, chores):
    """By the same console a minute later, or by the next one at its start."""
    now = [1_000_000.0]
    first = chores(now)
    first.do()
    ear.deaf = True
    end(home, "20260101T000000Z-aaaaaa")
    first.do()
    ear.deaf = False
    first.do()
    assert ear.heard == []
    now[0] += 60
    first.do()
    assert ear.heard == ["20260101T000000Z-aaaaaa"]
    ear.deaf = True
    end(home, "20260101T000000Z-bbbbbb")
    first.do()
    ear.deaf = False
    chores(now).do()
    chores(now).do()
    assert ear.heard == ["20260101T000000Z-aaaaaa", "20260101T000000Z-bbbbbb"]


def test_the_alerts_hear_of_it(home, people):
    """With the console's own alerts a failed run makes one message, even when it is told twice."""
    rule = Rule(name="failed", kind=RuleKind.FAILED)
    save_rule(home, rule, people[Role.SUPER_ADMIN])
    Chores(home).do()
    RunDirectory(home, "20260101T000000Z-aaaaaa").create().write(
        "metadata.json",
        {"run_id": "20260101T000000Z-aaaaaa", "status": "failed", "error": {"kind": "killed", "message": "Gone."}},
    )
    Chores(home).do()
    Chores(home).do()
    with reading(home) as connection:
        assert [row["run_id"] for row in connection.execute("SELECT run_id FROM alert_messages")] == [
            "20260101T000000Z-aaaaaa"
        ]
    assert list_deliveries(home) == []


def test_a_day_is_cleaned_up_after_once(home, ear, chores):
    """At the first look and every 24 hours, by one of the consoles."""
    now = [1_000_000.0]
    for _ in range(3):
        chores(now).do()
    assert ear.days == 1
    now[0] += 86_399
    chores(now).do()
    assert ear.days == 1
    now[0] += 1
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Chores.do, [chores(now) for _ in range(4)]))
    assert ear.days == 2


def test_the_policy_of_the_settings_is_applied(home, people):
    """The daily chore really deletes: a run older than the setting goes, and its end is forgotten with it."""
    from console import settings

    end(home, "20200101T000000Z-aaaaaa")
    RunDirectory(home, "20200101T000000Z-aaaaaa").write("config.json", {"inputs": []})
    settings.put(home, "keep_days", 30)
    Chores(home).do()
    assert not RunDirectory(home, "20200101T000000Z-aaaaaa").path.exists()
    with reading(home) as connection:
        assert connection.execute("SELECT count(*) FROM ended_runs").fetchone()[0] == 0


def test_a_clock_set_back_by_a_month_holds_up_no_chore(home, ear, chores):
    """The history is cleaned up the next day and not after a month, and what could not be told is told in a minute."""
    now = [1_000_000_000.0]
    first = chores(now)
    first.do()
    ear.deaf = True
    end(home, "20260101T000000Z-aaaaaa")
    first.do()
    ear.deaf = False
    now[0] -= 30 * 86_400
    first.do()
    assert (ear.heard, ear.days) == (["20260101T000000Z-aaaaaa"], 2)
    chores(now).do()
    assert ear.days == 2
    now[0] += 86_400
    first.do()
    assert ear.days == 3


@pytest.mark.parametrize("days", [400, -400])
def test_nothing_is_deleted_by_a_clock_that_was_just_set(home, ear, days):
    """For a day after a step the history is left alone: set wrong, the clock would make everything old."""
    clock = {"wall": 1_800_000_000.0, "steady": 1_000.0}
    watch = Watch(home, lambda: clock["wall"], lambda: clock["steady"])
    watch.look()
    clock["wall"] += days * 86_400
    watch.look()
    watched = Chores(home, lambda: clock["wall"], ear.tell, ear.prune, watch)
    for _hour in range(24):
        watched.do()
        assert ear.days == 0
        clock = {name: seconds + 3600 for name, seconds in clock.items()}
        watch.look()
    watched.do()
    assert ear.days == 1
