"""Links: what they say of themselves, and what is made of a store's answers, by a server that gives them."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl_batch.stores import links
from etl_batch.stores.links import Denied, Gone, Link, Replaced, is_fresh
from tests.unit.stores.answering import CONTENT, serving


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses are short: what is asked in all is the same."""
    monkeypatch.setattr(links, "_FIRST_PAUSE_SECONDS", 0.001)


def test_a_range_of_one_version() -> None:
    """Just those bytes, under the condition that the version is the one that was meant."""
    room = bytearray(100)
    with serving([]) as (link, asked):
        assert link.read_into(memoryview(room), 300) == 100
    assert bytes(room) == CONTENT[300:400]
    assert asked == [("bytes=300-399", '"tag"')]


@pytest.mark.parametrize("answers", [[503], [500, 429, 503], [0], [0, 503, 0]])
def test_what_passes(answers: list[int]) -> None:
    """Throttling, errors of the store's own and connections that break off are tried again, and nothing is mixed up."""
    room = bytearray(500)
    with serving(answers) as (link, asked):
        assert link.read_into(memoryview(room), 10) == 500
    assert bytes(room) == CONTENT[10:510]
    assert len(asked) == len(answers) + 1


@pytest.mark.parametrize(("status", "error"), [(404, Gone), (412, Replaced), (403, Denied), (401, Denied)])
def test_what_does_not(status: int, error: type[Exception]) -> None:
    """It is said at once."""
    with serving([status] * 9) as (link, asked), pytest.raises(error):
        link.read_into(memoryview(bytearray(5)), 0)
    assert len(asked) == 1


WORDS = {
    "a word": (
        b"<Error><Code>ExpiredToken</Code><Message>k?X-Amz-Signature=abc</Message></Error>",
        "ExpiredToken",
    ),
    "no word": (b"<Error/>", None),
    "nothing": (b"", None),
    "no word of a store": (b"\xff<Code>a b</Code>", None),
    "too far behind": (b" " * 5000 + b"<Code>TooFar</Code>", None),
}


@pytest.mark.parametrize(("error", "word"), WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("status", [400, 403])
def test_what_a_store_says_of_it(status: int, error: bytes, word: str | None) -> None:
    """Its own word, or the status, and nothing else of what may have been signed."""
    with serving([status] * 9, error) as (link, _), pytest.raises(Denied) as raised:
        link.read_into(memoryview(bytearray(5)), 0)
    assert str(raised.value) == (word or str(status))


@pytest.fixture
def part(tmp_path: Path) -> Iterator[int]:
    """A file that is open."""
    (tmp_path / "x").write_bytes(CONTENT)
    descriptor = os.open(tmp_path / "x", os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize("answers", [[], [503], [400, 500], [429, 400]])
def test_a_part(part: int, answers: list[int]) -> None:
    """Put until it is taken: a request that has come in pieces is malformed (400), and whole the next time."""
    with serving(answers, b"<Error><Code>RequestTimeout</Code></Error>") as (link, asked):
        assert links.put_part(link.address, part, 100, 500) == '"part"'
    assert asked == [CONTENT[100:600]] * (len(answers) + 1)


@pytest.mark.parametrize(
    ("status", "word"),
    [(400, "ExpiredToken"), (400, "InvalidToken"), (400, "TokenRefreshRequired"), (403, "AccessDenied"), (403, "")],
)
def test_a_part_that_may_not_be_put(part: int, status: int, word: str) -> None:
    """It is said at once, with the store's word: a session that is over may be called malformed."""
    error = f"<Error><Code>{word}</Code></Error>".encode()
    with serving([status] * 9, error) as (link, asked), pytest.raises(Denied) as raised:
        links.put_part(link.address, part, 0, 5)
    assert (len(asked), str(raised.value)) == (1, word or str(status))


def test_a_store_that_stays_busy() -> None:
    """An error of the system's kind, which whoever reads may try once more."""
    with serving([503] * 99) as (link, asked), pytest.raises(OSError, match="HTTP 503") as raised:
        link.read_into(memoryview(bytearray(5)), 0)
    assert raised.value.errno == errno.ETIMEDOUT
    assert len(asked) == links.TRIES


def test_a_link_keeps_its_signature_to_itself() -> None:
    """In whatever shows it."""
    link = Link("https://x/k?X-Amz-Signature=abc", '"tag"', time.time() + 100)
    assert "Signature" not in f"{link!r} {link!s} {[link]}"
    assert is_fresh(link, 60)
    assert not is_fresh(link, 200)
