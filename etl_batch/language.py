"""Which language a person reads: tables of words, looked up when something is said.

What is kept (metadata, events, logs, the audit log) is English, whoever reads it; what is shown is said in the
language of who reads; `etl_batch.retelling` says a kept sentence again.

A table is a module of constants, such as `etl_batch.ui.launch.wording`, whose last line is
`become_table(__name__)`. Its translation is a module beside it that is named after the language, such as
`wording_pt_br`, with the same names; what it lacks is said in English. So words must be asked for as `wording.NAME` at
the moment they are said, and never be copied into another constant.
"""

from __future__ import annotations

import html
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from string import Formatter
from types import ModuleType
from typing import Any

from markupsafe import Markup

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "pt_br": "Português (Brasil)"}
"""By the name under which tables are translated, what each calls itself."""
_language: ContextVar[str | None] = ContextVar("language", default=None)
_WEIGHT = re.compile(r"(?:q=([01](?:\.\d{0,3})?))?")
_listeners: list[Callable[[], str | None]] = []


def spoken() -> str:
    """The language of who reads: of the block that is `speaking`, else of the page under way, else English."""
    said = _language.get()
    if said is not None:
        return said
    return next((heard for ask in _listeners if (heard := ask()) is not None), ENGLISH)


def listen_to(ask: Callable[[], str | None]) -> None:
    """Have this asked for the language where no block says one: a page's threads begin without a context."""
    if ask not in _listeners:
        _listeners.append(ask)


def wished(header: str) -> str | None:
    """The language that a browser's `Accept-Language` wants most and that is here (RFC 9110, 12.5.4); None: none is."""
    ranked: list[tuple[float, str]] = []
    for wish in header[:1000].split(","):
        tag, _, weight = wish.partition(";")
        said = _WEIGHT.fullmatch(weight.strip())
        if said is not None:
            ranked.append((float(said[1] or 1), tag.strip()))
    ranked.sort(key=lambda each: -each[0])
    return next((found for weight, tag in ranked if weight and (found := named(tag)) is not None), None)


def named(tag: str) -> str | None:
    """The language here that a tag such as `pt-BR`, `pt` or `pt_BR.UTF-8` means; None: there is none."""
    primary = tag.replace("_", "-").partition("-")[0].partition(".")[0].lower()
    return next((language for language in LANGUAGES if language.partition("_")[0] == primary), None)


def of_environment(environment: Mapping[str, str]) -> str:
    """The language of a shell: the first of LC_ALL, LC_MESSAGES and LANG that says one (POSIX), else English."""
    said = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return named(said) or ENGLISH


@dataclass(frozen=True, slots=True)
class SettingWords:
    """The words of a setting in another language than that of its table: title, help of the flag, help of the field."""

    title: str
    help: str
    form_help: str = ""


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
        language = spoken() if name.isupper() else ENGLISH
        if language != ENGLISH:
            words = translation(super().__getattribute__("__name__"), language)
            if words is not None and hasattr(words, name):
                return getattr(words, name)
        return super().__getattribute__(name)


def become_table(name: str) -> None:
    """Make the module of that name a table of words."""
    sys.modules[name].__class__ = WordTable


def say(sentence: str, **parts: object) -> Markup:
    """A sentence for the text of a page, with its parts put in: those that are markup stay it, others are escaped.

    Quotes of the sentence itself stay as they are, so it is not for attributes.
    """
    return Markup(html.escape(sentence, quote=False)).format(**parts)  # noqa: S704 - escaped here


class Sentence(str):
    """A sentence of another language: numbers that are put into it have that language's signs."""

    __slots__ = ()

    def format(self, *args: object, **parts: object) -> str:
        """As of any text, but for the signs."""
        return _Signs().vformat(self, args, parts)


class _Signs(Formatter):
    """Writes `{number:,}` with a decimal comma and points between thousands, as the languages here do."""

    def format_field(self, value: Any, format_spec: str) -> str:
        written = str(super().format_field(value, format_spec))
        return with_comma(written) if isinstance(value, int | float) else written


def with_comma(number: str) -> str:
    """A number as Python writes it, with a decimal comma."""
    return number.replace(",", "\0").replace(".", ",").replace("\0", ".")


@cache
def translation(table: str, language: str) -> ModuleType | None:
    """The table's translation; None where there is none."""
    name = f"{table}_{language}"
    if importlib.util.find_spec(name) is None:
        return None
    module = importlib.import_module(name)
    for constant, value in list(vars(module).items()):
        if constant.isupper():
            setattr(module, constant, _sentences(value))
    return module


def _sentences(value: object) -> object:
    """A constant with each text in it as a sentence."""
    if isinstance(value, str):
        return Sentence(value)
    if isinstance(value, dict):
        return {key: _sentences(each) for key, each in value.items()}
    return tuple(map(_sentences, value)) if isinstance(value, tuple) else value
