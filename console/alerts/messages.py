"""What an alert says: one set of facts, as the JSON body of a webhook and as a plain e-mail.

Names, errors and columns come from data and from other people. They are made visible first (no control characters, no
line breaks), a mail is plain text with a subject of one line, and the one text that a chat would read as markup is
written in its escaped form.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from console import sentences
from console.alerts import wording
from console.alerts.channels import Mail
from etl_batch.language import of_environment, speaking
from etl_batch.model import RunStatus
from etl_batch.record.originals import name_of
from etl_batch.record.run import RunRecord
from etl_batch.reporting.formatting import counted, parse_moment, quantity, visible
from etl_batch.ui.shared import wording as shared_wording
from etl_batch.ui.shared.labels import in_console

BODY_VERSION = 1
MOST_INPUTS = 20
SUBJECT_LENGTH = 150
SENTENCE_LENGTH = 400
ERROR_LENGTH = 1000


def to_readers() -> AbstractContextManager[None]:
    """Speak to those who get alerts: nobody has asked them what they speak, so it is what the server does."""
    return speaking(of_environment(os.environ))


@dataclass(frozen=True, slots=True)
class Facts:
    """What one alert is about."""

    event: str
    """`run.failed`, `run.rejects`, `run.range` or `test`."""
    rule: str
    sentence: str
    created_at: str
    run_id: str = ""
    status: str = ""
    user: str = ""
    started_at: str = ""
    finished_at: str = ""
    inputs: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    link: str = ""

    def to_json(self) -> dict[str, Any]:
        """As the outbox keeps them."""
        return asdict(self)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Facts:
        """Back from the outbox."""
        return cls(**{**values, "inputs": tuple(values["inputs"])})


def facts_of(record: RunRecord, event: str, rule: str, sentence: str, now: str, public_url: str, home: Path) -> Facts:
    """The facts of a run of a home that is over; every text in them is one visible line."""
    return Facts(
        event=event,
        rule=visible(rule, 100),
        sentence=visible(sentence, SENTENCE_LENGTH),
        created_at=now,
        run_id=visible(record.run_id, 100),
        status=record.status or "",
        user=visible(record.user, 100),
        started_at=visible(record.started_at, 40),
        finished_at=visible(record.finished_at, 40),
        inputs=_inputs(record, home),
        counts=asdict(record.counts),
        error=visible(_error(record), ERROR_LENGTH),
        link=f"{public_url}/runs?run={quote(record.run_id, safe='')}" if public_url else "",
    )


def _error(record: RunRecord) -> str:
    """Why the run is no success, as the console says it: a reader of an alert has its link at hand, and no shell."""
    home = str(record.config.values.get("home") or "/")
    return in_console(record.error.message, Path(home)) if record.error else ""


def _inputs(record: RunRecord, home: Path) -> tuple[str, ...]:
    names = [each.name for each in record.inputs] or [name_of(home, given) for given in record.config.inputs]
    named = [visible(name, 200) for name in names[:MOST_INPUTS]]
    if len(names) > MOST_INPUTS:
        named.append(wording.MORE_INPUTS.format(number=len(names) - MOST_INPUTS))
    return tuple(named)


def test_facts(now: str, public_url: str) -> Facts:
    """The facts of a test message."""
    return Facts("test", "Test", sentences.TEST_MESSAGE, now, link=public_url)


def chat_text(text: str) -> str:
    """Text that Slack and its like show as it is: no link, no mention, no markup comes out of it."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A character of no width after it keeps `@channel` from calling everybody.
    return escaped.replace("@", "@\N{ZERO WIDTH SPACE}")


def webhook_body(facts: Facts, delivery: str) -> bytes:
    """The JSON body; `text` is what Slack, Mattermost and Teams show, everything else is for programs."""
    run = None
    if facts.run_id:
        names = ("status", "user", "started_at", "finished_at", "counts")
        run = {"id": facts.run_id, **{name: getattr(facts, name) for name in names}, "inputs": list(facts.inputs)}
    words = " ".join(filter(None, (facts.sentence, facts.error)))
    value = {
        "version": BODY_VERSION,
        "id": delivery,
        "event": facts.event,
        "rule": facts.rule,
        "created_at": facts.created_at,
        "text": f"{chat_text(words)} {facts.link}".strip(),
        "mrkdwn": False,
        "sentence": facts.sentence,
        "run": run,
        "error": facts.error or None,
        "link": facts.link or None,
    }
    body = json.dumps(value)
    # The same JSON, and no HTML for whoever puts it into a page as it stands.
    for sign in "<>&":
        body = body.replace(sign, f"\\u{ord(sign):04x}")
    return body.encode("ascii")


def mail_message(facts: Facts, settings: Mail, delivery: str) -> EmailMessage:
    """The mail: plain text, its subject one line, its id the same at every attempt."""
    message = EmailMessage(policy=SMTP)
    with to_readers():
        message["Subject"] = visible(wording.SUBJECT.format(sentence=facts.sentence), SUBJECT_LENGTH)
        text = "\n".join(_mail_lines(facts)) + "\n"
    message["From"] = settings.sender
    message["To"] = ", ".join(settings.recipients)
    moment = parse_moment(facts.created_at)
    if moment is not None:
        message["Date"] = format_datetime(moment)
    message["Message-ID"] = f"<{delivery}@{settings.sender.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


def _mail_lines(facts: Facts) -> list[str]:
    lines = [facts.sentence, ""]
    if facts.error:
        lines += [facts.error, ""]
    if facts.run_id:
        pairs = {
            wording.RUN: facts.run_id,
            wording.STATUS: shared_wording.STATUSES[RunStatus(facts.status)] if facts.status else "",
            wording.USER: facts.user,
            wording.INPUTS: ", ".join(facts.inputs),
            wording.RECORDS: _counts(facts),
            wording.STARTED: facts.started_at,
            wording.FINISHED: facts.finished_at,
            wording.RULE: facts.rule,
        }
        lines += [f"{name + ':':<11}{value}" for name, value in pairs.items() if value]
    if facts.link:
        lines += ["", facts.link]
    return lines


def _counts(facts: Facts) -> str:
    """The records by their fate; what a run without success has written was never published."""
    if not facts.counts:
        return ""
    sentence = wording.COUNTS if facts.status == RunStatus.SUCCESS else wording.COUNTS_SO_FAR
    numbers = {name: quantity(number) for name, number in facts.counts.items() if name != "records_in"}
    return sentence.format(records=counted(facts.counts.get("records_in", 0), "record"), **numbers)
