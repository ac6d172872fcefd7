"""The pages' one helper: who is looking, asked anew on every run, and nobody passes without the role."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from console import identity, sessions, users
from console.users import Role
from tests.waiting import PATIENCE_SECONDS


class Cookies:
    """Stands in for `st.context`, whose cookies a test without a browser cannot have."""

    def __init__(self, value: object) -> None:
        self.cookies = {sessions.COOKIE: value}


@pytest.fixture
def looking(home, people, monkeypatch):
    """Lets somebody with a cookie look at a page of this home."""
    monkeypatch.setenv("ETL_HOME", str(home))

    def look(cookie: object) -> None:
        monkeypatch.setattr(identity.st, "context", Cookies(cookie))

    return look


def test_the_session_is_asked_every_time(home, people, looking):
    """The same cookie is somebody while the session lasts and nobody after."""
    token = sessions.start(home, people[Role.OPERATOR], "here")
    looking(token)
    assert identity.current_user() == people[Role.OPERATOR]
    users.disable(home, "operator", "test")
    assert identity.current_user() is None


@pytest.mark.parametrize("cookie", [None, "", "made up", object(), True])
def test_other_cookies_are_nobody(looking, cookie):
    """No cookie, a made-up one and a test double are not a user."""
    looking(cookie)
    assert identity.current_user() is None


def page() -> None:
    """A page for operators."""
    import streamlit as st

    from console.identity import require

    st.write(f"Hello {require('page.launch').name}")


@pytest.mark.parametrize(
    ("role", "shown", "refused"),
    [
        (Role.SUPER_ADMIN, "Hello super_admin", None),
        (Role.OPERATOR, "Hello operator", None),
        (Role.VIEWER, None, "The Launch screen needs the role operator; 'viewer' is viewer. Ask a super_admin."),
        (None, None, "Your session has ended; sign in again to use the Launch screen."),
    ],
)
def test_a_page_stops_for_those_it_is_not_for(home, people, monkeypatch, role, shown, refused):
    """Below the role a page shows one sentence and nothing of itself."""
    monkeypatch.setenv("ETL_HOME", str(home))
    monkeypatch.setattr(identity, "current_user", lambda: people.get(role))
    test = AppTest.from_function(page, default_timeout=PATIENCE_SECONDS).run()
    assert not test.exception
    assert [text.value for text in test.markdown] == ([shown] if shown else [])
    assert len(test.error) == (1 if refused else 0)
    assert refused is None or refused in test.error[0].value
