"""The process that stands by for looking into files (see `aside`): loaded once, copied for each question, never asked.

A question comes as one end of a connection; it is the copy that reads it, so that nothing of a file gets in here.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import resource
import signal
import socket
import sys
from pathlib import Path

if __name__ == "__main__":
    # Python puts the script's own folder first; the package stands one level above it.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from etl_batch import aside, memory, sentences
from etl_batch.errors import EtlError, InputRefused
from etl_batch.lean import do_without

_LOADED = (
    "exploring",
    "formats.jsonl.survey",
    "formats.parquet.probe",
    "formats.parquet.ranges",
    "formats.text.probe",
    "formats.text.quotes",
    "kernels.placing",
)
_ASKED = (
    ("previews", "preview"),
    ("previews", "detected"),
    ("browsing", "browse"),
    ("probing", "estimate_path"),
    ("datasets.pages", "read_page"),
    ("datasets.pages", "find_rows"),
    ("datasets.pages", "count_rows"),
)
_LIBRARIES = ("duckdb", "pyarrow.parquet", "pyarrow.csv", "dateutil.relativedelta", "numpy.ma", "encodings.utf_8_sig")
"""What is there before the first question, with what it takes to write the answers: a copy would load it each time."""


def main() -> None:
    """Answer until the other end of standard input closes, when the console has ended."""
    faulthandler.enable()  # what a file makes a library die of is told where the console writes
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the console
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # none of the copies is waited for
    _load()
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as control:
        while True:
            sign, connections, _, _ = socket.recv_fds(control, 1, 1)
            if not sign:
                return
            for connection in connections:
                if os.fork() == 0:
                    control.close()
                    _answer(connection)
                os.close(connection)


def _load() -> None:
    from importlib import import_module

    from etl_batch.kernels.kernel import load_kernels

    do_without()
    for name in (*(f"etl_batch.{part}" for part in _LOADED), *_LIBRARIES):
        import_module(name)
    for part, function in _ASKED:
        aside.result_type(getattr(import_module(f"etl_batch.{part}"), function))
    load_kernels()


def _answer(connection: int) -> None:
    """The copy's whole life. What nobody foresaw is told on standard error, and the answer is missing."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(sys.stdin.fileno())
        with socket.socket(fileno=connection) as asker:
            asker.sendall(aside.framed(_result(asker)))
        code = 0
    except BaseException:  # noqa: BLE001 - this process is a copy, whose callers are another's
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def _result(asker: socket.socket) -> bytes:
    with asker.makefile("rb") as stream:
        function, given, named, seconds, most = pickle.load(stream)  # noqa: S301 - the console's own
    signal.setitimer(signal.ITIMER_REAL, seconds)  # nobody catches the alarm, so it ends the process in any library
    limit = memory.data_bytes() + most
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        return aside.written(function, function(*given, **named))
    except (EtlError, OSError) as error:
        return aside.refused(error)
    except MemoryError:
        return aside.refused(InputRefused(sentences.data.LOOK_ENDED.format(most=most)))


if __name__ == "__main__":
    main()
