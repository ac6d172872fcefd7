"""What people have typed and not sent yet: each user's in each session, in the memory of the console alone.

It is no secret of anybody's, and nothing to be kept for longer than its owner needs it: it goes with the console, and
when too many others have come since.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

MOST = 500
"""Sessions whose drafts are kept."""
_LOCK = threading.Lock()
_KEPT: OrderedDict[tuple[Path, str, str], dict[str, object]] = OrderedDict()


def of(home: Path, user: str, session: str) -> dict[str, object] | None:
    """The drafts of a user in a session, to be changed in place; None without a session."""
    if not session:
        return None
    with _LOCK:
        found = _KEPT.setdefault((home, user, session), {})
        _KEPT.move_to_end((home, user, session))
        while len(_KEPT) > MOST:
            _KEPT.popitem(last=False)
        return found
