"""The port without an account: floods of idle, half-sent and whole requests, and a stop in the middle of one."""

from __future__ import annotations

import random
import socket

import pytest

from console import jobs
from console.users import Role
from etl_batch.config import RunConfig
from etl_batch.runs.record.directory import RunDirectory
from tests.security.conftest import DESCRIPTORS, Attacked, attacked
from tests.waiting import PATIENCE_SECONDS, until

FLOOD = 250
LOG_BYTES = 10_000
HALF_LOGIN = (
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 4000\r\n\r\nname=a"
)
UPGRADE = b"GET /_stcore/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
ATTACKS = {
    "idle": b"",
    "half headers": b"GET /login HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "half bodies": HALF_LOGIN,
    "chunks": b"POST /setup HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\na",
    "half handshakes": UPGRADE + b"Sec-WebSocket-Key: ",
    "handshakes that are none": b"POST" + UPGRADE[3:] + b"Content-Length: 4\r\n\r\n",
    "unread answers": b"GET /login HTTP/1.1\r\nHost: x\r\n\r\n" * 20,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01",
    "broken": b"\x00\xff GET\r\n\r\n",
    "upgrades": b"GET /healthz HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    "cut origins": b"POST /login HTTP/1.1\r\nHost: x\r\nOrigin: http://[\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_flood_starves_nobody(console: Attacked, attack):
    """While 250 connections are held open the health check answers, descriptors are left, and the log stays small."""
    held = [console.connect(ATTACKS[attack]) for _ in range(FLOOD)]
    written = console.log.stat().st_size
    for _ in range(3):
        assert console.health().status_code == 200
        assert console.descriptors() < DESCRIPTORS * 3 // 4
    assert console.log.stat().st_size - written < LOG_BYTES
    for connection in held:
        connection.close()
    until(lambda: console.descriptors() < DESCRIPTORS // 4)


def test_a_mixed_flood_leaves_room_for_people(console: Attacked):
    """Whatever is sent in whatever order, somebody who asks for the sign-in form gets it."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    held: list[socket.socket] = []
    for turn in range(2 * FLOOD):
        attack = chance.choice(list(ATTACKS.values()))
        held.append(console.connect(attack[: chance.randrange(len(attack) + 1)]))
        if turn % 50 == 0:
            with console.connect(b"GET /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as person:
                assert person.recv(12) == b"HTTP/1.1 200"
            held.pop(chance.randrange(len(held))).close()
    assert console.health().status_code == 200
    for connection in held:
        connection.close()
    until(lambda: console.descriptors() < DESCRIPTORS // 4)


def test_a_flood_of_sign_ins_waits_for_itself_alone(console: Attacked):
    """Whole sign-ins, each with a password to check: most are told to come again, and the health check answers."""
    with console.connect(b"GET /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") as person:
        page = b"".join(iter(lambda: person.recv(65536), b"")).decode()
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    cookie = page.partition("etl_form=")[2].partition(";")[0]
    assert token
    assert cookie
    body = f"csrf={token}&name=a&password=b".encode()
    head = f"POST /login HTTP/1.1\r\nHost: x\r\nCookie: etl_form={cookie}\r\nContent-Length: {len(body)}\r\n\r\n"
    held = [console.connect(head.encode() + body) for _ in range(FLOOD)]
    assert console.health().status_code == 200
    for connection in held:
        connection.close()
    until(lambda: console.descriptors() < DESCRIPTORS // 4)


def test_half_sent_requests_do_not_hold_up_the_stop(home, people):
    """The console ends though clients wait, and starts nothing that stands in the queue meanwhile."""
    console = attacked(home)
    try:
        with console.connect(), console.connect(ATTACKS["half headers"]), console.connect(HALF_LOGIN):
            console.process.terminate()
            until(lambda: not listens(console.port))
            config = RunConfig(inputs=("data/a.csv",), output_csv=home / "output" / "a.csv", home=home)
            run_id = jobs.enqueue(home, config, people[Role.SUPER_ADMIN])
            console.process.wait(PATIENCE_SECONDS)
    finally:
        console.process.kill()
        console.process.wait()
    assert "Traceback" not in console.log.read_text()
    assert list(jobs.running(home)) == []
    assert not RunDirectory(home, run_id).final()


def listens(port: int) -> bool:
    """Whether the port takes connections."""
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0
