"""What a kernel takes and refuses, and where its machine code is kept."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import numpy as np
import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.kernels import library
from etl_batch.kernels.compiling import all_kernels
from etl_batch.kernels.kernel import IntGrid, KernelFault, Longs, OutReals, Word, inner, kernel
from tests.unit.kernels.compiled import compiled

FACTOR = 3


@inner
def scaled(value: int) -> int:
    """A part of a kernel, which takes a constant of its module."""
    return value * FACTOR


@kernel
def weigh(grid: IntGrid, weights: Longs, seed: Word, share: float, out: OutReals) -> int:
    """Sums of each line, weighed; returns how many numbers were seen."""
    seen = 0
    for line in range(grid.shape[0]):
        out[line] = share + np.float64(seed % np.uint64(2))
        for place in range(grid.shape[1]):
            out[line] += scaled(grid[line, place]) * weights[place]
            seen += 1
    return seen


@pytest.fixture(scope="module", autouse=True)
def machine_code():
    """The kernel, compiled."""
    compiled(weigh)


def arguments():
    """What it takes."""
    return [np.arange(6, dtype=np.int32).reshape(2, 3), np.array([1, 10, 100]), 2**64 - 1, 0.5, np.zeros(2)]


def test_a_call_with_grids_arrays_and_scalars():
    """Arrays of one and two dimensions, an unsigned scalar past 63 bits, a real one, and a written array."""
    given = arguments()
    assert weigh(*given) == 6
    assert given[-1].tolist() == [1.5 + 3 * 210, 1.5 + 3 * 543]
    assert weigh(*given[:3], out=given[4], share=1.0) == 6
    assert given[-1].tolist() == [2.0 + 3 * 210, 2.0 + 3 * 543]


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (0, np.zeros((2, 3), np.int64)),
        (0, np.zeros(6, np.int32)),
        (0, np.zeros((3, 2), np.int32).T),
        (1, np.arange(6)[::2]),
        (1, np.zeros(3, np.float64)),
        (4, np.frombuffer(bytes(16), np.float64)),
    ],
)
def test_arrays_that_it_does_not_take_are_refused(place, wrong):
    """Another type, shape or order, and a read-only array to write to: never a wrong read."""
    given = arguments()
    given[place] = wrong
    with pytest.raises(KernelFault, match="takes no array of"):
        weigh(*given)


def test_every_kernel_has_a_name_of_its_own():
    """Names are what the library finds them by."""
    names = [one.name for one in all_kernels()]
    assert len(set(names)) == len(names)


def test_nothing_of_numba_is_imported_by_a_run():
    """Importing kernels takes neither LLVM nor Numba; calling one takes LLVM alone."""
    code = (
        "import sys; from etl_batch.kernels.kernel import kernel; assert 'llvmlite' not in sys.modules;"
        "from etl_batch.kernels import library; library.loaded();"
        "print('numba' in sys.modules, 'llvmlite' in sys.modules)"
    )
    assert subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_ROOT, check=True, capture_output=True, text=True
    ).stdout.split() == ["False", "True"]


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Two folders to keep kernels in, and a compiler that says how often it was asked."""
    places = [tmp_path / "beside", tmp_path / "cache"]
    asked = []
    monkeypatch.setattr(library.kept, "folders", lambda _sources: places)
    monkeypatch.setattr(library, "_compiled", lambda: asked.append(1) or b"names\ncode")
    return places, asked


def test_kept_once_and_found_again(folders):
    """The first place that can be written to keeps it; whoever comes next compiles nothing."""
    places, asked = folders
    assert not library.is_kept()
    assert library.compile_and_keep() == library.compile_and_keep() == b"names\ncode"
    assert (library.is_kept(), len(asked)) == (True, 1)
    (kept,) = places[0].glob("*.bin")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o644
    assert not places[1].exists()


def test_a_folder_that_is_none(folders):
    """Where the first place cannot be written to, the second is taken; where neither can, it is compiled each time."""
    places, asked = folders
    places[0].write_text("in the way")
    library.compile_and_keep()
    assert [path.suffix for path in places[1].glob("kernels-*")] == [".bin"]
    for path in places[1].iterdir():
        path.unlink()
    places[1].rmdir()
    places[1].write_text("in the way")
    assert library.compile_and_keep() == b"names\ncode"
    assert (library.is_kept(), len(asked)) == (False, 2)


@pytest.mark.parametrize("doubt", ["writable", "link"])
def test_what_others_could_have_put_there_is_not_loaded(folders, doubt):
    """A file that others may write to, or a link, is compiled anew and replaced."""
    places, asked = folders
    library.compile_and_keep()
    (kept,) = places[0].glob("*.bin")
    if doubt == "writable":
        kept.chmod(0o666)
    else:
        kept.rename(places[0] / "elsewhere")
        kept.symlink_to(places[0] / "elsewhere")
    assert not library.is_kept()
    library.compile_and_keep()
    assert (library.is_kept(), len(asked)) == (True, 2)


def test_other_sources_have_another_name(folders, monkeypatch, tmp_path):
    """A changed kernel is compiled anew; what was kept of former sources goes when it is old."""
    places, _asked = folders
    library._file_name.cache_clear()
    first = library._file_name()
    former = places[0] / "kernels-former.bin"
    places[0].mkdir()
    former.write_bytes(b"")
    os.utime(former, (0, 0))
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "numbers.py").write_text("changed")
    monkeypatch.setattr(library, "_SOURCES", tmp_path / "sources")
    library._file_name.cache_clear()
    assert library._file_name() != first
    library.compile_and_keep()
    assert not former.exists()
    monkeypatch.undo()
    library._file_name.cache_clear()


SCATTERED = """
import ctypes
from etl_batch.kernels import library

libc, anywhere, nothing = ctypes.CDLL(None), 0x4022, 0  # MAP_NORESERVE, MAP_ANONYMOUS and MAP_PRIVATE; PROT_NONE
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
assert library.is_kept()
library.open_processor()
wall = libc.mmap(None, 16 << 30, nothing, anywhere, -1, 0)
while libc.mmap(None, 64 << 10, nothing, anywhere, -1, 0) > wall:
    pass
libc.munmap(wall + (15 << 30), 48 << 10)
print(library.address("numbers.census") > 0)
"""


def test_they_are_loaded_wherever_memory_is_free() -> None:
    """A server's memory has gaps, of which one takes the constants and none the code: they lie 15 GiB apart then."""
    library.loaded()
    done = subprocess.run(
        [sys.executable, "-c", SCATTERED], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
