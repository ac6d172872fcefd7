"""Sessions and the setup token: what is stored, how long it is good, and that it works once."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from console import database, sessions, setup, users
from console.clock import Moment
from console.users import Role
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

PASSWORD = "correct horse battery"
NOW = 1_800_000_000.0
HOUR, DAY = 3600.0, 86_400.0


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


def at(now: float, boot: str = "this", wall: float | None = None) -> Moment:
    """A moment so many seconds after the machine's start; the clock shows the same from `NOW` on unless it was set."""
    return Moment(NOW + now if wall is None else wall, now, boot)


@pytest.mark.parametrize(
    ("set_by", "restarted"),
    [
        *[(by, False) for by in (-400 * DAY, -30 * DAY, -11 * HOUR, 0.0, 5 * HOUR)],
        *[(by, True) for by in (-400 * DAY, -30 * DAY, 0.0, 5 * HOUR)],
    ],
)
def test_setting_the_clock_makes_no_session_longer(home, people, set_by, restarted):
    """Used every six hours, a session ends after a week of the machine's own seconds at the latest; idle after 12 h."""
    used, idle = (sessions.start(home, people[Role.VIEWER], "here", at(0.0)) for _ in range(2))
    boot, lived = ("other" if restarted else "this"), 0
    for hour in range(0, 180, 6):
        now = hour * HOUR
        moment = at(now) if hour < 12 else at(now, boot, NOW + now + set_by)
        lived = hour if sessions.look_up(home, used, moment) else lived
        assert hour < 12 or sessions.look_up(home, idle, moment, touch=False) is None
    assert lived < 7 * 24
    if not restarted and set_by <= 0:
        assert lived == 7 * 24 - 6


def test_a_session_goes_on_where_the_clock_is_set_back(home, people):
    """Whoever is signed in stays so; what is said of the last use is right again from the next use on."""
    token = sessions.start(home, people[Role.VIEWER], "here", at(0.0))
    back = at(HOUR, wall=NOW - 30 * DAY)
    assert sessions.look_up(home, token, back) is not None
    assert sessions.look_up(home, token, at(2 * HOUR, wall=NOW - 30 * DAY + HOUR), touch=False).seen_at == back.wall
    (session,) = sessions.open_sessions(home, "viewer", back)
    assert (session.created_at, session.seen_at) == (back.wall - HOUR, back.wall)


def test_a_busy_session_does_not_answer_for_an_idle_one(home, people):
    """Each session has a last use of its own, whatever its user does elsewhere."""
    busy, idle = (sessions.start(home, people[Role.VIEWER], "here", NOW) for _ in range(2))
    for hours in range(1, 13):
        assert sessions.look_up(home, busy, NOW + hours * HOUR) is not None
    assert sessions.look_up(home, idle, NOW + 12 * HOUR) is None
    (session,) = sessions.open_sessions(home, "viewer", NOW + 12 * HOUR)
    assert session.seen_at == NOW + 12 * HOUR


def test_a_use_is_written_once_a_minute(home, people):
    """Clicking fast writes no more than that."""
    token = sessions.start(home, people[Role.VIEWER], "here", at(0.0))
    written = set()
    for second in range(0, 300, 5):
        assert sessions.look_up(home, token, at(float(second))) is not None
        with database.reading(home) as connection:
            written.add(connection.execute("SELECT seen_at FROM sessions").fetchone()[0])
    assert len(written) == 5


def test_a_use_that_cannot_be_written_is_put_off(home, people, caplog):
    """While another process holds the database a session is looked up and used all the same, and counts as used."""
    token = sessions.start(home, people[Role.VIEWER], "here", at(0.0))
    with closing(sqlite3.connect(database.database_path(home), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for hour in range(1, 40):
            assert sessions.look_up(home, token, at(hour * HOUR)).seen_at == NOW + hour * HOUR
        assert sessions.look_up(home, token, at(51 * HOUR), touch=False) is None
        assert sessions.look_up(home, token, at(50 * HOUR), touch=False).user == people[Role.VIEWER]
    assert [record.levelname for record in caplog.records].count("WARNING") == 1
    assert sessions.look_up(home, token, at(40 * HOUR)) is not None
    with database.reading(home) as connection:
        assert connection.execute("SELECT seen_at FROM sessions").fetchone()[0] == NOW + 40 * HOUR


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


def test_one_session_too_many_ends_the_one_used_longest_ago(home, people):
    """The newest is let in, whatever the clock says; it is recorded, and another account keeps its own."""
    other = sessions.start(home, people[Role.OPERATOR], "here", NOW - HOUR)
    tokens = [sessions.start(home, people[Role.VIEWER], "here", NOW + n) for n in range(sessions.MOST_SESSIONS)]
    assert not AuditLog(home).search(action="session.end")
    sessions.look_up(home, tokens[0], NOW + HOUR)
    tokens.append(sessions.start(home, people[Role.VIEWER], "here", NOW - HOUR))
    alive = [token for token in tokens if sessions.look_up(home, token, NOW + HOUR, touch=False)]
    assert alive == [tokens[0], *tokens[2:]]
    assert len(alive) == sessions.MOST_SESSIONS
    assert sessions.look_up(home, other, NOW, touch=False)
    (record,) = AuditLog(home).search(action="session.end")
    assert (record["user"], record["target"]) == ("viewer", "viewer")
    assert record["detail"] == {"sessions": 1, "most": sessions.MOST_SESSIONS}


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
