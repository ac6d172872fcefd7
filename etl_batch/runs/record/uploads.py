"""The uploads of a run that are open: noted before there is a part, so that somebody aborts them whatever happens."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from etl_batch import sentences, stopping
from etl_batch.errors import EtlError, OutputFailed, PathRefused
from etl_batch.files.beneath import Place
from etl_batch.files.commit import Uploaded
from etl_batch.files.parted import MANIFEST, in_order, is_manifest, is_part
from etl_batch.files.replacing import replace_text
from etl_batch.files.staging import Staged, names_within, opened, opened_within
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.stores import uploads
from etl_batch.stores.uploads import Upload

UPLOADS = "uploads.json"


@contextmanager
def uploading(
    run: RunDirectory, objects: Sequence[Staged], manifest: Path, deadline: float
) -> Iterator[Mapping[Staged, Uploaded]]:
    """The uploads of outputs that are objects, with all of their parts, for the block to complete.

    They are aborted when the block, or an upload, fails before the commit's manifest stands; from then on they are the
    business of whoever finishes the commit. `deadline`: of the uploads, by the monotonic clock. Raises `OutputFailed`,
    and what `stopping.check` raises.
    """
    noted: list[Upload] = []
    try:
        begun = {output: _begun(run, output, noted) for output in objects}
        with stopping.before(deadline):
            found = {
                output: Uploaded(tuple(_filled(output, upload) for upload in each), _superseded(output))
                for output, each in begun.items()
            }
        yield found
    except BaseException:
        if not manifest.exists():
            with suppress(EtlError):  # else the next run does it
                abort_uploads(run)
        raise
    forget_uploads(run)


def _begun(run: RunDirectory, output: Staged, noted: list[Upload]) -> list[Upload]:
    """The uploads of an output, in the order in which they are to be completed; each is noted once it is begun."""
    url, own = output.place.url, len(noted)
    for name in in_order(_names(output)) if output.folder else [""]:
        noted.append(uploads.begun(f"{url}/{name}" if name else url, run.run_id, name))
        _note(run, noted)
    return noted[own:]


def _names(output: Staged) -> list[str]:
    try:
        return names_within(output)
    except OSError as error:
        raise _unreadable(output, error) from error


def _filled(output: Staged, upload: Upload) -> Upload:
    try:
        with opened_within(output, upload.name) if upload.name else opened(output) as descriptor:
            return uploads.filled(upload, descriptor, os.fstat(descriptor).st_size)
    except OSError as error:
        raise _unreadable(output, error) from error


def _unreadable(output: Staged, error: OSError) -> OutputFailed:
    return OutputFailed(sentences.outputs.NOT_READ_BACK.format(path=output.staged, reason=error.strerror))


def _superseded(output: Staged) -> tuple[str, ...]:
    """Of a folder in a store the parts that its next manifest does not name, whichever run has left them."""
    if not output.folder:
        return ()
    url, own = output.place.url, set(_names(output))
    return tuple(f"{url}/{name}" for name in uploads.names_below(url) or () if is_part(name) and name not in own)


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
            _note(run, [uploads.begun(url, run.run_id)])
            abort_uploads(run)


def _is_free(url: str) -> bool:
    """Whether a folder of parts may go below a URL: nothing is there, or one of parts."""
    names = uploads.names_below(url)
    return names == [] or (names is not None and is_manifest(uploads.content_of(f"{url}/{MANIFEST}")))


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
