"""The guarded server: uvicorn itself in a thread, with patience of fractions of a second."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from websockets.sync.client import connect

from console import connections, serving
from console.connections import Connection, Turn
from tests.waiting import PATIENCE_SECONDS, until

BODY = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
WHOLE = b"GET /whole HTTP/1.1\r\nHost: x\r\n\r\n"
HANDSHAKE = (
    b"GET /never HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class App:
    """Reads bodies, answers, opens websockets; notes the connection of each request."""

    def __init__(self) -> None:
        self.seen: list[Connection | None] = []
        self.sent_on = threading.Event()

    async def __call__(self, scope, receive, send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["type"] == "websocket":
            await self.stream(scope, receive, send)
        else:
            self.seen.append(serving.connection_of(scope))
            await (await self.answer(Request(scope, receive)))(scope, receive, send)

    async def answer(self, request: Request) -> PlainTextResponse | StreamingResponse:
        """How many bytes the body had; without end at `/endless`."""
        if request.url.path == "/endless":
            return StreamingResponse(self.endless())
        size = 0
        async for piece in request.stream():
            size += len(piece)
        return PlainTextResponse(str(size))

    async def endless(self):
        """A byte now and then until it may end."""
        while not self.sent_on.is_set():
            yield b"x"
            await asyncio.sleep(0.01)

    async def stream(self, scope, receive, send) -> None:
        """A websocket: vouched for at /vouched, and never answered at /never."""
        connection = serving.connection_of(scope)
        self.seen.append(connection)
        await receive()
        if scope["path"] == "/never":
            await receive()
            return
        connection.vouched = scope["path"] == "/vouched"
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": "heard"})

    async def live(self, receive, send) -> None:
        """Start and stop."""
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})


@pytest.fixture
def app(monkeypatch) -> App:
    """The app of a server with little patience; whatever server starts in this test is guarded."""
    monkeypatch.setattr(uvicorn.Server, "startup", uvicorn.Server.startup)
    monkeypatch.setattr(uvicorn.Server, "shutdown", uvicorn.Server.shutdown)
    monkeypatch.setattr(serving, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(serving, "GRACE_SECONDS", 0.1)
    serving.guard_servers()
    return App()


@contextmanager
def served(app: App) -> Iterator[int]:
    """The app's port; stopped in the end, whoever is still connected."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield port
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive()


@pytest.fixture
def client(app) -> Iterator[Callable[[bytes], AbstractContextManager[socket.socket]]]:
    """Opens connections over which something was sent."""
    with served(app) as port:

        def open_connection(sent: bytes) -> socket.socket:
            connection = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
            connection.sendall(sent)
            return connection

        open_connection.port = port
        yield open_connection


def rest(connection: socket.socket) -> bytes:
    """Everything that comes until the end."""
    found = b""
    try:
        while piece := connection.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found


def upto(connection: socket.socket, end: bytes) -> None:
    """Read until what came ends so."""
    found = b""
    while not found.endswith(end):
        piece = connection.recv(65536)
        assert piece, found
        found += piece


@pytest.mark.parametrize(
    "sent",
    [b"", WHOLE[:-3], WHOLE + WHOLE[:-3], b"GET /never HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"],
)
def test_headers_have_their_time(client, sent, monkeypatch):
    """Nothing, a half request, a half request behind a whole one and a half handshake: each ends by itself."""
    with client(sent) as connection:
        if WHOLE in sent:
            upto(connection, b"\r\n\r\n0")
        monkeypatch.setattr(connections, "HEADER_SECONDS", 0.1)
        assert rest(connection) == b""


@pytest.mark.parametrize("sent", [BODY, BODY + b"x" * 100, BODY.replace(b"/body", b"/endless")])
def test_bodies_have_theirs(client, app, sent, monkeypatch):
    """A body that stands still ends its connection, also when the answer to it has begun."""
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.1)
    with client(sent) as connection:
        answer = rest(connection)
    assert not answer.endswith(b"\r\n0\r\n\r\n")  # none, or one that was cut off
    app.sent_on.set()


def test_a_body_that_comes_is_counted(client, app):
    """Each piece counts towards what a body has to bring in its time, and the next request begins anew."""
    with client(BODY) as connection:
        until(lambda: app.seen and app.seen[0].turn is Turn.BODY)
        for pieces in range(1, 100):
            connection.sendall(b"x" * 1000)
            until(lambda pieces=pieces: app.seen[0].moved == 1000 * pieces)
        connection.sendall(b"x" * 1000)
        upto(connection, b"100000")
        until(lambda: app.seen[0].turn is Turn.HEADERS)
        assert app.seen[0].moved == 0


def test_an_answer_takes_what_it_takes(client, app, monkeypatch):
    """A client that has sent its whole request may wait for the end of the answer."""
    with client(WHOLE.replace(b"/whole", b"/endless")) as connection:
        received = connection.recv(65536)
        monkeypatch.setattr(connections, "BODY_SECONDS", 0.01)
        monkeypatch.setattr(connections, "HEADER_SECONDS", 0.01)
        while received.count(b"x") < 20:
            received += connection.recv(65536)
        app.sent_on.set()
        upto(connection, b"0\r\n\r\n")
        assert received.startswith(b"HTTP/1.1 200")


def test_a_handshake_that_is_never_answered_ends(client, monkeypatch):
    """A websocket that nobody vouches for is no place to stay."""
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.1)
    with client(HANDSHAKE) as connection:
        assert b" 101 " not in rest(connection)


def test_a_websocket_somebody_vouches_for_stays(client, monkeypatch):
    """An open page says nothing for hours."""
    with connect(f"ws://127.0.0.1:{client.port}/vouched") as page:
        monkeypatch.setattr(connections, "HEADER_SECONDS", 0.01)
        threading.Event().wait(0.2)
        page.send("still here")
        assert page.recv() == "heard"


def test_every_request_knows_its_connection(client, app):
    """Two requests over one connection are one, another connection is another, and it is gone when it is closed."""
    with client(WHOLE) as first:
        first.recv(65536)
        first.sendall(WHOLE)
        first.recv(65536)
        with client(WHOLE) as second:
            second.recv(65536)
    assert app.seen[0] is app.seen[1] is not app.seen[2]
    assert None not in app.seen


@pytest.mark.parametrize("sent", [b"", WHOLE[:-3], BODY, WHOLE.replace(b"/whole", b"/endless")])
def test_the_stop_waits_for_nobody(app, sent):
    """Idle, half-sent and at work: the server stops, and whoever wants to know of it is told first."""
    told = []
    with serving.told_of_stop(lambda: told.append("told")), served(app) as port:
        connection = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        connection.sendall(sent)
    connection.close()
    app.sent_on.set()
    assert told == ["told"]
