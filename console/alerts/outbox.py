"""The outbox: which message goes over which channel, what came of each attempt, and when the next one is due."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console import sentences
from console import settings as console_settings
from console.actions import act
from console.alerts import channels
from console.alerts.channels import Channel, Settings
from console.alerts.messages import Facts, facts_of, to_readers
from console.alerts.rules import finding, list_rules
from console.alerts.senders import TOTAL_SECONDS, Outcome
from console.database import reading, transaction
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.model import utc_now
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog

LOGGER = logging.getLogger(__name__)
BACKOFF_SECONDS = (30.0, 120.0, 480.0, 1200.0)
"""Between one attempt and the next: five attempts within half an hour."""
ATTEMPTS = len(BACKOFF_SECONDS) + 1
LEASE_SECONDS = TOTAL_SECONDS * 3
"""So long an attempt belongs to the one who took it; a console that died meanwhile has not delivered it."""
MOST_MESSAGES = 2000


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver."""

    at: str
    accepted: bool
    words: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way over one channel, and what has come of it so far."""

    id: int
    channel: str
    state: str
    """`waiting`, `accepted` or `given_up`."""
    attempts: int
    next_at: float
    facts: Facts
    last: Attempt | None


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery that was taken for an attempt, with the channel's secrets."""

    delivery_id: int
    channel_id: int
    channel: str
    settings: Settings
    facts: Facts

    @property
    def key(self) -> str:
        """The delivery's name, the same at every attempt, by which a receiver knows a repetition."""
        return f"etl-{self.facts.run_id or 'test'}-{self.delivery_id}"


def run_ended(home: Path, run_id: str) -> int:
    """Hold a run that is over against the rules and fill the outbox; returns how many messages it made.

    A run and a rule make one message at most, however often this is called. A run without a final word makes none.
    """
    record = RunDirectory(home, run_id).metadata()
    rules = [rule for rule in list_rules(home) if rule.enabled]
    if not rules or record is None or record.status is None or not record.status.final:
        return 0
    now, public_url = utc_now(), str(console_settings.get(home, "public_url"))
    found = []
    with to_readers():
        for rule in rules:
            sentence = finding(rule, record, home)
            if sentence:
                facts = facts_of(record, f"run.{rule.kind}", rule.name, sentence, now, public_url, home)
                found.append((rule, facts))
    if not found:
        return 0
    with transaction(home) as connection:
        return sum(_add(connection, run_id, rule.id, facts, rule.channels) for rule, facts in found)


def _add(connection: sqlite3.Connection, run_id: str, rule_id: int, facts: Facts, wanted: Collection[int]) -> int:
    cursor = connection.execute(
        "INSERT OR IGNORE INTO alert_messages (run_id, rule_id, rule_name, facts, created_at) VALUES (?, ?, ?, ?, ?)",
        (run_id, rule_id, facts.rule, json.dumps(facts.to_json()), facts.created_at),
    )
    if not cursor.rowcount:
        return 0
    for row in connection.execute("SELECT id, name FROM alert_channels WHERE enabled ORDER BY id").fetchall():
        if not wanted or row["id"] in wanted:
            connection.execute(
                "INSERT INTO alert_deliveries (message_id, channel_id, channel_name, state, next_at)"
                " VALUES (?, ?, ?, 'waiting', 0)",
                (cursor.lastrowid, row["id"], row["name"]),
            )
    return 1


def claim(home: Path, now: float, busy: Collection[int]) -> list[DueDelivery]:
    """Take what is due, one delivery a channel (none of the busy ones), so that no two attempts overlap."""
    with reading(home) as connection:
        # Most of the time nothing is due: then no lock is taken.
        if not _due(connection, now, busy):
            return []
    jobs: list[DueDelivery] = []
    with transaction(home) as connection:
        for row in _due(connection, now, busy):
            found = channels.open_settings(connection, row["channel_id"])
            trouble = _trouble(found[0] if found else None)
            if found is None or trouble:
                _note(connection, row["id"], Outcome(False, trouble))
                connection.execute("UPDATE alert_deliveries SET state = 'given_up' WHERE id = ?", (row["id"],))
                continue
            connection.execute(
                "UPDATE alert_deliveries SET claimed_until = ? WHERE id = ?", (now + LEASE_SECONDS, row["id"])
            )
            facts = Facts.of(json.loads(row["facts"]))
            jobs.append(DueDelivery(row["id"], row["channel_id"], found[0].name, found[1], facts))
    return jobs


def _trouble(channel: Channel | None) -> str:
    """Why nothing can go over a channel; empty when something can."""
    if channel is None:
        return sentences.CHANNEL_GONE
    if channel.lost:
        return sentences.CHANNEL_LOST
    return "" if channel.enabled else sentences.CHANNEL_OFF


def _due(connection: sqlite3.Connection, now: float, busy: Collection[int]) -> list[sqlite3.Row]:
    """The oldest due delivery of each channel that nobody is serving."""
    rows = connection.execute(
        "SELECT d.id, d.channel_id, m.facts FROM alert_deliveries d JOIN alert_messages m ON m.id = d.message_id"
        # What lies further off than any wait was written before the clock was set back.
        " WHERE d.id IN (SELECT min(id) FROM alert_deliveries"
        "                WHERE state = 'waiting' AND (next_at <= :now OR next_at > :now + :longest)"
        "                AND channel_id NOT IN"
        "                    (SELECT channel_id FROM alert_deliveries WHERE state = 'waiting'"
        "                     AND claimed_until > :now AND claimed_until <= :now + :lease)"
        "                GROUP BY channel_id) ORDER BY d.id",
        {"now": now, "longest": max(BACKOFF_SECONDS), "lease": LEASE_SECONDS},
    ).fetchall()
    return [row for row in rows if row["channel_id"] not in busy]


def finish(home: Path, delivery_id: int, outcome: Outcome, now: float) -> None:
    """Keep what an attempt came to: accepted is over, refused is due again later, the fifth time it is given up."""
    with transaction(home) as connection:
        row = connection.execute("SELECT attempts FROM alert_deliveries WHERE id = ?", (delivery_id,)).fetchone()
        if row is None:
            return
        made = row["attempts"] + 1
        state = "accepted" if outcome.accepted else "waiting" if made < ATTEMPTS else "given_up"
        pause = BACKOFF_SECONDS[made - 1] if state == "waiting" else 0.0
        connection.execute(
            "UPDATE alert_deliveries SET state = ?, attempts = ?, next_at = ?, claimed_until = 0 WHERE id = ?",
            (state, made, now + pause, delivery_id),
        )
        _note(connection, delivery_id, outcome)


def release(home: Path, delivery_id: int) -> None:
    """Put a delivery back that was taken and not attempted to the end."""
    with transaction(home) as connection:
        connection.execute("UPDATE alert_deliveries SET claimed_until = 0 WHERE id = ?", (delivery_id,))


def _note(connection: sqlite3.Connection, delivery_id: int, outcome: Outcome) -> None:
    connection.execute(
        "INSERT INTO alert_attempts (delivery_id, at, accepted, words) VALUES (?, ?, ?, ?)",
        (delivery_id, utc_now(), outcome.accepted, outcome.words),
    )


def send_again(home: Path, delivery_id: int, user: User | None, now: float | None = None) -> None:
    """Begin anew with a delivery that was given up. A super_admin only, on the audit log."""
    with transaction(home) as connection, act(home, "alert.send_again", user) as by:
        row = connection.execute("SELECT * FROM alert_deliveries WHERE id = ?", (delivery_id,)).fetchone()
        if row is None or row["state"] != "given_up":
            raise UsageError(sentences.ALERT_NOT_WAITING)
        AuditLog(home).append(user=by.name, action="alert.send_again", target=row["channel_name"])
        connection.execute(
            "UPDATE alert_deliveries SET state = 'waiting', attempts = 0, next_at = ?, claimed_until = 0 WHERE id = ?",
            (time.time() if now is None else now, delivery_id),
        )


def list_deliveries(home: Path, limit: int = 50) -> list[Delivery]:
    """The newest deliveries, newest first, each with its last attempt."""
    with reading(home) as connection:
        rows = connection.execute(
            "SELECT d.*, m.facts, a.at, a.accepted, a.words FROM alert_deliveries d"
            " JOIN alert_messages m ON m.id = d.message_id LEFT JOIN alert_attempts a ON a.id ="
            " (SELECT max(id) FROM alert_attempts WHERE delivery_id = d.id) ORDER BY d.id DESC LIMIT ?",
            (limit,),
        ).fetchall()
    return [_delivery(row) for row in rows]


def _delivery(row: sqlite3.Row) -> Delivery:
    last = None if row["at"] is None else Attempt(row["at"], bool(row["accepted"]), row["words"])
    facts = Facts.of(json.loads(row["facts"]))
    return Delivery(row["id"], row["channel_name"], row["state"], row["attempts"], row["next_at"], facts, last)


def list_attempts(home: Path, delivery_id: int) -> list[Attempt]:
    """The attempts of one delivery, oldest first."""
    with reading(home) as connection:
        rows = connection.execute("SELECT * FROM alert_attempts WHERE delivery_id = ? ORDER BY id", (delivery_id,))
        return [Attempt(row["at"], bool(row["accepted"]), row["words"]) for row in rows]


def outbox_states(home: Path) -> Mapping[str, int]:
    """How many deliveries wait, were accepted and were given up."""
    with reading(home) as connection:
        rows = connection.execute("SELECT state, count(*) FROM alert_deliveries GROUP BY state").fetchall()
    counts: dict[str, Any] = {"waiting": 0, "accepted": 0, "given_up": 0}
    return counts | {row[0]: row[1] for row in rows}


def prune(home: Path) -> None:
    """Forget the oldest messages past `MOST_MESSAGES` that nothing waits for."""
    with reading(home) as connection:
        if connection.execute("SELECT count(*) FROM alert_messages").fetchone()[0] <= MOST_MESSAGES:
            return
    with transaction(home) as connection:
        connection.execute(
            "DELETE FROM alert_messages WHERE id NOT IN (SELECT id FROM alert_messages ORDER BY id DESC LIMIT ?)"
            " AND id NOT IN (SELECT message_id FROM alert_deliveries WHERE state = 'waiting')",
            (MOST_MESSAGES,),
        )
