"""Commits as one call: staged files put in place with nothing to follow, and what was cut off gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from etl_batch.files.beneath import Place
from etl_batch.files.commit import committed, going_on, pending
from etl_batch.files.staging import Staged, stage


def staged_in(path: Path, run_id: str, text: str) -> Staged:
    """A staged file for a path, filled with a text."""
    output = stage(Place.of(path), run_id)
    output.staged.write_text(text)
    return output


def publish(outputs: Sequence[Staged], manifest: Path, keep: int = 5) -> list[Path]:
    """Commit them, with nothing to follow; returns the backups."""
    with committed(outputs, manifest, keep) as commit:
        return commit.backups


def roll_forward(manifests: Path) -> int:
    """Go on with all that is pending; returns how many that were."""
    done = 0
    for manifest in pending(manifests):
        with going_on(manifest) as commit:
            done += commit is not None
    return done
