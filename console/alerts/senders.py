"""Sending one message over one channel: within a deadline, to no forbidden address, with the answer in words.

Whatever the receiver does (no answer, an answer drop by drop, an endless one), an attempt is over after
`TOTAL_SECONDS`. Redirects are not followed, and proxies or passwords of the environment are not used.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from console import sentences
from console.alerts.addresses import ForbiddenAddress, connect
from console.alerts.channels import SECRETS, Mail, Security, Settings, Webhook
from console.alerts.messages import Facts, mail_message, webhook_body
from etl_batch.reporting.formatting import visible

STEP_SECONDS = 10.0
TOTAL_SECONDS = 30.0
ANSWER_BYTES = 2048
WORDS_LENGTH = 300
USER_AGENT = "Quantum-ETL"
# It would write a webhook's whole address, which is a secret, into a log that was set to DEBUG.
logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to: whether the receiver took the message over, and its answer in words."""

    accepted: bool
    words: str


class Deadline:
    """Cuts the connections it watches after so many seconds, or at once when `cut` is called."""

    def __init__(self, seconds: float = TOTAL_SECONDS) -> None:
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self.cut)
        self._timer.daemon = True
        self.over = False

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            for held in self._sockets:
                held.close()
            self._sockets.clear()

    def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """A connection under watch; raises as `addresses.connect` does."""
        return self.watch(connect(host, port, seconds))

    def watch(self, connection: socket.socket) -> socket.socket:
        """Take a connection under watch and return it."""
        # A duplicate stays valid when the connection is wrapped in TLS, and shutting it down ends both.
        held = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._sockets.append(held)
        if self.over:
            self.cut()
        return connection

    def cut(self) -> None:
        """End the attempt: what reads or writes on its connections fails now."""
        with self._lock:
            self.over = True
            for held in self._sockets:
                with suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)


def send(settings: Settings, facts: Facts, delivery: str, deadline: Deadline) -> Outcome:
    """Send one message; the words never hold a secret, whatever the receiver answered."""
    try:
        if isinstance(settings, Webhook):
            outcome = _send_webhook(settings, facts, delivery, deadline)
        else:
            outcome = _send_mail(settings, facts, delivery, deadline)
    except ForbiddenAddress as error:
        outcome = Outcome(False, error.message)
    if deadline.over and not outcome.accepted:
        outcome = Outcome(False, sentences.NO_WHOLE_ANSWER.format(seconds=TOTAL_SECONDS))
    return Outcome(outcome.accepted, visible(_without_secrets(outcome.words, settings), WORDS_LENGTH))


def _without_secrets(words: str, settings: Settings) -> str:
    for name in SECRETS[type(settings)]:
        secret = getattr(settings, name)
        if secret:
            words = words.replace(secret, "•••")
    return words


def signature(secret: str, body: bytes) -> str:
    """The signature header's value: HMAC-SHA256 of the body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _send_webhook(settings: Webhook, facts: Facts, delivery: str, deadline: Deadline) -> Outcome:
    body = webhook_body(facts, delivery)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "X-ETL-Event": facts.event,
        "X-ETL-Delivery": delivery,
    }
    if settings.token:
        bearer = settings.header.lower() == "authorization"
        headers[settings.header] = f"Bearer {settings.token}" if bearer else settings.token
    if settings.secret:
        headers["X-ETL-Signature"] = signature(settings.secret, body)
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, _WatchedAdapter(deadline))
        try:
            answer = session.post(
                settings.url,
                data=body,
                headers=headers,
                timeout=STEP_SECONDS,
                allow_redirects=False,
                stream=True,
                verify=os.environ.get("SSL_CERT_FILE") or True,
            )
            # Headers that were cut off in their middle read like whole ones: that is no answer.
            return Outcome(False, "") if deadline.over else _answered(answer)
        except requests.RequestException as error:
            return Outcome(False, _trouble(error))
        except (OSError, ValueError) as error:
            return Outcome(False, sentences.REQUEST_FAILED.format(reason=_system_words(error)))


def _answered(answer: requests.Response) -> Outcome:
    text = ""
    with suppress(HTTPError, OSError):
        text = answer.raw.read(ANSWER_BYTES, decode_content=False).decode("utf-8", "replace").strip()
    status = f"HTTP {answer.status_code} {answer.reason or ''}".strip()
    if 300 <= answer.status_code < 400:
        return Outcome(False, sentences.SENDS_ON.format(status=status))
    return Outcome(200 <= answer.status_code < 300, f"{status}: {text}" if text else f"{status}.")


def _trouble(error: requests.RequestException) -> str:
    """Why there was no answer. The library's own words hold the whole address, so they are never used."""
    if isinstance(error, requests.exceptions.SSLError):
        return sentences.NOT_SECURE.format(reason=_system_words(_innermost(error, ssl.SSLError)))
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return sentences.NO_CONNECTION_IN_TIME.format(seconds=STEP_SECONDS)
    if isinstance(error, requests.exceptions.Timeout):
        return sentences.NO_ANSWER_IN_TIME.format(seconds=STEP_SECONDS)
    if isinstance(error, requests.exceptions.ConnectionError):
        return sentences.NO_CONNECTION.format(reason=_system_words(_innermost(error, OSError)))
    return sentences.REQUEST_FAILED_AS.format(kind=type(error).__name__)


def _innermost(error: BaseException, wanted: type[BaseException]) -> BaseException:
    """The cause of that kind that lies deepest below an error."""
    seen: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in seen:
        seen.append(at)
        at = at.__cause__ or at.__context__ or getattr(at, "reason", None)
        at = at if isinstance(at, BaseException) else None
    return next((each for each in reversed(seen) if isinstance(each, wanted)), error)


def _system_words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return sentences.NOT_TRUSTED.format(reason=error.verify_message)
    if isinstance(error, socket.gaierror):
        return sentences.NO_HOST
    if isinstance(error, TimeoutError):
        return sentences.NOTHING_CAME.format(seconds=STEP_SECONDS)
    if isinstance(error, OSError) and error.strerror and not isinstance(error, requests.RequestException):
        return str(error.strerror).lower()
    return sentences.ENDED_BY_OTHER


class _WatchedAdapter(HTTPAdapter):
    """Puts every connection it opens under a deadline's watch."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make connections of our own kind."""
        super().init_poolmanager(*args, **kwargs)
        deadline = self._deadline

        def connected(connection: HTTPConnection) -> socket.socket:
            try:
                return deadline.connect(connection.host, connection.port, STEP_SECONDS)
            except TimeoutError as error:
                raise ConnectTimeoutError(connection, str(error)) from error
            except OSError as error:
                raise NewConnectionError(connection, str(error)) from error

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return connected(self)

        class Secure(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return connected(self)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}


class _Smtp(smtplib.SMTP):
    """SMTP over a connection that a deadline watches; with a context, inside TLS from the first byte."""

    def __init__(self, settings: Mail, deadline: Deadline, context: ssl.SSLContext | None) -> None:
        self._watcher, self._context = deadline, context
        super().__init__(settings.host, settings.port, _own_name(), timeout=STEP_SECONDS)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = self._watcher.connect(host, port, timeout)
        return self._context.wrap_socket(connection, server_hostname=host) if self._context else connection


def _own_name() -> str:
    name = socket.gethostname()
    return name if name.isascii() and name.replace("-", "").replace(".", "").isalnum() else "localhost"


def _send_mail(settings: Mail, facts: Facts, delivery: str, deadline: Deadline) -> Outcome:
    context = ssl.create_default_context()
    try:
        server = _Smtp(settings, deadline, context if settings.security is Security.TLS else None)
        try:
            server.ehlo_or_helo_if_needed()
            if settings.security is Security.STARTTLS:
                server.starttls(context=context)
                server.ehlo()
            if settings.user:
                server.login(settings.user, settings.password)
            return _hand_over(server, settings, mail_message(facts, settings, delivery).as_bytes())
        finally:
            # What the server says to the goodbye changes nothing about a mail it has taken.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()
    except smtplib.SMTPResponseException as error:
        return Outcome(False, sentences.MAIL_ANSWERED.format(reply=_reply(error.smtp_code, error.smtp_error)))
    except smtplib.SMTPServerDisconnected as error:
        silent = isinstance(error.__context__, TimeoutError)
        words = sentences.MAIL_SILENT.format(seconds=STEP_SECONDS) if silent else sentences.MAIL_ENDED
        return Outcome(False, words)
    except smtplib.SMTPNotSupportedError as error:
        return Outcome(False, sentences.MAIL_CANNOT.format(reason=error))
    except smtplib.SMTPException as error:
        return Outcome(False, sentences.MAIL_FAILED_AS.format(kind=type(error).__name__))
    except (OSError, ValueError) as error:
        return Outcome(False, sentences.NO_MAIL_CONNECTION.format(reason=_system_words(error)))


def _hand_over(server: smtplib.SMTP, settings: Mail, content: bytes) -> Outcome:
    """The envelope and the mail. Taken for some of the recipients is taken: the others would not be helped by more."""
    refused = []
    code, reply = server.mail(settings.sender)
    if code != 250:
        return Outcome(False, sentences.SENDER_REFUSED.format(reply=_reply(code, reply)))
    for recipient in settings.recipients:
        code, reply = server.rcpt(recipient)
        if code not in (250, 251):
            refused.append(sentences.RECIPIENT_REFUSED.format(recipient=recipient, reply=_reply(code, reply)))
    if len(refused) == len(settings.recipients):
        return Outcome(False, sentences.RECIPIENTS_REFUSED.format(replies="; ".join(refused)))
    code, reply = server.data(content)
    return Outcome(code == 250, sentences.MAIL_ANSWERED.format(reply="; ".join([_reply(code, reply), *refused])))


def _reply(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(text.split())}".strip().rstrip(".")
