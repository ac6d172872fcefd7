"""The use case that both doors call: plan -> ingest -> analyse -> publish, and a journal of it all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from etl_batch import sentences, stopping
from etl_batch.config import RunConfig
from etl_batch.errors import ClusterLost, EtlError, InputRefused, OutputFailed, TimedOut, TooManyRejects, UsageError
from etl_batch.files.commit import locked, manifest_of
from etl_batch.files.staging import discard, release, remove_staged, staged_name
from etl_batch.formats.content import holding
from etl_batch.journal import Journal, Watcher
from etl_batch.language import ENGLISH, speaking
from etl_batch.model import Analytics, OnBadFile, RunStatus
from etl_batch.pipeline import ingest
from etl_batch.previews import detect_inputs
from etl_batch.publishing import publish
from etl_batch.record.profile import ParentStage
from etl_batch.record.progress import Attempt
from etl_batch.record.run import RunRecord
from etl_batch.recovering import clear_leftovers, noted_open, recover, refuse_unfinished
from etl_batch.runs.history.rate_limit import limit_of_environment, refuse_when_limited
from etl_batch.runs.processes.cancellation import fingerprint
from etl_batch.runs.processes.interruption import forget_interruption
from etl_batch.runs.processes.verdict import CHECKPOINTS, staged_files
from etl_batch.runs.record.directory import RunDirectory, new_run_id
from etl_batch.runs.record.uploading import Uploading, uploading
from etl_batch.runs.record.uploads import try_uploads
from etl_batch.sinks.registry import stage_sinks
from etl_batch.sinks.sink import Sink
from etl_batch.stages.checkpoints import (
    NOTHING,
    Checkpoints,
    Reached,
    describe,
    header_of,
    key_of,
    reached,
    refuse_another,
)
from etl_batch.stages.finish import Finished
from etl_batch.stages.inputs import Inputs, read_as_planned
from etl_batch.stages.measure.choosing import choose_measuring
from etl_batch.stages.measure.estimate import estimate
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.plan import Plan, plan_run
from etl_batch.stages.rejected import reject_notes, repair_notes
from etl_batch.stages.suggested import said_of_values, suggestion_note, suggestions
from etl_batch.stages.trial import try_encodings
from etl_batch.stages.union import notes_of_types, notes_of_union
from etl_batch.targets import Targets, refuse_overwriting_inputs, resolve_targets

if TYPE_CHECKING:
    from etl_batch.replaying import Replay


def execute(
    config: RunConfig,
    *,
    run_id: str | None = None,
    watcher: Watcher | None = None,
    attempts: tuple[Attempt, ...] = (),
) -> RunRecord:
    """Run one configuration from start to end and return its record. `attempts`: see `Journal`.

    What may pass is tried again as often as the configuration says. Raises an `EtlError` after the run directory says
    why: nothing is published then, and the previous outputs stand.
    """
    run = RunDirectory(config.home, run_id or new_run_id()).create()
    journal = Journal(config, run, watcher or Watcher(), attempts)
    # What a run keeps is English, whoever launches it and reads it later (ADR 033).
    with speaking(ENGLISH), journal.kept():
        forget_interruption(run)
        journal.announce(sentences.runs.STARTING)
        if not attempts:  # it was counted when it was started
            refuse_when_limited(config.home, config.user, run.run_id, limit_of_environment())
        unfinished = recover(config.home)
        targets = resolve_targets(config)
        refuse_unfinished(unfinished, targets.paths)
        journal.notes += [each.sentence for each in unfinished]
        if config.cluster is not None:
            from etl_batch.parallel.cluster import ask_scheduler  # few runs have one

            ask_scheduler(config.cluster)  # a wrong address is told of before anything is read
        before = {str(target): fingerprint(target) for target in targets.paths}
        journal.pulse.note(lambda progress: replace(progress, outputs_before=before))
        journal.within_limits()
        places = list(targets.outputs.values())
        with locked(places), noted_open(run):
            clear_leftovers(run, places)
            try_uploads(run, places)
            return _again_and_again(config, targets, journal)


def _again_and_again(config: RunConfig, targets: Targets, journal: Journal) -> RunRecord:
    """The run; and once more, as long as it ends for what may pass and may be tried again."""
    bad: dict[str, str] = {}
    with _nothing_left(journal):
        while True:
            try:
                with holding():  # each try opens its inputs anew: what was opened before may be stale
                    return _run(config, targets, journal, bad)
            except (EtlError, OSError) as error:
                if not journal.tries_again(error):
                    raise
                journal.try_again(error, _deadline(journal))
                record = _commit_finished(journal)
                if record is not None:
                    return record
                if manifest_of(config.home, journal.run.run_id).exists():
                    raise


@contextmanager
def _nothing_left(journal: Journal) -> Iterator[None]:
    """Remove what a try has kept for the next one when that does not come as far as to take it over."""
    before = journal.attempts
    try:
        yield
    except BaseException as error:
        kept = isinstance(error, ClusterLost) or manifest_of(journal.config.home, journal.run.run_id).exists()
        if journal.attempts != before and not kept:
            for path in (*staged_files(journal.run), journal.run.file(CHECKPOINTS)):
                with suppress(OSError):
                    remove_staged(path)
        raise


def _commit_finished(journal: Journal) -> RunRecord | None:
    """The record of a run whose last try had come to its commit, which is finished now; None where it cannot be."""
    if manifest_of(journal.config.home, journal.run.run_id).exists():
        journal.run.file(CHECKPOINTS).unlink(missing_ok=True)
        recover(journal.config.home)
    record = journal.run.metadata()
    if record is None or record.status is not RunStatus.SUCCESS:
        return None
    journal.succeeded(record)
    return record


def _run(config: RunConfig, targets: Targets, journal: Journal, bad: dict[str, str]) -> RunRecord:
    """One pass, and another without a file that turned out to be bad, where such files are skipped: `bad` has them."""
    while True:
        try:
            with stopping.before(_deadline(journal)):
                plan = _plan(config, targets, journal, bad)
                measuring = _choose(plan, config, journal)
            journal.watch.lap(ParentStage.PLAN)
            with _staged(targets, plan, journal) as sinks, _uploading(plan, sinks, journal) as uploads:
                finished, seconds = _ingest(plan, measuring, sinks, uploads, journal)
                analytics = _analyse(finished, measuring, journal)
                journal.notes += read_as_planned(plan.sources)
                return publish(finished, analytics, sinks, uploads, targets, seconds, journal)
        except InputRefused as error:
            path = error.bad_file
            if path is None or path in bad or config.on_bad_file is OnBadFile.FAIL or config.replay_of is not None:
                raise
            if journal.tries_again(error):
                raise  # it may be read in a while
            bad[path] = error.message
            journal.begin_again(sentences.runs.WITHOUT_IT.format(path=path))


def _plan(config: RunConfig, targets: Targets, journal: Journal, bad: Mapping[str, str]) -> Plan:
    replay = journal.replay = _replay_of(config) if config.replay_of is not None else None
    inputs = Inputs(replay.sources) if replay is not None else detect_inputs(config, bad)
    sources, journal.passed_over = inputs.sources, inputs.passed_over
    refuse_overwriting_inputs(sources, targets)
    for path in dict.fromkeys(source.path for source in sources):
        journal.announce(sentences.runs.PARSING.format(path=path))
    journal.notes += inputs.notes
    journal.sized(sum(source.size_bytes for source in sources))
    plan = replay.plan() if replay is not None else plan_run(sources, config)
    journal.notes += [*notes_of_union(plan), *said_of_values(config, sources)]
    journal.notes += [suggestion_note(each) for each in suggestions(plan.columns, plan.sample)]
    if config.output_parquet is not None:
        plan = try_encodings(plan)
    journal.plan = plan
    journal.pulse.note(lambda progress: replace(progress, bytes_total=plan.total_bytes))
    journal.pulse.write("ingest")
    return plan


def _replay_of(config: RunConfig) -> Replay:
    from etl_batch.replaying import replay_of  # few runs are replays, and it brings the history of all runs

    return replay_of(config)


def _choose(plan: Plan, config: RunConfig, journal: Journal) -> Measuring:
    """What is measured. Raises `UsageError` for named columns that cannot be, unless nobody is there to be told."""
    measuring = choose_measuring(plan, config)
    if measuring.unfit is not None and not config.unattended:
        raise UsageError(measuring.unfit)
    journal.notes += measuring.notes
    if measuring.reason is not None:
        journal.announce(measuring.reason)
    return measuring


@contextmanager
def _staged(targets: Targets, plan: Plan, journal: Journal) -> Iterator[tuple[Sink, ...]]:
    """The sinks with their staged files, which are gone when the block fails and is not tried again."""
    run_id = journal.run.run_id
    sinks = stage_sinks(targets.outputs, journal.config, run_id, plan.total_bytes, again=journal.resumed)
    texts = (journal.run.report_place, targets.report, journal.run.place("metadata.json"))
    paths = tuple(
        str(place.beside(staged_name(place.name, run_id)).path)
        for place in (*(sink.file.place for sink in sinks), *texts)
    )
    journal.pulse.note(lambda progress: replace(progress, staged=paths))
    journal.pulse.write()
    files, kept = [sink.file for sink in sinks], False
    try:
        yield sinks
    except BaseException as error:
        kept = isinstance(error, ClusterLost) or (isinstance(error, EtlError | OSError) and journal.tries_again(error))
        # Once the manifest stands they belong to whoever finishes the commit.
        if kept:
            release(files)
        elif not manifest_of(journal.config.home, journal.run.run_id).exists():
            discard(files)
        raise
    finally:
        if not kept:
            with suppress(OSError):  # whatever the run has come to it has; the next one removes what is left
                journal.run.file(CHECKPOINTS).unlink(missing_ok=True)


def _uploading(plan: Plan, sinks: tuple[Sink, ...], journal: Journal) -> AbstractContextManager[Uploading]:
    run = journal.run
    return uploading(run, [sink.file for sink in sinks], plan.total_bytes, manifest_of(run.home, run.run_id))


def _ingest(
    plan: Plan, measuring: Measuring, sinks: tuple[Sink, ...], uploads: Uploading, journal: Journal
) -> tuple[Finished, float]:
    """The pass over the input, and when it was over, in seconds since the start."""
    stopping.check()
    rejects = journal.run.file("rejects.jsonl")
    checkpoints, before = _checkpoints(plan, sinks, rejects, journal)
    with _of_one_version(plan):
        finished = ingest(
            plan,
            journal.config,
            measuring,
            sinks,
            rejects,
            _deadline(journal),
            journal,
            journal.watch,
            checkpoints,
            before,
            uploads,
        )
    journal.pulse.heartbeat.start()
    journal.pulse.tick(force=True)
    seconds = journal.pulse.seconds
    if journal.replay is not None:
        journal.notes += journal.replay.notes(finished.ingested.replayed)
    lost = finished.ingested.lost
    if lost:
        journal.notes.append(sentences.runs.LOST_TIMES.format(number=len(lost), reason=lost[-1]))
    journal.notes += reject_notes(finished.ingested)
    journal.notes += repair_notes(finished.ingested)
    journal.announce(sentences.runs.INGESTED)
    journal.notes += notes_of_types(plan, finished.ingested.final.schema)
    counts = finished.ingested.counts
    if not counts.conserved:
        raise EtlError(sentences.runs.COUNTS_DIFFER.format(counts=counts))
    return finished, seconds


def _checkpoints(plan: Plan, sinks: tuple[Sink, ...], rejects: Path, journal: Journal) -> tuple[Checkpoints, Reached]:
    """Where the pass leaves its checkpoints, and how far it had come before it was cut off."""
    run, key = journal.run, key_of(journal.config.home)
    path, header, before = run.file(CHECKPOINTS), describe(plan, journal.config), NOTHING
    if journal.resumed:
        former = header_of(path, key)
        if former is not None:
            refuse_another(former, header, run.run_id)
            before = reached(path, key, sinks, rejects)
        size = sum(result.cost_bytes for result in before.results)
        if before.results:
            journal.announce(sentences.runs.RESUMING.format(number=len(before.results), size=size))
        sentence = sentences.runs.RESUMED if before.results else sentences.runs.RESUMED_ANEW
        journal.notes.append(sentence.format(number=len(before.results), size=size))
    checkpoints = Checkpoints(path, key)
    checkpoints.begin(header, before)
    return checkpoints, before


@contextmanager
def _of_one_version(plan: Plan) -> Iterator[None]:
    """Have an input that was changed be the reason, and not what was then read of it."""
    try:
        yield
    except (InputRefused, TooManyRejects):
        read_as_planned(plan.sources)
        raise


def _analyse(finished: Finished, measuring: Measuring, journal: Journal) -> Analytics:
    journal.pulse.write("analytics")
    journal.announce(sentences.runs.ANALYSING)
    analytics, sample = estimate(finished.ingested, measuring)
    _write_sample(sample, journal.run)
    wanted = analytics.target_error
    if wanted is not None and not wanted.reached:
        journal.notes.append(
            sentences.estimates.NOT_REACHED.format(target=wanted.target, missed=", ".join(wanted.missed))
        )
        journal.announce(journal.notes[-1])
    journal.announce(sentences.runs.ANALYSED.format(status=analytics.status))
    if time.monotonic() > _deadline(journal):
        raise TimedOut(sentences.runs.TOO_LONG)
    journal.watch.lap(ParentStage.ANALYSE)
    return analytics


def _deadline(journal: Journal) -> float:
    return journal.pulse.started + journal.config.timeout


def _write_sample(sample: pa.Table, run: RunDirectory) -> None:
    try:
        pq.write_table(sample, run.file("sample.parquet"), compression="lz4")
    except OSError as error:
        raise OutputFailed(sentences.outputs.SAMPLE_NOT_WRITTEN.format(reason=error.strerror)) from error
