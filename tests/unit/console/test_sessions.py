"""Sessions and the setup token: what is stored, how long it is good, and that it works once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from console import database, sessions, setup, users
from console.users import Role
from etl_batch.errors import UsageError

PASSWORD = "correct horse battery"
NOW = 1_800_000_000.0


def test_only_the_hash_is_stored(home, people):
    """The database knows nothing that would open a session; the token has 256 bits."""
    token = sessions.start(home, people[Role.VIEWER], "here")
    stored = b"".join(path.read_bytes() for path in (home / ".secrets").glob("console.db*"))
    assert token.encode() not in stored
    assert sessions.digest(token) in stored
    assert len(token) == 43


@pytest.mark.parametrize(
    ("start", "seen_after", "asked_after", "good"),
    [
        (NOW, 0.0, 11.9 * 3600, True),
        (NOW, 0.0, 12 * 3600, False),
        (NOW, 11 * 3600, 22 * 3600, True),
        (NOW, 11 * 3600, 23.1 * 3600, False),
    ],
)
def test_idle_sessions_end(home, people, start, seen_after, asked_after, good):
    """Twelve hours without use end a session, and each use starts them anew."""
    token = sessions.start(home, people[Role.VIEWER], "here", start)
    assert sessions.look_up(home, token, start + seen_after) is not None
    assert (sessions.look_up(home, token, start + asked_after) is not None) is good


def test_no_session_is_older_than_a_week(home, people):
    """Even one in constant use ends after seven days."""
    token = sessions.start(home, people[Role.VIEWER], "here", NOW)
    for hours in range(0, 7 * 24, 6):
        assert sessions.look_up(home, token, NOW + hours * 3600) is not None
    assert sessions.look_up(home, token, NOW + 7 * 24 * 3600) is None


def test_an_ended_session_is_unknown(home, people):
    """Signing out ends one session and leaves the user's others."""
    first, second = (sessions.start(home, people[Role.VIEWER], "here") for _ in range(2))
    sessions.end(home, first)
    assert sessions.look_up(home, first) is None
    assert sessions.look_up(home, second).user == people[Role.VIEWER]


def test_a_disabled_user_has_no_session(home, people):
    """Even a session that somehow survived is none while its user is disabled."""
    token = sessions.start(home, people[Role.VIEWER], "here")
    with database.transaction(home) as connection:
        connection.execute("UPDATE users SET disabled = 1 WHERE name = 'viewer'")
    assert sessions.look_up(home, token) is None


@pytest.mark.parametrize("token", [None, "", "guess", "\x00", "ü" * 1000])
def test_other_tokens_open_nothing(home, people, token):
    """Whatever else a cookie says is no session."""
    sessions.start(home, people[Role.VIEWER], "here")
    assert sessions.look_up(home, token) is None


def test_old_sessions_are_swept_out(home, people):
    """Opening a session deletes those that have ended, so the table does not grow."""
    sessions.start(home, people[Role.VIEWER], "here", NOW)
    sessions.start(home, people[Role.VIEWER], "here", NOW + 13 * 3600)
    with database.reading(home) as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone()[0] == 1


def test_the_setup_token_works_once(home):
    """It creates one super_admin, opens a session, and is then as good as any other string."""
    token = setup.new_token(home)
    session = setup.set_up(home, token, "root", PASSWORD, "here")
    assert sessions.look_up(home, session).user == users.User("root", Role.SUPER_ADMIN)
    assert not setup.token_good(home, token)
    assert setup.new_token(home) is None
    with database.reading(home) as connection:
        assert connection.execute("SELECT count(*) FROM settings").fetchone()[0] == 0
    with pytest.raises(UsageError, match="used or replaced"):
        setup.set_up(home, token, "second", PASSWORD, "here")
    assert users.find(home, "second") is None


def test_a_newer_setup_token_replaces_the_older(home):
    """Only the link printed last works, and a bad name or password does not burn it."""
    older, newer = setup.new_token(home), setup.new_token(home)
    assert not setup.token_good(home, older)
    with pytest.raises(UsageError):
        setup.set_up(home, newer, "root", "short", "here")
    assert setup.token_good(home, newer)


def test_two_people_with_the_same_setup_link(home):
    """When the form is sent many times at once, one wins and no second administrator appears."""
    token = setup.new_token(home)

    def try_it(number: int) -> bool:
        try:
            setup.set_up(home, token, f"root{number}", PASSWORD, "here")
        except UsageError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1
    assert len(users.list_users(home)) == 1


def test_a_users_own_super_admin_closes_the_setup(home):
    """An administrator added from the shell makes the printed link useless."""
    token = setup.new_token(home)
    users.create(home, "root", Role.SUPER_ADMIN, PASSWORD, "cli:me")
    assert not setup.token_good(home, token)
