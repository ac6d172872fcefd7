"""Cookies: reading the session's, and setting one that scripts cannot read and other sites cannot send."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Literal

from starlette.datastructures import Headers
from starlette.responses import Response

from console import sessions


def session_token(headers: Headers) -> str | None:
    """The session cookie's value in a request's headers, or None."""
    try:
        morsel = SimpleCookie("; ".join(headers.getlist("cookie"))).get(sessions.COOKIE)
    except CookieError:
        return None
    return None if morsel is None else morsel.value


def put(
    response: Response,
    name: str,
    value: str,
    *,
    scheme: str,
    max_age: int | None = None,
    path: str = "/",
    same_site: Literal["strict", "lax"] = "strict",
) -> None:
    """Set a cookie; over HTTPS it stays there. `lax` is for one that comes along when another site sends us here."""
    secure = scheme == "https"
    response.set_cookie(name, value, max_age=max_age, path=path, httponly=True, samesite=same_site, secure=secure)


def session_header(token: str, scheme: str) -> str:
    """The header's value that gives a browser a session's token."""
    response = Response()
    put(response, sessions.COOKIE, token, scheme=scheme, max_age=int(sessions.ABSOLUTE_SECONDS))
    return response.headers["set-cookie"]
