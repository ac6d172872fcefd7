"""Challenges: random numbers that an authenticator signs, each good once, for some minutes, and in one browser.

The browser holds a random token of which only the hash is stored, as with sign-ins that wait for a second factor.
"""

from __future__ import annotations

import secrets
from enum import StrEnum
from pathlib import Path

from console import networks, sentences, sessions
from console.clock import Moment, over
from console.database import transaction
from console.passkeys.sites import Site
from console.waiting import make_room, sweep
from etl_batch.errors import UsageError

COOKIE = "etl_passkey"
VALID_SECONDS = 300.0
MOST_OF_PLACE = 100
"""So many wait for one address: anybody may ask for one, and must not fill the disk. The newest stay."""
_BYTES = 32


class Ceremony(StrEnum):
    """What is signed for: a signature for one is worth nothing in another."""

    SIGN_IN = "sign in"
    SECOND = "second factor"
    ADD = "add"
    PROVE = "prove"


def begin(
    home: Path, ceremony: Ceremony, site: Site, address: str, name: str = "", now: Moment | None = None
) -> tuple[str, bytes]:
    """A token for the browser and a challenge for its authenticator; `name` where it is known who is to sign.

    Those that have waited too long are swept out.
    """
    token, challenge, moment = secrets.token_urlsafe(32), secrets.token_bytes(_BYTES), Moment.of(now)
    place = networks.unit(address)
    with transaction(home) as connection:
        sweep(connection, "passkey_challenges", moment, VALID_SECONDS)
        make_room(connection, "passkey_challenges", MOST_OF_PLACE, "asked_by", place)
        connection.execute(
            "INSERT INTO passkey_challenges VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (sessions.digest(token), challenge, ceremony, site.origin, name, place, moment.steady, moment.boot),
        )
    return token, challenge


def take(home: Path, token: str, ceremony: Ceremony, site: Site, name: str = "", now: Moment | None = None) -> bytes:
    """The challenge of a token, which is worth nothing afterwards, whatever comes of it.

    Raises `UsageError` when there is none any more, or it was for something else, another address or another account.
    """
    moment, digest = Moment.of(now), sessions.digest(token)
    with transaction(home) as connection:
        row = connection.execute("SELECT * FROM passkey_challenges WHERE token_hash = ?", (digest,)).fetchone()
        connection.execute("DELETE FROM passkey_challenges WHERE token_hash = ?", (digest,))
    # Past the transaction, for a challenge that is refused is spent as well.
    if row is None or row["boot"] != moment.boot or over(row["steady"], moment.steady, VALID_SECONDS):
        raise UsageError(sentences.PASSKEY_TOO_LATE)
    if (row["ceremony"], row["origin"], row["user_name"].casefold()) != (ceremony, site.origin, name.casefold()):
        raise UsageError(sentences.PASSKEY_TOO_LATE)
    challenge: bytes = row["challenge"]
    return challenge
