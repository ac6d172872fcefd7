"""The pages and forms of passkeys: signing in with one, adding one, and proving with one who somebody is.

Each form is sent twice to one address. Without an answer the script of the page asks what the authenticator is to
sign, and gets JSON; with the answer the form is a form like all others, and a page comes back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from console import entering, pending, sentences, wording
from console.actions import act
from console.entering import client_address, device_of
from console.factors import Need
from console.forms import TEMPLATES, check_form, form_page, message_page, page, read_form, safe_next, set_cookie
from console.login import SignInRefused
from console.passkeys import challenges, entry, own, required, store
from console.passkeys.entry import Answer, Asked
from console.passkeys.sites import Site, local_address
from console.proof import SESSION, ProofNeeded
from console.users import User
from etl_batch.errors import Busy, EtlError, UsageError

SCRIPT_PATH = "/passkey.js"
SIGN_IN_PATH, SECOND_PATH = "/login/passkey", f"{entering.CODE_PATH}/passkey"
SET_UP_PATH = f"{SECOND_PATH}/new"
ADD_PATH, PROOF_PATH = "/account/passkey", "/account/proof"
ACCOUNT_PAGE = "/account"
SAID = (UsageError, SignInRefused, Busy)
"""What is said in the form that was sent."""
LoginPage = Callable[[Request, str, str, EtlError | None], Awaitable[Response]]


async def script(_request: Request) -> Response:
    """The one script of the console's own pages."""
    headers = {"Cache-Control": "no-cache"}
    return FileResponse(TEMPLATES / "passkey.js", media_type="text/javascript", headers=headers)


async def sign_in(home: Path, login_page: LoginPage, request: Request) -> Response:
    """Sign in with a passkey alone; what goes wrong is said on the login page."""
    form = await read_form(request)
    site, target = _site(request), safe_next(form.get("next", "/"))
    if not form.get("answer"):
        return await _ask(request, form, lambda: entry.begin_alone(home, site, client_address(request)))
    try:
        user = await to_thread.run_sync(entry.alone, home, _answer(request, form, site))
    except SAID as error:
        return await login_page(request, target, "", error)
    return await entering.begin_session(home, request, user, entering.to(target), Need.CODE)


async def second(home: Path, request: Request) -> Response:
    """The passkey for the second factor, after the password."""
    form, token = await read_form(request), request.cookies.get(pending.COOKIE, "")
    site, target = _site(request), safe_next(form.get("next", "/"))
    if not form.get("answer"):
        return await _ask(request, form, lambda: entry.begin_second(home, token, site, client_address(request)))
    try:
        user = await to_thread.run_sync(entry.second, home, token, _answer(request, form, site))
    except SAID as error:
        return await entering.code_again(home, request, target, error)
    return await entering.begin_session(home, request, user, entering.to(target), Need.CODE)


async def set_up(home: Path, request: Request) -> Response:
    """A passkey as the second factor that has to be set up before anything else, after the password."""
    form, token = await read_form(request), request.cookies.get(pending.COOKIE, "")
    site, target, label = _site(request), safe_next(form.get("next", "/")), form.get("label", "").strip()
    if not form.get("answer"):
        return await _ask(request, form, lambda: required.begin(home, token, label, site, client_address(request)))
    try:
        answer = _answer(request, form, site)
        user, codes = await to_thread.run_sync(required.set_up, home, token, label, answer)
    except SAID as error:
        return await entering.code_again(home, request, target, error)
    return await entering.begin_session(
        home, request, user, page("recovery.html", codes=codes, target=target), Need.CODE
    )


async def add(home: Path, request: Request) -> Response:
    """The page on which somebody who is signed in adds a passkey, and its check."""
    try:
        return await _add(home, request, request.scope["state"].get("user"))
    except ProofNeeded as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        # The password is typed at the head of that screen.
        return message_page(403, wording.DID_NOT_WORK, error.message, back=ACCOUNT_PAGE)


async def _add(home: Path, request: Request, user: User | None) -> Response:
    await to_thread.run_sync(_allow, home, "account.passkey.add", user)
    site = _site(request)
    if request.method != "POST":
        return _add_page(request, site, "", None)
    form = await read_form(request)
    label = form.get("label", "").strip()
    if not form.get("answer"):
        return await _ask(request, form, lambda: own.begin(home, user, label, site, client_address(request)))
    try:
        answer = _answer(request, form, site)
        codes = await to_thread.run_sync(own.add, home, user, label, answer, SESSION.get())
    except SAID as error:
        return _add_page(request, site, label, error)
    if codes:
        return page("recovery.html", codes=codes, target=ACCOUNT_PAGE)
    return entering.to(ACCOUNT_PAGE)


def _add_page(request: Request, site: Site, label: str, error: EtlError | None) -> Response:
    facts = {"host": site.rp_id, "label": label, "longest": store.LONGEST_LABEL, "action": ADD_PATH}
    return _form(request, "passkey.html", error, **facts)


async def prove(home: Path, request: Request) -> Response:
    """The page on which somebody who is signed in proves with a passkey who it is, and its check."""
    user: User | None = request.scope["state"].get("user")
    await to_thread.run_sync(_allow, home, "session.prove", user)
    site = _site(request)
    if request.method != "POST":
        return _proof_page(request, safe_next(request.query_params.get("next", "/")), None)
    form = await read_form(request)
    target = safe_next(form.get("next", "/"))
    if not form.get("answer"):
        return await _ask(request, form, lambda: own.begin_proof(home, user, site, client_address(request)))
    try:
        await to_thread.run_sync(own.prove, home, user, _answer(request, form, site), SESSION.get())
    except SAID as error:
        return _proof_page(request, target, error)
    return entering.to(target)


def _proof_page(request: Request, target: str, error: EtlError | None) -> Response:
    return _form(request, "proof.html", error, next=target, action=PROOF_PATH)


def _allow(home: Path, action: str, user: User | None) -> None:
    """Raise as `act` does unless the user may do it; the act itself asks again."""
    with act(home, action, user):
        return


def _site(request: Request) -> Site:
    site = entering.site_of(request)
    if site is None:
        host = request.headers.get("host", "")
        raise UsageError(sentences.NO_PASSKEYS_HERE.format(local=local_address(host), host=host))
    return site


async def _ask(request: Request, form: dict[str, str], begin: Callable[[], Asked]) -> Response:
    check_form(request, form)
    token, asked = await to_thread.run_sync(begin)
    response = JSONResponse(asked, headers={"Cache-Control": "no-store"})
    set_cookie(request, response, challenges.COOKIE, token, int(challenges.VALID_SECONDS))
    return response


def _answer(request: Request, form: dict[str, str], site: Site) -> Answer:
    """What the form brings back; raises `UsageError` when it is not this browser's."""
    check_form(request, form)
    return Answer(request.cookies.get(challenges.COOKIE, ""), form["answer"], site, device_of(request))


def _form(request: Request, template: str, error: EtlError | None, **facts: object) -> Response:
    message = None if error is None else error.message
    response = form_page(request, template, entering.status_of(error), scripted=True, error=message, **facts)
    return entering.with_patience(response, error)
