"""Another try of a whole run: which errors may pass, how long is waited for that, and the wait itself.

A run is tried again as often as its `retries` say, under the same id and from the checkpoints of the try before. What
stays as it is however often it is tried ends it at once: an input that is refused, a limit that was hit, a stop.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from etl_batch import sentences, stopping
from etl_batch.errors import Busy, Cancelled, EtlError, TimedOut, UsageError
from etl_batch.files.staging import disk_failed
from etl_batch.formats.reading import TRANSIENT

if TYPE_CHECKING:
    from etl_batch.journal import Journal

LONGEST_PAUSE_SECONDS = 60.0
_PASSING = TRANSIENT | {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
"""Beside what is known of reads: disks that are full, and tables of the system."""
_LASTING = (UsageError, TimedOut, Cancelled, Busy)


def may_pass(error: EtlError | OSError) -> bool:
    """Whether the same run may succeed in a while. Never where an input has changed: it is another run then."""
    if isinstance(error, OSError):
        return error.errno in _PASSING
    if isinstance(error, _LASTING) or error.facts.get("changed"):
        return False
    return error.errno in _PASSING or bool(error.facts.get("passing"))


def pause_before(number: int) -> float:
    """Seconds before the so-manieth try after the first: 1, 2, 4, and so on."""
    return min(2.0 ** (number - 1), LONGEST_PAUSE_SECONDS)


def wait_after(error: EtlError | OSError, journal: Journal, deadline: float) -> None:
    """Say that the run is tried again, as far as it can be written, and wait. Raises `Cancelled`, `TimedOut`."""
    reason = (disk_failed(error) if isinstance(error, OSError) else error).message
    journal.tried(reason)
    number, most = len(journal.attempts), journal.config.retries
    seconds = pause_before(number)
    journal.begin_again(sentences.runs.TRYING_AGAIN.format(seconds=seconds, number=number, most=most, reason=reason))
    with stopping.before(deadline):
        stopping.pause(seconds)
    with journal.no_failure():
        journal.announce(sentences.runs.TRYING_NOW.format(number=number, most=most))
