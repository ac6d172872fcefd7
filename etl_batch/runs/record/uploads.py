"""The uploads of a run that are open: noted before there is a part, so that somebody aborts them whatever happens."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from etl_batch import sentences, stopping
from etl_batch.errors import EtlError, OutputFailed
from etl_batch.files.beneath import Place
from etl_batch.files.replacing import replace_text
from etl_batch.files.staging import Staged, opened
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.stores import uploads
from etl_batch.stores.uploads import Upload

UPLOADS = "uploads.json"


@contextmanager
def uploading(
    run: RunDirectory, objects: Sequence[Staged], manifest: Path, deadline: float
) -> Iterator[Mapping[Staged, Upload]]:
    """The uploads of outputs that are objects, with all of their parts, for the block to complete.

    They are aborted when the block, or an upload, fails before the commit's manifest stands; from then on they are the
    business of whoever finishes the commit. `deadline`: of the uploads, by the monotonic clock. Raises `OutputFailed`,
    and what `stopping.check` raises.
    """
    found: dict[Staged, Upload] = {}
    try:
        for output in objects:
            found[output] = uploads.begun(output.place.url, run.run_id)
            _note(run, list(found.values()))
        with stopping.before(deadline):
            for output, upload in found.items():
                with opened(output) as descriptor:
                    found[output] = uploads.filled(upload, descriptor, os.fstat(descriptor).st_size)
        yield found
    except BaseException:
        if not manifest.exists():
            with suppress(EtlError):  # else the next run does it
                abort_uploads(run)
        raise
    forget_uploads(run)


def try_uploads(run: RunDirectory, places: Iterable[Place]) -> None:
    """Begin and abort an upload to each of them that is an object: what may not be written is told of at the start.

    Raises `OutputFailed`.
    """
    abort_uploads(run)  # of a try that was killed
    for place in places:
        if place.url:
            _note(run, [uploads.begun(place.url, run.run_id)])
            abort_uploads(run)


def _note(run: RunDirectory, begun: Sequence[Upload]) -> None:
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
