"""Sending one message over one channel: within a deadline, to no forbidden address, with the answer in words.

Whatever the receiver does (no answer, an answer drop by drop, an endless one), an attempt is over after
`TOTAL_SECONDS`. Redirects are not followed, and proxies or passwords of the environment are not used.
"""

from __future__ import annotations

import hashlib
import hmac
import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass

import requests
from urllib3.exceptions import HTTPError

from console import sentences
from console.alerts.channels import SECRETS, Mail, Security, Settings, Webhook
from console.alerts.messages import Facts, mail_message, webhook_body
from console.outgoing.addresses import ForbiddenAddress
from console.outgoing.calls import USER_AGENT, Deadline, guarded, system_words, trouble, trusted
from etl_batch.reporting.formatting import visible

STEP_SECONDS = 10.0
TOTAL_SECONDS = 30.0
ANSWER_BYTES = 2048
WORDS_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to: whether the receiver took the message over, and its answer in words."""

    accepted: bool
    words: str


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
    with guarded(deadline, STEP_SECONDS) as session:
        try:
            answer = session.post(
                settings.url,
                data=body,
                headers=headers,
                timeout=STEP_SECONDS,
                allow_redirects=False,
                stream=True,
                verify=trusted(),
            )
            # Headers that were cut off in their middle read like whole ones: that is no answer.
            return Outcome(False, "") if deadline.over else _answered(answer)
        except requests.RequestException as error:
            return Outcome(False, trouble(error, STEP_SECONDS))
        except (OSError, ValueError) as error:
            return Outcome(False, sentences.REQUEST_FAILED.format(reason=system_words(error, STEP_SECONDS)))


def _answered(answer: requests.Response) -> Outcome:
    text = ""
    with suppress(HTTPError, OSError):
        text = answer.raw.read(ANSWER_BYTES, decode_content=False).decode("utf-8", "replace").strip()
    status = f"HTTP {answer.status_code} {answer.reason or ''}".strip()
    if 300 <= answer.status_code < 400:
        return Outcome(False, sentences.SENDS_ON.format(status=status))
    return Outcome(200 <= answer.status_code < 300, f"{status}: {text}" if text else f"{status}.")


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
        return Outcome(False, sentences.NO_MAIL_CONNECTION.format(reason=system_words(error, STEP_SECONDS)))


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
