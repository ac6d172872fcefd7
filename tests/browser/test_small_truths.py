"""What the console says of itself is true: the audit log as it stands, each refused page, one time, a text file."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from console import sessions, users
from console.users import Role
from etl_batch.security.audit import AuditLog
from tests.browser.conftest import (
    PASSWORD,
    STORY,
    Console,
    Visitor,
    expect_status,
    launch,
    set_up,
    settled,
)

pytestmark = STORY

PAGES = {"users": "Users", "audit": "Audit", "system": "System", "alerts": "Alerts"}


def test_what_the_console_says_is_true(visit: Callable[..., Visitor], console: Console) -> None:
    """One story: a viewer is refused four pages, and the super_admin reads of it, runs a file and looks into one."""
    page = visit().page()
    set_up(page, console)
    refused_pages_have_a_record_each(visit().page(), console)
    audit_and_system_agree(page, console)
    a_text_file_is_shown_as_one(page, console)
    the_time_is_one_figure(page)


def refused_pages_have_a_record_each(page: Page, console: Console) -> None:
    """Four pages, four records, each with its page's name; loading one again makes no further record at once."""
    viewer = users.create(console.home, "vera", Role.VIEWER, PASSWORD, by="test")
    token = sessions.start(console.home, viewer, "127.0.0.1")
    page.context.add_cookies([{"name": sessions.COOKIE, "value": token, "url": console.address}])
    for name, title in [*PAGES.items(), ("users", "Users")]:
        page.goto(f"{console.address}/{name}")
        expect(page.get_by_role("alert")).to_contain_text(f"The {title} screen needs the role super_admin")
    found = AuditLog(console.home).search(action="refused", user="vera")
    assert [(record["target"], record["detail"]["screen"]) for record in reversed(found)] == [
        (f"page.{name}", title) for name, title in PAGES.items()
    ]


def audit_and_system_agree(page: Page, console: Console) -> None:
    """Both say of how many records the log is now, though the console verified an empty one when it started."""
    (newest,) = AuditLog(console.home).tail(1)
    records = f"{newest['seq']} records"
    page.goto(f"{console.address}/audit")
    expect(page.locator(".etl-notice").first).to_contain_text("The log is whole.")
    expect(page.locator(".etl-notice").first).to_contain_text(records)
    page.goto(f"{console.address}/system")
    expect(page.get_by_text(f"It is whole: {records}, verified")).to_be_visible()


def a_text_file_is_shown_as_one(page: Page, console: Console) -> None:
    """The hex view of a CSV says what it is and shows its bytes, and no layout's fields."""
    (console.home / "data" / "small.csv").write_text("id,name\n1,a\n")
    page.goto(f"{console.address}/layouts?file=data/small.csv")
    expect(page.get_by_text("A run reads this file as text (CSV), without a record layout.")).to_be_visible()
    expect(page.get_by_text("69 64 2c 6e 61 6d 65 0a")).to_be_visible()
    settled(page)
    expect(page.locator(".etl-hex")).to_have_count(0)


def the_time_is_one_figure(page: Page) -> None:
    """The stages of a run end with the time that the card below them has."""
    launch(page)
    expect_status(page, "success")
    settled(page)
    card = page.locator(".etl-card", has=page.get_by_text("Time", exact=True)).locator("dd").first
    expect(card).to_be_visible()
    stages = page.get_by_role("list", name="Stages of the run")
    expect(stages.get_by_role("listitem").last).to_contain_text(f"{card.inner_text()} in all")
