"""Commits as one call: staged files put in place with nothing to follow, cut off anywhere, and gone on with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from etl_batch.files import commit
from etl_batch.files.beneath import Place
from etl_batch.files.commit import committed, going_on, pending
from etl_batch.files.exchanging import exchange
from etl_batch.files.staging import Staged, opened_within, stage, stage_folder, write_all


class Killed(BaseException):
    """The process ends here."""


def staged_in(path: Path, run_id: str, text: str) -> Staged:
    """A staged file for a path, filled with a text."""
    output = stage(Place.of(path), run_id)
    output.staged.write_text(text)
    return output


def staged_folder_in(path: Path, run_id: str, files: Mapping[str, bytes]) -> Staged:
    """A staged folder for a path, with these files in it."""
    output = stage_folder(replace(Place.of(path), parts=True), run_id)
    for name, content in files.items():
        with opened_within(output, name) as descriptor:
            write_all(descriptor, [content], 0)
    return output


def publish(outputs: Sequence[Staged], manifest: Path, keep: int = 5) -> list[Path]:
    """Commit them, with nothing to follow; returns the backups."""
    with committed(outputs, manifest, keep) as begun:
        return begun.backups


def roll_forward(manifests: Path) -> int:
    """Go on with all that is pending; returns how many that were."""
    done = 0
    for manifest in pending(manifests):
        with going_on(manifest) as left:
            done += left is not None
    return done


def kill_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """End the process before step number `steps` of those that change something on the disk."""
    taken = count()

    def stopping(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **keywords: Any) -> Any:
            if next(taken) >= steps:
                raise Killed
            return real(*arguments, **keywords)

        return step

    monkeypatch.setattr(commit, "exchange", stopping(exchange))
    monkeypatch.setattr(os, "link", stopping(os.link))
    monkeypatch.setattr(os, "rename", stopping(os.rename))
    monkeypatch.setattr(Path, "replace", stopping(Path.replace))
    monkeypatch.setattr(Path, "unlink", stopping(Path.unlink))
