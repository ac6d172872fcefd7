"""One console a home: another one says who is there and ends, before it has touched anything."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from console import server
from etl_batch import private
from etl_batch.errors import EtlError
from etl_batch.files.staging import disk_failed
from etl_batch.runs.processes import ownership

Lifespan: TypeAlias = "Callable[[Any], AbstractAsyncContextManager[dict[str, Any]]]"


def begin(home: Path) -> int:
    """Begin as the console of a home; returns 0, or the exit code when there is one already, which is told."""
    private.begin()
    try:
        ownership.refuse_second(home)
    except (EtlError, OSError) as error:
        return _told(error)
    return 0


def lifespan(home: Path, serving: Lifespan) -> Lifespan:
    """`serving`, inside of which the home is owned; a process that cannot begin there says so and ends."""

    @asynccontextmanager
    async def around(app: Any) -> AsyncIterator[dict[str, Any]]:
        async with AsyncExitStack() as life:
            try:
                private.begin()
                life.enter_context(ownership.owning(home, server.address()))
                private.share(home)
                state = await life.enter_async_context(serving(app))
            except (EtlError, OSError) as error:
                # An exception would be told by the server, as a page of traceback and with an exit code of its own.
                os._exit(_told(error))
            yield state

    return around


def _told(error: EtlError | OSError) -> int:
    """Say why there is no console; returns the exit code."""
    failed = disk_failed(error) if isinstance(error, OSError) else error
    print(failed.message, file=sys.stderr, flush=True)
    return failed.exit_code
