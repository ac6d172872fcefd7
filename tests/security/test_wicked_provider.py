"""Single sign-on under attack: a provider that lies or does not answer, and somebody between it and the browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from console import sessions, users, web
from console.database import reading, transaction
from console.gate import Gate
from console.single import journeys
from console.single import provider as providers
from console.single.journeys import Departure
from console.single.routes import AT_ONCE, WAITING
from console.users import Role
from etl_batch.security.audit import AuditLog
from tests.factors import filled_in
from tests.providers import (
    CONFIGURATION,
    SECRET,
    Wicked,
    answered,
    forget_departures,
    key,
    said,
    signed,
    turned_on,
    wicked_provider,
)
from tests.waiting import until

SITE, PASSWORD = "http://console.test", "correct horse battery"
BEGIN, CALLBACK, DONE = "/login/oidc", "/login/oidc/callback", "/login/oidc/done"


@pytest.fixture
def wicked(home, people):
    """A provider that the console trusts."""
    with wicked_provider() as provider:
        turned_on(home, provider.issuer, people[Role.SUPER_ADMIN])
        yield provider


@pytest.fixture
def client(home, wicked) -> TestClient:
    """A browser in front of the gate and the routes."""
    return browser(home)


def browser(home, app: Starlette | None = None) -> TestClient:
    """Another one, with cookies of its own."""
    routes = web.routes(home)
    app = app or Starlette(routes=routes, middleware=[Middleware(Gate, home=home, routes=routes)])
    return TestClient(
        app, base_url=SITE, follow_redirects=False, headers={"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    )


def gone_out(client: TestClient, path: str = BEGIN) -> str:
    """Where the button leads."""
    answer = client.get(path)
    assert answer.status_code == 303, said(answer)
    return answer.headers["location"]


def come_back(client: TestClient, back: str):
    """What the console says to where the provider sends the browser."""
    return client.get(back.removeprefix(SITE))


def refused(home, client: TestClient, answer, reason: str) -> None:
    """Nobody is in, nobody was added, and the reason is on the audit log without a token or a code."""
    assert answer.status_code in (401, 503)
    assert client.get(DONE).status_code == 401
    assert client.get("/session").status_code == 401
    assert users.find(home, "ada") is None
    (record, *_) = AuditLog(home).search(action="login")
    assert (record["outcome"], record["detail"]["reason"]) == ("refused", reason)
    assert set(record["detail"]) <= {"by", "reason", "subject", "address"}
    log = json.dumps(AuditLog(home).search())
    assert "eyJ" not in log
    assert SECRET not in log


def test_a_good_one_is_believed(home, client, wicked):
    """The provider of these tests is a good one where it does not lie: else what follows would say nothing."""
    assert come_back(client, wicked.authorize(gone_out(client))).status_code == 200
    assert client.get(DONE).status_code == 303
    assert client.get("/session").json() == {"user": "ada", "role": "viewer"}
    (sent,) = wicked.sent
    assert base64.b64decode(sent["authorization"].removeprefix("Basic ")).decode() == f"etl-console:{SECRET}"


NOW = int(time.time())
LIES = {
    "nonce": ({"nonce": "another"}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "audience": ({"aud": "another"}, "aud"),
    "no audience": ({"aud": None}, "aud"),
    "one of many, for another": ({"aud": ["etl-console", "another"], "azp": "another"}, "azp"),
    "one of many, for nobody": ({"aud": ["etl-console", "another"]}, "azp"),
    "azp of another": ({"azp": "another"}, "azp"),
    "issuer": ({"iss": "https://id.example.org"}, "iss"),
    "issuers": ({"iss": ["https://id.example.org"]}, "iss"),
    "expired": ({"exp": NOW - 3600}, "exp"),
    "never expires": ({"exp": None}, "exp"),
    "expires as text": ({"exp": "tomorrow"}, "exp"),
    "of the future": ({"iat": NOW + 3600}, "iat"),
    "without a date": ({"iat": None}, "iat"),
    "access token of another": ({"at_hash": base64.urlsafe_b64encode(bytes(16)).decode()}, "at_hash"),
    "at_hash of no text": ({"at_hash": 7}, "at_hash"),
    "no subject": ({"sub": None}, "sub"),
    "empty subject": ({"sub": ""}, "sub"),
    "subject of no text": ({"sub": 7}, "sub"),
    "hidden subject": ({"sub": "a\nb"}, "sub"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_claim_that_is_not_right(home, client, wicked, lie):
    """Each of them is checked, by itself."""
    claims, reason = LIES[lie]
    wicked.claims |= claims
    refused(home, client, come_back(client, wicked.authorize(gone_out(client))), reason)


def unsigned(claims) -> str:
    """A token without a signature, that says so."""
    parts = ({"alg": "none", "kid": "one"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts) + "."


def by_the_public_key(claims) -> str:
    """A token signed with what everybody may read, as if it were a secret."""
    public = key().public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = {"alg": "HS256", "kid": "one"}
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, claims))
    text = ".".join(parts)
    mark = hmac.new(public, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def by_an_unknown_rule(claims) -> str:
    """A token with a rule that whoever does not know it must not pass over, well signed."""
    head = {"alg": "RS256", "kid": "one", "crit": ["unheard-of"], "unheard-of": 1}
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, claims))
    text = ".".join(parts)
    mark = key().private_key.sign(text.encode(), PKCS1v15(), SHA256())
    return f"{text}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


def changed(claims) -> str:
    """A good token whose claims were changed on the way."""
    head, _body, mark = signed(claims).split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims | {"groups": ["etl-admins"]}).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{mark}"


SIGNATURES = {
    "none": (unsigned, "alg"),
    "the public key": (by_the_public_key, "alg"),
    "changed": (changed, "signature"),
    "another key": (lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, key("thief")), "signature"),
    "a key of its own": (
        lambda claims: jwt.encode({"alg": "RS256", "jwk": key("thief").as_dict(private=False)}, claims, key("thief")),
        "signature",
    ),
    "an unknown key": (lambda claims: jwt.encode({"alg": "RS256", "kid": "new"}, claims, key("new")), "kid"),
    "nothing": (lambda _: "", "signature"),
    "no token": (lambda _: "a.b.c", "signature"),
    "five parts": (lambda _: "a.b.c.d.e", "signature"),
    "an unknown rule": (by_an_unknown_rule, "signature"),
}


@pytest.mark.parametrize("kind", SIGNATURES)
def test_a_signature_that_is_not_right(home, client, wicked, kind):
    """Whatever the header says, only the provider's own keys count, by algorithms with a public half."""
    wicked.sign, reason = SIGNATURES[kind]
    refused(home, client, come_back(client, wicked.authorize(gone_out(client))), reason)


OTHERS = {
    "ES256": ECKey.generate_key("P-256", {"kid": "two"}),
    "PS256": RSAKey.generate_key(2048, {"kid": "two"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "two"}),
}


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("algorithm", OTHERS)
@pytest.mark.parametrize("named", [True, False])
def test_other_algorithms(client, wicked, algorithm, named):
    """Those with a public half are taken, also by a key that the token does not name among others."""
    wicked.keys.append(OTHERS[algorithm])
    head = {"alg": algorithm} | ({"kid": "two"} if named else {})
    wicked.sign = lambda claims: jwt.encode(head, claims, OTHERS[algorithm], algorithms=[algorithm])
    assert come_back(client, wicked.authorize(gone_out(client))).status_code == 200


def test_a_key_that_is_not_known_is_asked_for_once(home, client, wicked, monkeypatch):
    """A new key is found at once; unknown ones cost one question a minute, however many tokens name them."""
    assert come_back(client, wicked.authorize(gone_out(client))).status_code == 200
    assert wicked.asked["/keys"] == 1
    wicked.keys.append(key("new"))
    wicked.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "new"}, claims, key("new"))
    assert come_back(client, wicked.authorize(gone_out(client))).status_code == 200
    assert wicked.asked["/keys"] == 2
    wicked.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "newest"}, claims, key("newest"))
    for _ in range(3):
        assert come_back(client, wicked.authorize(gone_out(client))).status_code == 401
    assert wicked.asked["/keys"] == 2
    moment = providers.steady()
    monkeypatch.setattr(providers, "steady", lambda: moment + 61.0)
    assert come_back(client, wicked.authorize(gone_out(client))).status_code == 401
    assert wicked.asked["/keys"] == 3
    assert wicked.asked[CONFIGURATION] == 1
    monkeypatch.setattr(providers, "steady", lambda: moment + 3700.0)
    come_back(client, wicked.authorize(gone_out(client)))
    assert wicked.asked[CONFIGURATION] == 2


def test_an_answer_counts_once(client, wicked):
    """A callback that comes again is none, with whichever cookie; neither is an arrival."""
    out = client.get(BEGIN)
    browser_token = client.cookies[journeys.COOKIE]
    back = wicked.authorize(out.headers["location"])
    assert come_back(client, back).status_code == 200
    arrival = client.cookies[journeys.COOKIE]
    client.cookies.set(journeys.COOKIE, browser_token, domain="console.test", path=BEGIN)
    again = come_back(client, back)
    assert (again.status_code, said(again)[:12]) == (401, "This sign-in")
    assert len(wicked.sent) == 1
    client.cookies.clear()
    client.cookies.set(journeys.COOKIE, arrival)
    assert client.get(DONE).status_code == 303
    client.cookies.clear()
    client.cookies.set(journeys.COOKIE, arrival)
    assert client.get(DONE).status_code == 401


def test_one_code_for_many_at_once(home, client, wicked):
    """Of parallel requests with one answer one is let in, and the code goes to the provider once."""
    back = wicked.authorize(gone_out(client))
    cookie = client.cookies[journeys.COOKIE]

    def attempt(_number: int) -> int:
        other = browser(home)
        other.cookies.set(journeys.COOKIE, cookie)
        return come_back(other, back).status_code

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(attempt, range(8)))
    assert found == [200] + [401] * 7
    assert len(wicked.sent) == 1


def test_a_state_of_another_browser(home, client, wicked):
    """Who is sent somebody else's answer is not signed in as they; the one whose answer it is still is."""
    thief = browser(home)
    back = wicked.authorize(gone_out(thief))
    assert come_back(client, back).status_code == 401
    gone_out(client)
    assert come_back(client, back).status_code == 401
    assert client.get("/session").status_code == 401
    assert not wicked.sent
    assert come_back(thief, back).status_code == 200


@pytest.mark.parametrize("query", ["", "?code=a", "?state=a", "?code=a&state=", "?code=a&state=b&state=c", "?error=x"])
def test_an_answer_without_its_state(home, client, wicked, query):
    """It leads nowhere, asks the provider nothing, and writes nothing on the audit log: anybody can send one."""
    gone_out(client)
    before = len(AuditLog(home).search())
    answer = client.get(CALLBACK + query)
    assert (answer.status_code, said(answer)[:12]) == (401, "This sign-in")
    assert not wicked.sent
    assert len(AuditLog(home).search()) == before


def test_ten_minutes(home, client, wicked):
    """After that a sign-in begins anew."""
    back = wicked.authorize(gone_out(client))
    forget_departures(home)
    assert come_back(client, back).status_code == 401


@pytest.mark.parametrize(
    ("answer", "document", "reason"),
    [
        ({"iss": "https://id.example.org"}, {}, "iss of the answer"),
        ({}, {"authorization_response_iss_parameter_supported": True}, "iss of the answer"),
        ({"error": "access_denied", "code": None}, {}, "the provider: access_denied"),
        ({"error": "<b>no</b>", "code": None}, {}, "the provider: error"),
        ({"code": ""}, {}, "no code"),
        ({"code": "stolen"}, {}, "the provider: invalid_grant"),
    ],
)
def test_an_answer_that_is_not_right(home, client, wicked, answer, document, reason):
    """Of another provider, a refusal, without a code, with one that is not known there."""
    wicked.answer |= answer
    wicked.document |= document
    refused(home, client, come_back(client, wicked.authorize(gone_out(client))), reason)


def test_an_answer_may_name_its_issuer(client, wicked):
    """The right one is taken (RFC 9207)."""
    wicked.answer["iss"] = wicked.issuer
    assert come_back(client, wicked.authorize(gone_out(client))).status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb"]
)
def test_no_other_site_is_gone_to(client, wicked, target):
    """`next` leads to the front page when it is none of this site's."""
    out = client.get(BEGIN, params={"next": target})
    come_back(client, wicked.authorize(out.headers["location"]))
    assert client.get(DONE).headers["location"] == "/"


@pytest.mark.parametrize("host", ["evil.example/x", "a b", "a,b", "console.test@evil.example", ""])
def test_a_host_that_is_none(client, wicked, host):
    """No address is made of it."""
    answer = client.get(BEGIN, headers={"Host": host})
    assert answer.status_code == 401


def test_the_way_back_is_the_one_of_the_way_out(client, wicked):
    """The provider is told the address that it was told before, whichever the browser comes back over."""
    out = client.get(BEGIN, headers={"Host": "etl.example.org"})
    wanted = parse_qs(urlsplit(out.headers["location"]).query)["redirect_uri"]
    back = wicked.authorize(out.headers["location"])
    assert client.get(back.replace("http://etl.example.org", "")).status_code == 200
    assert [wicked.sent[0]["redirect_uri"]] == wanted == ["http://etl.example.org/login/oidc/callback"]


def redirecting(handler) -> None:
    """An answer that leads elsewhere."""
    handler.send_response(302)
    handler.send_header("Location", "http://169.254.169.254/latest/meta-data/")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def too_long(handler) -> None:
    """An answer without an end."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" " * 65536)
    except OSError:
        pass


def packed(handler) -> None:
    """A small answer that claims to become a large one."""
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", "3")
    handler.end_headers()
    handler.wfile.write(b"abc")


BROKEN = {
    "redirects": (redirecting, "It answered 302."),
    "too long": (too_long, "Its answer is too long."),
    "packed": (packed, "Its answer is no JSON object."),
    "a list": (lambda handler: answered(handler, []), "Its answer is no JSON object."),
    "an error": (lambda handler: answered(handler, {"error": "gone"}, 500), "It answered 500 gone."),
    "a closed door": (lambda handler: handler.connection.close(), "No "),
}


@pytest.mark.parametrize("where", [CONFIGURATION, "/keys", "/token"])
@pytest.mark.parametrize("kind", BROKEN)
def test_an_answer_that_is_none(home, client, wicked, kind, where):
    """A sentence on the sign-in form says so, and what else there is to do."""
    wicked.instead[where], words = BROKEN[kind]
    out = client.get(BEGIN)
    answer = out if where == CONFIGURATION else come_back(client, wicked.authorize(out.headers["location"]))
    if (kind, where) == ("an error", "/token"):
        assert "said no (gone)" in said(answer)
        return
    assert answer.status_code == 503
    assert said(answer).startswith(f"The sign-in service did not answer as it should. {words}")
    assert "Sign in with a password" in said(answer)
    assert 'action="/login"' in answer.text
    assert wicked.asked["/latest/meta-data/"] == 0


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"issuer": "https://id.example.org"}, "It calls itself by another issuer"),
        ({"issuer": None}, "It calls itself by another issuer"),
        ({"token_endpoint": "http://id.example.org/token"}, "An address that it names"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "An address that it names"),
        ({"jwks_uri": None}, "An address that it names"),
        ({"jwks_uri": ["https://id.example.org/keys"]}, "An address that it names"),
    ],
)
def test_a_document_of_another(client, wicked, document, words):
    """The issuer is exactly that of the settings, and every address one that nobody listens to on the way."""
    wicked.document |= document
    answer = client.get(BEGIN)
    assert answer.status_code == 503
    assert words in said(answer)


def test_keys_that_are_none(client, wicked):
    """Shared secrets, keys for encrypting and nonsense are no keys to check by."""
    secret = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 33).decode(), "kid": "one"}
    bad = [secret, {"kty": "RSA", "kid": "one"}, key().as_dict(private=False) | {"use": "enc"}, 7]
    wicked.instead["/keys"] = lambda handler: answered(handler, {"keys": bad})
    assert "It publishes no key" in said(come_back(client, wicked.authorize(gone_out(client))))


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]"])
def test_the_machine_s_own_network_is_not_asked(home, client, people, host):
    """An issuer at a metadata service is refused before anything is sent."""
    turned_on(home, f"https://{host}", people[Role.SUPER_ADMIN])
    answer = client.get(BEGIN)
    assert answer.status_code == 503
    assert "nothing is ever sent there" in said(answer)


def test_a_name_that_leads_to_a_metadata_service(home, client, wicked):
    """Also where the document names it, for the keys."""
    wicked.document["jwks_uri"] = "https://169.254.169.254/keys"
    assert "nothing is ever sent there" in said(come_back(client, wicked.authorize(gone_out(client))))


def hanging(wicked: Wicked):
    """An answer that does not come before the provider is released."""
    return lambda _: wicked.released.wait(60)


def test_a_slow_provider_is_given_up(client, wicked, monkeypatch):
    """After some seconds the form says so."""
    monkeypatch.setattr(providers, "SECONDS", 0.2)
    wicked.instead[CONFIGURATION] = hanging(wicked)
    answer = client.get(BEGIN)
    assert answer.status_code == 503
    assert "No " in said(answer)


def test_one_that_drips_is_given_up(client, wicked, monkeypatch):
    """A sign at a time makes no answer, either."""
    monkeypatch.setattr(providers, "SECONDS", 0.5)

    def drip(handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while not wicked.released.wait(0.01):
                handler.wfile.write(b" ")
        except OSError:
            pass

    wicked.instead[CONFIGURATION] = drip
    assert client.get(BEGIN).status_code == 503


def test_a_provider_that_hangs_holds_up_nobody_else(home, wicked, monkeypatch):
    """Passwords and pages go on; whoever finds the way to the provider full is told to come again."""
    monkeypatch.setattr(providers, "SECONDS", 60.0)
    wicked.instead[CONFIGURATION] = hanging(wicked)
    console = web.Web(home)
    routes = console.routes()
    app = Starlette(routes=routes, middleware=[Middleware(Gate, home=home, routes=routes)])
    with browser(home, app) as client, ThreadPoolExecutor(AT_ONCE + WAITING) as pool:
        waiting = [pool.submit(client.get, BEGIN) for _ in range(AT_ONCE + WAITING)]
        until(lambda: wicked.asked[CONFIGURATION] == AT_ONCE)
        until(lambda: console.single.limiter.statistics().tasks_waiting == WAITING)
        full = client.get(BEGIN)
        assert (full.status_code, full.headers["retry-after"]) == (429, "5")
        assert filled_in(client, "/login", name="viewer", password=PASSWORD).status_code == 303
        assert client.get("/session").json()["user"] == "viewer"
        wicked.released.set()
        assert {each.result().status_code for each in waiting} <= {303, 503}


def test_the_console_keeps_few_departures_of_one_address(home, wicked, monkeypatch):
    """A flood from one address pushes out itself and nobody else, and the table stays small."""
    monkeypatch.setattr(journeys, "MOST_OF_ONE", 3)
    monkeypatch.setattr(journeys, "MOST", 5)
    way = Departure("nonce", "verifier", "https://etl.example.org", "/", "", time.time())
    own = journeys.depart(home, way, "192.0.2.1")
    for _ in range(9):
        journeys.depart(home, way, "2001:db8::1")
    assert journeys.take(home, own) == way
    for number in range(9):
        journeys.depart(home, way, f"198.51.100.{number}")
    with reading(home) as connection:
        assert connection.execute("SELECT count(*) FROM provider_departures").fetchone()[0] == 5


def test_nothing_of_a_journey_can_be_read_from_the_database(home, client, wicked):
    """Tokens are hashes, the verifier and the console's secret are sealed."""
    out = gone_out(client)
    state, cookie = parse_qs(urlsplit(out).query)["state"][0], client.cookies[journeys.COOKIE]
    with transaction(home) as connection:
        kept = [tuple(row) for row in connection.execute("SELECT * FROM provider_departures")]
        (settings,) = connection.execute("SELECT * FROM single_sign_on").fetchall()
    assert len(kept) == 1
    assert state not in str(kept)
    assert cookie not in str(kept)
    assert kept[0][3].startswith("sealed:")
    assert settings["secret"].startswith("sealed:")
    assert SECRET not in str(tuple(settings))
    assert sessions.digest(state) == kept[0][0]


def test_the_key_is_another_one(home, client, wicked):
    """The provider's secret cannot be opened any more: a sentence, and passwords still do."""
    out = gone_out(client)
    (home / ".secrets" / "console.key").unlink()
    assert come_back(client, wicked.authorize(out)).status_code == 401
    out = gone_out(client)
    assert "cannot be opened any more" in said(come_back(client, wicked.authorize(out)))
    assert filled_in(client, "/login", name="viewer", password=PASSWORD).status_code == 303
