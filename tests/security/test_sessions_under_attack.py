"""Sessions of a real console: a full disk, a locked database, timers, and guesses from everywhere."""

from __future__ import annotations

import math
import random
import resource
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from websockets.exceptions import ConnectionClosed

from console import devices, passwords, sessions, users
from console.database import database_path, reading, transaction
from console.users import Role
from tests.clients import plain_browser
from tests.integration.console.test_console_web import PASSWORD, Console, finished_run, sign_in, start, stop
from tests.waiting import PATIENCE_SECONDS, until

SEED = 20_260_103
VERA, OWNER = "vera", "owner"
DRAW = BackMsg(rerun_script=ClientState())
TICK = BackMsg(rerun_script=ClientState(fragment_id="live", is_auto_rerun=True))
CLICK = BackMsg(rerun_script=ClientState(fragment_id="live"))


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    """A console with a viewer, who is signed in, and a super_admin."""
    home = tmp_path_factory.mktemp("attacked") / "home"
    process, printed, reader = start(home)
    cost, passwords.BCRYPT_COST = passwords.BCRYPT_COST, 4
    vera = users.create(home, VERA, Role.VIEWER, PASSWORD, "test")
    users.create(home, OWNER, Role.SUPER_ADMIN, PASSWORD, "test")
    passwords.BCRYPT_COST = cost
    finished_run(home)
    yield Console(printed[0].split()[-1], home, printed, process, {VERA: sessions.start(home, vera, "test")})
    stop(process, reader)


@pytest.fixture
def idle(console) -> sqlite3.Row:
    """The viewer's session, which was used last an hour ago."""
    with transaction(console.home) as connection:
        connection.execute("UPDATE sessions SET seen_at = seen_at - 3600, seen_steady = seen_steady - 3600")
    return row(console)


def row(console: Console) -> sqlite3.Row:
    """The viewer's session as the database has it."""
    with reading(console.home) as connection:
        wanted = sessions.digest(console.tokens[VERA])
        return connection.execute("SELECT * FROM sessions WHERE token_hash = ?", (wanted,)).fetchone()


@contextmanager
def full_disk(console: Console) -> Iterator[None]:
    """No file of the console's may get another byte."""
    limits = resource.prlimit(console.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(console.process.pid, resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(console.process.pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def locked_database(console: Console) -> Iterator[None]:
    """Somebody else writes into the database, and does not come to an end."""
    with closing(sqlite3.connect(database_path(console.home), isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@pytest.mark.parametrize("trouble", [full_disk, locked_database])
def test_reading_needs_no_write(console, idle, trouble):
    """Pages, the page's question, reports and the websocket answer; a use counts, and is written when it can be."""
    with trouble(console):
        for path in ("/", "/runs", "/session", "/reports/20260101T000000Z-abc123", "/_stcore/host-config"):
            assert console.ask("GET", path, VERA).status_code == 200, path
        with console.stream(VERA) as socket:
            for message in (DRAW, CLICK):
                socket.send(message.SerializeToString())
                assert socket.recv(PATIENCE_SECONDS)
        assert row(console)["seen_at"] == idle["seen_at"]
    if trouble is locked_database:
        assert console.ask("GET", "/files/20260101T000000Z-abc123/out.csv", VERA).status_code == 200


@pytest.mark.parametrize(("sent", "renews"), [([DRAW, TICK, TICK, TICK], False), ([DRAW, TICK, CLICK], True)])
def test_a_timer_keeps_no_session_alive(console, idle, sent, renews):
    """A page with a timer that nobody looks at grows old; a click on it is a use."""
    # What an earlier trouble has put off counts from another session on.
    console.tokens[VERA] = sessions.start(console.home, users.find(console.home, VERA), "test")
    with transaction(console.home) as connection:
        connection.execute("UPDATE sessions SET seen_at = seen_at - 3600, seen_steady = seen_steady - 3600")
    before = row(console)["seen_at"]
    with console.stream(VERA) as socket:
        for message in sent:
            socket.send(message.SerializeToString())
        for _ in range(3):
            assert console.ask("GET", "/session", VERA).status_code == 200
        if renews:
            until(lambda: row(console)["seen_at"] > before + 3000)
        assert socket.recv(PATIENCE_SECONDS)
    assert (row(console)["seen_at"] > before) is renews


def test_signing_in_again_ends_the_former_session(console):
    """The browser's old cookie opens nothing any more, and a page that it had open is cut off."""
    with plain_browser() as browser:
        sign_in(console, browser, VERA, PASSWORD)
        former = browser.cookies[sessions.COOKIE]
        console.tokens["former"] = former
        with console.stream("former") as socket:
            del browser.cookies[sessions.COOKIE]
            page = browser.get(console.base + "/login")
            browser.cookies.set(sessions.COOKIE, former)
            # The form stood open in another tab: its token belongs to the time before the first sign-in.
            form = {"csrf": sessions.csrf_token(former), "name": VERA, "password": PASSWORD}
            assert page.status_code == 200
            answer = browser.post(console.base + "/login", data=form, headers={"Origin": console.base})
            assert answer.status_code == 303
            assert console.ask("GET", "/session", "former").status_code == 401
            socket.send(CLICK.SerializeToString())
            with pytest.raises(ConnectionClosed):
                _listen(socket)


def _listen(socket) -> None:
    while socket.recv(PATIENCE_SECONDS):
        pass


def test_a_botnet_holds_up_itself(console):
    """While guesses come from a hundred addresses at once, the owner's browser gets in; no guess is free for long."""
    chosen = random.Random(SEED)
    with plain_browser() as browser:
        assert sign_in(console, browser, OWNER, PASSWORD).status_code == 303
        owner = {devices.COOKIE: browser.cookies[devices.COOKIE]}

    def guess(number: int) -> int:
        with plain_browser() as bot:
            bot.headers["X-Forwarded-For"] = f"198.{18 + number % 2}.{number}.{chosen.randrange(256)}"
            return sign_in(console, bot, OWNER, f"guess number {number}").status_code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(guess, range(100)))
        under_way = [pool.submit(guess, number) for number in range(100, 130)]
        with plain_browser(cookies=owner) as browser:
            assert sign_in(console, browser, OWNER, PASSWORD).status_code == 303
        assert {each.result() for each in under_way} == {429}
    assert (outcomes.count(401), outcomes.count(429)) == (30, 70), f"seed {SEED}"
    with plain_browser() as stranger:
        answer = sign_in(console, stranger, OWNER, PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) <= 5
    _come_to_the_turn(console)
    with plain_browser() as stranger:
        assert sign_in(console, stranger, OWNER, PASSWORD).status_code == 303


def _come_to_the_turn(console: Console) -> None:
    """Let the seconds of the line go by."""
    with transaction(console.home) as connection:
        connection.execute("UPDATE login_attempts SET last_at = last_at - 5")


def test_parallel_guesses_of_one_device(console):
    """Of many that a stolen device cookie sends at the same moment five are checked, and one more for each wait."""
    with plain_browser() as browser:
        sign_in(console, browser, VERA, PASSWORD)
        stolen = {devices.COOKIE: browser.cookies[devices.COOKIE]}
    ready = threading.Barrier(16)

    def guess(number: int) -> int:
        with plain_browser(cookies=stolen) as bot:
            bot.headers["X-Forwarded-For"] = f"203.0.113.{number}"
            ready.wait(PATIENCE_SECONDS)
            return sign_in(console, bot, VERA, f"guess number {number}").status_code

    begun = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(guess, range(16)))
    # The waits last 2, 4, 8 seconds: a busy machine may see the end of the first ones.
    waits = int(math.log2((time.monotonic() - begun) / 2 + 1))
    assert 5 <= outcomes.count(401) <= 5 + waits
    assert outcomes.count(401) + outcomes.count(429) == 16
