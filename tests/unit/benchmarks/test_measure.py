"""What a command took, and that one which failed is no measurement."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.measure import CommandFailed, peak_bytes, usage

CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)"
BUSY = "import time\nwhile time.process_time() < 0.3: pass"
HOLDS = "import time; held = b'x' * 80_000_000; time.sleep(0.3)"


@pytest.mark.parametrize("command", [("-c", BUSY), ("-c", CHILD, BUSY)], ids=["itself", "its child"])
def test_cpu_seconds_are_those_of_the_whole_tree(tmp_path: Path, command: tuple[str, ...]) -> None:
    """CPU seconds of a child that was waited for are the command's."""
    assert usage([sys.executable, *command], {}, tmp_path / "log").cpu >= 0.3


def test_memory_is_that_of_the_whole_tree(tmp_path: Path) -> None:
    """A child's memory counts."""
    assert peak_bytes([sys.executable, "-c", CHILD, HOLDS], {}, tmp_path / "log") >= 80_000_000


@pytest.mark.parametrize("measure", [usage, peak_bytes])
def test_a_command_that_fails_says_why(tmp_path: Path, measure) -> None:
    """The code and the end of what it said."""
    with pytest.raises(CommandFailed, match=r"(?s)Exit code 3 .*no room"):
        measure([sys.executable, "-c", "print('no room'); raise SystemExit(3)"], {}, tmp_path / "log")
