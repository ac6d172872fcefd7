"""The outbox and its courier: once and not twice, again and again but not for ever, and over a restart."""

from __future__ import annotations

import json
import logging
import threading
from email import message_from_bytes, policy

import pytest

from console import alerts, database, settings
from console.alerts import Courier, Mail, Rule, RuleKind, Security, Webhook, outbox, senders
from console.alerts.outbox import BACKOFF_SECONDS, LEASE_SECONDS
from console.users import Forbidden, Role
from etl_batch.errors import UsageError
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.receivers import HANG, Letterbox, mail_server, web_server
from tests.records import json_of
from tests.waiting import until

RUN = "20260131T115900Z-abc123"
TOKEN, SECRET = "t0k3n-of-the-team", "s1gning-k3y"


@pytest.fixture
def admin(people):
    """A super_admin."""
    return people[Role.SUPER_ADMIN]


def ended(home, run_id: str = RUN, status: str = "failed") -> str:
    """A run that is over."""
    counts = {"records_in": 10, "written": 4, "rejected": 6, "skipped": 0}
    metadata = {"run_id": run_id, "status": status, "user": "ada", "counts": counts}
    metadata |= {"config": {"inputs": ["/d/sales.csv"]}, "error": {"kind": "output_failed", "message": "Disk full."}}
    RunDirectory(home, run_id).create().write("metadata.json", metadata)
    return run_id


def channel(home, admin, url: str, name: str = "Team") -> int:
    """A webhook channel."""
    return alerts.save_channel(home, admin, name=name, settings=Webhook(url, token=TOKEN, secret=SECRET))


class Clock:
    """A time that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def work(home, clock: Clock) -> int:
    """One tick of a courier that nobody has used before, to its end; how many attempts it began."""
    courier = Courier(home, clock)
    begun = courier.tick()
    courier.settle()
    return begun


def test_those_who_are_told_are_spoken_to_as_the_server_speaks(home, admin, monkeypatch):
    """The sentence and the lines of a mail; what came of it is kept in English."""
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")
    with mail_server(Letterbox()) as box:
        to_ada = Mail("127.0.0.1", box.port, Security.PLAIN, sender="etl@example.org", recipients=("ada@example.org",))
        alerts.save_channel(home, admin, name="Mail", settings=to_ada)
        alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
        assert alerts.run_ended(home, ended(home)) == 1
        assert work(home, Clock()) == 1
    letter = message_from_bytes(box.envelopes[0][2], policy=policy.default)
    assert letter["Subject"] == f"[Quantum ETL] A execução {RUN} de ada falhou."
    text = letter.get_content()
    assert "Estado:    falhou" in text
    assert "10 registros lidos, 6 rejeitados, 0 pulados; nada foi publicado" in text
    (sent,) = alerts.list_deliveries(home)
    (attempt,) = alerts.list_attempts(home, sent.id)
    assert attempt.words.startswith("The mail server answered")


def test_a_failed_run_is_delivered_once(home, admin):
    """However often the end of a run is told, a rule makes one message, and what was accepted is not sent again."""
    settings.put(home, "public_url", "https://etl.example.org/")
    with web_server() as hook:
        channel(home, admin, hook.url)
        alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
        assert alerts.run_ended(home, ended(home)) == 1
        assert alerts.run_ended(home, RUN) == 0
        clock = Clock()
        assert [work(home, clock) for _ in range(3)] == [1, 0, 0]
        clock.now += 10 * LEASE_SECONDS
        assert work(home, clock) == 0
    ((_path, headers, body),) = hook.requests
    told = json.loads(body)
    assert (told["event"], told["rule"], told["run"]["id"]) == ("run.failed", "Failures", RUN)
    assert (told["error"], told["link"]) == ("Disk full.", f"https://etl.example.org/runs?run={RUN}")
    assert headers["authorization"] == f"Bearer {TOKEN}"
    (delivery,) = alerts.list_deliveries(home)
    assert (delivery.state, delivery.attempts, delivery.last.words) == ("accepted", 1, "HTTP 200 OK: thank you")


def test_rules_and_channels_that_are_off_stay_silent(home, admin):
    """An unfinished run, a success, a rule or a channel that is off, and a channel that was not chosen send nothing."""
    with web_server() as hook:
        first = channel(home, admin, hook.url)
        alerts.save_channel(home, admin, name="Off", settings=Webhook(hook.url), enabled=False)
        other = channel(home, admin, hook.url, "Other")
        alerts.save_rule(home, Rule("Off", RuleKind.FAILED, enabled=False), admin)
        alerts.save_rule(home, Rule("One", RuleKind.FAILED, channels=(first,)), admin)
        RunDirectory(home, "20260131T120000Z-ffffff").create()
        assert alerts.run_ended(home, "20260131T120000Z-ffffff") == 0
        assert alerts.run_ended(home, ended(home, "20260131T120001Z-ffffff", "success")) == 0
        assert alerts.run_ended(home, ended(home)) == 1
        assert [delivery.channel for delivery in alerts.list_deliveries(home)] == ["Team"]
        assert other != first


def test_a_run_that_makes_no_sense_holds_up_nobody(home, admin):
    """Metadata of another program's making counts for nothing where it is odd; the other rules are held against it."""
    alerts.save_rule(home, Rule("Rejects", RuleKind.REJECTS, most_rejects=1), admin)
    alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
    run = RunDirectory(home, ended(home))
    run.write("metadata.json", json_of(run) | {"counts": {"rejected": {}}, "inputs": "none"})
    assert alerts.run_ended(home, RUN) == 1
    run.write("metadata.json", json_of(run) | {"status": ["failed"]})
    assert alerts.run_ended(home, RUN) == 0


def test_a_refusal_is_tried_again_later_and_given_up_in_the_end(home, admin):
    """Each attempt waits longer than the one before; the fifth is the last; all their answers are kept."""
    with web_server(answers=[500] * 5) as hook:
        channel(home, admin, hook.url)
        alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
        alerts.run_ended(home, ended(home))
        clock = Clock()
        for pause in BACKOFF_SECONDS:
            assert work(home, clock) == 1
            clock.now += pause - 1
            assert work(home, clock) == 0
            clock.now += 1
        assert work(home, clock) == 1
        clock.now += 10**6
        assert work(home, clock) == 0
        (delivery,) = alerts.list_deliveries(home)
        assert (delivery.state, delivery.attempts, len(hook.requests)) == ("given_up", 5, 5)
        assert [attempt.accepted for attempt in alerts.list_attempts(home, delivery.id)] == [False] * 5
        assert len({headers["x-etl-delivery"] for _path, headers, _body in hook.requests}) == 1
        assert sum(BACKOFF_SECONDS) == pytest.approx(1800, rel=0.05)
        alerts.send_again(home, delivery.id, admin, now=clock.now)
        assert work(home, clock) == 1
        assert alerts.list_deliveries(home)[0].state == "accepted"


def test_500_then_200(home, admin, caplog):
    """A receiver that recovers gets the message at the second attempt; the log says so without a secret."""
    with caplog.at_level(logging.DEBUG), web_server(answers=[500], text=f"no {TOKEN}") as hook:
        channel(home, admin, hook.url + "?key=in-the-address")
        alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
        alerts.run_ended(home, ended(home))
        clock = Clock()
        work(home, clock)
        clock.now += BACKOFF_SECONDS[0]
        work(home, clock)
    (delivery,) = alerts.list_deliveries(home)
    assert (delivery.state, delivery.attempts) == ("accepted", 2)
    assert "was not accepted: HTTP 500" in caplog.text
    assert TOKEN not in caplog.text
    assert SECRET not in caplog.text
    assert "in-the-address" not in caplog.text


def test_the_outbox_survives_a_crash(home, admin):
    """A console that died in the middle of an attempt: the delivery is due again when its lease has run out."""
    with web_server() as hook:
        channel(home, admin, hook.url)
        alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
        alerts.run_ended(home, ended(home))
        clock = Clock()
        assert len(outbox.claim(home, clock.now, ())) == 1
        assert work(home, clock) == 0
        clock.now += LEASE_SECONDS + 1
        assert work(home, clock) == 1
        assert len(hook.requests) == 1


def test_a_dead_receiver_holds_up_nobody_else(home, admin):
    """While one channel hangs another one delivers; stopping cuts the hanging attempt and puts it back."""
    with web_server(answers=[HANG]) as slow, web_server() as quick:
        channel(home, admin, slow.url, "Slow")
        channel(home, admin, quick.url, "Quick")
        alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
        alerts.run_ended(home, ended(home))
        alerts.run_ended(home, ended(home, "20260131T115901Z-abc123"))
        courier = Courier(home)
        courier.start()
        until(lambda: alerts.outbox_states(home)["accepted"] >= 2 and slow.requests)
        courier.stop()
        states = {(one.channel, one.state) for one in alerts.list_deliveries(home)}
        assert states == {("Slow", "waiting"), ("Quick", "accepted")}
        assert [one.attempts for one in alerts.list_deliveries(home) if one.channel == "Slow"] == [0, 0]
        slow.released.set()
        assert len(outbox.claim(home, Clock().now, ())) == 1
    assert not [thread for thread in threading.enumerate() if thread.name == "alert"]


def test_a_channel_that_is_gone_is_given_up(home, admin):
    """What waited for a deleted or a switched-off channel says so and waits no more."""
    with web_server() as hook:
        gone, off = (channel(home, admin, hook.url, name) for name in ("Gone", "Off"))
        alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
        alerts.run_ended(home, ended(home))
        alerts.delete_channel(home, gone, admin)
        kept = Webhook()
        alerts.save_channel(home, admin, name="Off", settings=kept, enabled=False, channel_id=off)
        work(home, Clock())
        assert hook.requests == []
    words = {one.channel: (one.state, one.last.words) for one in alerts.list_deliveries(home)}
    assert words == {
        "Gone": ("given_up", "The channel was deleted."),
        "Off": ("given_up", "The channel was switched off."),
    }
    assert alerts.outbox_states(home) == {"waiting": 0, "accepted": 0, "given_up": 2}


def test_the_list_does_not_grow_for_ever(home, admin, monkeypatch):
    """The oldest messages are forgotten, those that still wait are not."""
    monkeypatch.setattr(outbox, "MOST_MESSAGES", 2)
    channel(home, admin, "http://127.0.0.1:9/")
    alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
    for number in range(4):
        alerts.run_ended(home, ended(home, f"2026013{number}T000000Z-abc123"))
    outbox.finish(home, 2, senders.Outcome(True, "ok"), 0.0)
    outbox.prune(home)
    assert [one.facts.run_id[7] for one in alerts.list_deliveries(home)] == ["3", "2", "0"]


def test_a_test_message_tells_what_came_back(home, admin, people):
    """It is sent at once, its answer is told in words, only a super_admin may, and the audit log knows."""
    with web_server(answers=[200, 503]) as hook:
        channel_id = channel(home, admin, hook.url)
        good, bad = (alerts.send_test(home, channel_id, admin) for _ in range(2))
        with pytest.raises(Forbidden):
            alerts.send_test(home, channel_id, people[Role.OPERATOR])
    assert (good.accepted, good.words) == (True, "HTTP 200 OK: thank you")
    assert (bad.accepted, bad.words) == (False, "HTTP 503 Service Unavailable: thank you")
    assert json.loads(hook.requests[0][2])["event"] == "test"
    assert len(hook.requests) == 2
    found = [(record["action"], record["target"]) for record in AuditLog(home).tail(3)]
    assert found == [("refused", "alert.channel.test"), *[("alert.channel.test", "Team")] * 2]


def test_secrets_stay_where_they_are(home, admin):
    """They lie in a 0600 database, never on the audit log, and a screen gets to know only that they are set."""
    url = "https://hooks.example.org/T0/very-secret-path"
    channel(home, admin, url)
    mail = Mail("mail.example.org", user="etl", password="pa55-w0rd", sender="e@x.org", recipients=("a@x.org",))
    alerts.save_channel(home, admin, name="Mail", settings=mail)
    log = (home / ".secrets" / "etl_audit.log").read_text()
    listed = alerts.list_channels(home)
    for hidden in (TOKEN, SECRET, "very-secret-path", "pa55-w0rd"):
        assert hidden not in log
        assert hidden not in repr(listed)
        assert hidden not in repr(Webhook(url, token=TOKEN, secret=SECRET)) + repr(mail)
    assert [(one.name, one.place, sorted(one.kept)) for one in listed] == [
        ("Mail", "a@x.org through mail.example.org:587", ["password"]),
        ("Team", "https://hooks.example.org/…", ["secret", "token", "url"]),
    ]
    for path in (home / ".secrets").glob("console.db*"):
        assert path.stat().st_mode & 0o777 == 0o600


def secrets_of(home, channel_id: int) -> dict:
    """What the database holds of a channel."""
    with database.reading(home) as connection:
        row = connection.execute("SELECT unsealed(settings) FROM alert_channels WHERE id = ?", (channel_id,)).fetchone()
    return json.loads(row[0])


def test_secrets_are_kept_changed_and_removed(home, admin):
    """An empty field keeps a secret, a new value replaces it, and it is removed only when that is said."""
    channel_id = channel(home, admin, "https://hooks.example.org/a")

    def save(given: Webhook, **more) -> dict:
        alerts.save_channel(home, admin, name="Team", settings=given, channel_id=channel_id, **more)
        return secrets_of(home, channel_id)

    assert save(Webhook())["token"] == TOKEN
    assert save(Webhook("https://hooks.example.org/b"))["url"] == "https://hooks.example.org/b"
    assert save(Webhook(token="new"))["token"] == "new"
    assert save(Webhook(), forget=frozenset({"secret"}))["secret"] == ""
    with pytest.raises(UsageError, match="another place") as caught:
        save(Webhook("https://elsewhere.example.org/b"))
    assert caught.value.field == "token"
    assert save(Webhook("https://elsewhere.example.org/b", token="x"))["token"] == "x"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Webhook("ftp://x.org/"), "url"),
        (Webhook("https:///x"), "url"),
        (Webhook("https://ada:pw@x.org/"), "url"),
        (Webhook("https://x.org/ y"), "url"),
        (Webhook("https://x.org:99999/"), "url"),
        (Webhook("https://x.org/", header="Host", token="t"), "header"),
        (Webhook("https://x.org/", header="X\r\nY", token="t"), "header"),
        (Webhook("https://x.org/", token="a\r\nX: y"), "token"),
        (Mail("", sender="a@x.org", recipients=("a@x.org",)), "host"),
        (Mail("m.x.org", port=0, sender="a@x.org", recipients=("a@x.org",)), "port"),
        (Mail("m.x.org", sender="a@x.org\r\nBcc: b@x.org", recipients=("a@x.org",)), "sender"),
        (Mail("m.x.org", sender="a@x.org", recipients=("Ada <a@x.org>",)), "recipients"),
        (Mail("m.x.org", sender="a@x.org"), "recipients"),
        (Mail("m.x.org", sender="a@x.org", recipients=("a@x.org",), user="u"), "password"),
        (Mail("m.x.org", sender="a@x.org", recipients=("a@x.org",), user="u", password="p", security=Security.PLAIN),
         "security"),
    ],
)  # fmt: skip
def test_what_makes_no_channel(home, admin, given, field):
    """The error names the field, and nothing is kept."""
    with pytest.raises(UsageError) as caught:
        alerts.save_channel(home, admin, name="Team", settings=given)
    assert caught.value.field == field
    assert alerts.list_channels(home) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_a_super_admin_changes_channels(home, admin, people, role):
    """The role is the database's, whatever the page believes."""
    channel_id = channel(home, admin, "https://hooks.example.org/a")
    with pytest.raises(Forbidden):
        channel(home, people[role], "https://hooks.example.org/b", "Second")
    with pytest.raises(Forbidden):
        alerts.delete_channel(home, channel_id, people[role])
    with pytest.raises(Forbidden):
        alerts.send_again(home, 1, people[role])
    assert [one.name for one in alerts.list_channels(home)] == ["Team"]


def test_trouble_does_not_end_the_courier(home, admin, monkeypatch, caplog):
    """While the outbox cannot be read it says so once; when it can be again, the alerts go on."""
    monkeypatch.setattr(alerts.courier, "TICK_SECONDS", 0.001)
    claim, broken = outbox.claim, list(range(20))

    def sometimes(*arguments):
        if broken:
            broken.pop()
            raise UsageError("The disk is full.")
        return claim(*arguments)

    with web_server() as hook, caplog.at_level(logging.ERROR):
        channel(home, admin, hook.url)
        alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
        alerts.run_ended(home, ended(home))
        monkeypatch.setattr(outbox, "claim", sometimes)
        courier = Courier(home)
        courier.start()
        until(lambda: hook.requests)
        courier.stop()
    assert len([record for record in caplog.records if record.message == "Alerts stand still. The disk is full."]) == 1


def test_a_clock_set_back_by_a_month_holds_up_no_alert(home, admin):
    """Neither what waits for its next attempt nor what a console that is gone had taken waits for the month to pass."""
    alerts.save_rule(home, Rule("Failures", RuleKind.FAILED), admin)
    clock = Clock()
    with web_server(answers=[500, 200]) as hook:
        channel(home, admin, hook.url)
        alerts.run_ended(home, ended(home))
        assert work(home, clock) == 1
        clock.now -= 30 * 86_400
        assert len(outbox.claim(home, clock.now, [])) == 1
        assert outbox.claim(home, clock.now, []) == []
        clock.now -= 30 * 86_400
        assert work(home, clock) == 1
    assert [found.state for found in alerts.list_deliveries(home)] == ["accepted"]
