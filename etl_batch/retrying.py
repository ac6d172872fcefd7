"""Another try of a whole run: which errors may pass, and how long is waited for that.

A run is tried again as often as its `retries` say, under the same id and from the checkpoints of the try before. What
stays as it is however often it is tried ends it at once: an input that is refused, a limit that was hit, a stop.
"""

from __future__ import annotations

import errno

from etl_batch.errors import Busy, Cancelled, EtlError, TimedOut, UsageError
from etl_batch.formats.reading import TRANSIENT

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
