"""From arguments to an exit code: every error becomes one line on stderr here, and nowhere else."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from etl_batch import stopping
from etl_batch.cli import wording
from etl_batch.cli.arguments import parse_arguments
from etl_batch.cli.printing import told
from etl_batch.cli.streams import finish, open_all, silence, tell
from etl_batch.defaults import LAUNCHED
from etl_batch.errors import Cancelled, EtlError, OutputFailed
from etl_batch.files.staging import disk_failed
from etl_batch.language import ENGLISH, of_environment, speaking

_BUG = 1


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns its exit code (see `errors`)."""
    arguments = sys.argv[1:] if argv is None else argv
    open_all()
    stopping.listen()
    # A program that reads JSON reads one language.
    with speaking(ENGLISH if "--json" in arguments else of_environment(os.environ)):
        return _main(arguments)


def _main(arguments: list[str]) -> int:
    try:
        stopping.check()
        parsed = parse_arguments(arguments)
        action = _action(parsed.verb)
        stopping.check()
        code = action(parsed)
        finish(sys.stdout)
        return code
    except EtlError as error:
        complain(error, as_json="--json" in arguments)
        return error.exit_code
    except KeyboardInterrupt:
        tell(wording.STOPPED, sys.stderr)
        return Cancelled.exit_code
    except BrokenPipeError:
        # The reader of our output is gone (`etl runs list | head`): there is nobody left to tell.
        silence(sys.stdout)
        return 0
    except OSError as error:  # what the system refuses is no bug
        complain(disk_failed(error), as_json="--json" in arguments)
        return OutputFailed.exit_code
    except Exception as error:  # noqa: BLE001 - a bug: one line here, the traceback on demand and in the run's log
        tell(wording.BUG.format(kind=type(error).__name__, error=error), sys.stderr)
        if os.environ.get("ETL_DEBUG"):
            traceback.print_exc()
        return _BUG


def _action(verb: str) -> Callable[[argparse.Namespace], int]:
    """What a verb does. A probe and a small run take less time than what all verbs need takes to load."""
    with stopping.held(), _loading():
        if verb == "estimate":
            from etl_batch.cli.estimate import run_estimate

            return run_estimate
        if verb in ("run", "resume", "replay", LAUNCHED):
            from etl_batch.cli.run import run, run_launched, run_replay, run_resume

            return {"run": run, "resume": run_resume, "replay": run_replay}.get(verb, run_launched)
        from etl_batch.cli.verbs import VERB_ACTIONS

        return VERB_ACTIONS[verb]


@contextmanager
def _loading() -> Iterator[None]:
    """While modules are loaded, which stay: the collector looks for garbage neither meanwhile nor among them later.

    So it does not write to their pages either, which forked workers share with this process until somebody does.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def complain(error: EtlError, as_json: bool) -> None:
    """One line on stderr; with JSON the same as an object on stdout."""
    tell(f"etl: {told(error.message)}", sys.stderr)
    if as_json:
        said = {"error": {"kind": error.kind, "message": error.message}, "exit_code": error.exit_code}
        tell(json.dumps(said), sys.stdout)
