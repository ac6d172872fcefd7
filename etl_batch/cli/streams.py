"""The standard streams: one that is closed, full or has lost its reader ends no run, whose results are files."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TextIO


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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


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
    except OSError as error:
        silence(stream)
        error.filename = stream.name
        raise
