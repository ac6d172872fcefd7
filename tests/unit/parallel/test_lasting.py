"""A pass that lasts: what is done again after a loss, in which pieces, and when it is given up. Without processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from etl_batch.errors import InputRefused, WorkerFailed, WorkerLost
from etl_batch.parallel import lasting, submission
from etl_batch.parallel.executor import Pool
from etl_batch.parallel.lasting import Lasting

Piece = tuple[int, ...]
"""Some numbers, or with a minus those that are given up."""


@pytest.fixture(autouse=True)
def looked_after_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parent polls without a pause."""
    monkeypatch.setattr(submission, "POLL_SECONDS", 0)


@dataclass
class Noted:
    """Notes what is asked of it."""

    handed: list[tuple[int, Piece]] = field(default_factory=list)
    begun_again: list[int] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def task(self, piece: Piece, number: int) -> Piece:
        """The piece itself."""
        self.handed.append((number, piece))
        return piece

    def begin_again(self, number: int) -> None:
        """From this number on."""
        self.begun_again.append(number)

    def halves(self, piece: Piece, why: str) -> Sequence[Piece]:
        """In two, or given up."""
        middle = len(piece) // 2
        return [piece[:middle], piece[middle:]] if middle else [(-piece[0],)]

    def lost(self, error: WorkerLost) -> None:
        """For this reason."""
        self.reasons.append(error.reason)


def all_of(pieces: list[Piece], work: Callable[[Piece], Piece], care: Noted, opened: list[int]) -> list[Piece]:
    """The results of a pass, with threads for workers."""

    @contextmanager
    def threads(workers: int) -> Iterator[Pool]:
        opened.append(workers)
        with ThreadPoolExecutor(workers) as executor:
            yield Pool(executor)

    return list(Lasting(threads, work, iter(pieces), care, 2, lambda _: None).results())


PIECES: list[Piece] = [(1, 2, 3), (4, 5, 6, 7), (8,), (9, 10)]


@pytest.mark.parametrize("poison", [1, 3, 4, 6, 7, 8, 10])
def test_only_the_poison_is_given_up(poison: int) -> None:
    """Every number comes out once and in order, the poisonous one given up; the others never are."""

    def work(piece: Piece) -> Piece:
        if poison in piece:
            raise MemoryError
        return piece

    care, opened = Noted(), list[int]()
    found = all_of(PIECES, work, care, opened)
    assert [number for piece in found for number in piece] == [
        -number if number == poison else number for piece in PIECES for number in piece
    ]
    assert len(care.reasons) == len(care.begun_again) >= 2
    assert (opened[0], opened[-1], set(opened)) == (2, 2, {1, 2})


def test_what_fails_once_is_done_again_whole() -> None:
    """A loss that does not come again costs no piece its size."""
    failures = iter([True])

    def work(piece: Piece) -> Piece:
        if piece == (8,) and next(failures, False):
            raise MemoryError
        return piece

    care, opened = Noted(), list[int]()
    assert all_of(PIECES, work, care, opened) == PIECES
    assert opened == [2, 2]
    numbers = [number for number, _ in care.handed]
    assert numbers[-len(PIECES) + care.begun_again[0] :] == list(range(care.begun_again[0], len(PIECES)))


def test_no_loss_no_pause() -> None:
    """One pool, each piece once, numbers in order; and nothing at all of nothing."""
    care, opened = Noted(), list[int]()
    assert all_of(PIECES, lambda piece: piece, care, opened) == PIECES
    assert (opened, care.handed) == ([2], list(enumerate(PIECES)))
    assert all_of([], lambda piece: piece, care, opened) == []


def test_too_many_losses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass in which every worker is lost ends, with the reason."""
    monkeypatch.setattr(lasting, "MOST_LOSSES", 4)

    def work(_piece: Piece) -> Piece:
        raise MemoryError

    with pytest.raises(WorkerFailed, match=r"lost 5 times.*ran out of memory"):
        all_of(PIECES, work, Noted(), [])


def test_other_errors_end_it_at_once() -> None:
    """What a worker raises on purpose is no loss."""

    def work(_piece: Piece) -> Piece:
        raise InputRefused("The disk is gone.")

    care = Noted()
    with pytest.raises(InputRefused, match="The disk is gone"):
        all_of(PIECES, work, care, [])
    assert care.reasons == []
