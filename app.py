"""The launcher: one ASGI app of the Streamlit pages, the console's routes and the gate in front of both.

Start it with `python app.py`; `PORT` (8501), `ETL_ADDRESS` (127.0.0.1) and `ETL_HOME` (this folder) come from the
environment. `streamlit run app.py --server.port N` serves the same app.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware

from console import setup, web
from console.gate import Gate
from console.supervisor import Supervisor
from etl_batch.config import default_home
from etl_batch.errors import EtlError

ROOT = Path(__file__).resolve().parent
HOME = default_home()


def address() -> str:
    """Where a browser on this machine finds the console."""
    host = st.get_option("server.address") or "127.0.0.1"
    # An address that stands for all of the machine's own is none a browser can go to.
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  nothing is bound here
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    return f"{scheme}://{host}:{st.get_option('server.port')}"


def prepare_home() -> None:
    """Make the folders of a fresh home and sweep away what an upload that was cut off has left."""
    for name in ("data", "output", "report"):
        (HOME / name).mkdir(parents=True, exist_ok=True)
    for unfinished in (HOME / "data").glob(".upload-*.part"):
        unfinished.unlink(missing_ok=True)


def answer_at_once() -> None:
    """Turn off Nagle's algorithm on the listening sockets, which hand the setting down to every connection.

    asyncio does so for sockets made with an explicit protocol number and Streamlit makes its own without one: each
    answer of a kept-alive connection would wait 40 ms for the client's acknowledgement.
    """
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(entry.name))) as listener:
            if listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """Say where the console is, and keep the supervisor at work while it is there."""
    prepare_home()
    answer_at_once()
    print(f"Quantum ETL console: {address()}", flush=True)
    token = setup.new_token(HOME)
    if token is not None:
        print(f"First start, create the administrator: {address()}/setup?token={token}", flush=True)
    supervisor = Supervisor(HOME)
    supervisor.start()
    try:
        yield {}
    finally:
        supervisor.stop()


app = st.App(
    ROOT / "console" / "main.py",
    routes=web.routes(HOME),
    middleware=[Middleware(Gate, home=HOME)],
    lifespan=lifespan,
)


def main() -> int:
    """Serve until stopped; returns the exit code."""
    port = os.environ.get("PORT") or "8501"
    if not port.isdecimal() or int(port) > 65535:
        print(f"PORT={port} is not a port; use a number from 0 to 65535.", file=sys.stderr)
        return 2
    try:
        app.run(config={"server.port": int(port), "server.address": os.environ.get("ETL_ADDRESS") or "127.0.0.1"})
    except EtlError as error:
        print(error.message, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
