"""Server-rendered pages and their forms: templates, form tokens, cookies, and reading what was filled in."""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from console import cookies, sentences, sessions, wording
from console.cookies import session_token
from etl_batch.errors import UsageError
from etl_batch.language import say

TEMPLATES = Path(__file__).resolve().parent / "templates"
FORM_COOKIE = "etl_form"
FORM_LIMIT_BYTES = 16 * 1024
_SCRIPTS = "script-src 'self'; connect-src 'self'; "
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
SCRIPTED_HEADERS = PAGE_HEADERS | {"Content-Security-Policy": _SCRIPTS + PAGE_HEADERS["Content-Security-Policy"]}
"""Of the pages that may use passkeys: the console's one script, and what it asks of the console."""
_TEMPLATES = Environment(
    loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
_TEMPLATES.globals["wording"] = wording
_TEMPLATES.filters["say"] = say


def render(template: str, **context: Any) -> str:
    """A template as text."""
    return _TEMPLATES.get_template(template).render(**context)


def page(template: str, status: int = 200, *, scripted: bool = False, **context: Any) -> Response:
    """One page that may be neither framed nor stored; `context` fills the template.

    It is free of scripts, but for that of passkeys where it is `scripted`.
    """
    text = render(template, scripted=scripted, **context)
    headers = {"Content-Language": wording.LANGUAGE, "Vary": "Accept-Language"}
    return HTMLResponse(text, status, headers | (SCRIPTED_HEADERS if scripted else PAGE_HEADERS))


def message_page(status: int, title: str, sentence: str, back: str = "/") -> Response:
    """A page that says one thing."""
    return page("message.html", status, title=title, sentence=sentence, back=back)


def form_page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page with a form: its hidden token belongs to the session, or to a cookie of its own before sign-in."""
    cookie = _form_cookie(request)
    fresh = None if cookie else secrets.token_urlsafe(32)
    response = page(template, status, csrf=sessions.csrf_token(cookie or fresh or ""), **context)
    if fresh:
        set_cookie(request, response, FORM_COOKIE, fresh)
    return response


def check_form(request: Request, form: dict[str, str]) -> None:
    """Raise `UsageError` unless the form was rendered for this browser."""
    cookie, given = _form_cookie(request), form.get("csrf", "").encode()
    if not cookie or not hmac.compare_digest(given, sessions.csrf_token(cookie).encode()):
        raise UsageError(sentences.FORM_EXPIRED)


def _form_cookie(request: Request) -> str | None:
    state = request.scope.get("state", {})
    if state.get("user") is None:
        return request.cookies.get(FORM_COOKIE)
    # Where the answer brings another token, the form that stands in it is sent back with that one.
    return state.get("token") or session_token(request.headers)


def set_cookie(request: Request, response: Response, name: str, value: str, max_age: int | None = None) -> None:
    """A cookie that scripts cannot read and other sites cannot send; over HTTPS it stays there."""
    cookies.put(response, name, value, scheme=request.url.scheme, max_age=max_age)


def safe_next(target: str) -> str:
    """`target` when it is a path of this site, else the front page."""
    plain = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if plain else "/"


async def read_form(request: Request) -> dict[str, str]:
    """A small urlencoded form; raises `UsageError` past 16 KB, because anybody may post to the open pages."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_LIMIT_BYTES:
            raise UsageError(sentences.FORM_TOO_LARGE)
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
