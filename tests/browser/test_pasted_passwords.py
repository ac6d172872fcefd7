"""Pasting: a password of a manager or of another window goes into every field for one."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import NAME, PASSWORD, STORY, set_up, settled

pytestmark = STORY


def put_on_clipboard(page: Page, text: str) -> None:
    """Cut a text out of the field for the name, with the keys that a person presses."""
    field = page.get_by_label("User name")
    field.fill(text)
    field.press("Control+A")
    field.press("Control+X")
    expect(field).to_have_value("")


def test_passwords_are_pasted(console, visit):
    """At sign-in, and in all three fields of My account."""
    set_up(visit().page(), console)
    page = visit().page()
    page.goto(f"{console.address}/login")
    put_on_clipboard(page, PASSWORD)
    password = page.get_by_label("Password")
    password.press("Control+V")
    expect(password).to_have_value(PASSWORD)
    page.get_by_label("User name").fill(NAME)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Home", level=1).wait_for()
    page.goto(f"{console.address}/account")
    settled(page)
    for label in ("Current password", "New password", "New password, once more"):
        field = page.get_by_role("textbox", name=label, exact=True)
        field.press("Control+V")
        expect(field).to_have_value(PASSWORD)
