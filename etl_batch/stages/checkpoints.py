"""Checkpoints: the results of the chunks that are in, kept beside the run, so that a killed run can be gone on from.

Each is a frame of its length, a keyed digest over it and the frame before, and its content; so a torn end is seen, and
nothing is taken from a file that somebody else has written. With the results stand digests of the outputs up to where a
chunk ends. A run is gone on from the last chunk up to which all that was written is still there, byte for byte.
"""

from __future__ import annotations

import hmac
import json
import os
import pickle
import secrets
import stat
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from etl_batch import sentences
from etl_batch.config import RunConfig
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.files.beneath import make_folder
from etl_batch.files.digest import Mark, Prefix, verified
from etl_batch.files.replacing import make_once
from etl_batch.runs.record.resources import describe_engine
from etl_batch.schemas.unique import kept_bytes
from etl_batch.sinks.sink import Sink
from etl_batch.stages.chunk import ChunkResult
from etl_batch.stages.place import REJECTS
from etl_batch.stages.plan import Plan

_KEY = "checkpoints.key"
_LENGTH = struct.Struct("<Q")
_MAC_BYTES = 32

Header = Mapping[str, str]
"""What a run is that can be gone on from, by part: where one differs, it is another run."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a killed run had come for certain."""

    results: tuple[ChunkResult, ...] = ()
    prefixes: Mapping[str, Prefix] = field(default_factory=dict)
    """Of the sinks' files, what the results have written, taken in."""

    @property
    def marks(self) -> dict[str, list[Mark]]:
        """The digests of these, and of the parts before them."""
        return {name: [before.mark for before in (*each.before, each)] for name, each in self.prefixes.items()}


NOTHING = Reached()


class Checkpoints:
    """The file that a pass writes its checkpoints to."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path, self.key = path, key
        self.file: BinaryIO | None = None
        self.before = b""

    def begin(self, header: Header, before: Reached) -> None:
        """Begin a new file, with what was reached before. Raises `OutputFailed`."""
        path, self.path = self.path, self.path.with_name(f".{self.path.name}.tmp")
        try:
            self.file = self.path.open("wb")
            self._write(dict(header))
            for result in before.results:
                self.add(result, before.marks if result is before.results[-1] else {})
            self.path.replace(path)
        except OSError as error:
            raise self._failed(error) from error
        finally:
            self.path = path

    def add(self, result: ChunkResult, marks: Mapping[str, Sequence[Mark]]) -> None:
        """Keep the next result, and the digests that are known by now. Raises `OutputFailed`."""
        if self.file is not None:
            self._write((result, {name: list(each) for name, each in marks.items()}))

    def end(self, marks: Mapping[str, Sequence[Mark]]) -> None:
        """Keep the digests that have become known since the last result, as far as that can be done."""
        if self.file is not None and any(marks.values()):
            with suppress(OutputFailed):  # the chunks that end there are done again
                self._write((None, {name: list(each) for name, each in marks.items()}))

    def stop(self) -> None:
        """Keep no more: the chunks that follow are no longer those that a new pass would cut."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def _write(self, content: object) -> None:
        frame = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
        self.before = hmac.digest(self.key, self.before + frame, "sha256")
        assert self.file is not None
        try:
            self.file.write(_LENGTH.pack(len(frame)) + self.before + frame)
            self.file.flush()
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> OutputFailed:
        return OutputFailed(sentences.outputs.CANNOT_WRITE.format(path=self.path, reason=error.strerror))


def key_of(home: Path) -> bytes:
    """The key of a home's checkpoints, made when it is missing. Raises `OutputFailed`."""
    path = home / ".secrets" / _KEY
    try:
        if not path.exists():
            make_folder(path.parent, 0o700)
            make_once(path, secrets.token_bytes(_MAC_BYTES))
        return path.read_bytes()
    except OSError as error:
        raise OutputFailed(sentences.outputs.CANNOT_WRITE.format(path=path, reason=error.strerror)) from error


def describe(plan: Plan, config: RunConfig) -> Header:
    """What the chunks of a run and their results depend on, by part."""
    inputs = [
        (source.path, source.size_bytes, version.modified_ns, version.ends.hex(), version.tag)
        for source in plan.sources
        if (version := source.version)
    ]
    layouts = [layout.definition for source in plan.sources if (layout := source.record_layout)]
    return {
        "engine": repr(describe_engine()),
        "settings": json.dumps(config.to_json(), sort_keys=True),
        "inputs": repr(inputs),
        "layouts": repr((layouts, plan.schema.definition if plan.schema is not None else None)),
        "columns": repr(plan.columns),
    }


def refuse_another(former: Header, now: Header, run_id: str) -> None:
    """Raise `UsageError` when a run is no longer the one that the checkpoints are of."""
    for part, what in sentences.runs.PARTS.items():
        if former.get(part) != now[part]:
            raise UsageError(sentences.runs.NOT_THE_SAME.format(run_id=run_id, what=what))


def header_of(path: Path, key: bytes) -> Header | None:
    """What run the checkpoints are of; None where there are none."""
    found = next(_frames(path, key), None)
    return found if isinstance(found, dict) else None


def reached(path: Path, key: bytes, sinks: Sequence[Sink], rejects: Path) -> Reached:
    """How far a run had come whose staged files these are. Raises what ends the run, and `OSError`."""
    results: list[ChunkResult] = []
    known: dict[str, dict[int, Mark]] = {sink.name: {} for sink in sinks}
    frames = _frames(path, key)
    next(frames, None)
    for frame in frames:
        assert isinstance(frame, tuple)
        result, marks = frame
        if result is not None:
            results.append(result)
        for name, each in marks.items():
            known[name].update((mark.end, mark) for mark in each)
    results = results[: _rejects_there(results, rejects)]
    prefixes: dict[str, list[Prefix]] = {}
    for place, sink in enumerate(sinks):
        ends = [result.placed[place].end for result in results]
        wanted = [known[sink.name][end] for end in ends if end in known[sink.name]]
        prefixes[sink.name] = verified(sink.file, wanted)
    # Back from the end: the last chunk that ends, in each file, at a place that was verified.
    for count in range(len(results), 0, -1):
        at = {
            sink.name: next(
                (each for each in prefixes[sink.name] if each.end == results[count - 1].placed[place].end), None
            )
            for place, sink in enumerate(sinks)
        }
        if all(at.values()):
            return Reached(tuple(results[:count]), {name: each for name, each in at.items() if each is not None})
    return NOTHING


def _rejects_there(results: Sequence[ChunkResult], rejects: Path) -> int:
    """How many of the results have their dead letters and notes still there, up to the first that has not."""
    begin = 0
    try:
        with rejects.open("rb") as file:
            for number, result in enumerate(results):
                end = result.end.offsets[REJECTS]
                file.seek(begin)
                lines = file.read(end - begin)
                kept = kept_bytes(rejects.parent, result.number) if result.noted else 0
                if (len(lines), zlib.crc32(lines), kept) != (end - begin, result.rejects_crc, result.noted):
                    return number
                begin = end
    except OSError:
        return 0
    return len(results)


def _frames(path: Path, key: bytes) -> Iterator[object]:
    """The contents of whole frames, up to the first that is torn or was not written with this key."""
    before = b""
    try:
        # O_NONBLOCK: a FIFO in its place must not hold a resume up.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return
        while True:
            head = file.read(_LENGTH.size + _MAC_BYTES)
            if len(head) < _LENGTH.size + _MAC_BYTES:
                return
            (length,), mac = _LENGTH.unpack(head[: _LENGTH.size]), head[_LENGTH.size :]
            frame = file.read(min(length, os.fstat(file.fileno()).st_size))
            before = hmac.digest(key, before + frame, "sha256")
            if len(frame) != length or not hmac.compare_digest(mac, before):
                return
            yield pickle.loads(frame)  # noqa: S301 - this home's engine has written it, as the key shows
