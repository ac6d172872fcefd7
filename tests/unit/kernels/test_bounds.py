"""Every access of every kernel stays within its array."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from etl_batch.defaults import PROJECT_ROOT

TOO_SMALL = """
import numpy as np
from etl_batch.kernels import numbers
from etl_batch.kernels.kernel import KernelFault
try:
    numbers.census(np.zeros(64, np.uint8), np.zeros(0, np.int32), np.zeros(0, np.int32), 0, np.zeros(2, np.uint64))
except KernelFault as fault:
    print(fault)
"""


def checked(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What an interpreter says whose kernels look at each index before they use it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["NUMBA_BOUNDSCHECK"] = "1"
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False)


def test_the_kernels_stay_within_their_arrays():
    """The tests of the kernels once more, on fewer examples."""
    beside = Path(__file__).parent
    others = [str(path) for path in sorted(beside.glob("test_*.py")) if path.stem not in ("test_bounds", "test_kernel")]
    run = checked("-m", "pytest", "-q", "-p", "no:cacheprovider", "--hypothesis-profile=brief", *others)
    assert run.returncode == 0, run.stdout


def test_an_access_outside_an_array_is_a_fault():
    """Else the test above could not fail."""
    assert checked("-c", TOO_SMALL).stdout == "numbers.census left the bounds of an array\n"
