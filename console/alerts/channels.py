"""Channels: where alerts go, a webhook or e-mail. Their secrets are written once and never handed to a screen again."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from console import sentences
from console.actions import act
from console.alerts import wording
from console.database import reading, transaction
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog

HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
TAKEN_HEADERS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection", "cookie"})
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?|::1")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_RECIPIENTS = 50
NAME_LENGTH = 64
_SELECT = "SELECT id, name, kind, enabled, unsealed(settings) AS settings FROM alert_channels"


class Security(StrEnum):
    """How a connection to a mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes a JSON body by POST. The address itself often is the secret."""

    url: str = field(default="", repr=False)
    header: str = "Authorization"
    """Header of the token; `Authorization` carries it as a bearer token, any other one as it is."""
    token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    """Key of the signature over the body; empty for none."""

    @property
    def place(self) -> str:
        """The address as far as it may be shown: without its path."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}/…"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server, who writes and who is written to."""

    host: str = ""
    port: int = 587
    security: Security = Security.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""
    recipients: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The server and the people, for a screen."""
        people, more = ", ".join(self.recipients[:3]), len(self.recipients) - 3
        sentence = wording.THROUGH if more <= 0 else wording.AND_MORE_THROUGH
        return sentence.format(people=people, more=more, server=f"{self.host}:{self.port}")


Settings = Webhook | Mail
SECRETS: dict[type[Settings], tuple[str, ...]] = {Webhook: ("url", "token", "secret"), Mail: ("password",)}
KINDS: dict[str, type[Settings]] = {"webhook": Webhook, "mail": Mail}


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel as a screen may have it: its secrets are empty, `kept` names those that are set."""

    id: int
    name: str
    enabled: bool
    settings: Settings
    place: str
    kept: frozenset[str] = frozenset()
    lost: bool = False
    """Whether what it holds can no longer be opened, so that it has to be entered again."""

    @property
    def kind(self) -> str:
        """`webhook` or `mail`."""
        return kind_of(self.settings)


def kind_of(settings: Settings) -> str:
    """The word for a kind of channel."""
    return next(name for name, cls in KINDS.items() if isinstance(settings, cls))


def list_channels(home: Path) -> list[Channel]:
    """All channels by name, without their secrets."""
    with reading(home) as connection:
        rows = connection.execute(f"{_SELECT} ORDER BY name").fetchall()
    return [_channel(row) for row in rows]


def open_settings(connection: sqlite3.Connection, channel_id: int) -> tuple[Channel, Settings] | None:
    """A channel and its settings with their secrets, for delivery alone; None when it is gone."""
    row = connection.execute(f"{_SELECT} WHERE id = ?", (channel_id,)).fetchone()
    return None if row is None else (_channel(row), _settings(row))


def save_channel(
    home: Path,
    user: User | None,
    *,
    name: str,
    settings: Settings,
    enabled: bool = True,
    channel_id: int | None = None,
    forget: frozenset[str] = frozenset(),
) -> int:
    """Add a channel, or change the one of that id; returns its id. A super_admin only, on the audit log.

    An empty secret keeps the one that is set, unless `forget` names it. A new address or mail server never inherits
    secrets: they would go to somebody else. Raises `UsageError` with the `field` that is wrong.
    """
    try:
        with transaction(home) as connection, act(home, "alert.channel.save", user) as now:
            name = check_name(name)
            before = None if channel_id is None else open_settings(connection, channel_id)
            if channel_id is not None and before is None:
                raise UsageError(sentences.CHANNEL_DELETED)
            whole = checked(_inherit(settings, before[1] if before else None, forget))
            row = (name, kind_of(whole), enabled, json.dumps(asdict(whole)))
            if channel_id is None:
                statement = "INSERT INTO alert_channels (name, kind, enabled, settings) VALUES (?, ?, ?, sealed(?))"
                channel_id = int(connection.execute(statement, row).lastrowid or 0)
            else:
                statement = (
                    "UPDATE alert_channels SET name = ?, kind = ?, enabled = ?, settings = sealed(?) WHERE id = ?"
                )
                connection.execute(statement, (*row, channel_id))
            detail = {"kind": row[1], "enabled": enabled, "place": whole.place}
            AuditLog(home).append(user=now.name, action="alert.channel.save", target=name, detail=detail)
            return channel_id
    except sqlite3.IntegrityError as error:
        raise UsageError(sentences.CHANNEL_EXISTS.format(name=name), field="name") from error


def delete_channel(home: Path, channel_id: int, user: User | None) -> None:
    """Forget a channel and its secrets; what still waits for it is given up. A super_admin only."""
    with transaction(home) as connection, act(home, "alert.channel.delete", user) as now:
        found = open_settings(connection, channel_id)
        if found is None:
            return
        AuditLog(home).append(user=now.name, action="alert.channel.delete", target=found[0].name)
        connection.execute("DELETE FROM alert_channels WHERE id = ?", (channel_id,))


def check_name(name: str) -> str:
    """A rule's or a channel's name, trimmed; raises `UsageError` for one that cannot be."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise UsageError(sentences.NO_CHANNEL_NAME.format(name=name[:80], most=NAME_LENGTH), field="name")
    return name


def checked(settings: Settings) -> Settings:
    """The settings when they are whole and well formed; raises `UsageError` with the `field` that is wrong."""
    return _checked_webhook(settings) if isinstance(settings, Webhook) else _checked_mail(settings)


def _channel(row: sqlite3.Row) -> Channel:
    whole = _settings(row)
    names = SECRETS[type(whole)]
    kept = frozenset(name for name in names if getattr(whole, name))
    bare = _with_secrets(whole, dict.fromkeys(names, ""))
    lost = row["settings"] is None
    place = sentences.CHANNEL_LOST if lost else whole.place
    return Channel(row["id"], row["name"], bool(row["enabled"]), bare, place, kept, lost)


def _settings(row: sqlite3.Row) -> Settings:
    if row["settings"] is None:
        return KINDS[row["kind"]]()
    values: dict[str, Any] = json.loads(row["settings"])
    if row["kind"] == "webhook":
        return Webhook(**values)
    values |= {"security": Security(values["security"]), "recipients": tuple(values["recipients"])}
    return Mail(**values)


def _inherit(given: Settings, before: Settings | None, forget: frozenset[str]) -> Settings:
    """The settings with the secrets that were left as they are."""
    if before is None:
        return given
    if type(before) is not type(given):
        raise UsageError(sentences.CHANNEL_KIND_STAYS, field="kind")
    moved = _moved(given, before)
    secrets = {}
    for name in SECRETS[type(given)]:
        if getattr(given, name) or name in forget or not getattr(before, name):
            continue
        if moved:
            raise UsageError(
                sentences.CHANNEL_SECRET_AGAIN.format(name=name),
                field=name,
            )
        secrets[name] = getattr(before, name)
    return _with_secrets(given, secrets)


def _with_secrets(settings: Settings, secrets: dict[str, str]) -> Settings:
    changed: Settings = replace(settings, **secrets)  # type: ignore[arg-type]  # the names are those of its class
    return changed


def _moved(given: Settings, before: Settings) -> bool:
    if isinstance(given, Webhook) and isinstance(before, Webhook):
        return bool(given.url) and given.place != before.place
    assert isinstance(given, Mail)
    assert isinstance(before, Mail)
    return (given.host, given.port) != (before.host, before.port)


def _checked_webhook(settings: Webhook) -> Webhook:
    url = settings.url.strip()
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url or "@" in parts.netloc:
        raise UsageError(sentences.NO_WEBHOOK, field="url")
    header = settings.header.strip() or "Authorization"
    if not HEADER.fullmatch(header) or header.lower() in TAKEN_HEADERS:
        raise UsageError(sentences.NO_TOKEN_HEADER.format(header=header[:80]), field="header")
    if not settings.token.isascii() or not settings.token.isprintable():
        raise UsageError(sentences.TOKEN_NOT_ASCII, field="token")
    return replace(settings, url=url, header=header, token=settings.token.strip())


def _checked_mail(settings: Mail) -> Mail:
    host = settings.host.strip()
    if not HOST.fullmatch(host):
        raise UsageError(sentences.NO_MAIL_SERVER.format(host=host[:80]), field="host")
    if not 1 <= settings.port <= 65535:
        raise UsageError(sentences.NO_PORT, field="port")
    for name, address in (("sender", settings.sender), *(("recipients", each) for each in settings.recipients)):
        if not MAIL_ADDRESS.fullmatch(address):
            raise UsageError(sentences.NO_MAIL_ADDRESS.format(address=address[:80]), field=name)
    if not 1 <= len(settings.recipients) <= MOST_RECIPIENTS:
        raise UsageError(sentences.NO_RECIPIENTS.format(most=MOST_RECIPIENTS), field="recipients")
    if bool(settings.user) != bool(settings.password):
        raise UsageError(sentences.PASSWORD_WITHOUT_USER, field="password")
    if settings.password and settings.security is Security.PLAIN and host not in LOOPBACK:
        raise UsageError(sentences.PASSWORD_IN_CLEAR, field="security")
    return replace(settings, host=host)
