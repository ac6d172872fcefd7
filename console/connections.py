"""The connections of the port: how many there may be, in all and from one address, who gives way, and who is too slow.

Anybody who reaches the port may connect, send half a request and wait. Each connection is counted from the moment it
is accepted until its descriptor is closed, TLS handshakes and websockets included, so that the database, the
supervisor and the alerts always find descriptors. When all places are taken, of those who have not signed in whoever
keeps the console waiting the longest gives way to whoever comes: a flood pushes out itself, and a request is answered.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import socket
import time
from collections.abc import Callable, Container
from enum import StrEnum
from functools import partial
from typing import Any

from console import networks, sentences
from console.pages import Pages

LOGGER = logging.getLogger(__name__)
HEADER_SECONDS = 10.0
"""From connecting, or from the last answer, to the end of a request's headers or of a websocket's handshake."""
BODY_SECONDS, BODY_BYTES = 20.0, 5000
"""A body brings so many bytes in each such stretch of time, or its connection ends; one that does may take for ever."""
UNREAD_SECONDS = 60
"""How long an answer may lie unread: what a client does not fetch holds memory and a descriptor."""
OWN_DESCRIPTORS = 128
"""Those that are never spent on connections: databases of all threads, log, audit log, engines that are started."""
CONNECTION_PARTS = 3, 8
"""The part of all others that connections get, each of them two; the rest is for the pages (`console.pages`)."""
MOST_CONNECTIONS = 1000
WANTED_DESCRIPTORS = 4096
"""More would serve nobody: enough for all connections, each with a file that is sent over it."""
LEAST_CONNECTIONS = 8
ADDRESS_SHARE = 4
"""One address may have a quarter of all places."""
GOING = 32
"""So many may be on their way out beside those that have a place: the loop closes them a moment later."""
ACCEPTED_AT_ONCE = 8
"""How many the loop accepts before it turns to what else there is, such as closing those that gave way."""
WAITING_TO_BE_ACCEPTED = 2048
RETRY_SECONDS = 10


class Turn(StrEnum):
    """What a connection is at."""

    HEADERS = "headers"
    """The client is to send a request: nothing of it is here, or a part of its headers."""
    BODY = "body"
    """The client is to send the rest of a body."""
    ANSWER = "answer"
    """The console is at work on the answer."""
    STREAM = "stream"
    """It has become a websocket."""


class Connection:
    """One accepted connection; the server's protocol says what it is at, the gate whether a session is behind it."""

    def __init__(self, crowd: Crowd, accepted: socket.socket, peer: Any, address: str | None) -> None:
        self.crowd, self.peer, self.address = crowd, peer, address
        self.proxied = address is None
        """Whether it comes from a proxy: then the address is that of the client whose request is under way."""
        self.turn, self.since, self.moved = Turn.HEADERS, crowd.clock(), 0
        self.vouched = False
        """Whether the request under way comes from somebody who has signed in."""
        self.held: Callable[[], bool] = lambda: False
        """Whether the console itself has stopped reading, so that the client cannot send."""
        self.going = False
        """Whether it was told to end and its descriptor is not closed yet."""
        self.end: Callable[[], object] = partial(_hang_up, accepted)

    def at(self, turn: Turn, moved: int = 0) -> None:
        """Note what it is at now, and how many bytes have come."""
        self.moved += moved
        if turn is self.turn:
            return
        self.turn, self.since, self.moved = turn, self.crowd.clock(), 0
        if turn is Turn.HEADERS:
            self.vouched = False
            self.address = None if self.proxied else self.address

    def overdue(self, now: float) -> bool:
        """Whether the client has had its time; a body that has moved enough gets another stretch."""
        waited = now - self.since
        if self.turn is Turn.BODY and waited > BODY_SECONDS:
            enough = self.moved >= BODY_BYTES or self.held()
            self.since, self.moved = now, 0
            return not enough
        waiting = self.turn is Turn.HEADERS or (self.turn is Turn.STREAM and not self.vouched)
        return waiting and waited > HEADER_SECONDS

    @property
    def rank(self) -> tuple[bool, float]:
        """Who gives way first: those that the console waits for, and among them the one that took longest."""
        return self.turn is Turn.ANSWER, self.since

    def claim(self, host: str) -> bool:
        """Count the request under way as a client's, when a proxy brought it; False when that client has too many."""
        address = networks.unit(host)
        if not self.proxied or host in self.crowd.trusted or address == self.address:
            return True
        if not self.crowd.room_for(address):
            return False
        self.address = address
        return True

    def drop(self) -> None:
        """End it, whatever of it has not been sent or read."""
        self.going = True
        self.end()


def _hang_up(accepted: socket.socket) -> None:
    """End a connection that no protocol has yet, as in a TLS handshake: whoever reads from it finds the end."""
    with contextlib.suppress(OSError):
        accepted.shutdown(socket.SHUT_RDWR)


class Crowd:
    """All connections of the port, at most `most`. `trusted` are the proxies whose word about a client is believed.

    A proxy's own address is not counted, for everybody comes from it; each of its requests is, as its client's.
    """

    def __init__(
        self,
        most: int,
        trusted: Container[str] = (),
        clock: Callable[[], float] = time.monotonic,
        pages: Pages | None = None,
    ) -> None:
        self.pages = pages or Pages(most)
        self.most, self.per_address = most, max(LEAST_CONNECTIONS, most // ADDRESS_SHARE)
        self.trusted, self.clock = trusted, clock
        self._all: dict[Any, Connection] = {}

    def __len__(self) -> int:
        return len(self._all)

    def admit(self, accepted: socket.socket, peer: Any) -> Connection | None:
        """Count a connection that was accepted from a peer; None when nobody gives way to it."""
        host = str(peer[0]) if isinstance(peer, tuple) else ""
        address = None if host in self.trusted else networks.unit(host)
        room = len(self._all) < self.most + GOING and self.room_for(address)
        if not (room and self._room(self._staying(), self.most)):
            return None
        self._all[peer] = Connection(self, accepted, peer, address)
        return self._all[peer]

    def room_for(self, address: str | None) -> bool:
        """Whether an address may have one more; the one of its own that waits the longest gives way."""
        if address is None:
            return True
        return self._room([each for each in self._staying() if each.address == address], self.per_address)

    def _staying(self) -> list[Connection]:
        return [each for each in self._all.values() if not each.going]

    @staticmethod
    def _room(among: list[Connection], most: int) -> bool:
        if len(among) < most:
            return True
        first = min((each for each in among if not each.vouched), key=lambda each: each.rank, default=None)
        if first is None:
            return False
        LOGGER.warning("A connection gave way to another: all %d places were taken.", most)
        first.drop()
        return True

    def of(self, peer: Any) -> Connection | None:
        """The connection of a peer's address and port."""
        return self._all.get(peer)

    def closed(self, connection: Connection) -> None:
        """A connection's descriptor is closed: its place is free."""
        if self._all.get(connection.peer) is connection:
            del self._all[connection.peer]

    def sweep(self) -> None:
        """End the connections whose clients have had their time."""
        now = self.clock()
        for connection in [each for each in self._staying() if each.overdue(now)]:
            LOGGER.warning("A connection was ended: its client took too long over the %s.", connection.turn)
            connection.drop()

    def drop_all(self) -> None:
        """End every connection."""
        for connection in list(self._all.values()):
            connection.drop()


class _Accepted(socket.socket):
    """An accepted connection, counted until it is closed."""

    connection: Connection | None = None

    def close(self) -> None:
        """Close it, and give its place free."""
        if self.connection is not None:
            self.connection.crowd.closed(self.connection)
        super().close()


class Listener(socket.socket):
    """A listening socket of which only those connections come that the crowd has room for."""

    crowd: Crowd

    @classmethod
    def over(cls, listening: socket.socket, crowd: Crowd) -> Listener:
        """Take a listening socket over; what is set here goes down to every connection.

        asyncio turns Nagle's algorithm off for sockets made with an explicit protocol number, and Streamlit makes its
        own without one: each answer of a kept-alive connection would wait 40 ms for the client's acknowledgement.
        """
        listener = cls(fileno=listening.detach())
        listener.crowd = crowd
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1000)
        return listener

    def listen(self, _backlog: int = 0) -> None:
        """Listen with a long queue, whatever the loop asks for: it takes the number for how many to accept at once."""
        super().listen(WAITING_TO_BE_ACCEPTED)

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection that there is room for; raises `BlockingIOError` when none waits."""
        while True:
            plain, peer = super().accept()
            accepted = _Accepted(fileno=plain.detach())
            accepted.connection = self.crowd.admit(accepted, peer)
            if accepted.connection is not None:
                return accepted, peer
            LOGGER.warning("A connection was refused: %d are open.", len(self.crowd))
            with accepted, contextlib.suppress(OSError):
                accepted.setblocking(False)
                accepted.send(refusal())


def refusal() -> bytes:
    """The answer to a connection that there is no room for."""
    said = sentences.TOO_MANY_CONNECTIONS.format(seconds=RETRY_SECONDS).encode()
    head = f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {RETRY_SECONDS}\r\nContent-Length: {len(said)}\r\n"
    return head.encode() + b"Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" + said


def raise_descriptor_limit() -> int:
    """Let this process open as many files as it needs and may; returns how many that are."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(WANTED_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft if soft != resource.RLIM_INFINITY else wanted


def most_connections(descriptors: int) -> int:
    """How many connections fit beside the console's own needs: each may have a file open that is sent over it."""
    part, parts = CONNECTION_PARTS
    return min(MOST_CONNECTIONS, max(LEAST_CONNECTIONS, spare(descriptors) * part // parts))


def spare(descriptors: int) -> int:
    """How many of the descriptors the console does not need for itself."""
    return max(0, descriptors - OWN_DESCRIPTORS)
