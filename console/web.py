"""The console's own routes: sign-in, reports, downloads, uploads and monitoring, beside the Streamlit app."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from console import (
    addresses,
    audit_export,
    devices,
    downloads,
    entering,
    links,
    liveness,
    login,
    metrics,
    noted,
    sentences,
    sessions,
    setup,
    uploads,
    users,
    wording,
)
from console.actions import PLACE, act
from console.acts import SESSION_PATH
from console.cookies import session_token
from console.entering import client_address, device_of
from console.forms import (
    TEMPLATES,
    check_form,
    form_page,
    message_page,
    page,
    read_form,
    safe_next,
)
from console.machine import Kept
from console.passkeys import pages as passkey_pages
from console.proof import SESSION, ProofNeeded
from console.shell import shell
from console.single import routes as single
from console.single import signing_in
from console.single.refusals import ProviderFailed
from console.single.routes import SingleSignOn
from console.users import Forbidden, User
from etl_batch.errors import Busy, EtlError, FormatRefused, InputRefused, OutputFailed, UsageError
from etl_batch.runs.history.index import open_run
from etl_batch.security.audit import ORIGIN

LOGGER = logging.getLogger(__name__)
REPORT_CSP = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
HEALTH_SECONDS = 0.5
"""One look at database and disks serves all who ask meanwhile."""
HEALTH_THREADS = 2
"""Threads of their own: the health check answers while all others are busy."""
CHECKS_AT_ONCE, CHECKS_WAITING = 2, 8
"""Passwords of known devices, and as many of strangers, that are checked at the same time, and that wait for it. One
takes a quarter of a second of a core: a flood of them neither takes all threads, nor all connections while it waits."""
SIGN_IN_SECONDS = 5
"""After so long somebody who was sent away by a flood may try again."""
Endpoint = Callable[[Request], Awaitable[Response]]


def current_user(request: Request) -> User | None:
    """Whom the gate found for this request."""
    user: User | None = request.scope.get("state", {}).get("user")
    return user


def status_of(error: EtlError) -> int:
    """The HTTP status that goes with an error."""
    table: tuple[tuple[type[EtlError], int], ...] = (
        (Forbidden, 403),
        (ProofNeeded, 403),
        (ProviderFailed, 503),
        (login.SignInRefused, 401),
        (Busy, 429),
        (downloads.Replaced, 410),
        (uploads.TooLarge, 413),
        (FormatRefused, 415),
        (InputRefused, 400),
        (UsageError, 400),
        (OutputFailed, 503),
    )
    return next((status for kind, status in table if isinstance(error, kind)), 500)


class Web:
    """The endpoints over one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.health = Kept(HEALTH_SECONDS, partial(liveness.health, home))
        self.health_threads = CapacityLimiter(HEALTH_THREADS)
        # Guesses wait for each other, not the pages, nor those who are known.
        self.checks = {known: CapacityLimiter(CHECKS_AT_ONCE) for known in (False, True)}
        self.single = SingleSignOn(home, self.login_page)

    def routes(self) -> list[Route]:
        """What `st.App(routes=...)` takes."""
        return [
            *(self.route(path, shell) for path in sorted(addresses.PAGES)),
            self.route("/login", self.login, "GET", "POST"),
            self.route(entering.CODE_PATH, partial(entering.code, self.home), "GET", "POST"),
            self.route(passkey_pages.SIGN_IN_PATH, partial(passkey_pages.sign_in, self.home, self.login_page), "POST"),
            self.route(passkey_pages.SECOND_PATH, partial(passkey_pages.second, self.home), "POST"),
            self.route(passkey_pages.SET_UP_PATH, partial(passkey_pages.set_up, self.home), "POST"),
            self.route(passkey_pages.ADD_PATH, partial(passkey_pages.add, self.home), "GET", "POST"),
            self.route(passkey_pages.PROOF_PATH, partial(passkey_pages.prove, self.home), "GET", "POST"),
            self.route(passkey_pages.SCRIPT_PATH, passkey_pages.script),
            self.route(single.BEGIN, self.single.begin),
            self.route(single.CALLBACK, self.single.callback),
            self.route(single.DONE, self.single.done),
            self.route("/login.css", self.stylesheet),
            self.route("/setup", self.setup, "GET", "POST"),
            self.route("/reset", self.reset, "GET", "POST"),
            self.route(SESSION_PATH, self.session),
            self.route("/logout", self.logout, "GET", "POST"),
            self.route("/reports/{run_id}", self.report, not_found=True),
            self.route("/files/{run_id}/{name}", self.file, not_found=True),
            self.route("/backups/{run_id}/{name}", self.backup, not_found=True),
            self.route("/rejects/{run_id}/filtered.jsonl", self.rejects, not_found=True),
            self.route("/upload", self.upload, "GET", "POST"),
            self.route(audit_export.ROUTE, self.audit_export),
            self.route("/healthz", self.healthz),
            self.route("/metrics", self.metrics),
        ]

    def route(self, path: str, endpoint: Endpoint, *methods: str, not_found: bool = False) -> Route:
        """An endpoint at its address, its `EtlError`s told in words; `not_found`: a missing thing is 404, not 400."""

        async def answer(request: Request) -> Response:
            place, origin = PLACE.set(path), ORIGIN.set(client_address(request))
            token = session_token(request.headers)
            session = SESSION.set(sessions.number_of(token) if token and current_user(request) else "")
            try:
                response = await endpoint(request)
                if request.method == "HEAD" and isinstance(response, StreamingResponse):
                    response.body_iterator = _nothing()
                return response
            except EtlError as error:
                status = status_of(error)
                status = 404 if not_found and status == 400 else status
                if "text/html" in request.headers.get("accept", ""):
                    return message_page(status, wording.DID_NOT_WORK, error.message)
                return JSONResponse({"error": error.message, "kind": error.kind}, status)
            finally:
                PLACE.reset(place)
                ORIGIN.reset(origin)
                SESSION.reset(session)

        return Route(path, answer, methods=methods or ("GET",))

    async def allowed(self, request: Request, action: str) -> User:
        """The user of a request who may do the action; raises `Forbidden` as `act` does."""
        return await to_thread.run_sync(self.permitted, request, action)

    def permitted(self, request: Request, action: str) -> User:
        """The same, outside of the loop."""
        with act(self.home, action, current_user(request)) as user:
            return user

    async def stylesheet(self, _request: Request) -> Response:
        """The stylesheet of the server-rendered pages."""
        return FileResponse(TEMPLATES / "login.css", media_type="text/css", headers={"Cache-Control": "no-cache"})

    # Signing in and out ----------------------------------------------------------------------------------------------

    async def login(self, request: Request) -> Response:
        """The sign-in form and its check."""
        if request.method != "POST":
            target = safe_next(request.query_params.get("next", "/"))
            if current_user(request) is not None:
                return RedirectResponse(target, 303)
            return await self.login_page(request, target, "", None)
        form = await read_form(request)
        target, name = safe_next(form.get("next", "/")), form.get("name", "").strip()
        try:
            check_form(request, form)
            password, address = form.get("password", ""), client_address(request)
            known = await to_thread.run_sync(devices.known, self.home, device_of(request), name)
            checks = self.checks[bool(known)]
            if checks.statistics().tasks_waiting >= CHECKS_WAITING:
                raise Busy(sentences.SIGN_INS_BUSY, seconds=SIGN_IN_SECONDS)
            arguments = (self.home, name, password, address, None, known)
            user = await to_thread.run_sync(login.sign_in, *arguments, limiter=checks)
        except (UsageError, login.SignInRefused, Busy) as error:
            return await self.login_page(request, target, name, error)
        return await entering.enter(self.home, request, user, target)

    async def login_page(self, request: Request, target: str, name: str, error: EtlError | None) -> Response:
        """The form, with what went wrong the last time."""
        first_start = not await to_thread.run_sync(users.has_super_admin, self.home)
        offer = await to_thread.run_sync(signing_in.offer, self.home)
        status = 200 if error is None else status_of(error)
        message = None if error is None else error.message
        facts = {"next": target, "name": name, "error": message, "first_start": first_start, "offer": offer}
        response = form_page(request, "login.html", status, scripted=entering.site_of(request) is not None, **facts)
        if isinstance(error, Busy):
            response.headers["Retry-After"] = str(error.seconds)
        return response

    async def setup(self, request: Request) -> Response:
        """The first start: create the first super_admin with the token from the terminal."""
        form = await read_form(request) if request.method == "POST" else dict(request.query_params)
        token, name = form.get("token", ""), form.get("name", "").strip()
        if not await to_thread.run_sync(setup.token_good, self.home, token):
            return message_page(403, wording.SETUP_USED_TITLE, sentences.SETUP_LINK_NOT_GOOD, back="/login")
        if request.method != "POST":
            return form_page(request, "setup.html", token=token, name="", error=None)
        try:
            check_form(request, form)
            if form.get("password") != form.get("repeated"):
                raise UsageError(sentences.PASSWORDS_DIFFER)
            arguments = (self.home, token, name, form.get("password", ""), client_address(request))
            session = await to_thread.run_sync(setup.set_up, *arguments)
        except UsageError as error:
            return form_page(request, "setup.html", 400, token=token, name=name, error=error.message)
        return await entering.signed_in(self.home, request, name, session, entering.to("/"))

    async def reset(self, request: Request) -> Response:
        """A password for the account of a one-time link, chosen by its holder, who is signed in with it."""
        form = await read_form(request) if request.method == "POST" else dict(request.query_params)
        token = form.get("token", "")
        name = await to_thread.run_sync(links.holder, self.home, token)
        if name is None:
            return message_page(403, wording.LINK_USED_TITLE, sentences.LINK_NOT_GOOD, back="/login")
        if request.method != "POST":
            return form_page(request, "reset.html", token=token, name=name, error=None)
        try:
            check_form(request, form)
            if form.get("password") != form.get("repeated"):
                raise UsageError(sentences.PASSWORDS_DIFFER)
            arguments = (self.home, token, form.get("password", ""), client_address(request))
            user = await to_thread.run_sync(links.use, *arguments)
        except UsageError as error:
            return form_page(request, "reset.html", 400, token=token, name=name, error=error.message)
        return await entering.enter(self.home, request, user, "/")

    async def session(self, request: Request) -> Response:
        """Who is signed in, for an open page that asks whether it may go on."""
        user, headers = current_user(request), {"Cache-Control": "no-store"}
        if user is None:
            return PlainTextResponse(sentences.SIGN_IN_FIRST, 401, headers)
        return JSONResponse({"user": user.name, "role": str(user.role)}, headers=headers)

    async def logout(self, request: Request) -> Response:
        """A button to confirm on GET; the end of the session on POST."""
        user, token = await self.allowed(request, "session.sign_out"), session_token(request.headers)
        if request.method != "POST" or token is None:
            return form_page(request, "logout.html", name=user.name)
        check_form(request, await read_form(request))
        await to_thread.run_sync(sessions.end, self.home, token)
        response = RedirectResponse("/login", 303, {"Cache-Control": "no-store"})
        response.delete_cookie(sessions.COOKIE, path="/")
        return response

    # Runs and data ---------------------------------------------------------------------------------------------------

    async def note(self, request: Request, user: User, target: str) -> None:
        """Record that a user takes data of a run out."""
        if request.method == "GET":
            await to_thread.run_sync(noted.download, self.home, user, target)

    async def report(self, request: Request) -> Response:
        """A run's report, sandboxed: no script, no form, nothing fetched, an origin of its own."""
        user = await self.allowed(request, "report.read")
        run = open_run(self.home, request.path_params["run_id"])
        found = downloads.report_of(run)
        try:
            await self.note(request, user, f"{run.run_id}/{run.report.name}")
        except OutputFailed as error:
            LOGGER.warning("%s", error.message)  # to read a page takes no write; to take data out does
        headers = {
            "Content-Security-Policy": REPORT_CSP,
            # Browsers refuse to open a sandboxed page in a tab of its own when it also isolates its opener.
            "Cross-Origin-Opener-Policy": "unsafe-none",
            "Cache-Control": "private, no-cache",
        }
        return downloads.sent(request, found, headers, "text/html; charset=utf-8")

    async def file(self, request: Request) -> Response:
        """One file of a run as a download."""
        user = await self.allowed(request, "file.download")
        parameters = request.path_params
        found = await to_thread.run_sync(downloads.locate, self.home, parameters["run_id"], parameters["name"])
        await self.note(request, user, f"{parameters['run_id']}/{found.path.name}")
        return await downloads.respond(request, found)

    async def backup(self, request: Request) -> Response:
        """One backup of an output as a download."""
        user = await self.allowed(request, "backup.download")
        run_id, name = request.path_params["run_id"], request.path_params["name"]
        found = await to_thread.run_sync(downloads.locate_backup, self.home, run_id, name)
        await self.note(request, user, f"{run_id}/{name}")
        return await downloads.respond(request, found)

    async def rejects(self, request: Request) -> Response:
        """A run's rejects that fit a filter, as JSON lines."""
        user = await self.allowed(request, "rejects.download")
        run_id = request.path_params["run_id"]
        lines = await to_thread.run_sync(downloads.filtered_rejects, self.home, run_id, request.query_params)
        await self.note(request, user, f"{run_id}/rejects.jsonl")
        headers = {
            "Cache-Control": "private, no-cache",
            "Content-Encoding": "identity",
            "Content-Disposition": f"attachment; filename*=utf-8''{quote(f'rejects-{run_id}.jsonl')}",
        }
        return StreamingResponse(lines, headers=headers, media_type="application/jsonl")

    async def upload(self, request: Request) -> Response:
        """A form on GET; on POST one file into `data/`."""
        user = await self.allowed(request, "file.upload")
        if request.method != "POST":
            return page("upload.html")
        length = request.headers.get("content-length", "")
        announced = int(length) if length.isdecimal() else None
        kind = request.headers.get("content-type", "")
        # An upload may take hours: whoever may send no file by now has sent none.
        ask = partial(self.permitted, request, "file.upload")
        stored = await uploads.receive(self.home, kind, announced, request.stream(), user.name, ask)
        if "text/html" in request.headers.get("accept", ""):
            # The name is generated from digits, letters and dashes, so it needs no quoting here.
            return RedirectResponse(f"{back_page(request)}?input={stored.name}", 303)
        facts = {"name": stored.name, "original_name": stored.original_name}
        return JSONResponse({**facts, "bytes": stored.bytes, "sha256": stored.sha256}, 201)

    async def audit_export(self, request: Request) -> Response:
        """The audit records that fit a search, as a download."""
        wanted, form = audit_export.asked_for(request.query_params)
        if request.method == "HEAD":
            await self.allowed(request, "audit.export")
            pieces: Iterator[bytes] = iter(())
        else:
            pieces = await to_thread.run_sync(audit_export.export, self.home, wanted, form, current_user(request))
        headers = {
            "Cache-Control": "no-store",
            "Content-Encoding": "identity",
            "Content-Disposition": f'attachment; filename="{audit_export.file_name(form)}"',
        }
        return StreamingResponse(pieces, headers=headers, media_type=audit_export.MEDIA_TYPES[form])

    # Monitoring ------------------------------------------------------------------------------------------------------

    async def healthz(self, _request: Request) -> Response:
        """Whether the console answers, can use its database and has room on its disks; 503 when it has a problem."""
        found = await to_thread.run_sync(self.health.get, limiter=self.health_threads)
        return JSONResponse(found, 503 if found["problems"] else 200, {"Cache-Control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """Prometheus text for the holder of the bearer token or a super_admin."""
        authorization = request.headers.get("authorization", "")
        if not await to_thread.run_sync(metrics.bearer_token_good, self.home, authorization):
            if current_user(request) is None:
                return PlainTextResponse(sentences.NO_METRICS_TOKEN, 401, {"WWW-Authenticate": "Bearer"})
            await self.allowed(request, "metrics.read")
        text = await to_thread.run_sync(metrics.prometheus, self.home)
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


async def _nothing() -> AsyncIterator[bytes]:
    """The body of an answer to HEAD, for which nothing is read."""
    pieces: tuple[bytes, ...] = ()
    for piece in pieces:
        yield piece


def back_page(request: Request) -> str:
    """The page of this site that the form stood on, or the Launch screen."""
    try:
        path = urlsplit(request.headers.get("referer", "")).path
    except ValueError:  # brackets that do not close
        path = ""
    return "/launch" if path in ("", "/upload") else safe_next(path)


def routes(home: Path) -> list[Route]:
    """The console's routes over a home."""
    return Web(home).routes()
