"""Around serving: fresh homes, cut-off uploads, and sockets that do not wait."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from console import server

ROOT = Path(__file__).resolve().parents[3]


def test_connections_answer_at_once():
    """A connection accepted from a socket made as Streamlit makes it has Nagle's algorithm off."""
    with socket.socket(socket.AF_INET) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server.answer_at_once()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def test_a_home_is_prepared(tmp_path):
    """The folders stand, data stays, and only what a cut-off upload left goes."""
    (tmp_path / "data").mkdir()
    for name in ("keep.csv", ".upload-1.part", ".upload-1.csv.json"):
        (tmp_path / "data" / name).write_text("x")
    server.prepare_home(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"data", "output", "report"}
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"keep.csv", ".upload-1.csv.json"}


@pytest.mark.parametrize("port", ["x", "-1", "65536", "80 80", "\u0663"])
def test_a_bad_port_is_told(tmp_path, port):
    """The launcher says in one line what is wrong with PORT and exits with 2."""
    environment = {**os.environ, "PORT": port, "ETL_HOME": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, str(ROOT / "app.py")], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr == f"PORT={port} is not a port; use a number from 0 to 65535.\n"
