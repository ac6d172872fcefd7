"""Single sign-on as a browser goes through it, with a real provider over HTTP."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from console import actions, factors, login, proof, sessions, settings, users, web
from console import people as accounts_of
from console.gate import Gate
from console.single import accounts, journeys
from console.users import Role
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog
from tests.factors import code_of, filled_in
from tests.factors import turned_on as factor_on
from tests.providers import CLIENT, SECRET, real_provider, said, signed_in_there, turned_on, wicked_provider

SITE, PASSWORD = "http://console.test", "correct horse battery"
ADA = {"preferred_username": "ada", "groups": ["staff", "etl-operators", "etl-viewers"]}


@pytest.fixture
def client(home, people) -> TestClient:
    """A browser in front of the gate and the routes."""
    return browser(home)


def browser(home) -> TestClient:
    """Another one, with cookies of its own."""
    routes = web.routes(home)
    app = Starlette(routes=routes, middleware=[Middleware(Gate, home=home, routes=routes)])
    return TestClient(
        app, base_url=SITE, follow_redirects=False, headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    )


def gone_out(client: TestClient, path: str = "/login/oidc") -> str:
    """Where the button leads."""
    answer = client.get(path)
    assert answer.status_code == 303, said(answer)
    return answer.headers["location"]


def let_in(client: TestClient, back: str):
    """What the console says of the provider's answer, and after the page that moves on."""
    answer = client.get(back.removeprefix(SITE))
    return client.get("/login/oidc/done") if answer.status_code == 200 else answer


def signed_in(client: TestClient, issuer: str, subject: str, path: str = "/login/oidc"):
    """The whole way in."""
    return let_in(client, signed_in_there(gone_out(client, path), subject))


def records(home, action: str) -> list[dict]:
    """The details of the records of an action, the newest first."""
    return AuditLog(home).search(action=action)


def test_somebody_new_signs_in(client, home, people):
    """An account without a password, with the highest role that the mapping gives, on the page that was asked for."""
    with real_provider(s1=ADA) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN])
        assert 'href="/login/oidc?next=/runs' in client.get("/login?next=/runs").text
        out = urlsplit(gone_out(client, "/login/oidc?next=/runs%3Frun%3Da"))
        wanted = {name: texts[0] for name, texts in parse_qs(out.query).items()}
        assert wanted["redirect_uri"] == f"{SITE}/login/oidc/callback"
        assert (wanted["response_type"], wanted["code_challenge_method"], wanted["client_id"]) == (
            "code",
            "S256",
            CLIENT,
        )
        assert wanted["scope"] == "openid profile email"
        assert len({wanted["state"], wanted["nonce"], wanted["code_challenge"]}) == 3
        back = client.get(signed_in_there(out.geturl(), "s1").removeprefix(SITE))
        assert back.status_code == 200
        assert 'http-equiv="refresh" content="0; url=/login/oidc/done"' in back.text
        assert sessions.COOKIE not in client.cookies
        answer = client.get("/login/oidc/done")
        assert (answer.status_code, answer.headers["location"]) == (303, "/runs?run=a")
        assert client.get("/session").json() == {"user": "ada", "role": "operator"}
    assert journeys.COOKIE not in client.cookies
    (record,) = records(home, "login")
    detail = {"by": "oidc", "issuer": issuer, "address": "testclient", "browser": "new"}
    assert (record["user"], record["outcome"], record["detail"]) == ("ada", "ok", detail)
    (added,) = [each for each in records(home, "user.add") if each["user"] == "oidc"]
    assert added["detail"] | {"address": ""} == {"role": "operator", "issuer": issuer, "subject": "s1", "address": ""}
    assert not any(SECRET in str(each) for each in AuditLog(home).search())
    with pytest.raises(login.SignInRefused):
        login.sign_in(home, "ada", "", "here")


def test_the_cookies_are_held_to_their_way(client, home, people):
    """The browser's token comes along from another site on the way back only, and nowhere but below its path."""
    with real_provider(s1=ADA) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN])
        out = client.get("/login/oidc")
        for part in ("etl_sso=", "HttpOnly", "Path=/login/oidc", "SameSite=lax", "Max-Age=600"):
            assert part in out.headers["set-cookie"]
        back = client.get(signed_in_there(out.headers["location"], "s1").removeprefix(SITE))
        for part in ("etl_sso=", "HttpOnly", "Path=/login/oidc", "SameSite=strict", "Max-Age=60"):
            assert part in back.headers["set-cookie"]
        over_tls = TestClient(client.app, base_url="https://console.test", follow_redirects=False)
        answer = over_tls.get("/login/oidc", headers={"Sec-Fetch-Site": "same-origin"})
        assert "Secure" in answer.headers["set-cookie"]
        assert "redirect_uri=https%3A%2F%2Fconsole.test%2F" in answer.headers["location"]


def test_the_fixed_address_goes_before(client, home, people):
    """The provider sends browsers to the address of the settings, wherever they came from."""
    with real_provider(s1=ADA) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN], address="https://etl.example.org/")
        assert "redirect_uri=https%3A%2F%2Fetl.example.org%2Flogin%2Foidc%2Fcallback&" in gone_out(client)


def test_a_known_browser_is_known_again(client, home, people):
    """The second sign-in is no news to the account's owner, and ends the browser's former session."""
    with real_provider(s1=ADA) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN])
        signed_in(client, issuer, "s1")
        former = client.cookies[sessions.COOKIE]
        # As from another site: the session's cookie does not come along to the first two addresses.
        del client.cookies[sessions.COOKIE]
        back = signed_in_there(gone_out(client), "s1")
        assert client.get(back.removeprefix(SITE)).status_code == 200
        client.cookies.set(sessions.COOKIE, former)
        assert client.get("/login/oidc/done").status_code == 303
    assert sessions.look_up(home, former) is None
    assert [each["detail"]["browser"] for each in records(home, "login")] == ["known", "new"]


@pytest.mark.parametrize(("groups", "role"), [(["etl-admins"], "super_admin"), (["etl-viewers"], "viewer")])
def test_the_role_follows(client, home, people, groups, role):
    """Another group at the next sign-in is another role, for open sessions too, which get another token."""
    with wicked_provider(claims={"groups": ["etl-operators"]}) as provider:
        turned_on(home, provider.issuer, people[Role.SUPER_ADMIN])
        let_in(client, provider.authorize(gone_out(client)))
        provider.claims["groups"] = groups
        let_in(other := browser(home), provider.authorize(gone_out(other)))
        assert other.get("/session").json() == {"user": "ada", "role": role}
        before = client.cookies[sessions.COOKIE]
        client.get("/runs")
        assert client.cookies[sessions.COOKIE] != before
    (record,) = [each for each in records(home, "user.role") if each["user"] == "oidc"]
    assert (record["target"], record["detail"]["from"], record["detail"]["to"]) == ("ada", "operator", role)


def test_a_name_is_never_taken_over(client, home, people):
    """A local account of that name stays its owner's; the sentence has the command that gives it away."""
    with real_provider(s1=ADA | {"preferred_username": "Viewer", "groups": ["etl-admins"]}) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN])
        answer = signed_in(client, issuer, "s1")
        assert answer.status_code == 401
        assert "There is an account 'Viewer' already, and none is ever taken over." in said(answer)
        assert f"python -m console users link NAME --issuer {issuer} --subject s1" in said(answer)
        assert users.find(home, "viewer").role is Role.VIEWER
        record = records(home, "login")[0]
        assert (record["user"], record["outcome"]) == ("(unknown)", "refused")
        assert record["detail"] == {"by": "oidc", "reason": "name taken", "subject": "s1", "address": "testclient"}
        # Given to the person, it is theirs, and the password is gone.
        accounts.link(home, "viewer", issuer, "s1", "cli:root")
        assert signed_in(client, issuer, "s1").status_code == 303
        assert client.get("/session").json() == {"user": "viewer", "role": "super_admin"}
    with pytest.raises(login.SignInRefused):
        login.sign_in(home, "viewer", PASSWORD, "here")


def test_who_has_no_role_is_refused(client, home, people):
    """No account is made; with a default role one is."""
    with real_provider(s1={"preferred_username": "ada", "groups": "staff"}) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN])
        answer = signed_in(client, issuer, "s1")
        assert (answer.status_code, said(answer)[:21]) == (401, "You are known there, ")
        assert users.find(home, "ada") is None
        assert records(home, "login")[0]["detail"]["reason"] == "role"
        turned_on(home, issuer, people[Role.SUPER_ADMIN], default_role=Role.VIEWER)
        assert signed_in(client, issuer, "s1").status_code == 303
        assert users.find(home, "ada").role is Role.VIEWER


def test_no_account_is_made_where_none_shall_be(client, home, people):
    """The setting leaves it to super_admins."""
    with real_provider(s1=ADA) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN], create=False)
        assert "A super_admin adds one" in said(signed_in(client, issuer, "s1"))
        users.invite(home, "lovelace", Role.VIEWER, "test")
        accounts.link(home, "lovelace", issuer, "s1", "test")
        assert signed_in(client, issuer, "s1").status_code == 303
        assert client.get("/session").json() == {"user": "lovelace", "role": "operator"}


def test_a_disabled_account_stays_out(client, home, people):
    """Also one that is disabled between the provider's answer and the next request."""
    with real_provider(s1=ADA) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN])
        back = client.get(signed_in_there(gone_out(client), "s1").removeprefix(SITE))
        assert back.status_code == 200
        users.disable(home, "ada", "test")
        assert client.get("/login/oidc/done").status_code == 401
        assert "'ada' is disabled" in said(signed_in(client, issuer, "s1"))
        assert client.get("/session").status_code == 401
        assert records(home, "login")[0]["user"] == "ada"


def test_an_account_of_the_provider_has_no_password(client, home, people):
    """None is set, by no way; the Users screen says where it comes from; taken back it can have one."""
    from console import account, links

    with real_provider(s1=ADA) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN])
        signed_in(client, issuer, "s1")
    ada = users.find(home, "ada")
    for way in (
        lambda: links.create(home, "ada", "test"),
        lambda: users.reset(home, "ada", PASSWORD, "test"),
        lambda: account.change_password(home, ada, "", PASSWORD, "none"),
    ):
        with pytest.raises(UsageError, match="'ada' signs in by single sign-on"):
            way()
    found = {each.name: each for each in accounts_of.accounts(home, people[Role.SUPER_ADMIN])}
    assert (found["ada"].issuer, found["ada"].invited, found["viewer"].issuer) == (issuer, False, "")
    accounts.unlink(home, "ada", "test")
    assert client.get("/session").status_code == 401
    assert links.create(home, "ada", "test").user == "ada"
    with pytest.raises(UsageError, match="does not sign in by single sign-on"):
        accounts.unlink(home, "ada", "test")


def test_the_last_super_admin_with_a_password_stays(home, people):
    """An account of the provider does not stand in for it."""
    with pytest.raises(UsageError, match="last super_admin"):
        accounts.link(home, "super_admin", "https://id.example.org", "s1", "test")
    with real_provider(s1=ADA | {"groups": "etl-admins"}) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN])
        signed_in(browser(home), issuer, "s1")
    assert users.find(home, "ada").role is Role.SUPER_ADMIN
    with pytest.raises(UsageError, match="last super_admin"):
        users.disable(home, "super_admin", "test")
    assert login.sign_in(home, "super_admin", PASSWORD, "here").role is Role.SUPER_ADMIN


def test_without_passwords_super_admins_still_have_theirs(client, home, people):
    """Others are refused as if the password were wrong, their sessions and links end; the form says so."""
    from console import links

    session = sessions.start(home, people[Role.VIEWER], "here")
    link = links.create(home, "viewer", "test")
    with real_provider(s1=ADA) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN], local_sign_in=False)
    assert sessions.look_up(home, session) is None
    assert "for super_admins only" in client.get("/login").text
    assert filled_in(client, "/login", name="viewer", password=PASSWORD).status_code == 401
    assert filled_in(client, "/login", name="super_admin", password=PASSWORD).status_code == 303
    with pytest.raises(UsageError, match="Only super_admins"):
        links.use(home, link.token, "seven purple walruses", "here")
    with pytest.raises(UsageError, match="Only super_admins"):
        links.create(home, "viewer", "test")


@pytest.mark.parametrize("claims", [{"amr": ["pwd", "mfa"]}, {"acr": "gold"}])
def test_the_provider_s_second_factor_counts(client, home, people, claims):
    """A super_admin who has shown one there needs none here, and the session goes on."""
    with wicked_provider(claims={"groups": ["etl-admins"]} | claims) as provider:
        turned_on(home, provider.issuer, people[Role.SUPER_ADMIN], acr="silver gold" if "acr" in claims else "")
        settings.put(home, factors.REQUIRED, True)
        out = gone_out(client)
        assert ("acr_values=silver+gold" in out or "acr_values=silver%20gold" in out) is ("acr" in claims)
        assert let_in(client, provider.authorize(out)).headers["location"] == "/"
        assert client.get("/session").json() == {"user": "ada", "role": "super_admin"}
    assert records(home, "login")[0]["detail"]["factor"] == "provider"


def test_the_console_s_own_factor_else(client, home, people):
    """Without the provider's, one has to be set up first, and after that its codes are asked for."""
    with wicked_provider(claims={"groups": ["etl-admins"], "amr": ["pwd"]}) as provider:
        turned_on(home, provider.issuer, people[Role.SUPER_ADMIN])
        settings.put(home, factors.REQUIRED, True)
        answer = let_in(client, provider.authorize(gone_out(client, "/login/oidc?next=/runs")))
        assert answer.headers["location"] == "/login/code?next=%2Fruns"
        assert "Set up a second factor" in client.get(answer.headers["location"]).text
        assert client.get("/session").status_code == 401
        assert not records(home, "login")
        secret, _codes = factor_on(home, "ada", time.time() - 3600.0)
        let_in(client, provider.authorize(gone_out(client)))
        page = "/login/code"
        assert filled_in(client, page, code=code_of(secret, time.time())).status_code == 303
        assert client.get("/session").json()["user"] == "ada"
    assert [each["action"] for each in AuditLog(home).search(user="ada")][:3] == [
        "login",
        "login.provider",
        "account.factor.on",
    ]


def test_an_authentication_context_is_required_of_everybody(client, home, people):
    """Who has not come that way is refused."""
    with wicked_provider(claims={"acr": "bronze"}) as provider:
        turned_on(home, provider.issuer, people[Role.SUPER_ADMIN], acr="gold")
        assert "the way that the settings require" in said(let_in(client, provider.authorize(gone_out(client))))


def stale(home) -> None:
    """As if every proof were an hour old."""
    from console.database import transaction

    with transaction(home) as connection:
        connection.execute("UPDATE sessions SET proved_steady = proved_steady - 3600")


def test_proving_it_again_at_the_provider(client, home, people):
    """Whoever signs in there again has proved it for ten minutes, in the session that asked."""
    with wicked_provider(claims={"groups": ["etl-admins"]}) as provider:
        turned_on(home, provider.issuer, people[Role.SUPER_ADMIN])
        let_in(client, provider.authorize(gone_out(client)))
        stale(home)
        here = sessions.number_of(client.cookies[sessions.COOKIE])
        assert not proof.is_fresh(home, here)
        out = gone_out(client, "/login/oidc?again=1&next=/users")
        assert "prompt=login" in out
        assert "max_age=0" in out
        provider.claims["auth_time"] = int(time.time())
        answer = let_in(client, provider.authorize(out))
        assert (answer.status_code, answer.headers["location"]) == (303, "/users")
        assert proof.is_fresh(home, here)
        client.get("/users")
        assert sessions.number_of(client.cookies[sessions.COOKIE]) != here
    record = records(home, "session.prove")[0]
    assert (record["user"], record["detail"]["by"]) == ("ada", "oidc")


@pytest.mark.parametrize(("ago", "proved"), [(0, True), (3600, False), (None, False)])
def test_whom_the_provider_knew_from_before_has_proved_nothing(client, home, people, ago, proved):
    """A sign-in that needed no password there counts for no change that takes one here."""
    with wicked_provider(claims={} if ago is None else {"auth_time": int(time.time()) - ago}) as provider:
        turned_on(home, provider.issuer, people[Role.SUPER_ADMIN])
        let_in(client, provider.authorize(gone_out(client)))
    assert client.get("/session").json()["user"] == "ada"
    assert proof.is_fresh(home, sessions.number_of(client.cookies[sessions.COOKIE])) is proved


@pytest.mark.parametrize(
    ("claims", "subject", "sentence"),
    [
        ({"auth_time": None}, "ada-1", "did not ask you to sign in again"),
        ({"auth_time": 1_000_000_000}, "ada-1", "did not ask you to sign in again"),
        ({"auth_time": True}, "ada-1", "did not ask you to sign in again"),
        ({"auth_time": float("nan")}, "ada-1", "did not ask you to sign in again"),
        ({"auth_time": 10**11}, "bea-2", "Somebody else than 'ada'"),
    ],
)
def test_no_proof_of_somebody_else_or_of_before(client, home, people, claims, subject, sentence):
    """An old sign-in proves nothing, nor one of another person, who gets no session by it."""
    with wicked_provider() as provider:
        turned_on(home, provider.issuer, people[Role.SUPER_ADMIN])
        let_in(client, provider.authorize(gone_out(client)))
        stale(home)
        provider.claims |= claims
        answer = let_in(client, provider.authorize(gone_out(client, "/login/oidc?again=1"), subject))
        assert answer.status_code == 401
        assert sentence in said(answer)
        assert not proof.is_fresh(home, sessions.number_of(client.cookies[sessions.COOKIE]))
        assert client.get("/session").json()["user"] == "ada"
        assert users.find(home, "bea") is None


def test_a_proof_needs_its_session(client, home, people):
    """Signed out meanwhile, or never in: nothing is proved and nobody signed in."""
    with wicked_provider(claims={"auth_time": 10**11}) as provider:
        turned_on(home, provider.issuer, people[Role.SUPER_ADMIN])
        assert client.get("/login/oidc?again=1").headers["location"] == "/login"
        let_in(client, provider.authorize(gone_out(client)))
        out = gone_out(client, "/login/oidc?again=1")
        del client.cookies[sessions.COOKIE]
        assert let_in(client, provider.authorize(out)).status_code == 401
        assert client.get("/session").status_code == 401


def test_who_is_signed_in_already_goes_on(client, home, people):
    """The button's address leads to the page, without the provider."""
    client.cookies.set(sessions.COOKIE, sessions.start(home, people[Role.VIEWER], "here"))
    assert client.get("/login/oidc?next=/runs").headers["location"] == "/runs"


@pytest.mark.parametrize(
    ("said", "away"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, True),
        ({}, False),
        ({"Referer": "http://evil.test/login"}, False),
        ({"Referer": "http://console.test.evil.test/"}, False),
        ({"Referer": f"{SITE}/login"}, True),
    ],
)
def test_another_site_signs_nobody_in(client, home, people, said, away):
    """A link there leads to the form, whatever session the provider has; without word of it the referrer counts."""
    del client.headers["Sec-Fetch-Site"]
    with real_provider(s1=ADA) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN])
        answer = client.get("/login/oidc?next=/runs", headers=said)
        assert answer.status_code == 303
        assert (answer.headers["location"] == "/login?next=%2Fruns") is not away


def test_off_means_off(client, home, people):
    """Without settings there is no button and no way; turning it off ends what came from the provider."""
    assert "/login/oidc" not in client.get("/login").text
    assert "Single sign-on is off" in said(client.get("/login/oidc"))
    with real_provider(s1=ADA) as issuer:
        turned_on(home, issuer, people[Role.SUPER_ADMIN])
        signed_in(client, issuer, "s1")
        back = signed_in_there(gone_out(other := browser(home)), "s1")
        turned_on(home, issuer, people[Role.SUPER_ADMIN], enabled=False)
        assert client.get("/session").status_code == 401
        assert let_in(other, back).status_code == 401
    record = records(home, "settings.sign_on")[0]
    assert record["detail"]["enabled"] == {"before": True, "after": False}
    assert record["detail"]["sessions_ended"] == 1


def test_a_session_of_the_provider_is_no_guess(client, home, people):
    """Refusals count for no name and no address."""
    from console.database import reading

    with wicked_provider(claims={"nonce": "wrong"}) as provider:
        turned_on(home, provider.issuer, people[Role.SUPER_ADMIN])
        for _ in range(40):
            assert let_in(client, provider.authorize(gone_out(client))).status_code == 401
    with reading(home) as connection:
        assert connection.execute("SELECT count(*) FROM login_attempts").fetchone()[0] == 0
    assert actions.BY_NAME["settings.sign_on"].proof
