"""Who owns a home: one process at a time, named in the file, and nobody once it is dead."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys

import pytest

from etl_batch.errors import OutputFailed, UsageError
from etl_batch.runs.processes import ownership
from tests.waiting import until

HOLDER = """
import sys, time
from pathlib import Path
from etl_batch.runs.processes import ownership
with ownership.owning(Path(sys.argv[1]), "http://127.0.0.1:1"):
    print("mine", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that owns the home."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "mine\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_home_has_no_owner_by_itself(tmp_path):
    """Asking makes nothing."""
    assert ownership.owner(tmp_path) is None
    ownership.refuse_second(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_second_is_told_who_owns_it(tmp_path, holder):
    """Address and process stand in the refusal, whoever asks first."""
    found = ownership.owner(tmp_path)
    assert (found.pid, found.address) == (holder.pid, "http://127.0.0.1:1")
    assert found.since
    said = rf"served by the console at http://127\.0\.0\.1:1 already \(process {holder.pid} on \S+, since 2"
    with pytest.raises(UsageError, match=said):
        ownership.refuse_second(tmp_path)
    with pytest.raises(UsageError, match=said), ownership.owning(tmp_path, "http://127.0.0.1:2"):
        pytest.fail("two owners")
    assert ownership.owner(tmp_path) == found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_dead_own_nothing(tmp_path, holder, number):
    """What a killed owner has written stays, and is in nobody's way."""
    holder.send_signal(number)
    holder.wait()
    assert ownership.lock_file(tmp_path).stat().st_size > 0
    assert ownership.owner(tmp_path) is None
    with ownership.owning(tmp_path, "http://127.0.0.1:3"):
        assert ownership.owner(tmp_path).pid == os.getpid()
    assert ownership.owner(tmp_path) is None


def test_a_child_that_goes_on_owns_nothing(tmp_path):
    """The descriptor of the lock is not handed down: the kernel closes it as the child becomes another program."""
    with ownership.owning(tmp_path, "http://127.0.0.1:4"):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], close_fds=False)
    try:
        until(lambda: ownership.owner(tmp_path) is None)
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


def test_who_only_looks_is_in_nobodys_way(tmp_path, monkeypatch):
    """A look takes the lock for a moment: an owner that comes just then looks again."""
    looks = []
    real = ownership.fcntl.flock

    def flock(descriptor, operation):
        looks.append(operation)
        if len(looks) == 1:
            raise BlockingIOError
        real(descriptor, operation)

    monkeypatch.setattr(ownership.fcntl, "flock", flock)
    with ownership.owning(tmp_path, "http://127.0.0.1:5"):
        assert len(looks) == 2


@pytest.mark.parametrize("note", [b"", b"{", b"[1]", b'{"pid": "x"}', b"\xff\xfe"])
def test_a_note_that_nobody_can_read(tmp_path, holder, note):
    """The owner is still one."""
    ownership.lock_file(tmp_path).write_bytes(note)
    with pytest.raises(UsageError, match="served by another console"):
        ownership.refuse_second(tmp_path)


def test_the_lock_is_private_and_no_link(tmp_path):
    """0600 in a folder of 0700; a link in its place is not followed."""
    with ownership.owning(tmp_path, ""):
        path = ownership.lock_file(tmp_path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.unlink()
    (tmp_path / "victim").write_text("kept")
    path.symlink_to(tmp_path / "victim")
    with pytest.raises(OutputFailed, match="cannot be locked"), ownership.owning(tmp_path, ""):
        pytest.fail("a link was followed")
    assert (tmp_path / "victim").read_text() == "kept"
