"""Calls to other machines: within a deadline, to no forbidden address, and to that address alone.

Whatever the other side does (no answer, an answer drop by drop, an endless one), a call is over at its deadline.
Redirects are not followed, and proxies or passwords of the environment are not used.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from console import sentences
from console.outgoing.addresses import connect

USER_AGENT = "Quantum-ETL"
# It would write a webhook's whole address, which is a secret, into a log that was set to DEBUG.
logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)


class Deadline:
    """Cuts the connections it watches after so many seconds, or at once when `cut` is called."""

    def __init__(self, seconds: float) -> None:
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self.cut)
        self._timer.daemon = True
        self.over = False

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for held in self._sockets:
                held.close()
            self._sockets.clear()

    def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connection under watch; raises as `addresses.connect` does."""
        return self.watch(connect(host, port, seconds))

    def watch(self, connection: socket.socket) -> socket.socket:
        """Take a connection under watch and return it."""
        # A duplicate stays valid when the connection is wrapped in TLS, and shutting it down ends both.
        held = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._sockets.append(held)
        if self.over:
            self.cut()
        return connection

    def cut(self) -> None:
        """End the attempt: what reads or writes on its connections fails now."""
        with self._lock:
            self.over = True
            for held in self._sockets:
                with suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)


@contextmanager
def guarded(deadline: Deadline, step_seconds: float) -> Iterator[requests.Session]:
    """A session whose connections a deadline watches, and that uses nothing of the environment's."""
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, _WatchedAdapter(deadline, step_seconds))
        yield session


def trusted() -> str | bool:
    """What certificates are held against: the file that the machine names, or the usual ones."""
    return os.environ.get("SSL_CERT_FILE") or True


def trouble(error: requests.RequestException, step_seconds: float) -> str:
    """Why there was no answer, in words. The library's own words hold the whole address, so they are never used."""
    if isinstance(error, requests.exceptions.SSLError):
        return sentences.NOT_SECURE.format(reason=system_words(_innermost(error, ssl.SSLError), step_seconds))
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return sentences.NO_CONNECTION_IN_TIME.format(seconds=step_seconds)
    if isinstance(error, requests.exceptions.Timeout):
        return sentences.NO_ANSWER_IN_TIME.format(seconds=step_seconds)
    if isinstance(error, requests.exceptions.ConnectionError):
        return sentences.NO_CONNECTION.format(reason=system_words(_innermost(error, OSError), step_seconds))
    return sentences.REQUEST_FAILED_AS.format(kind=type(error).__name__)


def _innermost(error: BaseException, wanted: type[BaseException]) -> BaseException:
    """The cause of that kind that lies deepest below an error."""
    seen: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in seen:
        seen.append(at)
        at = at.__cause__ or at.__context__ or getattr(at, "reason", None)
        at = at if isinstance(at, BaseException) else None
    return next((each for each in reversed(seen) if isinstance(each, wanted)), error)


def system_words(error: BaseException, step_seconds: float) -> str:
    """Why a connection came to nothing, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return sentences.NOT_TRUSTED.format(reason=error.verify_message)
    if isinstance(error, socket.gaierror):
        return sentences.NO_HOST
    if isinstance(error, TimeoutError):
        return sentences.NOTHING_CAME.format(seconds=step_seconds)
    if isinstance(error, OSError) and error.strerror and not isinstance(error, requests.RequestException):
        return str(error.strerror).lower()
    return sentences.ENDED_BY_OTHER


class _WatchedAdapter(HTTPAdapter):
    """Puts every connection it opens under a deadline's watch."""

    def __init__(self, deadline: Deadline, step_seconds: float) -> None:
        self._deadline, self._step_seconds = deadline, step_seconds
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make connections of our own kind."""
        super().init_poolmanager(*args, **kwargs)
        deadline, seconds = self._deadline, self._step_seconds

        def connected(connection: HTTPConnection) -> socket.socket:
            try:
                return deadline.connect(connection.host, connection.port, seconds)
            except TimeoutError as error:
                raise ConnectTimeoutError(connection, str(error)) from error
            except OSError as error:
                raise NewConnectionError(connection, str(error)) from error

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return connected(self)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return connected(self)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
