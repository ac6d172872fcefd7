"""Codes of a second factor guessed and repeated by whoever knows the password, from many addresses at once."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest

from console import devices, passwords, sessions, users
from console.database import transaction
from console.users import Role
from tests.clients import plain_browser
from tests.factors import code_of, turned_on
from tests.integration.console.test_console_web import PASSWORD, Console, csrf, sign_in, start, stop
from tests.waiting import PATIENCE_SECONDS

SEED = 20_260_104
OWNER = "owner"
BOTS = 24
DAY = 86400.0


@pytest.fixture(scope="module")
def console(tmp_path_factory) -> Iterator[Console]:
    """A console with a super_admin."""
    home = tmp_path_factory.mktemp("guessed") / "home"
    process, printed, reader = start(home)
    cost, passwords.BCRYPT_COST = passwords.BCRYPT_COST, 4
    users.create(home, OWNER, Role.SUPER_ADMIN, PASSWORD, "test")
    passwords.BCRYPT_COST = cost
    yield Console(printed[0].split()[-1], home, printed, process, {})
    stop(process, reader)


@pytest.fixture
def secret(console) -> str:
    """The secret of the owner's second factor; nobody has guessed yet."""
    with transaction(console.home) as connection:
        connection.execute("DELETE FROM second_factors")
        connection.execute("DELETE FROM spent_steps")
        connection.execute("DELETE FROM login_attempts")
    return turned_on(console.home, OWNER, time.time() - DAY)[0]


def bot(console: Console, number: int, **cookies: str) -> httpx.Client:
    """A browser at an address of its own, in which the right password was typed."""
    client = plain_browser(cookies=cookies, headers={"Origin": console.base})
    client.headers["X-Forwarded-For"] = f"198.18.{number}.7"
    assert sign_in(console, client, OWNER, PASSWORD).headers["location"] == "/login/code?next=%2F"
    return client


def send(console: Console, client: httpx.Client, code: str) -> httpx.Response:
    """Type a code into the second form."""
    form = {"csrf": csrf(client.get(console.base + "/login/code")), "code": code}
    return client.post(console.base + "/login/code", data=form)


def all_at_once(console: Console, codes: Callable[[], list[str]]) -> tuple[list[int], float]:
    """Send codes at the same moment, each from another address; the statuses and the seconds that it took.

    Which ones is asked for at the last moment, for they grow old.
    """
    clients = [bot(console, number) for number in range(BOTS)]
    ready = threading.Barrier(BOTS)

    def try_it(client: httpx.Client, code: str) -> int:
        ready.wait(PATIENCE_SECONDS)
        return send(console, client, code).status_code

    begun = time.monotonic()
    with ThreadPoolExecutor(BOTS) as pool:
        statuses = list(pool.map(try_it, clients, codes()))
    for client in clients:
        client.close()
    return statuses, time.monotonic() - begun


def test_guesses_from_everywhere_share_five(console, secret):
    """Of many addresses' guesses five are checked; the password again gives no more; the owner's browser gets in."""
    with closing(bot(console, 200)) as browser:
        assert send(console, browser, code_of(secret, time.time())).status_code == 303
        own = browser.cookies[devices.COOKIE]
    chosen = random.Random(SEED)
    right = {code_of(secret, time.time(), steps) for steps in range(-1, 20)}
    wrong = [code for code in (f"{chosen.randrange(10**6):06}" for _ in range(2 * BOTS)) if code not in right]
    statuses, seconds = all_at_once(console, lambda: wrong[:BOTS])
    # The waits last 2, 4, 8 seconds: a busy machine may see the end of the first ones.
    waits = int(math.log2(seconds / 2 + 1))
    assert 5 <= statuses.count(401) <= 5 + waits, f"seed {SEED}"
    assert statuses.count(401) + statuses.count(429) == BOTS
    with transaction(console.home) as connection:
        connection.execute("UPDATE login_attempts SET failures = 50 WHERE key LIKE 'own:%:code-'")
    with closing(bot(console, 201)) as stranger:
        assert send(console, stranger, code_of(secret, time.time(), 1)).status_code == 429
        assert sessions.COOKIE not in stranger.cookies
    with closing(bot(console, 202, **{devices.COOKIE: own})) as browser:
        assert send(console, browser, code_of(secret, time.time(), 1)).status_code == 303


def test_a_code_that_was_seen_opens_one_session(console, secret):
    """The same right code from many browsers at the same moment lets one in, and afterwards nobody."""
    seen: list[str] = []

    def same() -> list[str]:
        seen.append(code_of(secret, time.time()))
        return seen * BOTS

    statuses, _seconds = all_at_once(console, same)
    assert statuses.count(303) == 1
    with transaction(console.home) as connection:
        connection.execute("DELETE FROM login_attempts")
    with closing(bot(console, 203)) as late:
        assert send(console, late, seen[0]).status_code == 401
        assert late.get(console.base + "/session").status_code == 401
    assert len(sessions.open_sessions(console.home, OWNER)) == 1
