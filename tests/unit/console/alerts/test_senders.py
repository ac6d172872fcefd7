"""Sending alerts to real servers: accepted, refused, hanging, dripping, redirecting, closed, forbidden."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import ssl
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from console.alerts import senders
from console.alerts.channels import Mail, Security, Webhook
from console.alerts.messages import Facts, facts_of
from console.alerts.senders import Outcome
from console.outgoing.calls import Deadline
from etl_batch.reporting.formatting import visible
from tests.receivers import DRIP, HANG, Letterbox, certificate, mail_server, web_server
from tests.records import record

NOW = "2026-01-31T12:00:00.000Z"
HOSTILE = "x\r\nBcc: thief@example.org\r\n\r\n<b>hi</b> <!channel> <https://evil.example|click> @here\x00"
METADATA = {
    "run_id": "20260131T115900Z-abc123",
    "status": "failed",
    "user": "ada",
    "started_at": "2026-01-31T11:59:00.000Z",
    "finished_at": NOW,
    "config": {"inputs": ["/home/data/sales.csv"]},
    "inputs": [{"path": "/home/data/sales.csv"}],
    "counts": {"records_in": 1000, "written": 880, "rejected": 120, "skipped": 0},
    "error": {"kind": "output_failed", "message": "The disk is full."},
}
FACTS = facts_of(
    record(METADATA), "run.failed", "Failures", "Run X by ada failed.", NOW, "https://etl.example.org", Path("/no-home")
)


def attempt(settings: Webhook | Mail, facts: Facts = FACTS, seconds: float = 30.0) -> Outcome:
    """One attempt to send."""
    with Deadline(seconds) as deadline:
        return senders.send(settings, facts, "etl-run-1", deadline)


def test_a_webhook_gets_the_whole_story():
    """The body is JSON with run, counts, error and link; headers name the event and the delivery; no secret, no lie."""
    with web_server() as hook:
        outcome = attempt(Webhook(hook.url))
    ((path, headers, body),) = hook.requests
    told = json.loads(body)
    assert outcome == Outcome(True, "HTTP 200 OK: thank you")
    assert (path, headers["content-type"], headers["x-etl-event"]) == ("/hook", "application/json", "run.failed")
    assert headers["x-etl-delivery"] == told["id"] == "etl-run-1"
    assert told["run"]["id"] == METADATA["run_id"]
    assert told["run"]["inputs"] == ["sales.csv"]
    assert told["run"]["counts"] == METADATA["counts"]
    assert (told["sentence"], told["error"]) == ("Run X by ada failed.", "The disk is full.")
    assert told["link"] == "https://etl.example.org/runs?run=20260131T115900Z-abc123"
    assert told["text"] == f"Run X by ada failed. The disk is full. {told['link']}"
    assert "authorization" not in headers
    assert "x-etl-signature" not in headers


@pytest.mark.parametrize(
    ("header", "expected"),
    [("Authorization", ("authorization", "Bearer t0k3n")), ("X-Api-Key", ("x-api-key", "t0k3n"))],
)
def test_token_and_signature(header, expected):
    """The token goes as a bearer token or in a header of its own; the signature is the HMAC-SHA256 of the body."""
    with web_server() as hook:
        attempt(Webhook(hook.url, header=header, token="t0k3n", secret="s3cret"))
    ((_path, headers, body),) = hook.requests
    assert headers[expected[0]] == expected[1]
    assert headers["x-etl-signature"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_a_refusal_is_told_in_words(status):
    """Anything but 2xx is not accepted, and the answer is shown, without the secrets it may repeat."""
    with web_server(answers=[status], text="bad t0k3n\x07") as hook:
        outcome = attempt(Webhook(hook.url, token="t0k3n"))
    assert not outcome.accepted
    assert outcome.words.startswith(f"HTTP {status}")
    assert outcome.words.endswith(f": bad •••{visible(chr(7))}")


def test_a_redirect_is_not_followed():
    """The place it leads to never hears of the alert."""
    with web_server() as elsewhere, web_server(answers=[302], location=elsewhere.url) as hook:
        outcome = attempt(Webhook(hook.url, token="t0k3n"))
        assert not outcome.accepted
        assert "which is not followed" in outcome.words
        assert elsewhere.requests == []


def test_a_closed_port_is_told(monkeypatch):
    """Nobody listens: said in words, without the address, which may be a secret."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    outcome = attempt(Webhook(f"http://127.0.0.1:{port}/T000/secret-path"))
    assert outcome == Outcome(False, "No connection: connection refused.")


def test_a_proxy_of_the_environment_is_not_used(monkeypatch):
    """An alert goes where the channel says and nowhere else."""
    with web_server() as hook, web_server() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        assert attempt(Webhook(hook.url)).accepted
        assert proxy.requests == []


def test_a_host_that_does_not_exist():
    """A name without an address is told."""
    assert attempt(Webhook("http://nowhere.invalid/")).words == "No connection: there is no such host name."


@pytest.mark.parametrize(("answer", "step"), [(HANG, 0.2), (DRIP, 30.0)])
def test_a_receiver_that_does_not_end(monkeypatch, answer, step):
    """One that never answers and one that answers a sign at a time are both given up."""
    monkeypatch.setattr(senders, "STEP_SECONDS", step)
    with web_server(answers=[answer]) as hook:
        outcome = attempt(Webhook(hook.url), seconds=0.5 if answer == DRIP else 30.0)
        assert not outcome.accepted
        assert outcome.words.startswith("No")


def test_a_cut_ends_the_attempt_at_once():
    """What waits for an answer is over when the deadline is cut by hand."""
    with web_server(answers=[HANG]) as hook, Deadline(30.0) as deadline:
        watch = deadline.watch

        def watched_then_cut(connection):
            watch(connection)
            deadline.cut()
            return connection

        deadline.watch = watched_then_cut
        outcome = senders.send(Webhook(hook.url), FACTS, "etl-run-1", deadline)
    assert not outcome.accepted


def test_https_needs_a_trusted_certificate(tmp_path, monkeypatch):
    """A self-made certificate is refused in words, and taken once the machine is told to trust it."""
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with web_server(tls=context) as hook:
        assert "the certificate is not trusted" in attempt(Webhook(hook.url)).words
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        assert attempt(Webhook(hook.url)).accepted


def mail(box: Letterbox, **more) -> Mail:
    """A mail channel to a letterbox."""
    values = {"host": "127.0.0.1", "port": box.port, "security": Security.PLAIN, "sender": "etl@example.org"}
    return Mail(**{**values, "recipients": ("ada@example.org", "bob@example.org"), **more})


def test_a_mail_arrives():
    """Sender, recipients, subject and text are those of the alert; the server's answer is shown."""
    with mail_server(Letterbox()) as box:
        outcome = attempt(mail(box))
    ((sender, recipients, content),) = box.envelopes
    letter = message_from_bytes(content, policy=policy.default)
    assert outcome == Outcome(True, "The mail server answered 250 2.0.0 taken as 4711.")
    assert (sender, recipients) == ("etl@example.org", ["ada@example.org", "bob@example.org"])
    assert letter["Subject"] == "[Quantum ETL] Run X by ada failed."
    assert letter["Message-ID"] == "<etl-run-1@example.org>"
    assert letter.get_content_type() == "text/plain"
    text = letter.get_content()
    read = "1\u202f000 records read, 120 rejected, 0 skipped; nothing was published"
    for words in ("The disk is full.", read, "sales.csv", "/runs?run=20260131T115900Z"):
        assert words in text
    assert "written" not in text


def test_text_from_data_stays_text():
    """A name or an error with line breaks and markup adds no header to a mail and no link or mention to a chat."""
    metadata = METADATA | {"user": HOSTILE, "inputs": [{"path": f"/data/{HOSTILE}"}], "error": {"message": HOSTILE}}
    facts = facts_of(
        record(metadata), "run.failed", "Failures", f"Run X by {HOSTILE} failed.", NOW, "", Path("/no-home")
    )
    with mail_server(Letterbox()) as box, web_server() as hook:
        assert attempt(mail(box), facts).accepted
        assert attempt(Webhook(hook.url), facts).accepted
    letter = message_from_bytes(box.envelopes[0][2], policy=policy.default)
    assert letter.keys().count("Bcc") == 0
    assert "\n" not in letter["Subject"]
    assert "Bcc:" not in [line[:4] for line in letter.get_content().splitlines()]
    body = hook.requests[0][2]
    assert not set(b"<>&\r\n") & set(body)
    chat = json.loads(body)["text"]
    assert "<" not in chat
    assert "@here" not in chat
    assert "&lt;!channel&gt;" in chat


def test_recipients_that_are_refused():
    """Taken for some is taken, and the others are named; taken for nobody is not."""
    with mail_server(Letterbox(refused=("bob@example.org",))) as box:
        some = attempt(mail(box))
        none = attempt(mail(box, recipients=("bob@example.org",)))
    assert some.accepted
    assert "bob@example.org refused: 550 5.1.1 nobody of that name here" in some.words
    assert not none.accepted
    assert none.words == (
        "The mail server took none of the recipients; bob@example.org refused: 550 5.1.1 nobody of that name here."
    )
    assert [recipients for _sender, recipients, _content in box.envelopes] == [["ada@example.org"]]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_server_that_wants_a_password():
    """Without one and with a wrong one nothing is taken; the right one opens; the words never repeat it."""
    with mail_server(Letterbox(user="etl", password="pa55word")) as box:
        without = attempt(mail(box))
        wrong = attempt(mail(box, user="etl", password="wr0ng"))
        right = attempt(mail(box, user="etl", password="pa55word"))
    assert (without.accepted, wrong.accepted, right.accepted) == (False, False, True)
    assert "530" in without.words
    assert "535" in wrong.words
    assert "wr0ng" not in wrong.words


def test_starttls_needs_a_trusted_certificate(tmp_path, monkeypatch):
    """The connection is lifted into TLS and the server's certificate checked; a server without TLS is refused."""
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with mail_server(Letterbox(), tls_context=context, require_starttls=True) as box, mail_server(Letterbox()) as bare:
        untrusted = attempt(mail(box, security=Security.STARTTLS))
        plain = attempt(mail(box))
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
        trusted = attempt(mail(box, security=Security.STARTTLS))
        impossible = attempt(mail(bare, security=Security.STARTTLS))
    assert "the certificate is not trusted" in untrusted.words
    assert "530" in plain.words
    assert trusted.accepted
    assert "STARTTLS" in impossible.words
    assert len(box.envelopes) == 1


def test_tls_from_the_first_byte(tmp_path, monkeypatch):
    """A server that speaks TLS at once is reached, once its certificate is trusted."""
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    with mail_server(Letterbox(), ssl_context=context) as box:
        assert attempt(mail(box, security=Security.TLS)).accepted
        assert len(box.envelopes) == 1


def test_a_mail_server_that_says_nothing(monkeypatch):
    """A port that takes connections and keeps silent is given up."""
    monkeypatch.setattr(senders, "STEP_SECONDS", 0.2)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        box = Letterbox(port=listener.getsockname()[1])
        outcome = attempt(mail(box))
    assert outcome == Outcome(False, "The mail server sent nothing for 0.2 seconds.")
