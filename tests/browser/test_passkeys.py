"""Passkeys in a real browser, with Chromium's own virtual authenticator: added, used in each way, and removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from console import factors, sessions
from console.database import transaction
from console.proof import PROVED_SECONDS
from etl_batch.security.audit import AuditLog
from tests.browser.conftest import NAME, PASSWORD, STORY, Console, set_up, settled

pytestmark = STORY

PLATFORM = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""A device with its owner before it, who says yes."""


@pytest.fixture
def local(console: Console) -> Console:
    """The console at a name: passkeys belong to none of its numbers."""
    return replace(
        console,
        address=console.address.replace("127.0.0.1", "localhost"),
        setup_link=console.setup_link.replace("127.0.0.1", "localhost"),
    )


@pytest.fixture
def person(local: Console, visit) -> Iterator[Page]:
    """A page of somebody signed in, with an authenticator in the machine, and without errors in the browser's log."""
    page = visit().page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM})
    set_up(page, local)
    yield page
    assert refused == []


def press(page: Page, label: str) -> None:
    """Press the button of exactly that label."""
    page.get_by_role("button", name=label, exact=True).click()


def at_home(page: Page) -> None:
    """The first screen is there: somebody is signed in."""
    expect(page.get_by_role("heading", name="Home", level=1)).to_be_visible()


def sign_out(page: Page, console: Console) -> None:
    """Back to the sign-in page."""
    page.goto(f"{console.address}/logout")
    press(page, "Sign out")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def type_password(page: Page) -> None:
    """The first step of a sign-in."""
    page.get_by_label("User name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Sign in")


def open_account(page: Page, console: Console) -> None:
    """My account, drawn to its end."""
    page.goto(f"{console.address}/account")
    expect(page.get_by_role("heading", name="Passkeys")).to_be_visible()
    settled(page)


def test_the_life_of_a_passkey(local, person):
    """One story: add, sign in with it alone, sign in with password and passkey, prove with it, remove it."""
    adds_one(person, local)
    signs_in_with_it_alone(person, local)
    signs_in_with_both(person, local)
    proves_with_it(person, local)
    is_not_offered_at_another_address(person.context, local)
    removes_it(person, local)
    told = [(each["action"], each["detail"].get("factor")) for each in AuditLog(local.home).search(user=NAME)]
    wanted = [
        ("account.passkey.add", None),
        ("login", "passkey"),
        ("login.password", None),
        ("login", "passkey"),
        ("session.prove", "passkey"),
        ("login.password", None),
        ("account.passkey.remove", None),
    ]
    assert [each for each in reversed(told) if each in wanted] == wanted


def adds_one(page: Page, console: Console) -> None:
    """By a name; the recovery codes are shown once; a second one on the same device is refused in words."""
    open_account(page, console)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Laptop")
    press(page, "Add a passkey")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    expect(page.locator(".codes li")).to_have_count(factors.RECOVERY_CODES)
    page.goto(f"{console.address}/account/passkey")
    page.get_by_label("Name").fill("Again")
    press(page, "Add a passkey")
    expect(page.get_by_role("alert")).to_contain_text("has a passkey of yours already")


def signs_in_with_it_alone(page: Page, console: Console) -> None:
    """Without a name and a password, to the page that was asked for."""
    sign_out(page, console)
    page.goto(f"{console.address}/runs")
    press(page, "Sign in with a passkey")
    expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible()


def signs_in_with_both(page: Page, console: Console) -> None:
    """The password leads to the form, the passkey past it."""
    sign_out(page, console)
    type_password(page)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    press(page, "Use a passkey")
    at_home(page)


def proves_with_it(page: Page, console: Console) -> None:
    """Ten minutes later the head of the screen leads to a page for it, and back."""
    with transaction(console.home) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - ?", (PROVED_SECONDS,))
    open_account(page, console)
    expect(page.get_by_role("link", name="Add a passkey")).to_have_count(0)
    page.get_by_role("link", name="Use a passkey instead").click()
    press(page, "Use a passkey")
    page.wait_for_url("**/account")
    expect(page.get_by_role("link", name="Add a passkey")).to_be_visible()


def is_not_offered_at_another_address(context: BrowserContext, console: Console) -> None:
    """At the machine's number there is no button, and after the password the way to the name is told."""
    page = context.new_page()
    page.goto(console.address.replace("localhost", "127.0.0.1") + "/login")
    expect(page.get_by_role("button")).to_have_count(1)
    type_password(page)
    expect(page.get_by_text("Your passkeys work at localhost only")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(1)
    page.close()


def removes_it(page: Page, console: Console) -> None:
    """It signs nobody in any more; the password alone does again."""
    open_account(page, console)
    press(page, "Remove Laptop")
    expect(page.locator(".etl-notice").first).to_contain_text("The passkey Laptop was removed.")
    sign_out(page, console)
    press(page, "Sign in with a passkey")
    expect(page.get_by_role("alert").first).to_contain_text("This passkey was not accepted here")
    assert sessions.COOKIE not in {each["name"] for each in page.context.cookies()}
    type_password(page)
    at_home(page)


def test_without_scripts_the_password_way_is_all_there_is(local, browser):
    """The button is hidden, and nothing else is missing."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{local.address}/login")
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()
    context.close()
