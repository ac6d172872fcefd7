"""Pages: how many are open, of all and of one person, and which are kept when their connection is gone."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from console.pages import LEAST_PAGES, KeptPages, Pages


@dataclass
class Session:
    """As much of Streamlit's as a storage has to do with."""

    id: str
    ended: bool = False

    def shutdown(self) -> None:
        """It ends."""
        self.ended = True


@dataclass
class Info:
    """As much of what Streamlit stores."""

    session: Session


def test_one_person_and_all_together_have_their_share():
    """A quarter for one, all for everybody; a page that is left gives its place back."""
    pages = Pages(4 * LEAST_PAGES)
    with ExitStack() as held:
        for name in ("ada", "bob", "cyd", "dan"):
            assert all(held.enter_context(pages.opened(name)) for _ in range(LEAST_PAGES))
            assert not held.enter_context(pages.opened(name))
        assert not held.enter_context(pages.opened("eve"))
    with pages.opened("eve") as room:
        assert room


def test_kept_pages_end_when_others_come_or_time_goes_by():
    """The oldest gives way and its time is limited; both times it is ended, and one that was taken back is not."""
    now = [0.0]
    kept, sessions = KeptPages(2, 120, lambda: now[0]), [Session(str(number)) for number in range(4)]
    for session in sessions[:3]:
        kept.save(Info(session))
    assert [session.ended for session in sessions] == [True, False, False, False]
    assert kept.get("1").session is sessions[1]
    assert kept.get("0") is None
    kept.delete("1")
    now[0] = 121.0
    kept.save(Info(sessions[3]))
    assert [session.ended for session in sessions] == [True, False, True, False]
    assert [info.session for info in kept.list()] == [sessions[3]]
