"""The gate: a pure ASGI middleware in front of every route and websocket, Streamlit's own included."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from anyio import to_thread
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console import addresses, sentences, serving, sessions
from console.acts import SAFE_METHODS, SESSION_PATH, Messages, is_request_of_person
from console.connections import RETRY_SECONDS
from console.cookies import session_header, session_token
from console.users import User
from etl_batch.errors import EtlError
from etl_batch.language import ENGLISH, speaking, spoken, wished

LOGGER = logging.getLogger(__name__)
OPEN_PATHS = frozenset(
    {
        "/login",
        "/login/code",
        "/login/passkey",
        "/login/code/passkey",
        "/login/code/passkey/new",
        "/login/oidc",
        "/login/oidc/callback",
        "/login/oidc/done",
        "/login.css",
        "/passkey.js",
        "/setup",
        "/reset",
        "/healthz",
        "/metrics",
        SESSION_PATH,
    }
)
"""Reached without a session. `/metrics`, `/setup` and `/reset` check their tokens themselves."""
POLICY_VIOLATION, UNSUPPORTED_DATA = 1008, 1003
PAGE_OWNER = b"x-etl-user"
"""As `server.trustedUserHeaders` of .streamlit/config.toml has it."""
STREAMLIT_CSP = (
    "default-src 'self'; "
    # Vega compiles its expressions, and the page has one inline script.
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "media-src 'self' data: blob:; worker-src 'self' blob:; frame-src 'self' blob: data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": STREAMLIT_CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def foreign_origin(headers: Headers) -> bool:
    """Whether a page of another origin sent the request.

    Browsers send `Origin` with every websocket and every POST; a client without one is no browser, so no page can
    have misled it. `null` (a sandboxed report, for one) is foreign.
    """
    origin = headers.get("origin")
    if origin is not None:
        try:
            host = urlsplit(origin).netloc.lower()
        except ValueError:  # brackets that do not close
            return True
        return host != headers.get("host", "").lower() or origin == "null"
    return headers.get("sec-fetch-site", "none") not in ("none", "same-origin")


def _wants_page(scope: Scope, headers: Headers) -> bool:
    if scope["method"] not in ("GET", "HEAD"):
        return False
    mode = headers.get("sec-fetch-mode")
    if mode is not None:
        return mode == "navigate"
    # Clients that are no browsers seldom say what they want: the screens themselves are pages to them all the same.
    return "text/html" in headers.get("accept", "") or scope["path"].count("/") == 1


def _login_page(scope: Scope) -> Response:
    target = quote(scope["path"], safe="/")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    suffix = "" if target == "/" else "?next=" + quote(target, safe="")
    return RedirectResponse(f"/login{suffix}", status_code=303, headers={"Cache-Control": "no-store"})


class Gate:
    """Lets a request pass that has a session or an open path, if there is a use for its address; notes who it is.

    `routes` are the console's own; the user goes along in `scope["state"]`.
    """

    def __init__(self, app: ASGIApp, home: Path, routes: Sequence[Route]) -> None:
        self.app, self.home, self.routes = app, home, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self._http(scope, receive, _with_headers(scope, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _session(self, token: str | None, touch: bool) -> sessions.Session | None:
        return await to_thread.run_sync(sessions.look_up, self.home, token, None, touch) if token else None

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        with speaking(wished(headers.get("accept-language", "")) or ENGLISH):
            try:
                response = await self._refusal(scope, headers)
            except EtlError as error:
                response = PlainTextResponse(error.message, status_code=503)
            user: User | None = scope.get("state", {}).get("user")
            with speaking((user and user.language) or spoken()):
                try:
                    await (response or self.app)(scope, receive, send)
                except ClientDisconnect:
                    LOGGER.info("A client went away in the middle of its request.")

    async def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """The answer to a request that may not pass, None for one that may."""
        if "content-length" in headers and "transfer-encoding" in headers:
            # A proxy may see its end elsewhere, and take what stands behind it for somebody else's request.
            return PlainTextResponse(sentences.TWO_LENGTHS, status_code=400, headers={"Connection": "close"})
        if scope["method"] not in SAFE_METHODS and foreign_origin(headers):
            return PlainTextResponse(sentences.OTHER_SITE, status_code=403)
        if not _counted(scope):
            retry = {"Retry-After": str(RETRY_SECONDS), "Connection": "close"}
            return PlainTextResponse(sentences.TOO_MANY_CONNECTIONS.format(seconds=RETRY_SECONDS), 503, retry)
        token, of_person = session_token(headers), is_request_of_person(scope, headers)
        session = await self._session(token, of_person)
        _vouch(scope, session)
        if token is not None and session is not None and session.renew and of_person and scope["method"] == "GET":
            # Only going to a page: what a page fetches comes in parallel, and would be left with the former token.
            scope["state"]["token"] = await to_thread.run_sync(sessions.renew, self.home, token)
        if session is not None or scope["path"] in OPEN_PATHS:
            if addresses.known(scope, self.routes):
                return None
            return PlainTextResponse(sentences.NO_ADDRESS_HERE, status_code=404, headers={"Cache-Control": "no-store"})
        if _wants_page(scope, headers):
            return _login_page(scope)
        return PlainTextResponse(sentences.SIGN_IN_FIRST, status_code=401, headers={"Cache-Control": "no-store"})

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        token = session_token(headers)
        wanted = addresses.known(scope, self.routes) and not foreign_origin(headers) and _counted(scope)
        session = await self._checked(token, touch=False) if wanted else None
        if session is None:
            # Closing before accepting makes the server answer the handshake with HTTP 403.
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        _vouch(scope, session)
        with _page_of(scope, session.user) as room:
            if room:
                await self._stream(_named(scope, session.user), receive, send, token)
            else:
                await send({"type": "websocket.close", "code": POLICY_VIOLATION})

    async def _stream(self, scope: Scope, receive: Receive, send: Send, token: str | None) -> None:
        """Serve an open page, message by message, for as long as its session stands."""
        messages = Messages()

        async def receive_while_signed_in() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            of_person = messages.is_of_person(message)
            code = POLICY_VIOLATION if await self._checked(token, of_person) is None else None
            if code is None and message.get("bytes") is None:
                code = UNSUPPORTED_DATA  # pages never send text, and Streamlit has no answer to it
            if code is None:
                return message
            await send({"type": "websocket.close", "code": code})
            return {"type": "websocket.disconnect", "code": code}

        await self.app(scope, receive_while_signed_in, send)

    async def _checked(self, token: str | None, touch: bool) -> sessions.Session | None:
        try:
            return await self._session(token, touch)
        except EtlError:
            # Without its database the console can vouch for nobody.
            return None


def _counted(scope: Scope) -> bool:
    """Whether the client may have one more request under way."""
    connection, client = serving.connection_of(scope), scope.get("client")
    return connection is None or client is None or connection.claim(client[0])


@contextmanager
def _page_of(scope: Scope, user: User) -> Iterator[bool]:
    """Count an open page; False when the user, or all together, have too many."""
    connection = serving.connection_of(scope)
    with nullcontext(True) if connection is None else connection.crowd.pages.opened(user.name) as room:
        if not room:
            LOGGER.warning("A page was refused: too many are open.")
        yield room


def _named(scope: Scope, user: User) -> Scope:
    """The scope with the header by which Streamlit tells whose a page is that a lost connection comes back to.

    Without it whoever knows a page's number gets what stands on it: who signs in next in a browser, for one.
    """
    others = [(name, value) for name, value in scope["headers"] if name.lower() != PAGE_OWNER]
    return {**scope, "headers": [*others, (PAGE_OWNER, user.name.encode())]}


def _vouch(scope: Scope, session: sessions.Session | None) -> None:
    """Tell the routes who it is, and the connection that somebody stands behind it."""
    scope.setdefault("state", {})["user"] = None if session is None else session.user
    connection = serving.connection_of(scope)
    if connection is not None:
        connection.vouched = session is not None


def _with_headers(scope: Scope, send: Send) -> Send:
    """`send` with the headers that every answer has, and with the new token of a session that has got one."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers: Any = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            token = scope.get("state", {}).get("token")
            if token is not None:
                headers.append("set-cookie", session_header(token, scope["scheme"]))
        await send(message)

    return send_with_headers
