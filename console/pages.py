"""Open pages: how many there may be, of all and of one person, and which are kept for a lost connection to come back.

Beside its websocket each page that Streamlit draws has an event loop of its own, three descriptors. It keeps them when
the websocket is gone, for two minutes and for up to 128 pages: whoever reloads a page fast enough would leave none for
the database. So both are counted here, and held to what the process may open.
"""

from __future__ import annotations

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streamlit.runtime.session_manager import SessionInfo, SessionStorage

MOST_PAGES = 250
LEAST_PAGES, LEAST_KEPT = 8, 2
PERSON_SHARE = 4
"""One person may have a quarter of all pages."""
OPEN_PART, KEPT_PART = 10, 60
"""Of the descriptors beyond the console's own: a tenth as many pages may be open, a sixtieth as many are kept."""


class Pages:
    """The pages that are open now, by the name of who looks at them; at most `most`."""

    def __init__(self, most: int) -> None:
        self.most, self.per_person = most, max(LEAST_PAGES, most // PERSON_SHARE)
        self._open: Counter[str] = Counter()

    @contextmanager
    def opened(self, name: str) -> Iterator[bool]:
        """Count a page for as long as it is open; False when there is no room for it."""
        room = self._open.total() < self.most and self._open[name] < self.per_person
        self._open[name] += room
        try:
            yield room
        finally:
            self._open[name] -= room
            self._open += Counter()  # leaves out who has none


def most_pages(spare: int) -> int:
    """How many pages may be open, with so many descriptors beyond the console's own."""
    return min(MOST_PAGES, max(LEAST_PAGES, spare // OPEN_PART))


def most_kept(spare: int) -> int:
    """How many pages are kept whose connection is gone."""
    return max(LEAST_KEPT, spare // KEPT_PART)


class KeptPages(SessionStorage):
    """The pages whose connection is gone: the last `most`, for `seconds`. The others end, and their descriptors close.

    Streamlit's own storage forgets pages and leaves the closing to the next collection of garbage.
    """

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.most, self.seconds, self.clock = most, seconds, clock
        self._kept: OrderedDict[str, tuple[float, SessionInfo]] = OrderedDict()

    def get(self, session_id: str) -> SessionInfo | None:
        """The page of that id, while it is kept."""
        self._end_some()
        return self._kept[session_id][1] if session_id in self._kept else None

    def save(self, session_info: SessionInfo) -> None:
        """Keep a page; the one that was kept the longest gives way."""
        self._kept[session_info.session.id] = (self.clock(), session_info)
        self._end_some()

    def delete(self, session_id: str) -> None:
        """Forget a page, which somebody has come back to or has ended."""
        self._kept.pop(session_id, None)

    def list(self) -> list[SessionInfo]:
        """All that are kept."""
        return [kept for _since, kept in self._kept.values()]

    def _end_some(self) -> None:
        oldest = self.clock() - self.seconds
        while self._kept and (len(self._kept) > self.most or next(iter(self._kept.values()))[0] < oldest):
            _session_id, (_since, kept) = self._kept.popitem(last=False)
            kept.session.shutdown()
