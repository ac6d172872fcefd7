"""Looking into files aside: in a process of its own for each question, with little memory and time, which may die.

The console looks into files that anybody may have made, and must outlive every one of them. So a process stands by that
has all libraries loaded and no file open (`aside_server`); a question is answered by a copy of it, which takes some
milliseconds to make, may have so much memory more than it had, and is ended by the system when its time is over. What
is asked goes there as objects, which are the console's own; what comes back is JSON, or bytes, and is read as the type
that the function says it returns: a process that a file has taken over has nothing to say but that.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, get_type_hints

from pydantic import TypeAdapter

from etl_batch import errors, sentences
from etl_batch.errors import EtlError, InputRefused, TimedOut

MEMORY_BYTES = 768 << 20
"""What the answer to a question may take."""
SECONDS = 60.0
"""How long an answer may take, where nothing else is said."""
GRACE_SECONDS = 2.0
AT_ONCE = 4
_SERVER = Path(__file__).with_name("aside_server.py")
_PIECE_BYTES = 1 << 16
_LENGTH_BYTES = 8
_SETTINGS = {"MIMALLOC_ARENA_EAGER_COMMIT": "0", "OPENBLAS_NUM_THREADS": "1"}
_SECRET = ("ETL_METRICS_TOKEN",)
_SLOTS = threading.BoundedSemaphore(AT_ONCE)
P = ParamSpec("P")
R = TypeVar("R")


def call(function: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
    """What a function of this program returns for arguments that can be pickled; raises what it raises.

    Raises `TimedOut` and `InputRefused` when the answer takes more time or memory than it may.
    """
    return within(SECONDS, function, *given, **named)


def within(seconds: float, function: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
    """The same within other seconds."""
    asked = pickle.dumps((function, given, named, seconds, MEMORY_BYTES))
    began = time.monotonic()
    if not _SLOTS.acquire(timeout=seconds):
        raise errors.Busy(sentences.data.CROWDED)
    try:
        answer = _ask(asked, seconds)
    finally:
        _SLOTS.release()
    if answer is not None:
        return _read(answer, function)
    if time.monotonic() - began >= seconds:
        raise TimedOut(sentences.data.LOOK_TOO_LONG.format(seconds=seconds))
    raise InputRefused(sentences.data.LOOK_ENDED.format(most=MEMORY_BYTES))


def stand_by() -> None:
    """Have the process that answers loaded before the first question."""
    with contextlib.suppress(OSError), _STANDING.lock:
        _STANDING.started()


def result_type(function: Callable[..., Any]) -> TypeAdapter[Any]:
    """What a function says that it returns, as it is written and read."""
    return _adapter(function.func if isinstance(function, partial) else function)


@cache
def _adapter(function: Callable[..., Any]) -> TypeAdapter[Any]:
    return TypeAdapter(get_type_hints(function)["return"])


def written(function: Callable[..., Any], result: Any) -> bytes:
    """An answer: bytes as they are, all else as JSON."""
    if isinstance(result, bytes):
        return b"b" + result
    return b"j" + json.dumps(result_type(function).dump_python(result, mode="json")).encode()


def refused(error: EtlError | OSError) -> bytes:
    """An answer that says why there is none."""
    if isinstance(error, OSError):
        said: dict[str, Any] = {"number": error.errno, "message": error.strerror, "path": _plain(error.filename)}
    else:
        said = {"kind": type(error).__name__, "message": error.message, "facts": _plain(error.facts)}
    return b"e" + json.dumps(said).encode()


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _read(answer: bytes, function: Callable[..., R]) -> R:
    kind, body = answer[:1], answer[1:]
    if kind == b"b":
        return body  # type: ignore[return-value]
    if kind == b"j":
        result: R = result_type(function).validate_python(json.loads(body))
        return result
    said = json.loads(body)
    if "number" in said:
        raise OSError(said["number"], said["message"], said["path"])
    found = getattr(errors, said["kind"], EtlError)
    raise found(said["message"], **said["facts"])


class _Standing:
    """The process that stands by, started when it is first needed and again when it is gone."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.owner = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None

    def hand(self, question: socket.socket) -> None:
        """Give it the end of a connection on which a question will come."""
        with self.lock:
            for attempt in range(2):
                try:
                    socket.send_fds(self.started(), [b"?"], [question.fileno()])
                except OSError:
                    self.process = None
                    if attempt:
                        raise
                else:
                    return

    def started(self) -> socket.socket:
        """The connection to it; the lock is held."""
        # A process that was forked from this one has the connection too, and must not speak on it.
        if self.control is None or self.process is None or self.process.poll() is not None or self.owner != os.getpid():
            self.control, theirs = socket.socketpair()
            with theirs:
                command = [sys.executable, "-P", str(_SERVER)]
                environment = {name: value for name, value in os.environ.items() if name not in _SECRET}
                self.process = subprocess.Popen(command, stdin=theirs.fileno(), env={**environment, **_SETTINGS})
            self.owner = os.getpid()
        return self.control


_STANDING = _Standing()


def _ask(asked: bytes, seconds: float) -> bytes | None:
    """The answer, whole; None when whoever was to give it has ended first."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            _STANDING.hand(theirs)
        deadline = time.monotonic() + seconds + GRACE_SECONDS
        parts = []
        try:
            ours.settimeout(seconds + GRACE_SECONDS)
            ours.sendall(asked)
            ours.shutdown(socket.SHUT_WR)
            while part := ours.recv(_PIECE_BYTES):
                parts.append(part)
                ours.settimeout(max(deadline - time.monotonic(), 0.001))
        except (TimeoutError, ConnectionError):
            return None
    answer = b"".join(parts)
    whole = len(answer) > _LENGTH_BYTES and len(answer) - _LENGTH_BYTES == int.from_bytes(answer[:_LENGTH_BYTES], "big")
    return answer[_LENGTH_BYTES:] if whole else None


def framed(answer: bytes) -> bytes:
    """An answer behind its length: one that was cut off is none."""
    return len(answer).to_bytes(_LENGTH_BYTES, "big") + answer
