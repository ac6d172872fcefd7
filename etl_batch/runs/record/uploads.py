"""The uploads of a run that are open: noted before there is a part, so that somebody aborts them whatever happens."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict

from etl_batch import sentences
from etl_batch.errors import OutputFailed, PathRefused
from etl_batch.files.beneath import Place
from etl_batch.files.parted import MANIFEST, is_manifest
from etl_batch.files.replacing import replace_text
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.stores import uploads
from etl_batch.stores.uploads import Upload

UPLOADS = "uploads.json"


def try_uploads(run: RunDirectory, places: Iterable[Place]) -> None:
    """Begin and abort an upload to each of them that is an object: what may not be written is told of at the start.

    Raises `OutputFailed`, and `PathRefused` where a folder of parts goes and other objects are.
    """
    abort_uploads(run)  # of a try that was killed
    for place in places:
        if place.url:
            if place.parts and not _is_free(place.url):
                sentence = sentences.outputs.NOT_PARTS.format(path=place.url, manifest=MANIFEST)
                raise PathRefused(sentence, path=place.url)
            url = f"{place.url}/{MANIFEST}" if place.parts else place.url
            note_uploads(run, [uploads.begun(url, run.run_id)])
            abort_uploads(run)


def _is_free(url: str) -> bool:
    """Whether a folder of parts may go below a URL: nothing is there, or one of parts."""
    names = uploads.names_below(url)
    return names == [] or (names is not None and is_manifest(uploads.content_of(f"{url}/{MANIFEST}")))


def note_uploads(run: RunDirectory, begun: Sequence[Upload]) -> None:
    """Note all uploads of a run that are open. Raises `OutputFailed`."""
    text = json.dumps([asdict(upload) for upload in begun])
    try:
        replace_text(run.place(UPLOADS), text, durable=True)
    except OSError as error:
        path = run.file(UPLOADS)
        raise OutputFailed(sentences.outputs.CANNOT_WRITE.format(path=path, reason=error.strerror)) from error


def has_uploads(run: RunDirectory) -> bool:
    """Whether the run has begun uploads that nobody has completed or aborted."""
    return run.file(UPLOADS).exists()


def abort_uploads(run: RunDirectory) -> None:
    """Abort what a run has noted. Raises `OutputFailed`, and `UsageError`, when that cannot be done now."""
    try:
        noted = json.loads(run.file(UPLOADS).read_bytes())
        left = [Upload(each["url"], each["id"], each["mark"]) for each in noted]
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError):
        left = []  # nobody can say what it was
    for upload in left:
        uploads.abort(upload)
    forget_uploads(run)


def forget_uploads(run: RunDirectory) -> None:
    """They are completed, or are the business of whoever completes them."""
    with suppress(OSError):
        run.file(UPLOADS).unlink(missing_ok=True)
