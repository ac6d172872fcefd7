"""The machine code of the kernels: found where it was kept, else compiled and kept, and loaded with LLVM alone."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from etl_batch import kept

COMPILING = "Compiling the engine's kernels for this processor; this is done once and takes about half a minute."
_SOURCES = Path(__file__).resolve().parent
_LOADING = Lock()


def address(name: str) -> int:
    """Where the machine code of a kernel stands in this process."""
    return int(loaded()[name])


def loaded() -> Any:
    """The library of all kernels, loaded now if it was not: addresses by names."""
    with _LOADING:
        return _loaded()


@cache
def open_processor() -> Any:
    """LLVM's view of the processor that this is."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=_features(), opt=3, reloc="pic", codemodel="small", jit=True
    )


def is_kept() -> bool:
    """Whether the kernels of these sources are compiled for this processor."""
    return _kept() is not None


def compile_and_keep() -> bytes:
    """Compile all kernels in a process of its own, which takes Numba with it, and keep what comes out where one may.

    Of several who come at the same time one compiles.
    """
    for folder in kept.folders(_SOURCES):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            with _alone(folder):
                code = _kept() or _compiled()
                _write(folder / _file_name(), code)
                return code
    return _compiled()


def load(code: bytes, library: str) -> Any:
    """Compiled kernels as they are to be called: their addresses in this process by their names."""
    names, _, machine_code = code.partition(b"\n")
    open_processor()
    builder = llvm.JITLibraryBuilder().add_object_img(machine_code).add_current_process()
    for name in names.decode().split():
        builder.export_symbol(name)
    return builder.link(_engine(), library)


@cache
def _loaded() -> Any:
    code = _kept()
    if code is None:
        if sys.stderr.isatty():  # somebody waits
            print(COMPILING, file=sys.stderr)
        code = compile_and_keep()
    return load(code, "kernels")


@cache
def _engine() -> Any:
    # JITLink takes one piece of memory for code and constants. LLVM's older loader takes several, wherever there is
    # room, and ends the process when code and its constants come to lie more than 2 GiB apart.
    return llvm.create_lljit_compiler(use_jit_link=True)


def _features() -> str:
    return str(llvm.get_host_cpu_features().flatten())


@cache
def _file_name() -> str:
    """A name that other sources, another processor or another LLVM would not have."""
    told = hashlib.sha256()
    for path in sorted(_SOURCES.glob("*.py")):
        told.update(path.read_bytes())
    said = (llvmlite.__version__, llvm.get_host_cpu_name(), _features(), os.environ.get("NUMBA_BOUNDSCHECK", ""))
    told.update("\n".join(said).encode())
    return f"kernels-{told.hexdigest()[:32]}.bin"


def _kept() -> bytes | None:
    """Names and machine code as they were kept."""
    return kept.read(_file_name(), kept.folders(_SOURCES))


def _compiled() -> bytes:
    """What the compiler says, a process of its own."""
    root = str(_SOURCES.parents[1])
    command = [sys.executable, "-m", "etl_batch.kernels.compiling"]
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}).stdout


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While no other process compiles into the folder."""
    with (folder / "kernels.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, code: bytes) -> None:
    """Keep the code, and let that of former sources go."""
    kept.write(path, code)
    for former in path.parent.glob("kernels-*.bin"):
        if former != path and former.stat().st_mtime < path.stat().st_mtime - 7 * 86400:
            former.unlink(missing_ok=True)
