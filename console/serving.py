"""The server under the console, guarded: its connections are watched, and it stops within ten seconds.

`python app.py` and `streamlit run app.py` both come to `uvicorn.Server`, which Streamlit makes and sets up by itself.
Here is the one place where the console has a say: at that server's start and at its end, and over the pages that
Streamlit keeps.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any
from weakref import WeakKeyDictionary

import uvicorn
from starlette.types import Scope
from streamlit.runtime import memory_session_storage

from console import connections, pages
from console.connections import Connection, Crowd, Listener, Turn
from console.pages import Pages

LOGGER = logging.getLogger(__name__)
SWEEP_SECONDS = 1.0
STOP_SECONDS = 10.0
"""From the signal to the end of the process, whoever is still connected and whatever still works."""
GRACE_SECONDS = 3.0
"""Requests under way have so long to end by themselves, and as long again after their connections are cut."""
MESSAGE_BYTES = 1 << 20
"""The longest message that a page may send, of the 200 MB that Streamlit would gather; a screen's fields are less."""
_KEY = "connection"
_holds: list[Callable[[], None]] = []
_crowds: WeakKeyDictionary[uvicorn.Server, Crowd] = WeakKeyDictionary()
_startup, _shutdown = uvicorn.Server.startup, uvicorn.Server.shutdown


def guard_servers() -> None:
    """Guard each server that this process starts from now on."""
    uvicorn.Server.startup = _guarded_startup  # type: ignore[assignment, method-assign]
    uvicorn.Server.shutdown = _guarded_shutdown  # type: ignore[assignment, method-assign]
    memory_session_storage.MemorySessionStorage = _kept_pages  # type: ignore[assignment, misc]


def _kept_pages(ttl_seconds: int) -> pages.KeptPages:
    """What Streamlit makes where it would make a storage of its own."""
    return pages.KeptPages(pages.most_kept(connections.spare(connections.raise_descriptor_limit())), ttl_seconds)


@contextmanager
def told_of_stop(hold: Callable[[], None]) -> Iterator[None]:
    """Have `hold` called as soon as the server is asked to stop, before it waits for anybody."""
    _holds.append(hold)
    try:
        yield
    finally:
        _holds.remove(hold)


def connection_of(scope: Scope) -> Connection | None:
    """The connection that a request came over; None outside of a server, as in tests of the app alone."""
    found: Connection | None = scope.get("state", {}).get(_KEY)
    return found


async def _guarded_startup(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
    config = server.config
    descriptors = connections.raise_descriptor_limit()
    crowd = Crowd(
        connections.most_connections(descriptors),
        getattr(config.loaded_app, "trusted_hosts", ()),
        pages=Pages(pages.most_pages(connections.spare(descriptors))),
    )
    _crowds[server] = crowd
    config.http_protocol_class = _watched(config.http_protocol_class, crowd)
    config.ws_max_size = MESSAGE_BYTES
    config.backlog = connections.ACCEPTED_AT_ONCE
    config.timeout_graceful_shutdown = ceil(2 * GRACE_SECONDS)
    await _startup(server, None if sockets is None else [Listener.over(each, crowd) for each in sockets])
    loop = asyncio.get_running_loop()

    def sweep() -> None:
        crowd.sweep()
        loop.call_later(SWEEP_SECONDS, sweep)

    sweep()


async def _guarded_shutdown(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
    for hold in _holds:
        hold()
    asyncio.get_running_loop().call_later(GRACE_SECONDS, _crowds[server].drop_all)
    if threading.current_thread() is threading.main_thread():
        last = threading.Timer(STOP_SECONDS, _end)
        last.daemon = True
        last.start()
    await _shutdown(server, sockets)


def _end() -> None:
    """What still works now is done again by the next console; everything on the disk is whole at any moment."""
    LOGGER.warning("The console was still busy %d seconds after it was asked to stop; it ends now.", STOP_SECONDS)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(os.EX_OK)


def _watched(protocol: Any, crowd: Crowd) -> Any:
    """A server's protocol that tells the crowd what its connection is at, and the app which one it is."""

    class Watched(protocol):  # type: ignore[misc]
        """One connection."""

        seen: Connection | None = None
        app_state: dict[str, Any]

        def connection_made(self, transport: asyncio.Transport) -> None:
            """A connection came, its TLS handshake done."""
            super().connection_made(transport)
            self.seen = crowd.of(transport.get_extra_info("peername"))
            if self.seen is not None:
                self.seen.end, self.seen.held = transport.abort, lambda: self.flow.read_paused
                self.app_state = {**self.app_state, _KEY: self.seen}

        def data_received(self, data: bytes) -> None:
            """A piece of a request came."""
            super().data_received(data)
            self._note(len(data))

        def on_response_complete(self) -> None:
            """An answer went out whole; the next request may have been waiting already."""
            if self.seen is not None:
                self.seen.at(Turn.HEADERS)
            super().on_response_complete()
            self._note(0)

        def handle_websocket_upgrade(self, *arguments: Any) -> None:
            """The request asks for a websocket, which is another protocol's from now on."""
            if self.seen is not None:
                self.seen.at(Turn.STREAM)
            super().handle_websocket_upgrade(*arguments)

        def _note(self, moved: int) -> None:
            if self.seen is None or self.seen.turn is Turn.STREAM:
                return
            if self.cycle is None or self.cycle.response_complete:
                self.seen.at(Turn.HEADERS)
            else:
                self.seen.at(Turn.BODY if self.cycle.more_body else Turn.ANSWER, moved)

    return Watched
