"""Addresses: which of the port's the gate lets through to anybody who has signed in. All others are refused.

The console's own are its routes. Of what Streamlit answers beside them, the pages need what stands here, as a browser
asks for it on every screen; the rest takes memory (`/_stcore/upload_file`) or tells of the server and runs its pages
for programs (`/_stcore/metrics`, `/_stcore/agent`), and a later Streamlit may bring more.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.routing import Route
from starlette.types import Scope

from console import screens

STREAM = "/_stcore/stream"
"""The websocket over which Streamlit draws its pages."""
STREAMLIT = frozenset({"/favicon.png", "/_stcore/health", "/_stcore/host-config"})
STREAMLIT_FILES = ("/static/", "/media/")
"""What is below these is sent: scripts and styles, pictures and files of a page."""
PAGES = frozenset({"/", *(f"/{page.name}" for page in screens.NAVIGATION)})


def known(scope: Scope, routes: Sequence[Route]) -> bool:
    """Whether a request asks for something that the console has a use for."""
    path = scope["path"]
    if scope["type"] == "websocket":
        return bool(path == STREAM)
    if any(route.path_regex.match(path) for route in routes):
        return True
    if scope["method"] not in ("GET", "HEAD") or not _plain(path):
        return False
    return path in PAGES or path in STREAMLIT or path.startswith(STREAMLIT_FILES)


def _plain(path: str) -> bool:
    """Whether a path means what it says: what climbs or hides is no address of a page."""
    return path.isprintable() and "\\" not in path and not {".", ".."} & set(path.split("/"))
