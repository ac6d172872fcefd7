"""Fields for passwords: masked, filled in and filed by password managers, and pasted into."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from console.forms import PAGE_HEADERS, SCRIPTED_HEADERS, TEMPLATES, page
from console.single.signing_in import Offer
from etl_batch.defaults import PROJECT_ROOT

PARTS = ("base.html", "passkey_form.html", "say.html", "shell.html")
PAGES = sorted(path.name for path in TEMPLATES.glob("*.html") if path.name not in PARTS)
"""Those that are served whole."""
SCRIPT = re.compile(r"<script[^>]*>")
VIEWS = sorted((PROJECT_ROOT / "console" / "views").rglob("*.py"))
PURPOSES = {"current-password", "new-password"}
ASKED = {"csrf", "next", "token", "name", "username", "password", "repeated", "code", "file", "label", "answer"}
"""Every field of the pages: none is for a hint or a question."""


class Fields(HTMLParser):
    """The input fields and the handlers of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fields: list[dict[str, str | None]] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.handlers += [name for name, _value in attrs if name.startswith("on")]
        if tag in ("input", "textarea", "select"):
            self.fields.append(dict(attrs))


def drawn(name: str, error: str | None = None, *, scripted: bool = True) -> str:
    """A page as a browser gets it, filled with what any of them needs."""
    words = ("csrf", "next", "token", "name", "picture", "secret", "target", "title", "sentence", "back")
    words += ("lead", "app", "elsewhere", "host", "action", "label", "longest")
    context = dict.fromkeys(words, "word") | {"codes": ["one"], "first_start": False, "offer": Offer(), "error": error}
    return bytes(page(name, scripted=scripted, **context).body).decode()


def fields_of_pages() -> Iterator[dict[str, str | None]]:
    """The fields of all pages."""
    for name in PAGES:
        yield from Fields(drawn(name)).fields


def text_inputs() -> Iterator[dict[str, str]]:
    """The arguments of every text field of the console's own screens, as they stand in the source."""
    for path in VIEWS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "text_input":
                label = {"label": ast.unparse(node.args[0])}
                yield label | {each.arg: ast.unparse(each.value) for each in node.keywords if each.arg}


def test_pages_mask_passwords_and_name_their_purpose():
    """Each is of type password, says which one it is for, and takes a text of any length."""
    found = [field for field in fields_of_pages() if field.get("name") in ("password", "repeated")]
    assert len(found) == 5
    for field in found:
        assert field["type"] == "password"
        assert field["autocomplete"] in PURPOSES
        assert field.keys() & {"maxlength", "pattern", "readonly"} == set()


def test_pages_say_whose_password_it_is():
    """Each page with a password has a field by which a manager files it; a code is told from a password."""
    for page_name in PAGES:
        fields = Fields(drawn(page_name)).fields
        purposes = {field.get("autocomplete") for field in fields}
        if purposes & PURPOSES:
            (name,) = [field for field in fields if field.get("autocomplete") == "username"]
            assert name.get("type") != "hidden"
        assert all(field.get("autocomplete") == "one-time-code" for field in fields if field.get("name") == "code")


def test_no_hint_and_no_question_is_asked():
    """The pages have these fields and no others."""
    assert {field["name"] for field in fields_of_pages() if "name" in field} == ASKED


@pytest.mark.parametrize("name", PAGES)
def test_no_page_interferes_with_typing(name):
    """No handler and no script but that of passkeys, which the policy forbids besides: whatever is pasted stays."""
    for scripted, headers, allowed in ((False, PAGE_HEADERS, None), (True, SCRIPTED_HEADERS, "'self'")):
        text = drawn(name, "What went wrong.", scripted=scripted)
        assert set(SCRIPT.findall(text)) <= {'<script src="/passkey.js" defer>'}
        assert Fields(text).handlers == []
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        assert (policy["default-src"], policy.get("script-src")) == ("'none'", allowed)


def test_screens_mask_passwords_and_name_their_purpose():
    """As on the pages: whatever is masked has its purpose, and all fields for passwords are masked."""
    found = [field for field in text_inputs() if "password" in field["label"].lower() or "password" in str(field)]
    masked = [field for field in found if "password" in field.get("type", "")]
    assert len(masked) >= 6
    for field in masked:
        assert any(purpose in field["autocomplete"] for purpose in PURPOSES)
        assert "max_chars" not in field
    unmasked = [field["label"] for field in found if field not in masked]
    assert unmasked == []


def test_the_page_for_uploads_has_the_way_out():
    """It is the one page of the console's own behind the gate that stays open while one works."""
    assert '<a href="/logout">Sign out</a>' in drawn("upload.html")
