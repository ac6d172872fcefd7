"""Accounts in the hands of super_admins: who may, the last one, one-time links, and what takes effect at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from console import links, login, passwords, people, sessions, users
from console.users import Forbidden, Role
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.security.audit import AuditLog

PASSWORD, OTHER = "correct horse battery", "seven purple walruses"
NOW = 1_800_000_000.0


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.OPERATOR])
def test_every_function_asks_for_the_role(home, people, role):
    """Whoever is no super_admin, or nobody, is refused by the service itself, and nothing changes."""
    by = None if role is None else people[role]
    from console import people as service

    attempts = [
        lambda: service.accounts(home, by),
        lambda: service.add(home, "new", Role.VIEWER, OTHER, by),
        lambda: service.invite(home, "new", Role.SUPER_ADMIN, by),
        lambda: service.change_role(home, "viewer", Role.SUPER_ADMIN, by),
        lambda: service.disable(home, "viewer", by),
        lambda: service.enable(home, "viewer", by),
        lambda: service.reset_link(home, "super_admin", by),
        lambda: service.end_sessions(home, "super_admin", by),
        lambda: service.end_everybodys_sessions(home, by, ""),
        lambda: service.reset_factor(home, "super_admin", by),
    ]
    before = users.list_users(home)
    for attempt in attempts:
        with pytest.raises(Forbidden):
            attempt()
    assert users.list_users(home) == before


@pytest.fixture
def admin(people):
    """A super_admin."""
    return people[Role.SUPER_ADMIN]


def account(home, admin, name):
    """One account as the screen shows it."""
    return next(each for each in people.accounts(home, admin) if each.name == name)


def test_accounts_tell_state_and_sessions(home, admin):
    """Open sessions are counted, ended ones are not; last seen outlives the session; an invited account says so."""
    assert account(home, admin, "viewer").seen_at is None
    token = sessions.start(home, users.find(home, "viewer"), "here")
    sessions.start(home, users.find(home, "viewer"), "there")
    found = account(home, admin, "viewer")
    assert (found.sessions, found.role, found.disabled, found.invited) == (2, Role.VIEWER, False, False)
    sessions.end(home, token)
    sessions.end_all(home, "viewer", "test")
    assert account(home, admin, "viewer").sessions == 0
    assert account(home, admin, "viewer").seen_at == pytest.approx(found.seen_at)
    people.invite(home, "guest", Role.VIEWER, admin)
    assert account(home, admin, "guest").invited


def test_a_role_counts_at_once(home, admin):
    """A session that is open has the new role with its next request, and the change is on the log."""
    token = sessions.start(home, users.find(home, "viewer"), "here")
    people.change_role(home, "VIEWER", Role.OPERATOR, admin)
    assert sessions.look_up(home, token).user.role is Role.OPERATOR
    record = AuditLog(home).tail(1)[0]
    assert (record["action"], record["target"], record["user"]) == ("user.role", "viewer", "super_admin")
    assert record["detail"] == {"from": "viewer", "to": "operator"}


def test_the_last_super_admin_is_not_demoted(home, admin):
    """Nor by the own hand; an invited or disabled one does not count as another; with a real second one it works."""
    people.invite(home, "invited", Role.SUPER_ADMIN, admin)
    people.add(home, "locked", Role.SUPER_ADMIN, OTHER, admin)
    people.disable(home, "locked", admin)
    for change in (lambda: people.change_role(home, "super_admin", Role.VIEWER, admin),
                   lambda: people.disable(home, "super_admin", admin)):  # fmt: skip
        with pytest.raises(UsageError, match="last super_admin"):
            change()
    assert users.find(home, "super_admin") == admin
    people.disable(home, "invited", admin)
    people.change_role(home, "locked", Role.VIEWER, admin)
    people.add(home, "second", Role.SUPER_ADMIN, OTHER, admin)
    assert people.change_role(home, "super_admin", Role.VIEWER, admin).role is Role.VIEWER


def test_two_demotions_at_the_same_moment(home, admin):
    """Of many super_admins demoted and disabled all at once, each by a thread of its own, one stays."""
    names = [f"admin{number}" for number in range(6)]
    for name in names:
        people.add(home, name, Role.SUPER_ADMIN, OTHER, admin)

    def take_away(number: int) -> bool:
        try:
            if number % 2:
                users.set_role(home, [*names, "super_admin"][number], Role.VIEWER, "test")
            else:
                users.disable(home, [*names, "super_admin"][number], "test")
        except UsageError:
            return False
        return True

    with ThreadPoolExecutor(7) as pool:
        outcomes = list(pool.map(take_away, range(7)))
    assert outcomes.count(False) == 1
    left = [user for user in users.list_users(home) if user.role is Role.SUPER_ADMIN and not user.disabled]
    assert len(left) == 1


def test_an_invited_account_has_no_password(home, admin):
    """Nobody signs in to it, with an empty password neither, until the link has been used; its holder is signed in."""
    link = people.invite(home, "guest", Role.OPERATOR, admin)
    for guess in ("", PASSWORD, "\x00"):
        with pytest.raises(login.SignInRefused):
            login.sign_in(home, "guest", guess, "here")
    assert links.holder(home, link.token) == "guest"
    assert links.use(home, link.token, OTHER, "there") == users.User("guest", Role.OPERATOR)
    assert login.sign_in(home, "guest", OTHER, "here").name == "guest"


def test_a_link_works_once(home, admin):
    """Used, it is good for nothing; what is stored of it opens nothing; it ends the account's other sessions."""
    old = sessions.start(home, users.find(home, "viewer"), "here")
    link = people.reset_link(home, "viewer", admin)
    stored = b"".join(path.read_bytes() for path in (home / ".secrets").iterdir())
    assert link.token.encode() not in stored
    assert link.path == f"/reset?token={link.token}"
    assert login.sign_in(home, "viewer", PASSWORD, "here"), "the old password works until the link is used"
    links.use(home, link.token, OTHER, "there")
    assert sessions.look_up(home, old) is None
    assert links.holder(home, link.token) is None
    with pytest.raises(UsageError, match="used, replaced or is older than a day"):
        links.use(home, link.token, PASSWORD, "there")
    with pytest.raises(login.SignInRefused):
        login.sign_in(home, "viewer", PASSWORD, "here")


def test_many_people_with_one_link(home, admin):
    """When the form is sent many times at once, one password wins."""
    link = people.reset_link(home, "viewer", admin)

    def try_it(number: int) -> bool:
        try:
            links.use(home, link.token, f"{OTHER} {number}", "there")
        except UsageError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_it, range(8))) == 1
    assert not sessions.open_sessions(home, "viewer")


def test_links_end(home, admin):
    """After a day, with a newer link, with a new password and while the account is disabled a link is not good."""
    link = links.create(home, "viewer", "test", NOW)
    assert links.holder(home, link.token, NOW + 24 * 3600 - 1) == "viewer"
    assert links.holder(home, link.token, NOW + 24 * 3600) is None
    older, newer = people.reset_link(home, "viewer", admin), people.reset_link(home, "viewer", admin)
    assert (links.holder(home, older.token), links.holder(home, newer.token)) == (None, "viewer")
    people.disable(home, "viewer", admin)
    assert links.holder(home, newer.token) is None
    with pytest.raises(UsageError, match="enable the account first"):
        people.reset_link(home, "viewer", admin)
    people.enable(home, "viewer", admin)
    users.reset(home, "viewer", OTHER, "test")
    assert links.holder(home, newer.token) is None


def test_a_weak_password_does_not_burn_the_link(home, admin):
    """Refused in words, and the link still works."""
    link = people.reset_link(home, "viewer", admin)
    with pytest.raises(UsageError, match="would be guessed soon"):
        links.use(home, link.token, "password12", "there")
    assert links.holder(home, link.token) == "viewer"


def test_without_the_log_no_link(home, admin):
    """What cannot be recorded is not done: no link, no use of one, no role, no end of sessions."""
    link = people.reset_link(home, "viewer", admin)
    token = sessions.start(home, users.find(home, "viewer"), "here")
    log = home / ".secrets" / "etl_audit.log"
    log.unlink()
    log.mkdir()
    for change in (
        lambda: people.reset_link(home, "operator", admin),
        lambda: links.use(home, link.token, OTHER, "there"),
        lambda: people.change_role(home, "viewer", Role.OPERATOR, admin),
        lambda: people.end_sessions(home, "viewer", admin),
    ):
        with pytest.raises(OutputFailed):
            change()
    assert links.holder(home, link.token) == "viewer"
    assert sessions.look_up(home, token).user.role is Role.VIEWER


def test_ending_sessions(home, admin):
    """All of an account's sessions end and no others; the log says how many."""
    tokens = [sessions.start(home, users.find(home, "viewer"), "here") for _ in range(3)]
    own = sessions.start(home, admin, "here")
    assert people.end_sessions(home, "viewer", admin) == 3
    assert [sessions.look_up(home, token) for token in tokens] == [None] * 3
    assert sessions.look_up(home, own) is not None
    assert AuditLog(home).tail(1)[0]["detail"] == {"sessions": 3}
    assert people.end_sessions(home, "viewer", admin) == 0
    assert AuditLog(home).search(action="session.end")[0]["detail"] == {"sessions": 3}


def test_everybody_is_signed_out(home, admin):
    """All sessions of all accounts end but the one at hand, also others of whoever asks; the log says how many."""
    tokens = [sessions.start(home, user, "here") for user in (*users.list_users(home), admin)]
    here = sessions.start(home, admin, "there")
    assert people.end_everybodys_sessions(home, admin, sessions.number_of(here)) == 4
    assert [sessions.look_up(home, token) for token in tokens] == [None] * 4
    assert sessions.look_up(home, here) is not None
    record = AuditLog(home).tail(1)[0]
    assert (record["user"], record["action"], record["target"]) == ("super_admin", "session.end", "(everybody)")
    assert record["detail"] == {"sessions": 4}
    assert people.end_everybodys_sessions(home, admin, sessions.number_of(here)) == 0
    assert len(AuditLog(home).search(action="session.end")) == 1


@pytest.mark.parametrize(
    ("password", "score"),
    [("password12", 1), ("aaaaaaaaaa", 0), ("ab" * 36, 0), ("ada lovelace", 2), ("correct horse battery", 4)],
)
def test_strength_in_words(password, score):
    """From very weak to strong, with a reason for what is not strong; below fair it is refused with that reason."""
    found = passwords.strength(password, "nobody")
    assert (found.score, found.word) == (score, passwords.SCORES[score])
    assert bool(found.advice) is (score < 3)
    if score < 2:
        with pytest.raises(UsageError) as caught:
            passwords.check_strength(password, "nobody")
        assert found.advice in caught.value.message
    else:
        passwords.check_strength(password, "nobody")


def test_the_own_name_is_weak():
    """A password made of the user's name is worth less to that user than to others, whoever asks at the same time."""
    name = "rumpelstiltskinly"

    def scores(_number: int) -> tuple[int, int]:
        return passwords.strength(name + "1", name).score, passwords.strength(name + "1", "ada").score

    with ThreadPoolExecutor(4) as pool:
        for own, other in pool.map(scores, range(20)):
            assert own < 2 < other


@pytest.mark.parametrize("make", [
    lambda home: users.create(home, "new", Role.VIEWER, "password12", "test"),
    lambda home: users.reset(home, "viewer", "password12", "test"),
])  # fmt: skip
def test_weak_passwords_are_refused_everywhere(home, admin, make):
    """From the shell and from the screen alike."""
    with pytest.raises(UsageError, match="very common password"):
        make(home)
    assert users.find(home, "new") is None
    assert login.sign_in(home, "viewer", PASSWORD, "here")


def test_a_link_lives_a_day_wherever_the_clock_is_set(home, people):
    """One that was made before the clock was set back by a month is not good for a month more."""
    link = links.create(home, "viewer", "test", 1_800_000_000.0)
    assert links.holder(home, link.token, 1_800_000_000.0) == "viewer"
    assert links.holder(home, link.token, 1_800_000_000.0 - 30 * 86_400) is None
    assert links.holder(home, link.token, 1_800_000_000.0 + 86_400) is None
