"""Addresses of schedulers and what is said of wrong ones; whom a worker works for."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from etl_batch.errors import UsageError
from etl_batch.parallel.cluster import ask_scheduler, host_and_port, state_of
from etl_batch.parallel.cluster_worker import Fingerprint, work_at


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("tcp://10.0.0.1:1234", ("10.0.0.1", 1234)),
        ("tls://scheduler:8786", ("scheduler", 8786)),
        ("scheduler", ("scheduler", 8786)),
        ("tcp://[::1]:99", ("::1", 99)),
    ],
)
def test_addresses(address: str, expected: tuple[str, int]) -> None:
    """With or without a scheme and a port."""
    assert host_and_port(address) == expected


@pytest.mark.parametrize("address", ["http://x:1", "tcp://", "", "s3://bucket/key"])
def test_what_is_no_address(address: str) -> None:
    """No other scheme, and no scheme alone."""
    with pytest.raises(ValueError, match=r".*"):
        host_and_port(address)


@contextmanager
def listening(answer: bytes | None) -> Iterator[str]:
    """A port at which somebody listens who is no scheduler: who says something else, or nothing at all."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            try:
                while True:
                    one, _ = server.accept()
                    held.append(one)
                    if answer is not None:
                        one.sendall(answer)
                        one.close()
            except OSError:
                pass  # it is closed in the end

        threading.Thread(target=serve, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for one in held:
            one.close()


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 64])
def test_others_who_listen_there(answer: bytes | None) -> None:
    """A sentence, and no waiting for ever."""
    with listening(answer) as address, pytest.raises(UsageError, match=f"no Dask scheduler answers at {address}"):
        ask_scheduler(address)


def test_the_scheduler_s_words() -> None:
    """A worker that has just come has no metrics yet; a scheduler without a page has no link."""
    worker = {"host": "10.0.0.2", "name": "a", "nthreads": 1, "memory_limit": 8 << 30, "metrics": {}}
    busy = {**worker, "metrics": {"memory": 5, "cpu": 99.5, "task_counts": {"executing": 1}}}
    said = {"address": "tcp://10.0.0.1:8786", "services": {"dashboard": 8787}}
    state = state_of({**said, "workers": {"tcp://b": busy, "tcp://a": worker}})
    assert [(each.address, each.memory, each.running) for each in state.workers] == [
        ("tcp://a", 0, 0),
        ("tcp://b", 5, 1),
    ]
    assert state.dashboard == "http://10.0.0.1:8787/status"
    assert state_of({**said, "services": {}}).dashboard is None


def test_a_worker_works_for_its_own_engine_alone() -> None:
    """Another code, another Python or another package makes other bytes."""
    own = Fingerprint.own()
    assert work_at(own, pow, (2, 5), {}) == 32
    for other in (replace(own, code="x"), replace(own, python="2.7"), replace(own, packages=("numpy 1",))):
        with pytest.raises(UsageError, match="same version of Quantum ETL"):
            work_at(other, pow, (2, 5), {})
