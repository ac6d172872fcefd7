"""The console's life around serving: the home's folders, the lines it prints and its supervisor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from console import serving, settings, setup, unfinished
from console.alerts import Courier
from console.forged import shorten_forged_values
from console.repeats import counting_repeats
from console.supervisor import Supervisor
from console.ticks import ignore_late_ticks
from console.warming import warm_up
from etl_batch import aside
from etl_batch.files.beneath import make_folder
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
        make_folder(home / name)
    unfinished.sweep(home / "data")


def lifespan(home: Path) -> Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]:
    """What `st.App(lifespan=...)` takes: says where the console is, and keeps the supervisor at work meanwhile."""

    @asynccontextmanager
    async def around(_app: Any) -> AsyncIterator[dict[str, Any]]:
        prepare_home(home)
        ignore_late_ticks()
        shorten_forged_values()
        print(f"Quantum ETL console: {address()}", flush=True)
        token = setup.new_token(home)
        if token is not None:
            print(f"First start, create the administrator: {address()}/setup?token={token}", flush=True)
        aside.stand_by()
        warm_up()
        verify_in_background(home)
        settings.export(home)
        supervisor, courier = Supervisor(home), Courier(home)
        supervisor.start()
        courier.start()
        try:
            async with counting_repeats():
                with serving.told_of_stop(supervisor.hold):
                    yield {}
        finally:
            supervisor.stop()
            courier.stop()

    return around
