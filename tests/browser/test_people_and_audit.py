"""People and audit in a real browser: an invitation, a role that changes under an open page, and what the log says."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from console import users
from tests.browser.conftest import NAME, PASSWORD, STORY, Console, choose, set_up, settled

pytestmark = STORY

FIRST, SECOND, THIRD = "seven purple walruses", "eleven green teapots", "nineteen quiet volcanoes"


def settle(page: Page) -> None:
    """Wait until the script has run."""
    expect(page.locator("h1").first).to_be_visible()
    settled(page)


def box(page: Page, label: str):
    """The text field of exactly that label."""
    return page.get_by_role("textbox", name=label, exact=True)


def press(page: Page, label: str) -> None:
    """Press the button of exactly that label."""
    page.get_by_role("button", name=label, exact=True).click()


def pick(page: Page, label: str, option: str, nth: int = 0) -> None:
    """Pick an option in a list, and wait until the page has taken it in."""
    choose(page, label, option, nth=nth)
    settled(page)


def link_of_dialog(page: Page) -> str:
    """The one-time link that the page shows now, closed again."""
    dialog = page.get_by_role("dialog")
    link = dialog.locator("code").inner_text().strip()
    press(page, "Close")
    expect(dialog).to_have_count(0)
    return link


def open_users(page: Page, console: Console) -> None:
    """The Users screen."""
    page.goto(f"{console.address}/users")
    settle(page)


def notice(page: Page):
    """What came of the last action."""
    return page.locator(".etl-notice").first


def test_people_and_what_the_log_says_of_them(console, visit):
    """One story: invite, sign in, refuse, change the role, end the session, reset, own password, search, verify."""
    admin, guest = visit().page(), visit().page()
    set_up(admin, console)
    open_users(admin, console)
    box(admin, "User name").fill("opal")
    press(admin, "Add account")
    link = link_of_dialog(admin)
    admin.reload()
    settle(admin)
    assert link not in admin.content()
    chooses_a_password(guest, link, FIRST)
    sees_only_what_the_role_allows(guest, console)
    role_changes_under_an_open_page(admin, guest, console)
    session_ends_under_an_open_page(admin, guest)
    link_works_once(admin, guest, console)
    changes_the_own_password(guest, console)
    audit_tells_all(admin, console)


def chooses_a_password(page: Page, link: str, password: str) -> None:
    """A weak one is refused with a reason; a good one signs in."""
    page.goto(link)
    for attempt in ("password12", password):
        page.locator("#password").fill(attempt)
        page.locator("#repeated").fill(attempt)
        page.get_by_role("button", name="Save and sign in").click()
        if attempt != password:
            expect(page.get_by_role("alert")).to_contain_text("very common password")
    page.get_by_role("heading", name="Home", level=1).wait_for()


def sees_only_what_the_role_allows(page: Page, console: Console) -> None:
    """A viewer's navigation ends at the account; the address of another page draws nothing of it."""
    navigation = page.get_by_test_id("stSidebarNav")
    expect(navigation.get_by_role("link", name="My account")).to_be_visible()
    for hidden in ("Users", "Audit", "Launch", "System"):
        expect(navigation.get_by_role("link", name=hidden, exact=True)).to_have_count(0)
    page.goto(f"{console.address}/users")
    settled(page)
    expect(page.get_by_role("alert")).to_contain_text("The Users screen needs the role super_admin; 'opal' is viewer.")
    expect(page.get_by_text("Add an account")).to_have_count(0)
    answer = page.request.get(f"{console.address}/audit/export", headers={"Accept": "text/html"})
    assert answer.status == 403
    assert "you need the role super_admin" in answer.text()
    page.goto(f"{console.address}/account")
    settle(page)


def role_changes_under_an_open_page(admin: Page, guest: Page, console: Console) -> None:
    """The page that was open all the while shows the new role's navigation without anybody touching it."""
    open_users(admin, console)
    pick(admin, "Account", "opal")
    # The form for a new account has a list of the same name: the one of this account is meant.
    field = admin.locator(".st-key-users-role-opal-viewer")
    choose(field, "Role", "operator")
    expect(field.get_by_role("combobox")).to_have_value("operator")
    settled(admin)
    press(admin, "Change role")
    expect(notice(admin)).to_contain_text("opal is operator now.")
    expect(guest.get_by_test_id("stSidebarNav").get_by_role("link", name="Launch", exact=True)).to_be_visible()
    expect(guest.locator(".etl-user")).to_contain_text("operator")


def session_ends_under_an_open_page(admin: Page, guest: Page) -> None:
    """The guest's page is sent to sign-in, with the way back to where it was."""
    settle(guest)
    press(admin, "End sessions (1)")
    expect(notice(admin)).to_contain_text("opal: 1 session ended.")
    guest.wait_for_url(re.compile(r"/login\?next=%2Faccount$"))
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()


def link_works_once(admin: Page, guest: Page, console: Console) -> None:
    """A reset link sets another password; after that it is dead, in every browser."""
    press(admin, "Make a reset link")
    link = link_of_dialog(admin)
    chooses_a_password(guest, link, SECOND)
    admin.goto(link)
    expect(admin.get_by_role("alert")).to_contain_text("This link was used")
    admin.goto(f"{console.address}/")
    settle(admin)


def changes_the_own_password(page: Page, console: Console) -> None:
    """The meter speaks while typing; the change takes the current password; the session at hand goes on."""
    page.goto(f"{console.address}/account")
    settle(page)
    meter = page.locator(".etl-meter")
    box(page, "New password").press_sequentially("password12")
    expect(meter).to_contain_text("Strength: weak.")
    expect(meter).to_contain_text("This is a very common password.")
    box(page, "New password").fill(THIRD)
    expect(meter).to_contain_text("Strength: strong.")
    box(page, "New password, once more").fill(THIRD)
    box(page, "Current password").fill("not this one at all")
    press(page, "Change password")
    expect(notice(page)).to_contain_text("current password is not right")
    box(page, "Current password").fill(SECOND)
    press(page, "Change password")
    expect(notice(page)).to_contain_text("Your password was changed; 0 sessions elsewhere ended.")
    expect(page.get_by_text("You are signed in here only.")).to_be_visible()
    page.get_by_role("link", name="Sign out").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("User name").fill("opal")
    page.get_by_label("Password").fill(THIRD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Home", level=1).wait_for()


def audit_tells_all(page: Page, console: Console) -> None:
    """Everything that happened is found, the log verifies, and the export brings the records that were searched."""
    page.goto(f"{console.address}/audit")
    settle(page)
    press(page, "Verify now")
    expect(notice(page)).to_contain_text("The log is whole.")
    box(page, "Search").fill("opal")
    box(page, "Search").press("Enter")
    exported = Path(downloaded(page, "JSON lines, as they stand in the log"))
    lines = [json.loads(line) for line in exported.read_text().splitlines()]
    done = [(line["user"], line["action"], line["outcome"]) for line in lines]
    for expected in (
        (NAME, "user.add", "ok"),
        (NAME, "user.link", "ok"),
        ("opal", "user.link.used", "ok"),
        ("opal", "refused", "refused"),
        (NAME, "user.role", "ok"),
        (NAME, "session.end", "ok"),
        ("opal", "account.password", "refused"),
        ("opal", "account.password", "ok"),
        ("opal", "login", "ok"),
    ):
        assert expected in done, expected
    with Path(downloaded(page, "CSV for a spreadsheet")).open(newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert [row["action"] for row in rows][: len(lines)] == [line["action"] for line in lines]
    log = (console.home / ".secrets" / "etl_audit.log").read_text()
    assert not any(secret in log for secret in (PASSWORD, FIRST, SECOND, THIRD))
    assert users.find(console.home, "opal").role is users.Role.OPERATOR


def downloaded(page: Page, label: str) -> str:
    """Where the file that a click on the link brings is kept."""
    link = page.get_by_role("link", name=label)
    expect(link).to_have_attribute("href", re.compile("text=opal"))
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.startswith("audit-")
    return str(download.value.path())
