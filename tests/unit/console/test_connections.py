"""The connections of the port: how they are counted, who gives way, and who has had their time."""

from __future__ import annotations

import contextlib
import resource
import socket
from collections.abc import Iterator

import pytest

from console import connections, pages
from console.connections import BODY_BYTES, BODY_SECONDS, HEADER_SECONDS, Connection, Crowd, Listener, Turn

MOST = 32
PROXY = "192.0.2.1"


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Now."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The crowd's clock."""
    return Clock()


@pytest.fixture
def crowd(clock) -> Crowd:
    """A crowd with 32 places, 8 for each address, behind one proxy."""
    return Crowd(MOST, (PROXY,), clock)


def admit(crowd: Crowd, host: str, port: int) -> Connection | None:
    """A connection from an address; ending it closes its descriptor, as the loop does a moment later."""
    with socket.socket() as accepted:
        connection = crowd.admit(accepted, (host, port))
    if connection is not None:
        connection.end = lambda: crowd.closed(connection)
    return connection


def fill(crowd: Crowd, turn: Turn, vouched: bool = False) -> list[Connection]:
    """All places taken through the proxy, each a second after the one before."""
    found = []
    for port in range(MOST):
        connection = admit(crowd, PROXY, port)
        connection.at(turn)
        connection.vouched = vouched
        crowd.clock.now += 1
        found.append(connection)
    return found


@pytest.mark.parametrize("turn", list(Turn))
def test_the_one_that_took_longest_gives_way(crowd, turn):
    """With all places taken a newcomer pushes out the oldest of those who have not signed in, whatever it is at."""
    first = fill(crowd, turn)[0]
    assert admit(crowd, "198.51.100.1", 1) is not None
    assert first.going
    assert len(crowd) == MOST


def test_those_that_keep_the_console_waiting_give_way_first(crowd):
    """An answer that is being made is older here than a body that does not come, and is finished all the same."""
    held = fill(crowd, Turn.ANSWER)
    held[-1].at(Turn.BODY)
    assert admit(crowd, PROXY, MOST) is not None
    assert [each.going for each in held] == [False] * (MOST - 1) + [True]


def test_nobody_gives_way_who_has_signed_in(crowd):
    """Uploads and open pages of people stay; whoever comes then is refused."""
    held = fill(crowd, Turn.BODY, vouched=True)
    assert admit(crowd, PROXY, MOST) is None
    assert not any(each.going for each in held)


def test_an_address_has_a_quarter_of_the_places(crowd):
    """The ninth connection of an address pushes out the first of the same address, and no other."""
    other = admit(crowd, "198.51.100.2", 1)
    held = [admit(crowd, "198.51.100.1", port) for port in range(crowd.per_address + 1)]
    assert [each.going for each in held] == [True] + [False] * crowd.per_address
    assert not other.going


def test_a_proxy_is_counted_as_its_clients(crowd):
    """The proxy itself may take all places; its ninth request of one client is refused while the others are at work."""
    held = fill(crowd, Turn.ANSWER, vouched=True)
    assert [each.claim("203.0.113.9") for each in held[:9]] == [True] * 8 + [False]
    assert held[9].claim("203.0.113.10")
    held[0].at(Turn.HEADERS)
    assert held[8].claim("203.0.113.9")
    assert all(each.claim(PROXY) for each in held[10:])


def test_an_address_of_its_own_is_not_claimed_again(crowd):
    """Somebody who comes without a proxy counts as what they are, whatever a request of theirs says."""
    connection = admit(crowd, "198.51.100.1", 1)
    assert connection.claim("203.0.113.9")
    assert connection.address == "198.51.100.1/32"


@pytest.mark.parametrize(
    ("turn", "vouched", "seconds"),
    [
        (Turn.HEADERS, False, HEADER_SECONDS),
        (Turn.STREAM, False, HEADER_SECONDS),
        (Turn.STREAM, True, None),
        (Turn.BODY, False, BODY_SECONDS),
        (Turn.BODY, True, BODY_SECONDS),
        (Turn.ANSWER, False, None),
    ],
)
def test_how_long_the_console_waits(crowd, clock, turn, vouched, seconds):
    """Headers, handshakes and bodies have their time; answers and open pages have all that they take."""
    connection = admit(crowd, "198.51.100.1", 1)
    clock.now += 5
    connection.at(turn)
    connection.vouched = vouched
    clock.now = connection.since + (seconds or 1e9)
    crowd.sweep()
    assert not connection.going
    clock.now += 0.1
    crowd.sweep()
    assert connection.going is (seconds is not None)


def test_headers_that_drip_get_no_more_time(crowd, clock):
    """A byte now and then is no request."""
    connection = admit(crowd, "198.51.100.1", 1)
    for _ in range(int(HEADER_SECONDS) + 1):
        connection.at(Turn.HEADERS, 1)
        clock.now += 1
    crowd.sweep()
    assert connection.going


@pytest.mark.parametrize(
    ("bytes_a_second", "ends"),
    [(1, True), (BODY_BYTES / BODY_SECONDS - 10, True), (BODY_BYTES / BODY_SECONDS + 10, False)],
)
def test_a_body_that_moves_may_take_for_ever(crowd, clock, bytes_a_second, ends):
    """An hour of a slow line is let through, an hour of single bytes is not."""
    connection = admit(crowd, "198.51.100.1", 1)
    for _ in range(3600):
        connection.at(Turn.BODY, int(bytes_a_second))
        clock.now += 1
        crowd.sweep()
    assert connection.going is ends


def test_a_body_that_the_console_does_not_read_is_waited_for(crowd, clock):
    """While the disk is slow the client cannot send, and is not to blame."""
    connection = admit(crowd, "198.51.100.1", 1)
    connection.at(Turn.BODY)
    connection.held = lambda: True
    clock.now += BODY_SECONDS + 1
    crowd.sweep()
    assert not connection.going


def test_the_next_request_is_vouched_for_anew(crowd):
    """A connection is kept for several requests, and another user's may be the next one of a proxy's."""
    connection = admit(crowd, PROXY, 1)
    connection.at(Turn.ANSWER)
    connection.vouched = True
    assert connection.claim("203.0.113.9")
    connection.at(Turn.HEADERS)
    assert (connection.vouched, connection.address) == (False, None)


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener with 8 places."""
    with socket.socket() as plain:
        plain.bind(("127.0.0.1", 0))
        with Listener.over(plain, Crowd(8)) as listener:
            listener.listen(1)
            yield listener


def test_connections_answer_at_once_and_do_not_lie_unread(listener):
    """What the listener is told goes down to every connection: it sends at once, and does not wait for ever to send."""
    with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == connections.UNREAD_SECONDS * 1000


def test_a_connection_without_a_place_is_told(listener):
    """When nobody gives way the newcomer reads why, and the listener goes on to the next, of which there is none."""
    listener.setblocking(False)
    with contextlib.ExitStack() as held:
        for _ in range(8):
            held.enter_context(socket.create_connection(listener.getsockname()))
            held.enter_context(listener.accept()[0]).connection.vouched = True
        newcomer = held.enter_context(socket.create_connection(listener.getsockname()))
        with pytest.raises(BlockingIOError):
            listener.accept()
        head, _, said = newcomer.recv(1000).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 10\r\n" in head
    assert f"Content-Length: {len(said)}".encode() in head
    assert said == b"Too many connections are open; try again in 10 seconds."


def test_a_place_is_free_when_the_descriptor_is_closed(listener):
    """However a connection ends, its socket is closed in the end."""
    with socket.create_connection(listener.getsockname()):
        accepted, peer = listener.accept()
        assert listener.crowd.of(peer) is accepted.connection
        accepted.close()
        assert len(listener.crowd) == 0


@pytest.mark.parametrize(("descriptors", "most"), [(64, 8), (256, 48), (1024, 336), (4096, 1000), (1 << 20, 1000)])
def test_connections_leave_descriptors_for_everything_else(descriptors, most):
    """Each may take two, each page two more; what the console itself needs is never given away."""
    assert connections.most_connections(descriptors) == most
    spare = connections.spare(descriptors)
    taken = 2 * most + 2 * pages.most_pages(spare) + 3 * pages.most_kept(spare)
    assert taken <= max(spare, 64)


def test_the_descriptor_limit_is_raised_as_far_as_it_may():
    """Up to the hard limit or what is of use, and never lowered."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
        assert connections.raise_descriptor_limit() == min(hard, connections.WANTED_DESCRIPTORS)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(hard, connections.WANTED_DESCRIPTORS), hard)
        assert connections.raise_descriptor_limit() == min(hard, connections.WANTED_DESCRIPTORS)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
