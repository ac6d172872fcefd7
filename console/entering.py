"""Entering: from a right password to a session, over the form for the second factor where there is to be one."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console import devices, factors, pending, sessions
from console.cookies import session_token
from console.devices import Device
from console.factors import Need
from console.forms import FORM_COOKIE, check_form, form_page, page, read_form, safe_next, set_cookie
from console.login import SignInRefused
from console.pending import Pending
from console.users import User
from etl_batch.errors import Busy, EtlError, UsageError

CODE_PATH = "/login/code"


def client_address(request: Request) -> str:
    """The client's address, as the server or its trusted proxy reports it."""
    return request.client.host if request.client else "unknown"


def device_of(request: Request) -> Device:
    """The browser that a request comes from."""
    headers = request.headers
    return Device(client_address(request), headers.get("user-agent", ""), request.cookies.get(devices.COOKIE, ""))


def to(target: str) -> Response:
    """On to another page."""
    return RedirectResponse(target, 303, {"Cache-Control": "no-store"})


async def enter(home: Path, request: Request, user: User, target: str) -> Response:
    """Let a user in whose password was right: at once, or past the form for the second factor."""
    if await to_thread.run_sync(factors.need, home, user.name) is Need.NOTHING:
        session = await _session(home, request, user, Need.NOTHING)
        return await signed_in(home, request, user.name, session, to(target))
    token = await to_thread.run_sync(pending.begin, home, user.name, None, user.mark)
    response = to(f"{CODE_PATH}?next={quote(target, safe='')}")
    set_cookie(request, response, pending.COOKIE, token, int(pending.VALID_SECONDS))
    return response


async def signed_in(home: Path, request: Request, name: str, token: str, response: Response) -> Response:
    """The response with the session's cookie and the device's; the browser's former session is over."""
    before = session_token(request.headers)
    if before is not None:
        await to_thread.run_sync(sessions.end, home, before)
    device = await to_thread.run_sync(devices.keep, home, name, device_of(request))
    for cookie in (FORM_COOKIE, pending.COOKIE):
        response.delete_cookie(cookie, path="/")
    set_cookie(request, response, sessions.COOKIE, token, int(sessions.ABSOLUTE_SECONDS))
    set_cookie(request, response, devices.COOKIE, device, devices.COOKIE_SECONDS)
    return response


async def code(home: Path, request: Request) -> Response:
    """The form for the second factor and its check; for whoever has to set one up, that first."""
    token = request.cookies.get(pending.COOKIE, "")
    waiting = await to_thread.run_sync(pending.find, home, token)
    if waiting is None:
        return to("/login")
    if request.method != "POST":
        return _form(request, waiting, safe_next(request.query_params.get("next", "/")), None)
    form = await read_form(request)
    target, given = safe_next(form.get("next", "/")), form.get("code", "")
    try:
        check_form(request, form)
        if waiting.secret:
            return await _set_up(home, request, token, given, target)
        known = await to_thread.run_sync(devices.known, home, device_of(request), waiting.user.name)
        user = await to_thread.run_sync(pending.answer, home, token, given, client_address(request), known)
    except (UsageError, SignInRefused, Busy) as error:
        return _form(request, waiting, target, error)
    session = await _session(home, request, user, Need.CODE)
    return await signed_in(home, request, user.name, session, to(target))


async def _set_up(home: Path, request: Request, token: str, given: str, target: str) -> Response:
    user, codes = await to_thread.run_sync(pending.set_up, home, token, given, client_address(request))
    session = await _session(home, request, user, Need.CODE)
    return await signed_in(home, request, user.name, session, page("recovery.html", codes=codes, target=target))


async def _session(home: Path, request: Request, user: User, shown: Need) -> str:
    return await to_thread.run_sync(sessions.enter, home, user, client_address(request), shown)


def _form(request: Request, waiting: Pending, target: str, error: EtlError | None) -> Response:
    status = 200 if error is None else 401 if isinstance(error, SignInRefused) else 400
    status = 429 if isinstance(error, Busy) else status
    facts = {"name": waiting.user.name, "next": target, "error": None if error is None else error.message}
    if waiting.secret:
        facts["picture"] = factors.picture(waiting.secret, waiting.user.name)
        facts["secret"] = factors.spaced(waiting.secret)
    response = form_page(request, "factor.html" if waiting.secret else "code.html", status, **facts)
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(error.seconds)
    return response
