"""The pages of passkeys: their forms as a browser meets them, their scripts, and who gets past them."""

from __future__ import annotations

import re

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from console import factors, pending, proof, sessions, settings, web
from console.database import transaction
from console.gate import Gate
from console.passkeys import challenges
from console.passkeys import pages as passkey_pages
from console.passkeys import store as passkeys
from console.passkeys.sites import Site
from console.users import Role
from etl_batch.security.audit import AuditLog
from tests.factors import filled_in, turned_on
from tests.passkeys import Authenticator, registered

PASSWORD = "correct horse battery"
ADDRESS, PLAIN = "https://etl.example.org", "http://127.0.0.1:8501"
SITE = Site(ADDRESS, "etl.example.org")
SCRIPT = "script-src 'self'; connect-src 'self'"


def browser(home, address: str = ADDRESS) -> TestClient:
    """A browser with cookies of its own, at an address of the console."""
    routes = web.routes(home)
    app = Starlette(routes=routes, middleware=[Middleware(Gate, home=home, routes=routes)])
    return TestClient(app, base_url=address, follow_redirects=False, headers={"Origin": address, "Accept": "text/html"})


@pytest.fixture
def client(home, people) -> TestClient:
    """A browser at an address that passkeys work at."""
    return browser(home)


def form_of(page, action: str) -> dict[str, str]:
    """The hidden fields of the form that goes to an address."""
    form = re.search(rf'<form [^>]*action="{action}".*?</form>', page.text, re.DOTALL)[0]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def shown(client: TestClient, place: str, action: str, sign, **fields: str):
    """What the script does: ask, let the authenticator sign, and send the form."""
    form = form_of(client.get(place), action) | fields
    asked = client.post(action, data=form, headers={"Accept": "application/json"})
    assert asked.status_code == 200, asked.text
    return client.post(action, data=form | {"answer": sign(asked.json())})


def signed_in(client: TestClient, home, people, name: str = "viewer") -> None:
    """Give the browser a session."""
    token = sessions.start(home, people[Role(name)], "here")
    client.cookies.set(sessions.COOKIE, token, domain=client.base_url.host)


def password_of(client: TestClient, target: str = "/"):
    """The viewer's name and password, typed into the first form."""
    return filled_in(client, "/login", name="viewer", password=PASSWORD, next=target)


def test_a_passkey_signs_in_at_the_login_page(client, home, people):
    """To the page that was asked for; the challenge's cookie is like the others, and is gone afterwards."""
    authenticator = registered(home, "viewer", site=SITE)
    form = form_of(client.get("/login?next=/runs"), "/login/passkey")
    asked = client.post("/login/passkey", data=form, headers={"Accept": "application/json"})
    cookie = asked.headers["set-cookie"]
    assert all(part in cookie for part in ("etl_passkey=", "HttpOnly", "SameSite=strict", "Max-Age=300", "Secure"))
    assert asked.headers["cache-control"] == "no-store"
    answer = client.post("/login/passkey", data=form | {"answer": authenticator.sign(asked.json())})
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
    assert client.get("/session").json()["user"] == "viewer"
    assert challenges.COOKIE not in client.cookies


def test_what_is_refused_is_said_in_the_login_page(client, home, people):
    """With the form, and without a session; after five the wait is in the header."""
    stranger = Authenticator(site=SITE, handle=b"x" * 32)
    for _ in range(5):
        answer = shown(client, "/login?next=/runs", "/login/passkey", stranger.sign)
        assert (answer.status_code, "This passkey was not accepted" in answer.text) == (401, True)
        assert form_of(answer, "/login/passkey")["next"] == "/runs"
    answer = shown(client, "/login", "/login/passkey", stranger.sign)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert sessions.COOKIE not in client.cookies


def test_another_browser_can_do_nothing_with_an_answer(client, home, people):
    """Neither with the answer alone nor with a form of its own."""
    authenticator = registered(home, "viewer", site=SITE)
    form = form_of(client.get("/login"), "/login/passkey")
    asked = client.post("/login/passkey", data=form, headers={"Accept": "application/json"})
    text = authenticator.sign(asked.json())
    other = browser(home)
    own = form_of(other.get("/login"), "/login/passkey")
    for stolen, words in ((form, "load the page again"), (own, "too long ago")):
        answer = other.post("/login/passkey", data=stolen | {"answer": text})
        assert (answer.status_code, words in answer.text) == (400, True)
    assert client.post("/login/passkey", data=form | {"answer": text}).status_code == 303


@pytest.mark.parametrize("path", ["/login/passkey", "/login/code/passkey", "/account/passkey", "/account/proof"])
def test_nobody_is_asked_without_the_form(client, home, people, path):
    """A page of another site gets no challenge, and neither does a form without its token."""
    signed_in(client, home, people)
    answer = client.post(path, headers={"Origin": "https://evil.example.org"})
    assert answer.status_code == 403
    answer = client.post(path, headers={"Accept": "application/json"})
    assert (answer.status_code, "load the page again" in answer.json()["error"]) == (400, True)


def test_scripts_are_let_in_on_the_pages_that_need_one(client, home, people):
    """On no other one, and not where passkeys do not work; there is no script in a page itself."""
    turned_on(home, "operator", 1e9)
    for page in (client.get("/login"), client.get("/setup"), client.get("/nothing-here")):
        assert (SCRIPT in page.headers.get("content-security-policy", "")) == (page.url.path == "/login")
    plain = browser(home, PLAIN).get("/login")
    assert "script" not in plain.headers["content-security-policy"] + plain.text
    assert "passkey" not in plain.text
    filled_in(client, "/login", name="operator", password=PASSWORD)
    code = client.get("/login/code")
    assert "script" not in code.headers["content-security-policy"] + code.text
    registered(home, "viewer", site=SITE)
    signed_in(client, home, people)
    for path in ("/account/passkey", "/account/proof"):
        page = client.get(path)
        assert page.headers["content-security-policy"].startswith(SCRIPT)
        assert re.findall("<script[^>]*>.*?</script>", page.text) == ['<script src="/passkey.js" defer></script>']
        assert "unsafe" not in page.headers["content-security-policy"]
    script = browser(home).get("/passkey.js")
    assert (script.status_code, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")


def test_without_scripts_the_forms_are_hidden(client, home, people):
    """The password's is not."""
    text = client.get("/login").text
    passkey = re.search(r'<form [^>]*action="/login/passkey"[^>]*>', text)[0]
    assert passkey.endswith(" hidden>")
    assert not re.search(r'<form [^>]*action="/login"[^>]*>', text)[0].endswith(" hidden>")


def test_a_passkey_after_the_password(client, home, people):
    """The form offers it, the recovery code beside it, and leads to the page that was asked for."""
    authenticator = registered(home, "viewer", site=SITE)
    place = password_of(client, "/runs").headers["location"]
    page = client.get(place)
    assert "Now one of your passkeys." in page.text
    assert "Recovery code" in page.text
    answer = shown(client, place, "/login/code/passkey", authenticator.sign)
    assert (answer.status_code, answer.headers["location"]) == (303, "/runs")
    assert client.get("/session").json()["user"] == "viewer"
    assert pending.COOKIE not in client.cookies


def test_with_an_app_either_will_do(client, home, people):
    """The form says so, and shows what went wrong with the one beside the other."""
    registered(home, "viewer", site=SITE)
    _secret, codes = turned_on(home, "viewer", 1e9)
    assert codes == []
    place = password_of(client).headers["location"]
    assert "one of your passkeys, or the code" in client.get(place).text
    answer = shown(client, place, "/login/code/passkey", Authenticator(site=SITE).sign)
    assert (answer.status_code, "This passkey was not accepted" in answer.text) == (401, True)
    answer = filled_in(client, "/login/code", code="wrong")
    assert (answer.status_code, "code is not right" in answer.text) == (401, True)
    assert form_of(answer, "/login/code/passkey")


def test_a_passkey_of_another_address_is_not_offered(client, home, people):
    """The form says where they work; a recovery code leads in."""
    codes = passkeys_elsewhere(home)
    place = password_of(client).headers["location"]
    page = client.get(place)
    assert "Your passkeys work at localhost only" in page.text
    assert 'action="/login/code/passkey"' not in page.text
    form = form_of(page, "/login/code")
    answer = client.post("/login/code/passkey", data=form, headers={"Accept": "application/json"})
    assert (answer.status_code, "no passkey for etl.example.org" in answer.json()["error"]) == (400, True)
    assert filled_in(client, "/login/code", code=codes[0]).status_code == 303


def passkeys_elsewhere(home) -> list[str]:
    """Give the viewer a passkey for another host name; the recovery codes."""
    registered(home, "viewer")
    return factors.renew_codes(home, "viewer")


def test_without_the_password_there_is_nothing_to_answer(client, home, people):
    """Whoever comes without is sent to the first form."""
    registered(home, "viewer", site=SITE)
    form = form_of(client.get("/login"), "/login/passkey") | {"answer": "{}"}
    answer = client.post("/login/code/passkey", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_adding_one(client, home, people):
    """The first brings recovery codes, shown once; the next leads back to My account; the session goes on."""
    signed_in(client, home, people)
    first, second = Authenticator(site=SITE), Authenticator(site=SITE)
    answer = shown(client, "/account/passkey", "/account/passkey", first.make, label=" Laptop ")
    codes = re.findall(r"<code>([a-z2-7-]{29})</code>", answer.text)
    assert (answer.status_code, len(codes)) == (200, factors.RECOVERY_CODES)
    assert (answer.headers["cache-control"], 'href="/account"' in answer.text) == ("no-store", True)
    answer = shown(client, "/account/passkey", "/account/passkey", second.make, label="Key")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    assert [each.label for each in passkeys.list_passkeys(home, "viewer")] == ["Laptop", "Key"]
    assert client.get("/session").status_code == 200
    other = browser(home)
    assert shown(other, "/login", "/login/passkey", second.sign).status_code == 303


def test_what_is_no_passkey_is_said_in_the_form(client, home, people):
    """With the name that was typed, and on the log; nothing is kept."""
    signed_in(client, home, people)
    answer = shown(client, "/account/passkey", "/account/passkey", lambda _asked: "{}", label="<b>Key</b>")
    assert (answer.status_code, "is no passkey for this address" in answer.text) == (400, True)
    assert 'value="&lt;b&gt;Key&lt;/b&gt;"' in answer.text
    record = AuditLog(home).tail(1)[0]
    assert (record["action"], record["outcome"]) == ("account.passkey.add", "refused")
    assert passkeys.list_passkeys(home, "viewer") == []


def test_adding_one_takes_a_proof(client, home, people):
    """Ten minutes after the sign-in the page sends to My account, and asks no authenticator."""
    signed_in(client, home, people)
    form = form_of(client.get("/account/passkey"), "/account/passkey") | {"label": "Laptop"}
    with transaction(home) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - ?", (proof.PROVED_SECONDS,))
    page = client.get("/account/passkey")
    assert (page.status_code, 'href="/account"' in page.text) == (403, True)
    answer = client.post("/account/passkey", data=form, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["kind"]) == (403, "proof_needed")


def test_proving_with_one(client, home, people):
    """Back to where it was asked from; a page of another site is not gone to."""
    authenticator = registered(home, "viewer", site=SITE)
    signed_in(client, home, people)
    with transaction(home) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - ?", (proof.PROVED_SECONDS,))
    for target, led in (("/account", "/account"), ("https://evil.example.org", "/")):
        answer = shown(client, f"/account/proof?next={target}", "/account/proof", authenticator.sign)
        assert (answer.status_code, answer.headers["location"]) == (303, led)
        number = sessions.number_of(client.cookies[sessions.COOKIE])
        assert proof.is_fresh(home, number)


@pytest.mark.parametrize("address", [PLAIN, "http://etl.example.org"])
def test_where_no_passkey_works_that_is_said(home, people, address):
    """At an IP address and without HTTPS: on the pages, and to a script that asks all the same."""
    client = browser(home, address)
    signed_in(client, home, people)
    for path in ("/account/passkey", "/account/proof"):
        page = client.get(path)
        assert (page.status_code, "Passkeys work at a host name over https" in page.text) == (400, True)
    answer = browser(home, address).post(passkey_pages.SIGN_IN_PATH, headers={"Accept": "application/json"})
    assert (answer.status_code, "open the console there" in answer.json()["error"]) == (400, True)


def test_where_a_second_factor_is_required_a_passkey_will_do(client, home, people):
    """A super_admin without one adds it between password and session, and gets the recovery codes; no app is needed."""
    settings.put(home, factors.REQUIRED, True)
    place = filled_in(client, "/login", name="super_admin", password=PASSWORD, next="/users").headers["location"]
    authenticator = Authenticator(site=SITE)
    answer = shown(client, place, "/login/code/passkey/new", lambda _asked: "{}", label="Laptop")
    assert (answer.status_code, "is no passkey for this address" in answer.text) == (400, True)
    answer = shown(client, place, "/login/code/passkey/new", authenticator.make, label="Laptop")
    assert len(re.findall(r"<code>([a-z2-7-]{29})</code>", answer.text)) == factors.RECOVERY_CODES
    assert 'href="/users"' in answer.text
    assert client.get("/session").json()["user"] == "super_admin"
    record = AuditLog(home).tail(1)[0]
    assert (record["action"], record["detail"]) == ("login", {"address": "testclient", "factor": "set up"})
    assert shown(browser(home), "/login", "/login/passkey", authenticator.sign).status_code == 303


def test_whoever_has_a_second_factor_sets_up_no_other_one_with_the_password_alone(client, home, people):
    """Else a password would be enough to add a passkey, and to sign in with it."""
    registered(home, "viewer", site=SITE)
    form = form_of(client.get(password_of(client).headers["location"]), "/login/code/passkey")
    place, named = "/login/code/passkey/new", form | {"label": "Mine"}
    answer = client.post(place, data=named, headers={"Accept": "application/json"})
    assert (answer.status_code, "has a second factor already" in answer.json()["error"]) == (400, True)
    answer = client.post(place, data=named | {"answer": "{}"})
    assert (answer.status_code, "has a second factor already" in answer.text) == (400, True)
    assert len(passkeys.ids(home, "viewer", SITE.rp_id)) == 1
