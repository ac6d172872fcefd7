"""Journeys to the provider and back: what the console keeps of a sign-in while the browser is away.

The browser holds a random token of which only the hash is stored, and the provider carries another one, `state`, there
and back: an answer counts once, within ten minutes, and in the browser that it was asked for in. The answer comes from
another site, so that cookies which are for this site alone do not come with it: it is turned into an arrival, and the
browser's next request, one of this site, is let in.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from console import networks, sentences, sessions, users
from console.clock import Moment
from console.database import transaction
from console.single.refusals import SignOnRefused
from console.users import User
from console.waiting import make_room, sweep

COOKIE, PATH = "etl_sso", "/login/oidc"
DEPARTURE_SECONDS, ARRIVAL_SECONDS = 600.0, 60.0
MOST_OF_ONE, MOST = 100, 10_000
"""Departures that are kept for one address, and for all of them: the longest-waiting give way."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A browser's way out."""

    nonce: str
    verifier: str
    redirect_uri: str
    target: str
    again: str
    """Whose session is to be proved; empty for a sign-in."""
    wall: float
    """When it began, in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A browser that has come back with the provider's word, and whose account it is."""

    user: User
    strong: bool
    """Whether the provider has seen a second factor."""
    fresh: bool
    """Whether the person has signed in there just now, and not some time before."""
    again: bool
    target: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a departure is known by: the provider's part and the browser's."""

    state: str
    browser: str


def depart(home: Path, way: Departure, address: str, now: Moment | None = None) -> Tokens:
    """Keep a departure; returns the tokens that find it again."""
    tokens = Tokens(secrets.token_urlsafe(32), secrets.token_urlsafe(32))
    moment, unit = Moment.of(now), networks.unit(address)
    keys = (sessions.digest(tokens.state), sessions.digest(tokens.browser))
    moments = (way.wall, moment.steady, moment.boot)
    with transaction(home) as connection:
        sweep(connection, "provider_departures", moment, DEPARTURE_SECONDS)
        make_room(connection, "provider_departures", MOST_OF_ONE, "unit", unit)
        make_room(connection, "provider_departures", MOST)
        connection.execute(
            "INSERT INTO provider_departures VALUES (?, ?, ?, sealed(?), ?, ?, ?, ?, ?, ?, ?)",
            (*keys, way.nonce, way.verifier, way.redirect_uri, way.target, way.again, unit, *moments),
        )
    return tokens


def take(home: Path, tokens: Tokens, now: Moment | None = None) -> Departure:
    """The departure of these tokens, which is forgotten at once; raises `SignOnRefused` when there is none."""
    moment = Moment.of(now)
    with transaction(home) as connection:
        sweep(connection, "provider_departures", moment, DEPARTURE_SECONDS)
        keys = (sessions.digest(tokens.state), sessions.digest(tokens.browser))
        where = "WHERE state_hash = ? AND browser_hash = ?"
        row = connection.execute(
            f"SELECT *, unsealed(verifier) AS plain FROM provider_departures {where}",  # noqa: S608  the text above
            keys,
        ).fetchone()
        connection.execute(f"DELETE FROM provider_departures {where}", keys)  # noqa: S608  likewise
    if row is None or row["plain"] is None:
        raise SignOnRefused(sentences.JOURNEY_OVER, reason="state")
    return Departure(row["nonce"], row["plain"], row["redirect_uri"], row["target"], row["again"], row["wall"])


def arrive(home: Path, arrival: Arrival, now: Moment | None = None) -> str:
    """Keep an arrival; returns the token for the browser."""
    token, moment = secrets.token_urlsafe(32), Moment.of(now)
    with transaction(home) as connection:
        sweep(connection, "provider_arrivals", moment, ARRIVAL_SECONDS)
        facts = (arrival.user.name, arrival.strong, arrival.fresh, arrival.again, arrival.target)
        row = (sessions.digest(token), *facts, moment.steady, moment.boot)
        connection.execute("INSERT INTO provider_arrivals VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    return token


def settle(home: Path, token: str, now: Moment | None = None) -> Arrival:
    """The arrival of a token, which is forgotten at once; raises `SignOnRefused` when there is none to be let in."""
    moment, key = Moment.of(now), sessions.digest(token)
    with transaction(home) as connection:
        sweep(connection, "provider_arrivals", moment, ARRIVAL_SECONDS)
        row = connection.execute(
            "SELECT a.*, u.name, u.role, u.disabled, u.password_hash FROM provider_arrivals a"
            " JOIN users u ON u.name = a.user_name JOIN provider_accounts p ON p.user_name = u.name"
            " WHERE a.token_hash = ? AND NOT u.disabled",
            (key,),
        ).fetchone()
        connection.execute("DELETE FROM provider_arrivals WHERE token_hash = ?", (key,))
    if row is None:
        raise SignOnRefused(sentences.JOURNEY_OVER, reason="state")
    strong, fresh, again = (bool(row[name]) for name in ("strong", "fresh", "again"))
    return Arrival(users.user_of(row), strong, fresh, again, row["target"])
