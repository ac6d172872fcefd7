"""An intruder who may write in a folder: a process that exchanges two of its names for one another, on and on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_INTRUDER = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
swaps, pairs = int(sys.argv[1]), [tuple(map(os.fsencode, pair.split("\\0"))) for pair in sys.stdin.read().split("\\n")]
print("here", flush=True)
done = 0
while done < swaps:
    for one, other in pairs:
        # AT_FDCWD and RENAME_EXCHANGE: neither name is ever missing.
        done += libc.renameat2(-100, one, -100, other, 2) == 0
    if os.path.exists(sys.argv[2]):
        break
print(done, flush=True)
"""


@dataclass
class Intruder:
    """The process, and how often it has swapped."""

    process: subprocess.Popen[str]
    enough: Path

    @property
    def busy(self) -> bool:
        """Whether it still swaps."""
        return self.process.poll() is None


@contextmanager
def swapping(folder: Path, swaps: int, *pairs: tuple[Path, Path]) -> Iterator[Intruder]:
    """Have the names of each pair exchanged so many times in all while the block runs, at most."""
    enough = folder / "enough"
    process = subprocess.Popen(
        [sys.executable, "-c", _INTRUDER, str(swaps), str(enough)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n".join(f"{one}\0{other}" for one, other in pairs))
    process.stdin.close()
    assert process.stdout.readline() == "here\n"
    try:
        yield Intruder(process, enough)
    finally:
        enough.touch()
        process.wait()
        process.stdout.close()
