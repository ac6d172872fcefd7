"""Outputs that are objects, uploaded while they are written: a part as soon as all of its bytes are in place.

What stands in its place in a file is not changed any more, so that whatever has filled a part can be sent, long before
the run knows whether it is a success: nothing of an upload is to be seen until the commit completes it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from etl_batch import sentences, stopping
from etl_batch.errors import EtlError, OutputFailed
from etl_batch.files.commit import Uploaded
from etl_batch.files.parted import in_order, is_part
from etl_batch.files.staging import Staged, names_within, opened, opened_within
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.uploads import abort_uploads, forget_uploads, note_uploads
from etl_batch.stores import uploads
from etl_batch.stores.links import AT_ONCE
from etl_batch.stores.uploads import MOST_PARTS, Upload

_OUTPUT_SHARE = 2
"""Bytes of an output for a byte of input that parts are planned for; one that is larger is uploaded at its end."""


@contextmanager
def uploading(run: RunDirectory, outputs: Sequence[Staged], input_bytes: int, manifest: Path) -> Iterator[Uploading]:
    """The uploads of those outputs that are objects. `input_bytes`: of all that is read.

    They are aborted when the block fails before the commit's manifest stands; from then on they are the business of
    whoever finishes the commit. Raises `OutputFailed`.
    """
    found = Uploading(run, [output for output in outputs if output.place.url], input_bytes)
    try:
        found.begin()
        yield found
    except BaseException:
        found.close()
        if not manifest.exists():
            with suppress(EtlError):  # else the next run does it
                abort_uploads(run)
        raise
    forget_uploads(run)


class Uploading:
    """The uploads of a run. Its threads are there between `start` and `close`, as those of the checksums are."""

    def __init__(self, run: RunDirectory, outputs: Sequence[Staged], input_bytes: int) -> None:
        self.run, self.outputs = run, outputs
        self.part_bytes = uploads.part_bytes(input_bytes * _OUTPUT_SHARE)
        self.noted: list[Upload] = []
        self.growing: dict[Staged, _Growing] = {}
        self.threads: ThreadPoolExecutor | None = None

    def begin(self) -> None:
        """Begin the uploads of files; those of a folder are begun when it is known what is in it."""
        for output in self.outputs:
            if not output.folder:
                upload = self._begun(output.place.url)
                self.growing[output] = _Growing(output, upload, self.part_bytes)

    def _begun(self, url: str, name: str = "") -> Upload:
        """A new upload, which is noted before it has a part."""
        upload = uploads.begun(url, self.run.run_id, name)
        self.noted.append(upload)
        note_uploads(self.run, self.noted)
        return upload

    def start(self) -> None:
        """Begin to send, or go on."""
        if self.growing and self.threads is None:
            self.threads = ThreadPoolExecutor(AT_ONCE, "upload")
            for each in self.growing.values():
                each.hand_out(self.threads)

    def close(self) -> None:
        """Send what is being sent to its end, and no more: no thread is left."""
        if self.threads is not None:
            self.threads.shutdown(wait=True, cancel_futures=True)
            self.threads = None
            for each in self.growing.values():
                each.collect(final=True)

    def advance(self, ends: Mapping[Staged, int]) -> None:
        """So many bytes of each output are in place. Raises what has become of the parts before: `OutputFailed`."""
        for output, each in self.growing.items():
            each.end = ends[output]
            if self.threads is not None:
                each.hand_out(self.threads)
            each.collect()

    def finish(self, deadline: float) -> dict[Staged, Uploaded]:
        """All uploads with all of their parts, once the outputs are closed.

        `deadline`: by the monotonic clock. Raises `OutputFailed`, and what `stopping.check` raises.
        """
        # The threads are told of a signal, or they would go on while they are waited for.
        with stopping.held(), stopping.before(deadline):
            try:
                return {output: self._finished(output) for output in self.outputs}
            finally:
                self.close()

    def _finished(self, output: Staged) -> Uploaded:
        url = output.place.url
        if output.folder:
            found = [self._begun(f"{url}/{name}", name) for name in in_order(_names(output))]
            return Uploaded(tuple(_filled(output, upload) for upload in found), _superseded(output))
        growing = self.growing[output]
        size = _size(output)
        if size > growing.part_bytes * MOST_PARTS:  # nobody had thought that it would be so large
            self.close()
            uploads.abort(growing.upload)
            return Uploaded((_filled(output, self._begun(url)),))
        self.start()
        assert self.threads is not None
        return Uploaded((growing.finish(size, self.threads),))


class _Growing:
    """One file on its way."""

    def __init__(self, output: Staged, upload: Upload, part_bytes: int) -> None:
        self.output, self.upload, self.part_bytes = output, upload, part_bytes
        self.end = 0
        """Bytes that are in place."""
        self.handed_out = 0
        """Parts that were handed out, or are there, one behind the other."""
        self.sending: dict[int, Future[str]] = {}
        self.tags: dict[int, str] = {}
        """By the number of a part that is there its ETag."""

    def hand_out(self, threads: ThreadPoolExecutor) -> None:
        """Have the parts sent that are whole."""
        for number in range(self.handed_out + 1, self.end // self.part_bytes + 1):
            self._send(number, self.part_bytes, threads)
            self.handed_out = number

    def _send(self, number: int, size: int, threads: ThreadPoolExecutor) -> None:
        if number not in self.tags and number not in self.sending:
            self.sending[number] = threads.submit(self._put, number, size)

    def _put(self, number: int, size: int) -> str:
        with opened(self.output) as descriptor:
            return uploads.put(self.upload, number, descriptor, (number - 1) * self.part_bytes, size)

    def collect(self, *, final: bool = False) -> None:
        """Note what is there. Raises why a part is not; `final`: it is sent again later, if anybody goes on."""
        for number, sent in list(self.sending.items()):
            if not sent.done():
                continue
            del self.sending[number]
            if sent.cancelled() or (final and sent.exception() is not None):
                self.handed_out = 0  # whoever goes on begins again, with those that are not there
                continue
            self.tags[number] = sent.result()

    def finish(self, size: int, threads: ThreadPoolExecutor) -> Upload:
        """The upload with all parts of a file of so many bytes."""
        count = max(-(-size // self.part_bytes), 1)
        for number in range(1, count + 1):
            self._send(number, min(self.part_bytes, size - (number - 1) * self.part_bytes), threads)
        for number, sent in list(self.sending.items()):
            self.tags[number] = sent.result()
            del self.sending[number]
        return uploads.with_parts(self.upload, [self.tags[number] for number in range(1, count + 1)])


def _filled(output: Staged, upload: Upload) -> Upload:
    try:
        with opened_within(output, upload.name) if upload.name else opened(output) as descriptor:
            return uploads.filled(upload, descriptor, os.fstat(descriptor).st_size)
    except OSError as error:
        raise _unreadable(output, error) from error


def _superseded(output: Staged) -> tuple[str, ...]:
    """Of a folder in a store the parts that its next manifest does not name, whichever run has left them."""
    url, own = output.place.url, set(_names(output))
    return tuple(f"{url}/{name}" for name in uploads.names_below(url) or () if is_part(name) and name not in own)


def _names(output: Staged) -> list[str]:
    try:
        return names_within(output)
    except OSError as error:
        raise _unreadable(output, error) from error


def _size(output: Staged) -> int:
    try:
        with opened(output) as descriptor:
            return os.fstat(descriptor).st_size
    except OSError as error:
        raise _unreadable(output, error) from error


def _unreadable(output: Staged, error: OSError) -> OutputFailed:
    return OutputFailed(sentences.outputs.NOT_READ_BACK.format(path=output.staged, reason=error.strerror))
