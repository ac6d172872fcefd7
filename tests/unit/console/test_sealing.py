"""Secrets at rest: none stands in the database's files, old ones are migrated, and a lost key is told in words."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import sqlite3
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from console import database, sealing, settings
from console.alerts import channels, outbox
from console.alerts.channels import Mail, Webhook, list_channels, open_settings, save_channel
from console.alerts.courier import send_test
from console.metrics import bearer_token_good
from console.users import Role
from etl_batch.errors import UsageError

MAIL = Mail("mail.example.org", 587, user="etl", password="pa55-w0rd-plain", sender="a@example.org",
            recipients=("b@example.org",))  # fmt: skip
WEBHOOK = Webhook("https://hooks.example.org/T000/url-s3cret", "X-Key", "t0ken-plain", "signing-s3cret")
PLAIN = (b"pa55-w0rd-plain", b"url-s3cret", b"t0ken-plain", b"signing-s3cret", b"metrics-s3cret")


def stored(home: Path) -> bytes:
    """All bytes of the database's files."""
    return b"".join(path.read_bytes() for path in (home / ".secrets").glob("console.db*"))


def opened(home: Path, name: str):
    """The settings of a channel, secrets included."""
    with database.reading(home) as connection:
        (number,) = connection.execute("SELECT id FROM alert_channels WHERE name = ?", (name,)).fetchone()
        found = open_settings(connection, number)
    assert found is not None
    return found[1]


@pytest.fixture
def keeper(home, people):
    """A home that holds a secret of every kind."""
    owner = people[Role.SUPER_ADMIN]
    save_channel(home, owner, name="mail", settings=MAIL)
    save_channel(home, owner, name="hook", settings=WEBHOOK)
    settings.change(home, {"metrics_token": "metrics-s3cret"}, owner)
    return home


def test_no_secret_stands_in_the_files(keeper):
    """They come back whole, and neither the database nor its log of writes holds one of them."""
    assert opened(keeper, "mail") == MAIL
    assert opened(keeper, "hook") == WEBHOOK
    assert settings.get(keeper, "metrics_token") == "metrics-s3cret"
    assert bearer_token_good(keeper, "Bearer metrics-s3cret")
    found = stored(keeper)
    assert [each for each in PLAIN if each in found] == []
    assert stat.S_IMODE(sealing.key_path(keeper).stat().st_mode) == 0o600


def test_secrets_of_an_older_database_are_sealed(home, monkeypatch):
    """A database of before keeps nothing of the plain text, in no page that was freed and in no file beside it."""
    path = database.secrets_folder(home) / "console.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for script in database.migration_files()[:4]:
            connection.executescript(script.read_text())
        connection.execute("PRAGMA user_version = 4")
        for kind, each in (("mail", MAIL), ("webhook", WEBHOOK)):
            statement = "INSERT INTO alert_channels (name, kind, enabled, settings) VALUES (?, ?, 1, ?)"
            connection.execute(statement, (kind, kind, json.dumps(asdict(each))))
        connection.execute("INSERT INTO alert_rules (name, enabled, settings) VALUES ('gone', 1, 'metrics-s3cret')")
        connection.execute("DELETE FROM alert_rules")
        connection.execute("INSERT INTO settings VALUES ('metrics_token', '\"metrics-s3cret\"'), ('runners', '3')")
    connection.close()
    assert all(each in stored(home) for each in PLAIN)
    assert settings.get(home, "metrics_token") == "metrics-s3cret"
    assert settings.get(home, "runners") == 3
    assert (opened(home, "mail"), opened(home, "webhook")) == (MAIL, WEBHOOK)
    found = stored(home)
    assert [each for each in PLAIN if each in found] == []


def test_a_lost_key_is_told_and_the_secrets_entered_again(keeper, people):
    """Without the key, or with another one, nothing opens and nothing breaks: the channel says what to do."""
    owner = people[Role.SUPER_ADMIN]
    sealing.key_path(keeper).unlink()
    assert settings.get(keeper, "metrics_token") == ""
    assert settings.get_all(keeper)["metrics_token"] == ""
    assert not bearer_token_good(keeper, "Bearer ")
    (hook, mail) = list_channels(keeper)
    assert (hook.lost, mail.lost) == (True, True)
    assert "Enter all of it again" in hook.place
    with pytest.raises(UsageError, match="Enter all of it again"):
        send_test(keeper, hook.id, owner)
    with pytest.raises(UsageError):
        save_channel(keeper, owner, name="hook", settings=Webhook(), channel_id=hook.id)
    save_channel(keeper, owner, name="hook", settings=WEBHOOK, channel_id=hook.id)
    assert opened(keeper, "hook") == WEBHOOK
    assert [each.lost for each in list_channels(keeper)] == [False, True]


def test_nothing_is_sent_over_a_channel_that_is_lost(keeper):
    """What waits for it is given up with the reason."""
    with database.transaction(keeper) as connection:
        connection.execute("INSERT INTO alert_messages VALUES (1, 'r', 1, 'rule', '{}', '')")
        connection.execute(
            "INSERT INTO alert_deliveries (message_id, channel_id, channel_name, state, next_at)"
            " SELECT 1, id, name, 'waiting', 0 FROM alert_channels"
        )
    sealing.key_path(keeper).unlink()
    assert outbox.claim(keeper, 1.0, ()) == []
    with database.reading(keeper) as connection:
        words = connection.execute("SELECT DISTINCT words FROM alert_attempts").fetchall()
        states = connection.execute("SELECT DISTINCT state FROM alert_deliveries").fetchall()
    assert [row[0] for row in words] == [channels.sentences.CHANNEL_LOST]
    assert [row[0] for row in states] == ["given_up"]


def test_a_changed_value_does_not_open(keeper):
    """What somebody writes into the database without the key is no secret of ours."""
    with database.transaction(keeper) as connection:
        connection.execute("UPDATE alert_channels SET settings = substr(settings, 1, length(settings) - 4) || 'AAAA'")
    assert [each.lost for each in list_channels(keeper)] == [True, True]


def seal_one(home: Path) -> None:
    """What a process of its own does."""
    settings.put(home, "metrics_token", "metrics-s3cret")


def test_processes_that_begin_together_make_one_key(home):
    """Whoever is quicker, the secret opens afterwards, and nothing is left beside the key."""
    with database.reading(home):
        pass
    context = multiprocessing.get_context("fork")
    started = [context.Process(target=seal_one, args=(home,)) for _ in range(4)]
    for each in started:
        each.start()
    for each in started:
        each.join()
    assert settings.get(home, "metrics_token") == "metrics-s3cret"
    assert [path.name for path in (home / ".secrets").glob("console.key*")] == ["console.key"]


def test_a_copy_without_the_key_tells_nothing(keeper, tmp_path):
    """A stolen database alone is of no use to another console."""
    other = tmp_path / "other"
    database.secrets_folder(other)
    for path in (keeper / ".secrets").glob("console.db*"):
        shutil.copy(path, other / ".secrets" / path.name)
    assert settings.get(other, "metrics_token") == ""
    assert all(each.lost for each in list_channels(other))
