"""Files on their way into a store: uploaded part by part, and nothing to be seen of them until the upload is completed.

A store keeps the parts of an upload, and asks money for them, until it is completed or aborted: whoever begins one
notes it down before there is a part, so that somebody aborts it whatever happens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from etl_batch import sentences, stopping
from etl_batch.errors import InputRefused, OutputFailed
from etl_batch.stores import s3
from etl_batch.stores.links import AT_ONCE, Denied, Gone, put_part
from etl_batch.stores.url import url_of

PART_BYTES = 16 << 20
"""Of a part, unless there would be too many of them: stores take 5 MiB at least, and 10,000 parts at most."""
MOST_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload that has been begun."""

    url: str
    id: str
    mark: str
    """What the object will have of it, by which it is known again."""
    tags: tuple[str, ...] = ()
    """The ETags of all parts, in order, once they are there."""
    name: str = ""
    """Of the file in a staged folder that it is of; empty for a staged file."""


def part_bytes(size: int) -> int:
    """How large the parts of so many bytes are."""
    return max(PART_BYTES, -(-size // MOST_PARTS))


def begun(url: str, mark: str, name: str = "") -> Upload:
    """A new upload without a part. Raises `OutputFailed`."""
    with _told():
        return Upload(url, s3.begin_upload(url_of(url), mark), mark, name=name)


def filled(upload: Upload, descriptor: int, size: int) -> Upload:
    """The upload with the bytes of an open file as its parts.

    Raises `OutputFailed`, and what `stopping.check` raises.
    """
    from concurrent.futures import ThreadPoolExecutor  # few runs have one

    each = part_bytes(size)

    def send(number: int) -> str:
        offset = (number - 1) * each
        return put(upload, number, descriptor, offset, min(each, size - offset))

    numbers = range(1, max(-(-size // each), 1) + 1)
    # The threads are told of a signal, or they would go on while they are waited for.
    with stopping.held(), ThreadPoolExecutor(AT_ONCE, "upload") as threads:
        waiting = [threads.submit(send, number) for number in numbers]
        try:
            tags = tuple(one.result() for one in waiting)
        except BaseException:
            threads.shutdown(cancel_futures=True)
            raise
    return with_parts(upload, tags)


def put(upload: Upload, number: int, descriptor: int, offset: int, size: int) -> str:
    """Send a part of an upload from an open file; returns its ETag.

    Raises `OutputFailed`, and what `stopping.check` raises.
    """
    with _told(upload.url):
        return put_part(s3.link_to_part(url_of(upload.url), upload.id, number), descriptor, offset, size)


def with_parts(upload: Upload, tags: Sequence[str]) -> Upload:
    """The upload when all of its parts are there."""
    return replace(upload, tags=tuple(tags))


def completed(upload: Upload) -> bool:
    """Have the object be there, at once and whole; it may be there already. False when the upload is lost.

    Raises `OutputFailed`.
    """
    url = url_of(upload.url)
    with _told():
        if s3.complete_upload(url, upload.id, upload.tags):
            return True
        there = s3.find_object(url)
        return there is not None and there.mark == upload.mark


def completed_again(upload: Upload, descriptor: int, size: int) -> None:
    """Upload the same once more, from an open file, and complete it. Raises `OutputFailed`."""
    again = begun(upload.url, upload.mark)
    try:
        again = filled(again, descriptor, size)
    except BaseException:
        with suppress(OutputFailed):
            abort(again)
        raise
    completed(again)


def abort(upload: Upload) -> None:
    """Have the store forget it, whether it knows of it or not. Raises `OutputFailed`."""
    with _told():
        s3.abort_upload(url_of(upload.url), upload.id)


def content_of(url: str) -> bytes | None:
    """What an object has that is small; None without one. Raises `OutputFailed`."""
    with _told(url):
        found = s3.find_object(url_of(url))
        if found is None:
            return None
        with suppress(Gone):  # it was there a moment ago
            return s3.content_of(found)
        return None


def names_below(url: str) -> list[str] | None:
    """Names of the objects and folders directly below a prefix; None where the prefix is an object itself.

    Raises `OutputFailed`.
    """
    with _told(url):
        if s3.find_object(url_of(url)) is not None:
            return None
        folders, files = s3.list_folder(url_of(url))
        return [*folders, *(each.url.name for each in files)]


def removed(url: str) -> None:
    """Have the store remove an object, if it is there. Raises `OutputFailed`."""
    with _told():
        s3.remove_object(url_of(url))


@contextmanager
def _told(url: str = "") -> Iterator[None]:
    """What goes wrong becomes the error of an output."""
    try:
        yield
    except InputRefused as error:
        raise OutputFailed(error.message, passing=error.facts.get("passing", False)) from error
    except Gone as error:
        raise OutputFailed(sentences.outputs.UPLOAD_GONE.format(url=url), passing=True) from error
    except Denied as error:
        raise OutputFailed(sentences.outputs.OBJECT_DENIED.format(url=url, reason=error)) from error
    except OSError as error:
        sentence = sentences.outputs.NOT_UPLOADED.format(url=url, reason=error.strerror)
        raise OutputFailed(sentence, passing=True) from error
