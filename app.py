"""The launcher: one ASGI app of the Streamlit pages, the console's routes and the gate in front of both.

Start it with `python app.py`; `PORT` (8501), `ETL_ADDRESS` (127.0.0.1) and `ETL_HOME` (this folder) come from the
environment. `streamlit run app.py --server.port N` serves the same app.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from etl_batch import lacking

try:
    import streamlit as st
    from starlette.middleware import Middleware

    from console import server, serving, sole, web
    from console.gate import Gate
    from etl_batch.defaults import default_home
except ModuleNotFoundError as error:
    lacking.end(error)

ROOT = Path(__file__).resolve().parent
HOME = default_home()

serving.guard_servers()
routes = web.routes(HOME)
app = st.App(
    ROOT / "console" / "main.py",
    routes=routes,
    middleware=[Middleware(Gate, home=HOME, routes=routes)],
    lifespan=sole.lifespan(HOME, server.lifespan(HOME)),
)


def main() -> int:
    """Serve until stopped; returns the exit code."""
    port = os.environ.get("PORT") or "8501"
    if not (port.isascii() and port.isdecimal() and int(port) <= 65535):
        print(f"PORT={port} is not a port; use a number from 0 to 65535.", file=sys.stderr)
        return 2
    refused = sole.begin(HOME)  # before the port is asked for, which may be the other one's too
    if refused:
        return refused
    app.run(config={"server.port": int(port), "server.address": os.environ.get("ETL_ADDRESS") or "127.0.0.1"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
