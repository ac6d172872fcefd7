"""Somebody who has signed in against the others: pages by the hundred, endless messages, and somebody else's page."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from console import connections, pages, sessions
from console.users import Role
from tests.security.conftest import DESCRIPTORS, Attacked, attacked
from tests.waiting import PATIENCE_SECONDS, until

DRAW = BackMsg(rerun_script=ClientState()).SerializeToString()
RELOADS = 160
PROMISED_BYTES, SENT_BYTES, GROWTH_BYTES = 150 << 20, 32 << 20, 16 << 20


@pytest.fixture
def console(home, people) -> Iterator[Attacked]:
    """A console with a user of each role."""
    running = attacked(home)
    yield running
    running.process.kill()
    running.process.wait()


@pytest.fixture
def tokens(home, people) -> dict[Role, str]:
    """A session of each user."""
    return {role: sessions.start(home, user, "test") for role, user in people.items()}


def opened(console: Attacked, token: str, **more: object) -> ClientConnection:
    """The websocket of a page."""
    cookie = {"Cookie": f"{sessions.COOKIE}={token}"}
    address = f"ws://127.0.0.1:{console.port}/_stcore/stream"
    return connect(address, additional_headers=cookie, open_timeout=PATIENCE_SECONDS, legacy=True, **more)


def memory(console: Attacked) -> int:
    """The bytes that the process has in memory."""
    told = Path(f"/proc/{console.process.pid}/status").read_text()
    return 1024 * int(re.search(r"VmRSS:\s+(\d+)", told)[1])


def test_reloading_leaves_descriptors(console, tokens):
    """Pages that are opened and left, one after the other, hold none of what the database needs."""
    for _ in range(RELOADS):
        with opened(console, tokens[Role.VIEWER]) as page:
            page.send(DRAW)
            assert page.recv(PATIENCE_SECONDS)
    assert console.health().status_code == 200
    until(lambda: console.descriptors() < DESCRIPTORS // 2)
    assert "Traceback" not in console.log.read_text()


def test_one_person_leaves_pages_for_the_others(console, tokens):
    """Whoever opens page after page is refused at a quarter of all, and the next person is not."""
    most = pages.Pages(pages.most_pages(connections.spare(DESCRIPTORS))).per_person
    with ExitStack() as held:
        for _ in range(most):
            held.enter_context(opened(console, tokens[Role.VIEWER])).send(DRAW)
        with pytest.raises(InvalidStatus):
            opened(console, tokens[Role.VIEWER])
        other = held.enter_context(opened(console, tokens[Role.OPERATOR]))
        other.send(DRAW)
        assert other.recv(PATIENCE_SECONDS)
        assert console.health().status_code == 200
        assert console.descriptors() < DESCRIPTORS * 3 // 4
    with opened(console, tokens[Role.VIEWER]) as page:
        page.send(DRAW)
        assert page.recv(PATIENCE_SECONDS)


def test_a_message_without_end_is_not_gathered(console, tokens):
    """A message that says it will be long ends its page at once: nothing of it stays in memory."""
    before = memory(console)
    asked = (
        "GET /_stcore/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        f"Cookie: {sessions.COOKIE}={tokens[Role.VIEWER]}\r\n\r\n"
    )
    with console.connect(asked.encode()) as page:
        assert page.recv(12) == b"HTTP/1.1 101"
        head = b"\x82\xff" + struct.pack(">Q", PROMISED_BYTES) + bytes(4)
        with pytest.raises(OSError, match=r"reset|pipe"):
            _pour(page, head)
    assert memory(console) - before < GROWTH_BYTES


def _pour(page: socket.socket, head: bytes) -> None:
    page.sendall(head)
    for _ in range(SENT_BYTES >> 16):
        page.sendall(bytes(1 << 16))
    while page.recv(1 << 16):
        pass


@pytest.mark.parametrize("left", [False, True])
def test_a_page_goes_on_for_its_owner_alone(console, tokens, left):
    """Who signs in after somebody, or has learnt a page's number, gets a page of their own, also while it is open."""
    with ExitStack() as open_pages:
        first = open_pages.enter_context(opened(console, tokens[Role.SUPER_ADMIN]))
        number = number_of(first)
        if left:
            first.close()
        forged = {"subprotocols": ["streamlit", "x", number]}
        for role, same in ((Role.VIEWER, False), (Role.SUPER_ADMIN, True)):
            other = open_pages.enter_context(opened(console, tokens[role], **forged))
            assert (number_of(other) == number) is same


def number_of(page: ClientConnection) -> str:
    """The number by which Streamlit knows a page."""
    page.send(DRAW)
    while True:
        message = ForwardMsg.FromString(page.recv(PATIENCE_SECONDS))
        if message.WhichOneof("type") == "new_session":
            return message.new_session.initialize.session_id
