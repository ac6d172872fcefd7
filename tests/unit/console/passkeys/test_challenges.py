"""Challenges: good once, for five minutes, in one browser, and for one thing."""

from __future__ import annotations

import pytest

from console.clock import Moment
from console.database import reading, transaction
from console.passkeys import challenges
from console.passkeys.challenges import Ceremony
from console.passkeys.sites import Site
from etl_batch.errors import UsageError
from tests.passkeys import SITE

OTHER_SITE = Site("http://localhost:9000", "localhost")
TOO_LATE = "too long ago or in another window"


def waiting(home) -> int:
    """How many are kept."""
    with reading(home) as connection:
        return int(connection.execute("SELECT count(*) FROM passkey_challenges").fetchone()[0])


def test_it_is_good_once(home):
    """It comes out as it was; the second time there is none."""
    token, challenge = challenges.begin(home, Ceremony.SIGN_IN, SITE, "192.0.2.1")
    assert len(challenge) == 32
    assert challenges.take(home, token, Ceremony.SIGN_IN, SITE) == challenge
    with pytest.raises(UsageError, match=TOO_LATE):
        challenges.take(home, token, Ceremony.SIGN_IN, SITE)


@pytest.mark.parametrize(
    ("ceremony", "site", "name"),
    [
        (Ceremony.PROVE, SITE, "viewer"),
        (Ceremony.SIGN_IN, SITE, "viewer"),
        (Ceremony.ADD, OTHER_SITE, "viewer"),
        (Ceremony.ADD, SITE, "operator"),
        (Ceremony.ADD, SITE, ""),
    ],
)
def test_it_is_for_one_thing_and_spent_when_it_is_refused(home, ceremony, site, name):
    """Another ceremony, another address and another account get nothing, and leave nothing."""
    token, _challenge = challenges.begin(home, Ceremony.ADD, SITE, "192.0.2.1", "viewer")
    with pytest.raises(UsageError, match=TOO_LATE):
        challenges.take(home, token, ceremony, site, name)
    assert waiting(home) == 0


@pytest.mark.parametrize("token", ["", "guess", "a" * 2000])
def test_another_browser_has_none(home, token):
    """Whatever stands in its cookie; the right one's is still there."""
    right, challenge = challenges.begin(home, Ceremony.SIGN_IN, SITE, "192.0.2.1")
    with pytest.raises(UsageError, match=TOO_LATE):
        challenges.take(home, token, Ceremony.SIGN_IN, SITE)
    assert challenges.take(home, right, Ceremony.SIGN_IN, SITE) == challenge


@pytest.mark.parametrize(
    ("seconds", "boot", "good"),
    [(0.0, "this", True), (299.0, "this", True), (300.0, "this", False), (-1.0, "this", False), (1.0, "other", False)],
)
def test_it_is_good_for_five_minutes(home, seconds, boot, good):
    """By the count of seconds that nobody can set."""
    token, challenge = challenges.begin(home, Ceremony.SIGN_IN, SITE, "here", now=Moment(1e9, 5000.0, "this"))
    later = Moment(1e9, 5000.0 + seconds, boot)
    if good:
        assert challenges.take(home, token, Ceremony.SIGN_IN, SITE, now=later) == challenge
        return
    with pytest.raises(UsageError, match=TOO_LATE):
        challenges.take(home, token, Ceremony.SIGN_IN, SITE, now=later)


def test_what_is_stored_opens_nothing(home):
    """Of the token the hash alone is in the database."""
    token, _challenge = challenges.begin(home, Ceremony.SIGN_IN, SITE, "here")
    with reading(home) as connection:
        assert token not in "\n".join(connection.iterdump())


def test_one_address_fills_no_disk(home, monkeypatch):
    """The newest of an address stay, those of others are left alone, and what is too old is swept out."""
    monkeypatch.setattr(challenges, "MOST_OF_PLACE", 3)
    other, _challenge = challenges.begin(home, Ceremony.SIGN_IN, SITE, "198.51.100.1")
    tokens = [challenges.begin(home, Ceremony.SIGN_IN, SITE, "192.0.2.1")[0] for _ in range(5)]
    assert waiting(home) == 4
    for token in (other, *tokens[2:]):
        assert challenges.take(home, token, Ceremony.SIGN_IN, SITE)
    challenges.begin(home, Ceremony.SIGN_IN, SITE, "192.0.2.1")
    with transaction(home) as connection:
        connection.execute("UPDATE passkey_challenges SET steady = steady - 301")
    challenges.begin(home, Ceremony.SIGN_IN, SITE, "203.0.113.1")
    assert waiting(home) == 1
