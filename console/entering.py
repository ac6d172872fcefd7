"""Entering: from a right password to a session, over the form for the second factor where there is to be one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console import devices, factors, pending, sentences, sessions, wording
from console.cookies import session_token
from console.devices import Device
from console.factors import Need
from console.forms import FORM_COOKIE, check_form, form_page, page, read_form, safe_next, set_cookie
from console.login import SignInRefused
from console.passkeys import challenges
from console.passkeys import store as passkeys
from console.passkeys.sites import Site, site_at
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


def site_of(request: Request) -> Site | None:
    """The address by which the browser came, where passkeys work there."""
    return site_at(request.url.scheme, request.headers.get("host", ""))


def to(target: str) -> Response:
    """On to another page."""
    return RedirectResponse(target, 303, {"Cache-Control": "no-store"})


async def enter(home: Path, request: Request, user: User, target: str) -> Response:
    """Let a user in whose password was right: at once, or past the form for the second factor."""
    if await to_thread.run_sync(factors.need, home, user.name) is Need.NOTHING:
        return await begin_session(home, request, user, to(target), Need.NOTHING)
    return await ask_factor(home, request, user, target)


async def ask_factor(home: Path, request: Request, user: User, target: str) -> Response:
    """To the form for the second factor, for a user who has shown the first."""
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
    for cookie in (FORM_COOKIE, pending.COOKIE, challenges.COOKIE):
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
        return await _form(home, request, waiting, safe_next(request.query_params.get("next", "/")), None)
    form = await read_form(request)
    target, given = safe_next(form.get("next", "/")), form.get("code", "")
    try:
        check_form(request, form)
        if waiting.secret:
            return await _set_up(home, request, token, given, target)
        known = await to_thread.run_sync(devices.known, home, device_of(request), waiting.user.name)
        user = await to_thread.run_sync(pending.answer, home, token, given, client_address(request), known)
    except (UsageError, SignInRefused, Busy) as error:
        return await _form(home, request, waiting, target, error)
    return await begin_session(home, request, user, to(target), Need.CODE)


async def code_again(home: Path, request: Request, target: str, error: EtlError) -> Response:
    """The form for the second factor, with what went wrong; the one for the password once the sign-in is over."""
    waiting = await to_thread.run_sync(pending.find, home, request.cookies.get(pending.COOKIE, ""))
    return to("/login") if waiting is None else await _form(home, request, waiting, target, error)


async def begin_session(home: Path, request: Request, user: User, response: Response, shown: Need) -> Response:
    """Let a user in who has shown all there is to show, with that response; raises as `sessions.enter` does."""
    token = await to_thread.run_sync(sessions.enter, home, user, client_address(request), shown)
    return await signed_in(home, request, user.name, token, response)


async def _set_up(home: Path, request: Request, token: str, given: str, target: str) -> Response:
    user, codes = await to_thread.run_sync(pending.set_up, home, token, given, client_address(request))
    return await begin_session(home, request, user, page("recovery.html", codes=codes, target=target), Need.CODE)


async def _form(home: Path, request: Request, waiting: Pending, target: str, error: EtlError | None) -> Response:
    facts: dict[str, Any] = {"name": waiting.user.name, "next": target, "error": error and error.message}
    if waiting.secret:
        facts["picture"] = factors.picture(waiting.secret, waiting.user.name)
        facts["secret"] = factors.spaced(waiting.secret)
        facts["longest"] = passkeys.LONGEST_LABEL
        scripted = site_of(request) is not None
        return with_patience(form_page(request, "factor.html", status_of(error), scripted=scripted, **facts), error)
    ways = await to_thread.run_sync(_ways, home, waiting.user.name, site_of(request))
    return with_patience(form_page(request, "code.html", status_of(error), **facts, **ways), error)


def _ways(home: Path, name: str, site: Site | None) -> dict[str, Any]:
    """By what an account can answer here: what the form offers, and what it says."""
    found, here = factors.find(home, name), bool(site and passkeys.ids(home, name, site.rp_id))
    app, elsewhere = found is not None and found.since is not None, None
    if found is not None and found.passkeys and not here:
        hosts = sorted({each.rp_id for each in passkeys.list_passkeys(home, name)})
        elsewhere = sentences.PASSKEYS_ELSEWHERE.format(hosts=", ".join(hosts))
    lead = wording.SECOND_STEP_LEAD if app else wording.SECOND_STEP_RECOVERY
    if here:
        lead = wording.SECOND_STEP_EITHER if app else wording.SECOND_STEP_PASSKEY
    return {"app": app, "scripted": here, "elsewhere": elsewhere, "lead": lead}


def status_of(error: EtlError | None) -> int:
    """The HTTP status of a form of the sign-in, by what went wrong."""
    if isinstance(error, Busy):
        return 429
    return 200 if error is None else 401 if isinstance(error, SignInRefused) else 400


def with_patience(response: Response, error: EtlError | None) -> Response:
    """A response that says in its header, too, how long one has to wait."""
    if isinstance(error, Busy):
        response.headers["Retry-After"] = str(error.seconds)
    return response
