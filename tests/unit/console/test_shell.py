"""The page that screens are drawn into: Streamlit's, with what is the console's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import file_util

from console import addresses, shell, web
from etl_batch.language import LANGUAGES, speaking


def test_streamlits_page_has_what_is_put_in_place():
    """Each mark stands once; another Streamlit may have others."""
    assert [shell.streamlits_page().count(mark) for mark in shell.MARKS] == [1] * len(shell.MARKS)


@pytest.mark.parametrize(
    ("language", "tag", "sentence"),
    [("en", "en", "The console does not answer."), ("pt_br", "pt-BR", "O console n\\u00e3o responde.")],
)
def test_it_speaks_the_language_of_who_asked(language, tag, sentence):
    """The page's language, and the sentence that is there before the console is gone; a drawing says both again."""
    assert language in LANGUAGES
    with speaking(language):
        page, drawn = shell.page(), shell.drawn()
    assert f'<html lang="{tag}">' in page
    assert "<title>Quantum ETL</title>" in page
    assert sentence in page
    assert f'window.etlSay?.("{tag}", ' in drawn
    assert sentence in drawn


def test_what_is_put_in_comes_before_streamlits_own_script():
    """Else that one would have looked for its server already. Its own is a module, which waits for the whole page."""
    page = shell.page()
    assert page.index("window.__streamlit = ") < page.index("</head>")
    assert '<script type="module" crossorigin src="./static/js/index.' in page


@pytest.mark.parametrize("path", sorted(addresses.PAGES))
def test_it_stands_at_every_screen(home, path):
    """The front page has another name, at which Streamlit would find nothing."""
    answer = TestClient(Starlette(routes=web.routes(home)), follow_redirects=False).get(f"{path}?run=x")
    if path == shell.HOME:
        assert (answer.status_code, answer.headers["Location"]) == (307, "/?run=x")
    else:
        assert (answer.status_code, answer.text) == (200, shell.page())


def test_the_parts_that_are_fetched_ahead_are_there() -> None:
    """Each name is one of the installed Streamlit's modules, and the page names it where Streamlit serves it."""
    static = Path(file_util.get_static_dir())
    found = shell.parts()
    assert [Path(part).name.partition(".")[0] for part in found] == list(shell.PARTS)
    assert all((static / part.removeprefix("/")).is_file() for part in found)
    assert all(f'"{part}"' in shell.page() for part in found)
