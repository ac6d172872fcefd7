"""Which errors of a run may pass, in this process and out of a worker, and how long is waited for that."""

from __future__ import annotations

import errno
import pickle

import pytest

from etl_batch.errors import (
    Busy,
    Cancelled,
    EtlError,
    InputRefused,
    OutputFailed,
    TimedOut,
    TooManyRejects,
    UsageError,
    WorkerFailed,
)
from etl_batch.retrying import may_pass, pause_before


def because_of(error: EtlError, *numbers: int) -> EtlError:
    """The error, raised from others of the system and of the engine."""
    for number in numbers:
        try:
            try:
                raise OSError(number, "no")
            except OSError as source:
                raise OutputFailed("In between.") from source
        except OutputFailed as between:
            error.__cause__ = between
    return error


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (OSError(errno.EIO, "no"), True),
        (OSError(errno.EACCES, "no"), False),
        (because_of(OutputFailed("x"), errno.ENOSPC), True),
        (because_of(OutputFailed("x"), errno.EROFS), False),
        (because_of(InputRefused("x"), errno.ESTALE), True),
        (because_of(InputRefused("x", changed=True), errno.ESTALE), False),
        (InputRefused("x"), False),
        (OutputFailed("a limit"), False),
        (TooManyRejects("x"), False),
        (WorkerFailed("a bug"), False),
        (WorkerFailed("lost", passing=True), True),
        *((because_of(kind("x"), errno.EIO), False) for kind in (UsageError, TimedOut, Cancelled, Busy)),
    ],
)
def test_what_may_pass(error: EtlError | OSError, passes: bool) -> None:
    """By the system's number, whatever stands in between; also when the error comes out of a worker."""
    assert may_pass(error) is passes
    assert may_pass(pickle.loads(pickle.dumps(error))) is passes


def test_the_pauses_double_up_to_a_minute() -> None:
    """1, 2, 4 and so on."""
    assert [pause_before(number) for number in (1, 2, 3, 6, 7, 20)] == [1, 2, 4, 32, 60, 60]
