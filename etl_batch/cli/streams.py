"""The standard streams: one that is closed, full or has lost its reader ends no run, whose results are files."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import BufferedWriter, FileIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from etl_batch import sentences

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Named(FileIO):
    """Standard output, whose errors say which file it is: the system's own do not, and a full disk is mended there."""

    def write(self, data: ReadableBuffer) -> int:
        """Write what there is room for."""
        try:
            return super().write(data)
        except OSError as error:
            error.filename = _file_of(self.fileno())
            raise


def _file_of(descriptor: int) -> str:
    """The file that a descriptor writes to; of a pipe that it is the standard output."""
    with suppress(OSError):
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        if path.is_absolute():
            return str(path)
    return sentences.outputs.STANDARD_OUTPUT


def open_all() -> None:
    """Have all three streams be there, and write whatever they are told.

    Where one is closed, the next file that is opened would get its number, and what a library prints would stand in it.
    What a stream's encoding lacks is written as an escape: a run must not end for a letter on a screen.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdout = sys.stdout or _over(1)
    sys.stderr = sys.stderr or _over(2)
    if sys.stdout is sys.__stdout__ and isinstance(sys.stdout, TextIOWrapper):  # and not what somebody listens with
        sys.stdout = _named(sys.stdout)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _named(stream: TextIOWrapper) -> TextIO:
    """The same stream, of which errors say where it leads."""
    raw = BufferedWriter(_Named(stream.fileno(), "w", closefd=False))
    return TextIOWrapper(
        raw, stream.encoding, stream.errors, line_buffering=stream.line_buffering, write_through=stream.write_through
    )


def _over(descriptor: int) -> TextIO:
    return os.fdopen(descriptor, "w", closefd=False)


def tell(text: str, stream: TextIO) -> None:
    """Print for whoever listens. When nobody can, nothing more is said there."""
    try:
        print(text, file=stream, flush=True)
    except OSError:
        silence(stream)


def silence(stream: TextIO) -> None:
    """Have what is still said on a stream, and what waits in it to be written, go nowhere."""
    with suppress(OSError):  # it has no descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()


def finish(stream: TextIO) -> None:
    """Have all that was printed written now, while it can be said that it was not. Raises `OSError`."""
    try:
        stream.flush()
    except OSError:
        silence(stream)
        raise
