"""The last word of a run whose engine could not write it, and what the engine left beside the outputs."""

from __future__ import annotations

from pathlib import Path

from etl_batch.defaults import LATEST_REPORT
from etl_batch.errors import EtlError
from etl_batch.files.staging import staged_name, staged_path
from etl_batch.model import RunStatus, utc_now
from etl_batch.record.progress import Progress
from etl_batch.record.run import ErrorRecord, RunRecord, Throughput
from etl_batch.record.settings import RunSettings
from etl_batch.runs.record.directory import INTERRUPTED, RunDirectory
from etl_batch.stores.url import path_of

CHECKPOINTS = "checkpoints.bin"
"""What a killed run can be gone on from, see `stages.checkpoints`."""


def finalise(run: RunDirectory, status: RunStatus, error: EtlError) -> None:
    """Write the record of a run whose engine could not; what the engine had counted is taken from its progress."""
    before = run.interrupted()
    config, progress = run.config() or RunSettings(), run.progress() or Progress(run.run_id)
    run.create().write_record(
        RunRecord(
            run_id=run.run_id,
            status=status,
            user=config.user,
            started_at=progress.started_at,
            finished_at=utc_now(),
            config=config,
            counts=progress.counts,
            throughput=Throughput(progress.seconds),
            peak_memory_bytes=progress.memory_bytes,
            error=ErrorRecord(error.kind, error.message),
            rerun_of=config.rerun_of,
            attempts=progress.attempts if before is None else before.tried,
        )
    )
    run.file(INTERRUPTED).unlink(missing_ok=True)


def output_paths(run: RunDirectory) -> list[Path]:
    """The outputs that the run was to write."""
    progress = run.progress()
    noted = (progress.outputs_before if progress else None) or (run.config() or RunSettings()).outputs
    return [path_of(name) for name in noted]


def _text_paths(run: RunDirectory) -> list[Path]:
    """The reports and the record, which are committed with the outputs."""
    latest = (run.config() or RunSettings()).report
    return [run.report, Path(latest) if latest else run.report.with_name(LATEST_REPORT), run.file("metadata.json")]


def staged_files(run: RunDirectory) -> list[Path]:
    """The staged files and folders that exist, with the name that only this run gives to one."""
    progress = run.progress()
    listed = [Path(name) for name in progress.staged] if progress else []
    # A staged file has a name before the progress lists it, and a power cut may take the progress.
    targets = [*output_paths(run), *_text_paths(run)]
    listed += [staged_path(run.home, path, run.run_id) for path in targets]
    end = staged_name("", run.run_id).removeprefix(".")
    return [
        path
        for path in dict.fromkeys(listed)
        if path.name.startswith(".") and path.name.endswith(end) and _is_staged(path)
    ]


def _is_staged(path: Path) -> bool:
    return (path.is_file() or path.is_dir()) and not path.is_symlink()


def scratch_files(run: RunDirectory) -> list[Path]:
    """What a killed engine leaves in its run directory: the workers' turns, and files that were being replaced."""
    drafts, notes = sorted(run.path.glob(".*.tmp")), sorted(run.path.glob("unique-*.bin"))
    return [path for path in [run.file("turns.bin"), run.file(CHECKPOINTS), *drafts, *notes] if path.is_file()]


def being_published(run: RunDirectory) -> bool:
    """Whether the commit of the outputs had begun and was cut off: the next run of the home finishes it."""
    return (run.home / "output" / "runs" / ".commit" / f"{run.run_id}.json").exists()
