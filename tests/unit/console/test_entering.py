"""Entering: the forms between a right password and a session, as a browser meets them."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from console import factors, links, pending, sessions, settings, web
from console.gate import Gate
from console.users import Role
from etl_batch.security.audit import AuditLog
from tests.factors import code_of, filled_in, turned_on

PASSWORD, OTHER = "correct horse battery", "seven purple walruses"
SITE = "http://console.test"
ADMIN = "super_admin"


@pytest.fixture
def client(home, people) -> TestClient:
    """A browser in front of the gate and the routes."""
    return browser(home)


def browser(home) -> TestClient:
    """Another one, with cookies of its own."""
    routes = web.routes(home)
    app = Starlette(routes=routes, middleware=[Middleware(Gate, home=home, routes=routes)])
    return TestClient(app, base_url=SITE, follow_redirects=False, headers={"Origin": SITE, "Accept": "text/html"})


@pytest.fixture
def factor(home, people) -> tuple[str, list[str]]:
    """The viewer's secret and recovery codes."""
    return turned_on(home, "viewer", time.time() - 3600.0)


def password_of(client: TestClient, name: str = "viewer", target: str = "/"):
    """Name and the right password, typed into the first form."""
    return filled_in(client, "/login", name=name, password=PASSWORD, next=target)


def test_a_code_leads_in(client, home, factor):
    """After the password there is no session yet; with the code there is one, at the page that was asked for."""
    answer = password_of(client, target="/runs?run=a&b=1")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/login/code?next={quote('/runs?run=a&b=1', '')}")
    assert {pending.COOKIE, "etl_form"} == set(client.cookies)
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Max-Age=300"))
    assert client.get("/session").status_code == 401
    assert not sessions.open_sessions(home, "viewer")
    page = client.get(answer.headers["location"])
    assert "script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    answer = filled_in(client, answer.headers["location"], code=code_of(factor[0], time.time()), next="/runs?run=a&b=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs?run=a&b=1")
    assert client.get("/session").json()["user"] == "viewer"
    assert pending.COOKIE not in client.cookies


@pytest.mark.parametrize("typed", [PASSWORD.upper(), PASSWORD.title(), f" {PASSWORD}", f"{PASSWORD} ", PASSWORD[:-1]])
def test_a_password_counts_as_it_was_typed(client, typed):
    """No case is changed, no blank is cut off and nothing is cut short on the way from the form to the check."""
    assert filled_in(client, "/login", name="viewer", password=typed).status_code == 401
    assert password_of(client).status_code == 303


def test_where_it_is_required_of_all_a_viewer_sets_it_up(client, home):
    """With the right password there is no session before the second factor, whatever the role."""
    settings.put(home, factors.REQUIRED_OF_ALL, True)
    assert password_of(client).headers["location"].startswith("/login/code")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", client.get("/login/code").text)[1].replace(" ", "")
    assert client.get("/session").status_code == 401
    assert filled_in(client, "/login/code", code=code_of(secret, time.time())).status_code == 200
    assert client.get("/session").json()["user"] == "viewer"


def test_a_recovery_code_leads_in_once(client, home, factor):
    """In another browser it is refused the second time."""
    for number, status in ((0, 303), (1, 401)):
        other = browser(home)
        password_of(other)
        assert filled_in(other, "/login/code", code=factor[1][0]).status_code == status, number
    assert AuditLog(home).search(action="account.factor.recovery")


def test_a_wrong_code_is_said_in_the_form(client, factor):
    """In words, without a session; after five the wait is in the header."""
    password_of(client)
    for _ in range(5):
        answer = filled_in(client, "/login/code", code="<b>1</b>")
        assert answer.status_code == 401
        assert "code is not right or was used" in answer.text
        assert "<b>1" not in answer.text
    answer = filled_in(client, "/login/code", code=factor[1][0])
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert sessions.COOKIE not in client.cookies


@pytest.mark.parametrize("cookie", ["", "guess", "\\x00", "a" * 2000])
def test_without_the_password_there_is_no_form(client, factor, cookie):
    """Whatever stands in the cookie, the way is back to the first form, with GET and POST."""
    client.cookies.set(pending.COOKIE, cookie)
    for answer in (client.get("/login/code"), client.post("/login/code", data={"code": factor[1][0]})):
        assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_a_form_of_another_browser_is_refused(client, home, factor):
    """The pending sign-in belongs to a browser: neither its form's token nor its cookie alone will do."""
    password_of(client)
    stolen = browser(home)
    stolen.cookies.set(pending.COOKIE, client.cookies[pending.COOKIE])
    answer = stolen.post("/login/code", data={"code": factor[1][0], "csrf": "0" * 64})
    assert (answer.status_code, "load the page again" in answer.text) == (400, True)


def test_a_one_time_link_leads_past_no_second_factor(client, home, factor):
    """Whoever reads somebody's mail has a password then, and no session."""
    link = links.create(home, "viewer", "test")
    answer = filled_in(client, link.path, token=link.token, password=OTHER, repeated=OTHER)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login/code?next=%2F")
    assert client.get("/session").status_code == 401
    assert filled_in(client, "/login/code", code=code_of(factor[0], time.time())).status_code == 303
    assert client.get("/session").json()["user"] == "viewer"


def test_where_it_is_required_it_is_set_up_before_anything_else(client, home, people):
    """A super_admin without one: no session, the secret as text and picture, then the recovery codes, once."""
    settings.put(home, factors.REQUIRED, True)
    assert password_of(client, ADMIN).headers["location"].startswith("/login/code")
    page = client.get("/login/code")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")
    assert "img-src 'self' data:" in page.headers["content-security-policy"]
    # The picture stands in the page itself: nothing is fetched.
    assert {each.partition(";")[0] for each in re.findall(r'src="([^"]+)"', page.text)} == {"data:image/svg+xml"}
    for path in ("/", "/users", "/session", "/upload", "/audit/export"):
        assert client.get(path).status_code in (303, 401)
    answer = filled_in(client, "/login/code", code="000000")
    assert answer.status_code == 400
    assert secret in answer.text.replace(" ", "")
    answer = filled_in(client, "/login/code", code=code_of(secret, time.time()), next="/users")
    codes = re.findall(r"<code>([a-z2-7-]{29})</code>", answer.text)
    assert (answer.status_code, len(codes)) == (200, factors.RECOVERY_CODES)
    assert answer.headers["cache-control"] == "no-store"
    assert 'href="/users"' in answer.text
    assert client.get("/session").json() == {"user": ADMIN, "role": ADMIN}
    assert client.get("/login/code").headers["location"] == "/login"


def test_a_session_of_before_ends_where_it_becomes_required(client, home, people):
    """Whoever is signed in without one is led to the form at the next page; a viewer goes on."""
    tokens = {role: sessions.start(home, people[role], "here") for role in (Role.SUPER_ADMIN, Role.VIEWER)}
    settings.change(home, {factors.REQUIRED: True}, people[Role.SUPER_ADMIN])
    for role, status in ((Role.SUPER_ADMIN, 401), (Role.VIEWER, 200)):
        client.cookies.set(sessions.COOKIE, tokens[role])
        assert client.get("/session").status_code == status
    record = AuditLog(home).search(action="settings.change")[0]
    assert (record["target"], record["detail"]["after"]) == (factors.REQUIRED, True)
