"""The verb that runs the pipeline, and the one by which whoever prepared a run starts it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from etl_batch import sentences
from etl_batch.cli import wording
from etl_batch.cli.configuration import login_name, run_config
from etl_batch.cli.given import given
from etl_batch.cli.home import home_of
from etl_batch.cli.launched import configuration_of, known_run, launched_run
from etl_batch.cli.printing import tally
from etl_batch.cli.streams import silence, tell
from etl_batch.config import RunConfig
from etl_batch.journal import Watcher
from etl_batch.record.progress import Progress
from etl_batch.record.run import RunRecord
from etl_batch.record.values import json_text
from etl_batch.resuming import resume
from etl_batch.service import execute
from etl_batch.spelling import spelled

if TYPE_CHECKING:
    from tqdm import tqdm


class _Screen(Watcher):
    """Stages on stdout (stderr beside JSON), a progress bar on stderr; nothing of both for those who want it quiet."""

    def __init__(self, as_json: bool, quiet: bool, *, bar: bool = True) -> None:
        self.out = sys.stderr if as_json else sys.stdout
        self.silent = quiet
        self.hidden = quiet or as_json or not bar
        self.bar: tqdm[Any] | None = None

    def announce(self, sentence: str) -> None:
        """Print a stage."""
        if self.bar is not None:
            with _unless_broken():
                self.bar.close()
            self.bar = None
        if not self.silent:
            tell(sentence, self.out)

    def progress(self, progress: Progress) -> None:
        """Move the bar."""
        if self.hidden or progress.stage != "ingest" or not progress.bytes_total:
            return
        with _unless_broken():
            self._move(progress)

    def _move(self, progress: Progress) -> None:
        if self.bar is None:
            from tqdm import tqdm  # it takes longer to load than a small run to look at its input

            tqdm.monitor_interval = 0  # its thread would make forking the workers unsafe
            self.bar = tqdm(total=progress.bytes_total, unit="B", unit_scale=True, leave=False, file=sys.stderr)
        self.bar.update(progress.bytes_done - self.bar.n)
        self.bar.set_postfix(rows=progress.rows_written, rejects=progress.rejected, refresh=False)


@contextmanager
def _unless_broken() -> Iterator[None]:
    """Move the bar; where its screen is gone, nobody misses it."""
    try:
        yield
    except OSError:
        silence(sys.stderr)


def run(parsed: argparse.Namespace) -> int:
    """Run the pipeline on the command line's settings."""
    return _execute(run_config(parsed), parsed)


def run_replay(parsed: argparse.Namespace) -> int:
    """Read the rejects of a run again, with the settings that are given in place of its own."""
    from etl_batch.replaying import replay_config  # no other run needs it, and it takes long to load

    changes = {"user": login_name(), **given(parsed)}
    return _execute(replay_config(home_of(parsed), parsed.run_id, changes), parsed)


def _execute(config: RunConfig, parsed: argparse.Namespace) -> int:
    return _told(execute(config, watcher=_Screen(parsed.json, parsed.quiet)), parsed.json, parsed.quiet)


def _told(record: RunRecord, as_json: bool, quiet: bool) -> int:
    """Say what a run came to; where that cannot be done it is a success all the same, and its outputs stand."""
    if quiet and not as_json:
        return 0
    try:
        print(json_text(record.to_json()) if as_json else _summary(record), flush=True)
    except OSError as error:
        silence(sys.stdout)
        said = sentences.command_line.SUMMARY_UNSAID.format(run_id=record.run_id, reason=error.strerror)
        tell(f"etl: {said}", sys.stderr)
    return 0


def run_resume(parsed: argparse.Namespace) -> int:
    """Go on with a run that was cut off."""
    run = known_run(home_of(parsed), parsed.run_id)
    record = resume(run, partial(configuration_of, run), _Screen(parsed.json, parsed.quiet))
    return _told(record, parsed.json, parsed.quiet)


def run_launched(parsed: argparse.Namespace) -> int:
    """A run that was prepared by whoever started this process, which keeps what is printed as the run's launch log."""
    run, config = launched_run(home_of(parsed), parsed.run_id)
    screen = _Screen(as_json=False, quiet=False, bar=False)
    return _told(execute(config, run_id=run.run_id, watcher=screen), as_json=False, quiet=False)


def _summary(record: RunRecord) -> str:
    counts, throughput = record.counts, record.throughput
    rate = (throughput.input_bytes_per_second or 0) / 1e6
    fates = {"written": tally(counts.written, "row"), "rejected": counts.rejected, "skipped": counts.skipped}
    return "\n".join(
        [
            wording.SUMMARY_LINE.format(**fates, seconds=throughput.seconds, rate=rate),
            *(
                wording.OUTPUT_LINE.format(name=name, path=spelled(output.path), size=tally(output.bytes, "byte"))
                for name, output in record.outputs.items()
            ),
            wording.RUN_LINE.format(run_id=record.run_id),
        ]
    )
