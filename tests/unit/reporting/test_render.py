"""The rendered page: gold files, self-containment, embedded metadata and limits."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from etl_batch.reporting.render import METADATA_BYTES, REPORT_BYTES, embed_record, render_report
from tests.records import record, reject, report_of

GOLD = Path(__file__).parent / "gold"
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """What the tests ask of a page: elements, headings, references, and the embedded metadata."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.metadata = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note an element, and that it is open."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        """Note an element that closes itself."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        """Close the innermost element, which must be this one."""
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        """Keep the text of the script element."""
        if self.open and self.open[-1] == "script":
            self.metadata += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("name", ["success", "failed", "empty"])
def test_gold(name, request):
    """The page of a fixed run is the gold file to the byte; UPDATE_GOLD=1 writes it anew."""
    metadata = {} if name == "empty" else request.getfixturevalue(name)
    lines = request.getfixturevalue("rejects") if name == "success" else []
    before = request.getfixturevalue("previous") if name == "success" else None
    page = report_of(metadata, rejects=lines, previous=before).encode()
    gold = GOLD / f"{name}.html"
    if os.environ.get("UPDATE_GOLD") == "1":
        gold.write_bytes(page)
    assert page == gold.read_bytes()


@pytest.fixture
def page(success, rejects, previous):
    """The parsed page of the successful run."""
    return Page(report_of(success, rejects=rejects, previous=previous))


def test_page_is_well_formed(page):
    """Every element that opens closes in order, ids are unique, and every link inside the page has its target."""
    assert (page.unbalanced, page.open) == ([], [])
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {(attributes["href"] or "").removeprefix("#") for attributes in page.of("a")} <= set(ids)


def test_page_has_semantic_headings(page):
    """One first-level heading, English, and no level is skipped."""
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.of("html") == [{"lang": "en"}]


def test_page_asks_for_nothing_outside(success, rejects, previous):
    """No element and no style refers to anything that is not in the page, and no script runs."""
    text = report_of(success, rejects=rejects, previous=previous)
    page = Page(text)
    references = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "action")
    ]
    assert references
    assert all(value is not None and value.startswith(("#", "data:")) for value in references)
    assert not re.search(r"url\(|@import|https?:", text)
    assert page.of("script") == [{"type": "application/json", "id": "metadata"}]
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_metadata_is_embedded(success, page):
    """The embedded metadata is the metadata."""
    assert json.loads(page.metadata) == json.loads(json.dumps(record(success).to_json()))


def test_embedded_metadata_escapes_markup_and_odd_numbers(success):
    """`<` is written as an escape, and numbers that JSON does not have become null."""
    success["user"] = "</script><b>&'"
    success["config"]["timeout"] = float("nan")
    text = report_of(success)
    raw = Page(text).metadata
    assert not set("<>&") & set(raw)
    assert "\\u003c/script\\u003e" in raw
    assert json.loads(raw)["user"] == success["user"]
    assert json.loads(raw)["config"]["timeout"] is None


def test_large_metadata_is_embedded_without_strata(success):
    """Ten thousand strata are left out of the embedded metadata, and the page says so."""
    success["analytics"]["strata"] *= 400
    text = report_of(success)
    embedded = json.loads(Page(text).metadata)
    assert "strata" not in embedded["analytics"]
    assert embedded["analytics"]["strata_omitted"] == len(success["analytics"]["strata"])
    assert embedded["counts"] == success["counts"]
    assert "leaves out the strata" in text
    assert len(Page(text).metadata) <= METADATA_BYTES


def test_huge_metadata_is_reduced_to_its_core(success):
    """When the rest alone is too large, the identity and the counts stay, and the page says so."""
    success["notes"] = ["n" * 300_000]
    text = report_of(success)
    assert json.loads(Page(text).metadata) == {
        "run_id": success["run_id"],
        "status": "success",
        "started_at": success["started_at"],
        "finished_at": success["finished_at"],
        "counts": success["counts"],
        "omitted": True,
    }
    assert "too large to embed" in text


@pytest.mark.parametrize("key", ["run_id", "status", "counts", "analytics", "inputs", "outputs", "system", "engine"])
@pytest.mark.parametrize("value", ["absent", None, "text", 7])
def test_any_key_may_be_missing_or_odd(success, rejects, previous, key, value):
    """A run that ended early, or an older engine, leaves gaps: the report renders all the same."""
    if value == "absent":
        del success[key]
    else:
        success[key] = value
    page = Page(report_of(success, rejects=rejects, previous=previous))
    assert page.unbalanced == []
    assert Page(report_of(previous, previous=success)).unbalanced == []


def _worst(metadata: dict[str, object]) -> dict[str, object]:
    """The same metadata with everything long, many and expensive to escape."""
    text = chr(34) * 1_000_000
    measure = {"estimate": 1.5e14, "ci_low": 1e14, "ci_high": 2e14, "exact": 1.6e14, "certified": False, "reason": text}
    measures = {f"{text[:500]}{number}": measure for number in range(40)}
    stratum = {"value": text[:500], "rows": 10**15, "sampled": 10**9, "expansion": 1e6, "measures": measures}
    return metadata | {
        "notes": [text] * 100,
        "user": text,
        "schema": [{"name": text, "type": text}] * 5000,
        "inputs": [dict.fromkeys(("path", "format", "layout", "dialect"), text)] * 5000,
        "outputs": {f"{text[:200]}{number}": {"path": text, "sha256": text} for number in range(20)},
        "config": {f"{text[:200]}{number}": text for number in range(500)},
        "engine": {"version": text, "python": text, "packages": {f"{text[:200]}{n}": text for n in range(500)}},
        "error": {"kind": text, "message": text},
        "system": {"cpu": {f"{text[:200]}{n}": text for n in range(50)}, "memory": text, "gpu": [{"name": text}] * 50},
        "rejects_by_reason": {f"{text[:500]}{number:03d}": 5 for number in range(100)},
        "analytics": {**metadata["analytics"], "stratum": text, "measures": measures, "strata": [stratum] * 200},  # type: ignore[dict-item]
    }


def test_report_stays_small_whatever_the_data(success, rejects, previous):
    """With every list long, every text a megabyte of quotes and every name different, the page keeps its limit."""
    metadata = _worst(success)
    huge = reject(rejects[4] | dict.fromkeys(("source", "detail", "raw", "field"), '"' * 10**6))
    # Copies of one reject: three hundred such lines of JSON would take a quarter of a minute to read.
    lines = [replace(huge, reason=reason) for reason in metadata["rejects_by_reason"] for _ in range(3)]
    before = record(_worst(previous) | {"config": {"a": 1}, "schema": [{"name": "z"}]})
    text = render_report(record(metadata), rejects=lines, previous=before)
    assert len(text.encode()) < REPORT_BYTES
    assert Page(text).unbalanced == []


def test_a_large_page_gives_up_its_metadata_first(success, rejects):
    """Metadata that could be embedded is reduced when page and metadata together would pass the limit."""
    text = '"' * 120
    metadata = success | {
        "schema": [{"name": text[:60], "type": text[:24]}] * 150,
        "inputs": [dict.fromkeys(("path", "format", "layout", "dialect"), text)] * 30,
        "config": {f"{text[:58]}{number:02d}": text for number in range(40)},
        "engine": {"packages": {f"{text[:58]}{number:02d}": text for number in range(30)}},
        "notes": [text * 4] * 10,
        "rejects_by_reason": {f"{text[:59]}{number}": 5 for number in range(10)},
    }
    lines = [
        {**rejects[4], **dict.fromkeys(("source", "detail", "raw", "field"), text * 2), "reason": reason}
        for reason in metadata["rejects_by_reason"]
        for _ in range(3)
    ]
    metadata["layouts"] = {"padding": "p" * (METADATA_BYTES - len(json.dumps(record(metadata).to_json())) - 1000)}
    assert embed_record(record(metadata))[1] is None
    page = report_of(metadata, rejects=lines)
    assert len(page.encode()) < REPORT_BYTES
    assert json.loads(Page(page).metadata)["omitted"] is True


def test_estimates_are_called_classical(success):
    """The page says plainly what the method is and that no quantum speed-up is claimed."""
    text = " ".join(report_of(success).split())
    assert "classical stratified sampling" in text
    assert "no quantum speed-up is claimed" in text
