"""Every screen in the second language: nothing of the first one is left where there are words for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from console import account, users
from console.screens import NAVIGATION
from console.users import Role
from etl_batch.language import speaking
from etl_batch.settings import rows
from tests.unit.test_translations import TABLES, constants, leaves

PAGES = tuple(sorted(page.name for page in NAVIGATION))
FEWEST_WORDS = 3
"""A sentence of fewer may be a name, or stand in data."""


def said(block: Block) -> Iterator[str]:
    """Whatever a page shows of each of its elements: labels, help, placeholders, options, markup."""
    for child in block.children.values():
        if isinstance(child, Block):
            yield str(child.proto) if child.proto is not None else ""
            yield from said(child)
        else:
            yield str(child.proto)


def english() -> dict[str, str]:
    """Sentences that are otherwise in Portuguese, by where they stand; what is put into them is cut off."""
    found: dict[str, str] = {}
    for table in TABLES:
        other = {
            (key, *path): text for key, value in constants(f"{table}_pt_br").items() for path, text in leaves(value)
        }
        for key, value in constants(table).items():
            for path, text in leaves(value):
                own = max(re.split(r"{[^}]*}", str(text)), key=len).strip()
                if len(own.split()) >= FEWEST_WORDS and own not in str(other[(key, *path)]):
                    found[f"{table}.{key}{list(path) or ''}"] = own
    with speaking("pt_br"):
        told = [f"{row.label} {row.help} {row.form.help}" for row in rows()]
    for row, others in zip(rows(), told, strict=True):
        for words in (row.label, row.form.help):
            if len(words.split()) >= FEWEST_WORDS and words not in others:
                found[f"settings.{row.name}"] = words
    return found


@pytest.fixture
def portuguese(home: Path, screen) -> Path:
    """A home whose super_admin reads Portuguese."""
    name = str(Role.SUPER_ADMIN)  # whom `screen` may have made already, in the home that this one is a copy of
    admin = users.find(home, name) or users.create(home, name, Role.SUPER_ADMIN, "correct horse battery", by="test")
    account.choose_language(home, admin, "pt_br")
    return home


@pytest.mark.parametrize("page", PAGES)
def test_no_sentence_of_a_screen_is_english(screen, portuguese: Path, page: str) -> None:
    """Each page over a home with a successful, a failed and a cancelled run."""
    app: AppTest = screen(portuguese, page)
    assert not app.exception
    kept = r"<(style|script)>.*?</\1>|etl-log.*?</pre>"  # the log stays as it was written
    shown = re.sub(kept, "", "\n".join(said(app._tree)), flags=re.DOTALL)
    assert {place: words for place, words in english().items() if words in shown} == {}
