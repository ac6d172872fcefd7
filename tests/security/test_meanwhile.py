"""What changes while the console is at work on a request: an account is locked, or its password becomes another."""

from __future__ import annotations

import fcntl
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from console import account, factors, passwords, sessions, users
from console.database import reading, transaction
from console.users import Role
from etl_batch.errors import EtlError
from etl_batch.security.audit import AuditLog
from tests.integration.console.test_console_web import csrf
from tests.security.conftest import Attacked, attacked
from tests.unit.console.conftest import PASSWORD
from tests.waiting import PATIENCE_SECONDS, until

ANOTHER = "another horse battery"


@pytest.fixture
def console(home, people) -> Iterator[Attacked]:
    """A console with a user of each role."""
    running = attacked(home)
    yield running
    running.process.kill()
    running.process.wait()


@contextmanager
def held_log(home: Path) -> Iterator[Callable[[], bool]]:
    """Nobody gets to write into the audit log; gives whether somebody waits for it."""
    path = AuditLog(home).files.lock
    with path.open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        number = str(path.stat().st_ino)

        def waits() -> bool:
            lines = Path("/proc/locks").read_text().splitlines()
            return any("->" in line and f":{number} " in line for line in lines)

        yield waits


def change_password(home: Path) -> None:
    """As a super_admin does who resets an account, but for the record."""
    with transaction(home) as connection:
        connection.execute("UPDATE users SET password_hash = ?", (passwords.hash_password(ANOTHER),))
        connection.execute("DELETE FROM sessions")


def turn_factor_on(home: Path) -> None:
    """The owner sets up a second factor."""
    with transaction(home) as connection:
        connection.execute("INSERT INTO second_factors VALUES ('viewer', sealed(?), 0)", (factors.new_secret(),))
        connection.execute("DELETE FROM sessions")


@pytest.mark.parametrize("change", [change_password, turn_factor_on])
def test_a_sign_in_that_was_under_way(console: Attacked, home, change):
    """A password that was right when it was looked at opens nothing once the account takes something else."""
    AuditLog(home).append(user="test", action="test", target="test")
    base = f"http://127.0.0.1:{console.port}"
    with httpx.Client(timeout=PATIENCE_SECONDS) as browser, ThreadPoolExecutor(1) as pool:
        form = {"csrf": csrf(browser.get(base + "/login")), "name": "viewer", "password": PASSWORD}
        with held_log(home) as waits:
            answer = pool.submit(browser.post, base + "/login", data=form, headers={"Origin": base})
            until(waits)
            change(home)
        answer.result()
        assert sessions.COOKIE not in browser.cookies
    with reading(home) as connection:
        assert not connection.execute("SELECT count(*) FROM sessions").fetchone()[0]


@pytest.mark.parametrize("change", ["reset", "disable"])
def test_a_new_password_does_not_undo_a_reset(home, people, monkeypatch, change):
    """Whoever knows the old password and has a session does not take the account back while it is being reset."""
    real, done = passwords.hash_password, []

    def meanwhile(password: str) -> bytes:
        if not done:
            done.append(change)
            if change == "reset":
                users.reset(home, "viewer", ANOTHER, "super_admin")
            else:
                users.disable(home, "viewer", "super_admin")
        return real(password)

    token = sessions.start(home, people[Role.VIEWER], "test")
    monkeypatch.setattr(passwords, "hash_password", meanwhile)
    with pytest.raises(EtlError, match="while this one was checked"):
        account.change_password(
            home, people[Role.VIEWER], PASSWORD, "a thief's horse battery", sessions.number_of(token)
        )
    with reading(home) as connection:
        stored = connection.execute("SELECT password_hash FROM users WHERE name = 'viewer'").fetchone()[0]
    assert not passwords.matches("a thief's horse battery", stored)


def test_an_upload_of_somebody_who_was_locked(console: Attacked, home, people):
    """A file whose last bytes come after its sender was disabled does not appear, and the refusal is on the log."""
    token = sessions.start(home, people[Role.SUPER_ADMIN], "test")
    part = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\na,b\n1,2\n'
    end = b"\r\n--x--\r\n"
    head = (
        f"POST /upload HTTP/1.1\r\nHost: x\r\nCookie: {sessions.COOKIE}={token}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(part + end)}\r\n\r\n"
    )
    with console.connect(head.encode() + part) as sender:
        until(lambda: list((home / "data").glob(".upload-*")))
        users.create(home, "other", Role.SUPER_ADMIN, PASSWORD, "test")
        users.disable(home, "super_admin", "other")
        sender.sendall(end)
        assert answered(sender).startswith(b"HTTP/1.1 403")
    assert not list((home / "data").glob("upload-*"))
    last = AuditLog(home).tail(1)[0]
    assert (last["user"], last["action"], last["target"]) == ("super_admin", "refused", "file.upload")


def answered(connection: socket.socket) -> bytes:
    """All that comes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_request_with_two_lengths_has_no_follower(console: Attacked):
    """What stands behind a request that says twice how long it is, is not taken for another request."""
    both = b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with console.connect(
        b"POST /login HTTP/1.1\r\nHost: x\r\n" + both + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    ) as sender:
        answer = answered(sender)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1
