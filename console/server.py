"""The console's life around serving: the home's folders, the lines it prints, its sockets and its supervisor."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from console import settings, setup, unfinished
from console.alerts import Courier
from console.supervisor import Supervisor
from console.ticks import ignore_late_ticks
from etl_batch.security.audit_watch import verify_in_background


def address() -> str:
    """Where a browser on this machine finds the console."""
    host = st.get_option("server.address") or "127.0.0.1"
    # An address that stands for all of the machine's own is none a browser can go to.
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  nothing is bound here
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    return f"{scheme}://{host}:{st.get_option('server.port')}"


def prepare_home(home: Path) -> None:
    """Make the folders of a fresh home and sweep away what an upload that was cut off has left."""
    for name in ("data", "output", "report"):
        (home / name).mkdir(parents=True, exist_ok=True)
    unfinished.sweep(home / "data")


def answer_at_once() -> None:
    """Turn off Nagle's algorithm on the listening sockets, which hand the setting down to every connection.

    asyncio does so for sockets made with an explicit protocol number and Streamlit makes its own without one: each
    answer of a kept-alive connection would wait 40 ms for the client's acknowledgement.
    """
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            # A duplicate of anything else would stay open: no socket object comes to be that could close it.
            if not stat.S_ISSOCK(os.fstat(int(entry.name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(entry.name))) as listener:
                if listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def lifespan(home: Path) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """What `st.App(lifespan=...)` takes: says where the console is, and keeps the supervisor at work meanwhile."""

    @asynccontextmanager
    async def around(_app: Any) -> AsyncIterator[dict[str, Any]]:
        prepare_home(home)
        answer_at_once()
        ignore_late_ticks()
        print(f"Quantum ETL console: {address()}", flush=True)
        token = setup.new_token(home)
        if token is not None:
            print(f"First start, create the administrator: {address()}/setup?token={token}", flush=True)
        verify_in_background(home)
        settings.export(home)
        supervisor, courier = Supervisor(home), Courier(home)
        supervisor.start()
        courier.start()
        try:
            yield {}
        finally:
            supervisor.stop()
            courier.stop()

    return around
