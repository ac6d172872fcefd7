"""Looking into files aside: answers and refusals come over whole, and nothing that happens there harms this process."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from etl_batch import aside
from etl_batch.errors import FormatRefused, InputRefused, TimedOut, UsageError
from tests.waiting import until


@dataclass(frozen=True, slots=True)
class Found:
    """An answer with what JSON has no own form for."""

    path: Path
    names: tuple[str, ...]
    size: float | None


def describe(path: Path, *names: str) -> Found:
    """A typed answer."""
    return Found(path, names, None)


def stream(size: int) -> bytes:
    """An answer of bytes."""
    return bytes(size)


def refuse(kind: str) -> None:
    """No answer."""
    if kind == "format":
        raise FormatRefused("It fits no reader.", tried=["this", "that"])
    if kind == "usage":
        raise UsageError("No such column.")
    raise FileNotFoundError(2, "No such file", "/nowhere")


def swell(size: int) -> int:
    """Take memory."""
    return len(pa.allocate_buffer(size))


def spin() -> None:
    """Never end, in a library that no signal handler of Python would interrupt."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    while True:
        pass


def crash() -> None:
    """End as a library does that cannot go on."""
    os.abort()


def lie() -> int:
    """Say something else than what was promised."""
    return "no number"  # type: ignore[return-value]


def who() -> int:
    """The process that answers."""
    return os.getpid()


def server() -> int:
    """The process that stands by."""
    return os.getppid()


def test_an_answer_is_what_the_function_returns() -> None:
    """Types included, and names that are no text."""
    odd = os.fsdecode(b"a\xff")
    assert aside.call(describe, Path(odd), "x", odd) == Found(Path(odd), ("x", odd), None)
    assert aside.call(stream, 300_000) == bytes(300_000)


def test_each_question_has_a_process_of_its_own() -> None:
    """Which is a copy of the one that stands by, and not this one."""
    assert len({os.getpid(), aside.call(who), aside.call(who), aside.call(server)}) == 4
    assert aside.call(server) == aside.call(server)


def test_refusals_are_the_same_as_here() -> None:
    """With their facts; errors of the system too."""
    with pytest.raises(FormatRefused, match="fits no reader") as refused:
        aside.call(refuse, "format")
    assert refused.value.tried == ["this", "that"]
    with pytest.raises(UsageError, match="No such column"):
        aside.call(refuse, "usage")
    with pytest.raises(FileNotFoundError, match="/nowhere"):
        aside.call(refuse, "system")


def test_too_much_memory_is_a_sentence() -> None:
    """And the next question is answered."""
    with pytest.raises(InputRefused, match="more than 805,306,368 bytes of memory"):
        aside.call(swell, 2 * aside.MEMORY_BYTES)
    assert aside.call(swell, 1 << 20) == 1 << 20


def test_too_much_time_is_a_sentence() -> None:
    """The system ends what does not end by itself."""
    with pytest.raises(TimedOut, match=r"longer than 0\.3 seconds"):
        aside.within(0.3, spin)


def test_a_crash_is_a_sentence() -> None:
    """Whatever a library dies of."""
    with pytest.raises(InputRefused, match="cannot be looked into"):
        aside.call(crash)
    assert aside.call(who)


def test_an_answer_of_another_type_is_none() -> None:
    """What comes back is read as the type that was promised, and as nothing else."""
    with pytest.raises(ValueError, match="valid integer"):
        aside.call(lie)


def test_another_stands_by_when_one_is_gone() -> None:
    """Somebody may end it."""
    before = aside.call(server)
    os.kill(before, signal.SIGKILL)
    until(lambda: aside._STANDING.process is None or aside._STANDING.process.poll() is not None)
    assert aside.call(server) != before
