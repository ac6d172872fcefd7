"""Signals: raised where the main thread stands, or noted where a block must stay whole."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from etl_batch import stopping
from etl_batch.errors import Cancelled, OutputFailed, TimedOut

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    """Each test leaves the handlers as it found them."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_cancels(number: signal.Signals) -> None:
    """Outside of a held block the signal is raised at once, by its name."""
    stopping.listen()
    with pytest.raises(Cancelled, match=number.name):
        signal.raise_signal(number)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_held_signal_waits_for_the_check(number: signal.Signals) -> None:
    """Inside a held block nothing is raised until the check; the handlers come back afterwards."""
    stopping.listen()
    before = signal.getsignal(number)
    with stopping.held():
        signal.raise_signal(number)
        with stopping.held():
            pass
    assert signal.getsignal(number) is before
    with pytest.raises(Cancelled, match=number.name):
        stopping.check()


def test_a_signal_of_an_earlier_block_is_forgotten() -> None:
    """What came while a commit was held does not cancel the next run of the same process."""
    with stopping.held():
        signal.raise_signal(signal.SIGTERM)
    with stopping.held():
        stopping.check()
    assert signal.getsignal(signal.SIGTERM) is not stopping._note


def test_a_run_begins_without_the_signals_of_the_one_before() -> None:
    """A signal that stopped one run, and was told, does not stop the next one of the same process."""
    with stopping.held():
        signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Cancelled):
            stopping.check()
    stopping.forget()
    stopping.check()


def test_a_deadline_that_is_past() -> None:
    """The check raises inside of the block alone, and for the earlier one of two."""
    with stopping.before(time.monotonic() + 600):
        stopping.check()
        with stopping.before(time.monotonic() - 1), pytest.raises(TimedOut, match="--timeout"):
            stopping.check()
        stopping.check()
    stopping.check()


def test_a_demand_of_another_thread_is_raised_by_the_check() -> None:
    """The first of several, again and again, until the run is over."""
    stopping.demand(OutputFailed("first"))
    stopping.demand(OutputFailed("second"))
    for _ in range(2):
        with pytest.raises(OutputFailed, match="first"):
            stopping.check()
    stopping.withdraw()
    stopping.check()
