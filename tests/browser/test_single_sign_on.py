"""Single sign-on in a browser: set up on the System screen, the button, the provider's form, and back, signed in."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from console import users
from console.database import transaction
from tests.browser.conftest import STORY, Console, set_up, settled
from tests.providers import real_provider

pytestmark = STORY
PEOPLE = {
    "s-bea": {"preferred_username": "bea", "groups": ["etl-admins"]},
    "s-cyd": {"preferred_username": "cyd", "groups": ["strangers"]},
}


def authorize(page: Page, subject: str) -> None:
    """Fill in the provider's form."""
    page.get_by_placeholder("sub").fill(subject)
    page.get_by_role("button", name="Authorize", exact=True).click()


def test_single_sign_on(visit, console: Console) -> None:
    """A super_admin sets it up; somebody signs in over it and stays so; a stranger and a second look are told apart."""
    with real_provider(**PEOPLE) as issuer:
        page = visit().page()
        set_up(page, console)
        page.goto(f"{console.address}/system")
        page.get_by_text("Offer single sign-on").click()
        page.get_by_label("Issuer", exact=True).fill(issuer)
        page.get_by_label("Client ID", exact=True).fill("etl-console")
        page.get_by_label("Client secret", exact=True).fill("s3cr3t")
        page.get_by_label("Values and roles", exact=True).fill("etl-admins = super_admin")
        page.get_by_label("Words on the button", exact=True).fill("the house's account")
        page.get_by_role("button", name="Save: single sign-on").click()
        expect(page.get_by_text("Single sign-on is set.")).to_be_visible()
        settled(page)

        visitor = visit()
        # The provider's pages take their style from elsewhere, where no test goes.
        visitor.context.route(re.compile("cdn.jsdelivr.net"), lambda route: route.abort())
        page = visitor.page()
        page.goto(f"{console.address}/runs")
        button = page.get_by_role("link", name="Sign in with the house's account")
        expect(button).to_be_visible()
        button.click()
        authorize(page, "s-cyd")
        expect(page.get_by_role("alert")).to_contain_text("have no role here")
        assert users.find(console.home, "cyd") is None

        page.goto(f"{console.address}/runs")
        button.click()
        authorize(page, "s-bea")
        page.wait_for_url(f"{console.address}/runs")
        page.get_by_role("heading", name="Runs", exact=True).wait_for()
        page.reload()
        expect(page.locator(".etl-user")).to_contain_text("bea")
        names = {cookie["name"]: cookie["sameSite"] for cookie in visitor.context.cookies()}
        assert names["etl_session"] == "Strict"
        assert "etl_sso" not in names

        with transaction(console.home) as connection:
            connection.execute("UPDATE sessions SET proved_steady = proved_steady - 3600 WHERE user_name = 'bea'")
        page.goto(f"{console.address}/users")
        expect(page.get_by_role("cell", name="by localhost:").first).to_be_visible()
        page.get_by_role("link", name="Sign in once more").click()
        page.wait_for_url(re.compile(r"^http://localhost:\d+/.*prompt=login"))
        authorize(page, "s-bea")
        page.wait_for_url(f"{console.address}/users")
        page.get_by_role("heading", name="Users", exact=True).wait_for()
        settled(page)
        expect(page.get_by_role("link", name="Sign in once more")).to_have_count(0)

        page.goto(f"{console.address}/logout")
        page.get_by_role("button", name="Sign out").click()
        expect(button).to_be_visible()
