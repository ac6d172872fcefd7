"""Which language a person reads: tables of words, looked up when something is said.

A table is a module of constants, such as `etl_batch.ui.launch.wording`, whose last line is
`become_table(__name__)`. Its translation is a module beside it that is named after the language, such as
`wording_pt_br`, with the same names; what it lacks is said in English. So words must be asked for as `wording.NAME` at
the moment they are said, and never be copied into another constant.
"""

from __future__ import annotations

import html
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import ModuleType

from markupsafe import Markup

ENGLISH = "en"
_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything in a language, such as `pt_br`, while the block runs in this thread or task."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


class WordTable(ModuleType):
    """A module whose constants are those of the language that is spoken."""

    def __getattribute__(self, name: str) -> object:
        language = _language.get()
        if language != ENGLISH and name.isupper():
            translation = _translation(super().__getattribute__("__name__"), language)
            if translation is not None and hasattr(translation, name):
                return getattr(translation, name)
        return super().__getattribute__(name)


def become_table(name: str) -> None:
    """Make the module of that name a table of words."""
    sys.modules[name].__class__ = WordTable


def say(sentence: str, **parts: object) -> Markup:
    """A sentence for the text of a page, with its parts put in: those that are markup stay it, others are escaped.

    Quotes of the sentence itself stay as they are, so it is not for attributes.
    """
    return Markup(html.escape(sentence, quote=False)).format(**parts)  # noqa: S704 - escaped here


@cache
def _translation(table: str, language: str) -> ModuleType | None:
    """The table's translation; None where there is none."""
    name = f"{table}_{language}"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None
