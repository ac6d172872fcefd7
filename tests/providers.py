"""Providers of single sign-on for the tests: a real one over HTTP, and one that lies as it is told to."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import oidc_provider_mock
from joserfc import jwt
from joserfc.jwk import RSAKey

from console.database import transaction
from console.single import provider, saving
from console.single.configuration import SignOn
from console.users import Role, User
from tests.waiting import PATIENCE_SECONDS

CLIENT, SECRET = "etl-console", "s3cr3t-0f-the-c0ns0le"
ROLES = (("etl-admins", Role.SUPER_ADMIN), ("etl-operators", Role.OPERATOR), ("etl-viewers", Role.VIEWER))
CONFIGURATION = "/.well-known/openid-configuration"


@cache
def key(kid: str = "one") -> RSAKey:
    """A key of the provider's."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def turned_on(home: Path, issuer: str, user: User | None, **more: Any) -> SignOn:
    """Single sign-on with a provider, as a super_admin sets it up."""
    settings = SignOn(**{"enabled": True, "issuer": issuer, "client_id": CLIENT, "roles": ROLES} | more)
    saving.save(home, user, settings, SECRET)
    return settings


@contextmanager
def real_provider(**people: dict[str, Any]) -> Iterator[str]:
    """A provider that knows these people; its issuer."""
    known = [oidc_provider_mock.User(sub=subject, claims=claims) for subject, claims in people.items()]
    provider.forget()
    with oidc_provider_mock.run_server_in_thread(user_claims=known) as server:
        yield f"http://localhost:{server.server_port}"


def signed_in_there(address: str, subject: str) -> str:
    """Where the real provider sends a browser back to, in which somebody has signed in at that address."""
    page = httpx.get(address, timeout=PATIENCE_SECONDS)
    assert page.status_code == 200, page.text
    answer = httpx.post(address, data={"sub": subject}, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


@dataclass
class Wicked:
    """A provider that lies where it is told to, and is a good one in everything else."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    """Claims that differ; None leaves one out."""
    document: dict[str, Any] = field(default_factory=dict)
    """What differs in what it says of itself."""
    answer: dict[str, Any] = field(default_factory=dict)
    """What differs in the answer that browsers carry back."""
    sign: Callable[[dict[str, Any]], str] = field(default=lambda claims: signed(claims))
    keys: list[RSAKey] = field(default_factory=lambda: [key()])
    instead: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    """What is answered at a path in place of what belongs there."""
    asked: Counter[str] = field(default_factory=Counter)
    sent: list[dict[str, str]] = field(default_factory=list)
    """What came with each code."""
    released: threading.Event = field(default_factory=threading.Event)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def authorize(self, address: str, subject: str = "ada-1") -> str:
        """Where a browser is sent back to, in which somebody has signed in at the address it was sent to."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        wanted = dict(parse_qsl(parts.query))
        code = secrets.token_urlsafe(16)
        self._codes[code] = wanted | {"subject": subject}
        back = {"code": code, "state": wanted["state"]} | self.answer
        return wanted["redirect_uri"] + "?" + urlencode({name: text for name, text in back.items() if text is not None})

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """One request."""
        self.asked[handler.path] += 1
        if handler.path in self.instead:
            self.instead[handler.path](handler)
        elif handler.path == CONFIGURATION:
            names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            ends = {name: f"{self.issuer}/{path}" for name, path in names.items()}
            answered(handler, {"issuer": self.issuer, **ends} | self.document)
        elif handler.path == "/keys":
            answered(handler, {"keys": [each.as_dict(private=False) for each in self.keys]})
        elif handler.path == "/token":
            self._token(handler)
        else:
            answered(handler, {}, 404)

    def _token(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        given = {name: texts[0] for name, texts in parse_qs(body).items()}
        self.sent.append(given | {"authorization": handler.headers.get("Authorization", "")})
        wanted = self._codes.pop(given.get("code", ""), None)
        if wanted is None or wanted["redirect_uri"] != given.get("redirect_uri"):
            return answered(handler, {"error": "invalid_grant"}, 400)
        challenge = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != wanted["code_challenge"]:
            return answered(handler, {"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": wanted["subject"], "nonce": wanted["nonce"]}
        claims |= {"iat": now, "exp": now + 60, "preferred_username": "ada", "groups": ["etl-viewers"]} | self.claims
        token = self.sign({name: value for name, value in claims.items() if value is not None})
        return answered(handler, {"access_token": "of no use", "token_type": "Bearer", "id_token": token})


def signed(claims: dict[str, Any], **header: Any) -> str:
    """An identity token as a good provider signs it, but for what the header says."""
    return jwt.encode({"alg": "RS256", "kid": "one"} | header, claims, key())


def answered(handler: BaseHTTPRequestHandler, found: dict[str, Any], status: int = 200) -> None:
    """Send an object as JSON."""
    body = json.dumps(found).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def wicked_provider(**more: Any) -> Iterator[Wicked]:
    """A provider on a free port that can be told to lie."""
    wicked = Wicked(**more)
    provider.forget()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wicked.serve(self)

        do_POST = do_GET  # noqa: N815  the library's name

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    wicked.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield wicked
    finally:
        wicked.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def said(page: httpx.Response) -> str:
    """What went wrong, as the sign-in form says it."""
    found = re.search(r'<p class="error"[^>]*>(.*?)</p>', page.text, re.DOTALL)
    return html.unescape(found[1]) if found else ""


def forget_departures(home: Path) -> None:
    """As if ten minutes had gone by."""
    with transaction(home) as connection:
        connection.execute("UPDATE provider_departures SET steady = steady - 601")
