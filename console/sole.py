"""One console a home: another one says who is there and ends, before it has touched anything."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from console import server
from etl_batch import private
from etl_batch.errors import EtlError
from etl_batch.runs.processes import ownership

Lifespan: TypeAlias = "Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]"


def begin(home: Path) -> int:
    """Begin as the console of a home; returns 0, or the exit code when there is one already, which is told."""
    private.begin()
    try:
        ownership.refuse_second(home)
    except EtlError as error:
        print(error.message, file=sys.stderr)
        return error.exit_code
    return 0


def lifespan(home: Path, serving: Lifespan) -> Lifespan:
    """`serving`, inside of which the home is owned; a process that cannot own it ends with 2 and a sentence."""

    @asynccontextmanager
    async def around(app: Any) -> AsyncIterator[dict[str, Any]]:
        with ExitStack() as owned:
            try:
                private.begin()
                owned.enter_context(ownership.owning(home, server.address()))
                private.share(home)
            except EtlError as error:
                print(error.message, file=sys.stderr, flush=True)
                # An exception would be told by the server, as a page of traceback and with an exit code of its own.
                os._exit(error.exit_code)
            async with serving(app) as state:
                yield state

    return around
