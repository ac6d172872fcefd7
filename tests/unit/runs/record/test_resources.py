"""What a run's processes are and what memory they take, as the system tells it."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from etl_batch.runs.record import resources
from etl_batch.runs.record.resources import children_of, family_cpu, family_memory

PARENT = (
    "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE);"
    "print(child.pid, flush=True); input(); child.communicate()"
)


@pytest.fixture
def parent():
    """A process with a child of its own: both, by their numbers."""
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process.pid, int(process.stdout.readline())
        process.stdin.close()
        process.kill()


@pytest.mark.parametrize("told", [True, False], ids=["asked", "searched"])
def test_the_children_are_those_of_the_process_table(parent, told, monkeypatch):
    """Whether the kernel is asked for them or every process for its parent."""
    monkeypatch.setattr(resources, "_kernel_tells_children", lambda: told)
    pid, child = parent
    assert children_of(pid) == [child] == [each.pid for each in psutil.Process(pid).children()]
    assert children_of(child) == []
    assert set(family_memory(pid)) == {pid, child}
    assert set(family_memory()) >= {os.getpid(), pid, child}


def test_one_that_is_gone_has_none():
    """Neither children nor memory."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    assert (children_of(process.pid), family_memory(process.pid)) == ([], {})


def test_cpu_time_counts_the_children_that_have_ended(parent):
    """What a child has used stays with its parent; a process that is gone counts for nothing."""
    before = family_cpu([os.getpid()])
    burn = "import time\nwhile time.process_time() < 0.5: pass"
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert family_cpu([os.getpid()]) - before > 0.4  # the kernel counts whole ticks
    assert family_cpu([2**22 + 1]) == 0.0
