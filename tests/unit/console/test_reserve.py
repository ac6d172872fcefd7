"""The reserve of the disk: what many uploads may write together, whether they say how long they are or not."""

from __future__ import annotations

import threading

from console.reserve import STEP_BYTES, Disk

RESERVE = 1000


class Small:
    """A disk of so many bytes, which can be written."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.disk = Disk(None, free=lambda _folder: self.left)

    def write(self, room, size: int) -> bool:
        """As an upload writes: take, write, say so."""
        if not room.take(size):
            return False
        self.left -= size
        room.wrote(size)
        return True


def test_what_is_announced_is_set_aside():
    """Two that each would fit do not fit together; the second has room when the first is over."""
    small = Small(RESERVE + 100)
    with small.disk.room(RESERVE) as first:
        assert first.take(80, step=0)
        assert small.disk.spare(RESERVE) == 20
        with small.disk.room(RESERVE) as second:
            assert not second.take(80, step=0)
        assert small.write(first, 80)
        assert small.disk.spare(RESERVE) == 20
    with small.disk.room(RESERVE) as third:
        assert not third.take(21, step=0)
        assert third.take(20, step=0)
    assert small.disk.spare(RESERVE) == 20


def test_one_that_says_nothing_takes_step_by_step():
    """A step beyond what is needed is set aside, and less when there is no whole step."""
    small = Small(RESERVE + 3 * STEP_BYTES)
    with small.disk.room(RESERVE) as one, small.disk.room(RESERVE) as other:
        assert small.write(one, 1)
        assert small.disk.spare(RESERVE) == 2 * STEP_BYTES
        assert other.take(2 * STEP_BYTES)
        assert not small.write(one, STEP_BYTES)
        assert small.write(one, STEP_BYTES - 1)
        assert not small.write(one, 1)
    assert small.disk.spare(RESERVE) == 2 * STEP_BYTES


def test_others_may_fill_the_disk():
    """A run that has eaten into the reserve ends the uploads, even those for which room was set aside."""
    small = Small(RESERVE + 100)
    with small.disk.room(RESERVE) as room:
        assert room.take(100, step=0)
        small.left -= 50
        assert not room.take(10)


def test_the_reserve_holds_with_many_at_once():
    """Twenty writers in threads of their own, with and without a length: never a byte of the reserve."""
    small, lock, lowest = Small(RESERVE + 10 * STEP_BYTES), threading.Lock(), []
    gate = threading.Barrier(20)

    def upload(announced: int) -> None:
        gate.wait()
        with small.disk.room(RESERVE) as room:
            if not room.take(announced or 1, step=0):
                return
            for _ in range(16):
                if not room.take(STEP_BYTES // 16):
                    return
                with lock:
                    small.left -= STEP_BYTES // 16
                    lowest.append(small.left)
                room.wrote(STEP_BYTES // 16)

    threads = [threading.Thread(target=upload, args=(STEP_BYTES * (number % 2),)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(lowest) >= RESERVE
    assert small.disk.spare(RESERVE) == small.left - RESERVE
