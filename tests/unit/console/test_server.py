"""Around serving: fresh homes, cut-off uploads, and sockets that do not wait."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from console import server


def test_connections_answer_at_once():
    """A connection accepted from a socket made as Streamlit makes it has Nagle's algorithm off."""
    with socket.socket(socket.AF_INET) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server.answer_at_once()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_looking_for_sockets_leaves_nothing_open():
    """Files and pipes among the descriptors are passed over, and none of them is open twice afterwards."""
    pipe = os.pipe()
    before = sorted(Path("/proc/self/fd").iterdir())
    server.answer_at_once()
    assert sorted(Path("/proc/self/fd").iterdir()) == before
    for end in pipe:
        os.close(end)


def test_a_home_is_prepared(tmp_path):
    """The folders stand, data stays, and only what a cut-off upload left goes."""
    (tmp_path / "data").mkdir()
    for name in ("keep.csv", ".upload-1.part", ".upload-1.csv.json"):
        (tmp_path / "data" / name).write_text("x")
    server.prepare_home(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"data", "output", "report"}
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"keep.csv", ".upload-1.csv.json"}
