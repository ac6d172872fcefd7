"""Data that attacks the page: whatever a file calls its columns, values or paths, the page shows it as text."""

# The tables below show what a reader sees, look-alike characters included.
# ruff: noqa: RUF001
from __future__ import annotations

import copy
import json
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.records import record, report_of

ATTACKS = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</title></style><iframe src=//x>",
    "<!--",
    "]]><![CDATA[",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "\u202egnp.exe",
    "\x00\x1b[31m",
    "\udc80\udfff\ud800",
    "&lt;b&gt;",
    "x" * 1_000_000,
]


class Outline(HTMLParser):
    """The page's structure alone: its elements with their attributes' names, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.embedded = ""
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note the element."""
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self._inside = tag == "script"

    def handle_endtag(self, tag):
        """Leave the element."""
        self._inside = self._inside and tag != "script"

    def handle_data(self, data):
        """Keep the embedded metadata."""
        if self._inside:
            self.embedded += data


def _poison(value, text):
    """The same JSON value with `text` in place of every text and every key of a map of names."""
    if isinstance(value, dict):
        return {key: _poison(item, text) for key, item in value.items()}
    if isinstance(value, list):
        return [_poison(item, text) for item in value]
    return text if isinstance(value, str) else value


def _poison_names(metadata, text):
    """Measures, outputs, settings, packages and reasons named `text`."""
    analytics = metadata["analytics"]
    for holder in (analytics, *analytics["strata"]):
        holder["measures"] = {text: next(iter(holder["measures"].values()))}
    for entry in analytics["expected_errors"]:
        entry["half_widths"] = {text: entry["half_widths"]["quantity"]}
    metadata["outputs"] = {text: metadata["outputs"]["csv"]}
    metadata["config"] = {text: 1}
    metadata["engine"]["packages"] = {text: text}
    metadata["system"]["cpu"] = {text: text}
    metadata["rejects_by_reason"] = {text: 12}
    return metadata


def _render(success, rejects, previous, text):
    poisoned = _poison_names(_poison(success, text), text)
    poisoned["status"] = poisoned["analytics"]["status"] = "success"
    poisoned["analytics"]["allocation"] = "sqrt"
    before = _poison_names(_poison(previous, text + "2"), text)
    return poisoned, report_of(poisoned, rejects=_poison(rejects, text), previous=before)


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_hostile_text_changes_no_structure(success, rejects, previous, attack):
    """A page full of an attack has the elements and attributes of a page full of harmless words."""
    _, harmless = _render(copy.deepcopy(success), rejects, copy.deepcopy(previous), "harmless")
    _, hostile = _render(success, rejects, previous, attack)
    assert Outline(hostile).elements == Outline(harmless).elements
    assert hostile.count('class="curve"') == 4
    assert hostile.count('circle class="share"') > 20
    hostile.encode()
    assert "\x00" not in hostile
    assert "\u202e" not in hostile


@pytest.mark.parametrize("attack", ATTACKS[:-1], ids=range(len(ATTACKS) - 1))
def test_hostile_text_survives_in_the_metadata(success, rejects, previous, attack):
    """The embedded metadata gives back exactly what was put in."""
    poisoned, page = _render(success, rejects, previous, attack)
    embedded = json.loads(Outline(page).embedded)
    assert embedded == json.loads(json.dumps(record(poisoned).to_json()))
    assert (embedded["user"], embedded["outputs"], embedded["notes"]) == (
        attack,
        poisoned["outputs"],
        poisoned["notes"],
    )


def test_hostile_text_is_shown(success):
    """The attack stands in the page as text that a reader sees."""
    success["schema"] = [{"name": '"><img src=x onerror=alert(1)>', "type": "a\u202eb"}]
    page = report_of(success)
    assert "&#34;&gt;&lt;img src=x onerror=alert(1)&gt;" in page
    assert "a‹U+202E›b" in page


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(alphabet=st.characters(codec=None), max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=6), children, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_odd_values_never_stop_the_report(success, data):
    """With any JSON value in any one place of the metadata, the report renders and can be encoded."""
    metadata = copy.deepcopy(success)
    place: object = metadata
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))  # type: ignore[call-overload, arg-type]
        key = data.draw(st.sampled_from(keys))
        child = place[key]  # type: ignore[index]
        if not isinstance(child, dict | list) or not child or data.draw(st.booleans()):
            break
        place = child
    place[key] = data.draw(json_values)  # type: ignore[index]
    report_of(metadata).encode()
    report_of(success, previous=metadata).encode()
