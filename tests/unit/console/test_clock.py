"""Time that nobody can set: steps of the clock are noticed and written down once, and slews are none."""

from __future__ import annotations

import logging
import random

import pytest

from console.clock import Watch, over
from etl_batch.security.audit import AuditLog

DAY = 86_400.0
SEED = 20_260_102


class Clocks:
    """Two clocks that go on together, of which one can be set."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_800_000_000.0, 1_000.0

    def pass_by(self, seconds: float, off: float = 0.0) -> None:
        """Let time go by; `off`: how much more the clock on the wall makes of it."""
        self.wall, self.steady = self.wall + seconds + off, self.steady + seconds


@pytest.fixture
def clocks() -> Clocks:
    """Both clocks."""
    return Clocks()


@pytest.fixture
def watch(home, clocks) -> Watch:
    """A watch that has looked once."""
    made = Watch(home, lambda: clocks.wall, lambda: clocks.steady)
    assert made.look() == 0.0
    return made


def steps(home) -> list[dict]:
    """What the audit log has of steps, oldest first."""
    return [record["detail"] for record in AuditLog(home).search(action="clock.step")][::-1]


@pytest.mark.parametrize("by", [-30 * DAY, -60.0, 60.0, 400 * DAY])
def test_a_step_is_written_down_once(home, clocks, watch, caplog, by):
    """With what the clock would have shown and what it shows, in the log and on the audit log."""
    clocks.pass_by(0.5, by)
    assert watch.look() == pytest.approx(by)
    for _ in range(5):
        clocks.pass_by(0.5)
        assert watch.look() == 0.0
    (found,) = steps(home)
    assert found["seconds"] == by
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert f"{by:+.0f} seconds" in caplog.text


def test_slewing_is_no_step(home, clocks, watch):
    """A clock that is corrected bit by bit, for days, and looks that come late are none."""
    chosen = random.Random(SEED)
    for _ in range(2000):
        clocks.pass_by(chosen.choice((0.5, 3.0, 900.0)), chosen.uniform(-0.5, 0.5))
        assert watch.look() == 0.0, f"seed {SEED}"
    assert steps(home) == []


def test_a_step_that_cannot_be_written_is_written_later(home, clocks, watch, monkeypatch):
    """A full disk puts the record off; it comes once, in its place among the others."""
    secrets = home / ".secrets"
    AuditLog(home).append(user="test", action="test", target="test")
    secrets.rename(home / "away")
    secrets.write_text("no folder")
    for by in (-DAY, DAY):
        clocks.pass_by(0.5, by)
        watch.look()
    secrets.unlink()
    (home / "away").rename(secrets)
    for _ in range(3):
        clocks.pass_by(0.5)
        watch.look()
    assert [found["seconds"] for found in steps(home)] == [-DAY, DAY]


def test_it_settles(clocks, watch):
    """A day after the last step the clock is believed."""
    assert watch.settled(DAY)
    clocks.pass_by(0.5, 30 * DAY)
    watch.look()
    assert not watch.settled(DAY)
    clocks.pass_by(DAY)
    assert watch.settled(DAY)


@pytest.mark.parametrize(
    ("then", "now", "is_over"),
    [
        (100.0, 100.0, False),
        (100.0, 109.9, False),
        (100.0, 110.0, True),
        (100.0, 99.0, True),
        (float("-inf"), 0.0, True),
    ],
)
def test_what_has_yet_to_come_is_over(then, now, is_over):
    """A moment of the future makes nothing wait."""
    assert over(then, now, 10.0) is is_over
