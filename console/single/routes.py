"""The way of a browser to the provider and back, over three addresses below `/login/oidc`.

The provider sends it back from another site, so that no cookie comes along that is for this site alone. That answer is
given a page which moves on by itself: the next request is one of this site, with the former session's cookie and the
device's, and opens the session.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console import proof, sentences, sessions
from console.actions import act
from console.cookies import put, session_token
from console.entering import ask_factor, client_address, device_of, signed_in, to
from console.factors import Need
from console.forms import page, safe_next
from console.single import accounts, journeys, signing_in
from console.single.journeys import Arrival
from console.single.refusals import SignOnRefused
from console.single.signing_in import Visit
from console.users import User
from etl_batch.errors import Busy, EtlError

BEGIN, CALLBACK, DONE = journeys.PATH, signing_in.CALLBACK, f"{journeys.PATH}/done"
AT_ONCE, WAITING, BUSY_SECONDS = 4, 16, 5
"""Browsers for which the provider is asked at the same time, and that wait for it: more are told to come again. A
provider that does not answer takes these threads and no others, so that passwords and pages go on."""
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,255}")
Refuse = Callable[[Request, str, str, EtlError], Awaitable[Response]]
"""The sign-in form with what went wrong: the request, the page to go to, the name, the error."""


class SingleSignOn:
    """The endpoints over one home."""

    def __init__(self, home: Path, refuse: Refuse) -> None:
        self.home, self.refuse = home, refuse
        self.limiter = CapacityLimiter(AT_ONCE)

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider, to sign in or to prove who is signed in.

        A link of another site leads to the sign-in form only: a session takes somebody who wants one.
        """
        target, again = safe_next(request.query_params.get("next", "/")), "again" in request.query_params
        user: User | None = request.scope["state"]["user"]
        if not _is_own_wish(request):
            return to(f"/login?next={quote(target, safe='')}")
        if user is not None and not again:
            return RedirectResponse(target, 303)
        if user is None and again:
            return to("/login")
        try:
            self._check_room()
            visit = Visit(_site(request), client_address(request), user)
            address, browser = await to_thread.run_sync(self._depart, visit, target, again, limiter=self.limiter)
        except (SignOnRefused, Busy) as error:
            return await self.refuse(request, target, "", error)
        response = to(address)
        # Lax: it has to come along when the provider sends the browser back.
        _hold(request, response, browser, journeys.DEPARTURE_SECONDS, "lax")
        return response

    def _depart(self, visit: Visit, target: str, again: bool) -> tuple[str, str]:
        return signing_in.depart(self.home, visit, target, again=again)

    async def callback(self, request: Request) -> Response:
        """Take the provider's answer, and have the browser move on."""
        browser = request.cookies.get(journeys.COOKIE, "")
        # One that is given twice is none of a provider's.
        given = request.query_params.multi_items()
        answer = dict(given) if len(dict(given)) == len(given) else {}
        try:
            self._check_room()
            token = await to_thread.run_sync(signing_in.come_back, self.home, answer, browser, limiter=self.limiter)
        except (SignOnRefused, Busy) as error:
            return await self.refuse(request, "/", "", error)
        response = page("moving.html", target=DONE)
        _hold(request, response, token, journeys.ARRIVAL_SECONDS, "strict")
        return response

    async def done(self, request: Request) -> Response:
        """Let the browser in, or past the form for the console's own second factor."""
        try:
            token = request.cookies.get(journeys.COOKIE, "")
            arrival = await to_thread.run_sync(signing_in.settle, self.home, token, device_of(request))
        except SignOnRefused as error:
            return await self.refuse(request, "/", "", error)
        response = await (self._prove(request, arrival) if arrival.again else self._enter(request, arrival))
        response.delete_cookie(journeys.COOKIE, path=journeys.PATH)
        return response

    async def _enter(self, request: Request, arrival: Arrival) -> Response:
        name, target = arrival.user.name, arrival.target
        if await to_thread.run_sync(signing_in.need, self.home, arrival) is Need.NOTHING:
            address = client_address(request)
            session = await to_thread.run_sync(signing_in.session, self.home, arrival, address)
            return await signed_in(self.home, request, name, session, to(target))
        return await ask_factor(self.home, request, arrival.user, target)

    async def _prove(self, request: Request, arrival: Arrival) -> Response:
        user: User | None = request.scope["state"]["user"]
        if user is None or user.name != arrival.user.name:
            error = SignOnRefused(sentences.JOURNEY_OVER, reason="session")
            return await self.refuse(request, "/", "", error)
        token = request.scope["state"].get("token") or session_token(request.headers) or ""
        await to_thread.run_sync(self._accept, user, sessions.number_of(token), client_address(request))
        return to(arrival.target)

    def _accept(self, user: User, number: str, address: str) -> None:
        with act(self.home, "session.prove", user) as now:
            proof.note(self.home, now, number, address, by=accounts.BY)

    def _check_room(self) -> None:
        if self.limiter.statistics().tasks_waiting >= WAITING:
            raise Busy(sentences.SIGN_INS_BUSY, seconds=BUSY_SECONDS)


def _is_own_wish(request: Request) -> bool:
    """Whether the address was typed or a page of the console's own led to it.

    Browsers say so themselves, but over plain HTTP to another machine: there the page that it came from has to be one.
    """
    said = request.headers.get("sec-fetch-site")
    if said is None:
        return request.headers.get("referer", "").startswith(f"{request.url.scheme}://{request.headers.get('host')}/")
    return said in ("none", "same-origin")


def _hold(
    request: Request, response: Response, token: str, seconds: float, same_site: Literal["strict", "lax"]
) -> None:
    scheme, path = request.url.scheme, journeys.PATH
    put(response, journeys.COOKIE, token, scheme=scheme, max_age=int(seconds), path=path, same_site=same_site)


def _site(request: Request) -> str:
    """The address under which this browser finds the console, as it says itself or its proxy."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise SignOnRefused(sentences.JOURNEY_OVER, reason="host")
    return f"{request.url.scheme}://{host}"
