"""Alerts and System in a real browser: a webhook tested and told of a failed run, and settings that are checked."""

from __future__ import annotations

import hashlib
import hmac
import json

from playwright.sync_api import Page, expect

from console import jobs, settings, users
from etl_batch.config import RunConfig
from etl_batch.demo import write_sales_csv
from etl_batch.security.audit import AuditLog
from tests.browser.conftest import NAME, STORY, Console, choose, set_up, settled
from tests.receivers import Hook, web_server
from tests.waiting import until

pytestmark = STORY

TOKEN, SECRET = "t0k3n-of-the-team", "s1gning-k3y"


def test_a_failed_run_is_told_and_settings_are_checked(console, visit):
    """From an empty Alerts screen to the message in the receiver's hands; then a bad and a good value on System."""
    visitor = visit()
    page = visitor.page()
    set_up(page, console)
    with web_server(text="welcome") as hook:
        add_channel(page, console, hook)
        try_channel(page, hook)
        add_rule(page)
        run_id = fail_a_run(console)
        until(lambda: len(hook.requests) > 1)
        told_of(hook, run_id)
        expect(page.get_by_role("table", name="Sent and waiting")).to_contain_text(run_id)
        expect(page.get_by_role("table", name="Sent and waiting")).to_contain_text("HTTP 200 OK: welcome")
    change_settings(page, console)
    log = (console.home / ".secrets" / "etl_audit.log").read_text()
    assert TOKEN not in log
    assert SECRET not in log
    assert visitor.outside() == set()


def add_channel(page: Page, console: Console, hook: Hook) -> None:
    """A webhook with a token and a signature; none of its secrets is in the page afterwards."""
    page.goto(f"{console.address}/alerts")
    page.get_by_role("button", name="Add a channel").click()
    page.get_by_role("textbox", name="Name").fill("Team chat")
    page.get_by_role("textbox", name="Address").fill(hook.url)
    page.get_by_role("textbox", name="Token", exact=True).fill(TOKEN)
    page.get_by_role("textbox", name="Signing secret").fill(SECRET)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="Team chat")).to_be_visible()
    expect(page.get_by_text("The channel Team chat is saved.")).to_be_visible()
    settled(page)
    for hidden in (TOKEN, SECRET, "/hook"):
        assert hidden not in page.content()


def try_channel(page: Page, hook: Hook) -> None:
    """The Test button sends at once and says what came back."""
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test message was accepted.")).to_be_visible()
    expect(page.get_by_text("HTTP 200 OK: welcome")).to_be_visible()
    settled(page)
    ((_path, headers, body),) = hook.requests
    assert json.loads(body)["event"] == "test"
    assert headers["authorization"] == f"Bearer {TOKEN}"


def add_rule(page: Page) -> None:
    """A rule without a limit is refused beside its field; with one it is saved and shown in words."""
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_role("textbox", name="Name").fill("Too many rejects")
    choose(page, "Tell somebody when", "too many records are rejected", exact=False)
    most = page.get_by_role("spinbutton", name="More rejected records than")
    expect(most).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Say how many rejected records")).to_be_visible()
    settled(page)
    most.fill("2")
    most.press("Enter")
    settled(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("More than 2 records rejected")).to_be_visible()
    expect(most).not_to_be_attached()


def fail_a_run(console: Console) -> str:
    """A run whose input has more unreadable records than it allows, through the queue."""
    source = console.home / "data" / "dirty.csv"
    write_sales_csv(source, 5000, seed=1, dirt=True)
    config = RunConfig(
        inputs=(str(source),), output_csv=console.home / "output" / "dirty.csv", max_rejects=0, home=console.home
    )
    admin = users.find(console.home, NAME)
    assert admin is not None
    return jobs.enqueue(console.home, config, admin)


def told_of(hook: Hook, run_id: str) -> None:
    """The receiver got one message about the run, signed, with the counts and the reason."""
    _test, (_path, headers, body) = hook.requests
    told = json.loads(body)
    assert headers["x-etl-signature"] == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert (told["event"], told["rule"], told["run"]["id"]) == ("run.rejects", "Too many rejects", run_id)
    assert (told["run"]["status"], told["run"]["user"], told["run"]["inputs"]) == ("failed", NAME, ["dirty.csv"])
    assert told["run"]["counts"]["rejected"] > 0
    assert "stopped at its own limit" in told["sentence"]
    assert told["error"].startswith("More than “Most rejects: 0” records were rejected")


def change_settings(page: Page, console: Console) -> None:
    """A bad value gets a sentence beside its field, a good one is kept and recorded; a tick loses nothing typed."""
    page.goto(f"{console.address}/system")
    runners = page.get_by_role("spinbutton", name="Runs at a time")
    runners.fill("0")
    page.get_by_role("button", name="Save: runs").click()
    expect(page.get_by_text("Runs at a time: give a number from 1 to 64.")).to_be_visible()
    assert settings.get(console.home, "runners") == 1
    runners.fill("2")
    address = page.get_by_role("textbox", name="Public address")
    address.fill("https://etl.example.org")
    uptime = page.locator(".etl-card", has_text="Console up for").locator("dd").first
    before = uptime.inner_text()
    expect(uptime).not_to_have_text(before)
    expect(runners).to_have_value("2")
    expect(address).to_have_value("https://etl.example.org")
    page.get_by_role("button", name="Save: runs").click()
    expect(page.get_by_text("1 setting changed: Runs at a time.")).to_be_visible()
    assert settings.get(console.home, "runners") == 2
    (record,) = AuditLog(console.home).search(action="settings.change")
    assert (record["user"], record["target"], record["detail"]) == (
        NAME,
        "runners",
        {"before": 1, "after": 2, "address": "127.0.0.1"},
    )
