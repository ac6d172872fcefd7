"""What a run says of itself: a heartbeat through every long step, and none when workers are forked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace

import psutil
import pytest

from etl_batch import stopping
from etl_batch.errors import Cancelled, OutputFailed
from etl_batch.limits import Limits
from etl_batch.record.progress import Progress
from etl_batch.runs.processes import identity
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.pulse import Heartbeat, Pulse
from etl_batch.runs.record.resources import WorkerMeter
from tests.waiting import PATIENCE_SECONDS, until


@pytest.fixture
def run(tmp_path) -> RunDirectory:
    """A run directory."""
    return RunDirectory(tmp_path, "r1").create()


def hearts() -> int:
    """Threads that beat; those of other tests may still be ending."""
    return sum(thread.name == "heartbeat" for thread in threading.enumerate())


def test_it_beats_until_it_is_stopped():
    """Started twice it beats once a beat; stopped, its thread is gone, so that forking is safe; it can begin again."""
    beats = threading.Semaphore(0)
    heart = Heartbeat(beats.release, seconds=0.001)
    for _ in range(3):
        heart.start()
        heart.start()
        assert hearts() == 1
        for _beat in range(3):
            assert beats.acquire(timeout=PATIENCE_SECONDS)
        heart.stop()
        heart.stop()
        assert hearts() == 0


def test_an_error_of_the_beat_does_not_end_it():
    """A full disk that is free again later must not leave a run that seems dead."""
    beats = threading.Semaphore(0)

    def fail() -> None:
        beats.release()
        raise OutputFailed("The disk is full.")

    heart = Heartbeat(fail, seconds=0.001)
    heart.start()
    assert all(beats.acquire(timeout=PATIENCE_SECONDS) for _ in range(3))
    heart.stop()


def test_a_signal_in_the_start_is_answered_after_it():
    """The thread is whole when the run is cancelled, and can be stopped."""
    previous = signal.getsignal(signal.SIGTERM)
    stopping.listen()
    heart = Heartbeat(lambda: None)
    start = threading.Thread.start

    def start_and_be_told(thread: threading.Thread) -> None:
        signal.raise_signal(signal.SIGTERM)
        start(thread)

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(threading.Thread, "start", start_and_be_told)
            with pytest.raises(Cancelled):
                heart.start()
    finally:
        heart.stop()
        signal.signal(signal.SIGTERM, previous)
    assert hearts() == 0


def test_the_progress_names_its_process_and_its_stages(run):
    """From the first write on a killed process can be told; each stage keeps when it began."""
    seen = []
    pulse = Pulse(run, Progress("r1"), seen.append)
    pulse.write()
    pulse.write("ingest")
    pulse.write("ingest")
    progress = run.progress()
    assert identity.find(progress.process).pid == os.getpid() == progress.pid
    assert run.engine().pid == os.getpid()
    assert list(progress.stages) == ["plan", "ingest"]
    assert progress.stages["plan"] <= progress.stages["ingest"] <= progress.seconds
    assert len(seen) == 3


def test_a_long_step_beats(run):
    """While the main thread is busy the time in the progress moves on, and its stage stays."""
    pulse = Pulse(run, Progress("r1"), lambda _progress: None)
    pulse.heartbeat.seconds = 0.01
    pulse.write("analytics")
    first = run.progress().updated_at
    pulse.heartbeat.start()
    try:
        until(lambda: run.progress().updated_at != first)
    finally:
        pulse.heartbeat.stop()
    assert run.progress().stage == "analytics"
    assert run.progress().memory_bytes > 0


def test_workers_are_measured_by_name_and_share():
    """A worker says its chunk by the name of its process; its share of a core is taken between two looks."""
    code = (
        "from etl_batch.parallel.executor import name_worker; name_worker('chunk 41'); print(1, flush=True);"
        "sum(iter(lambda: 1, 0))"
    )
    meter = WorkerMeter()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        child.stdout.readline()
        worker = psutil.Process(child.pid)
        meter.read([child.pid], {child.pid: 7})
        used = worker.cpu_times().user
        until(lambda: worker.cpu_times().user > used + 0.1)
        (entry,) = meter.read([child.pid], {child.pid: 7})
        child.kill()
    assert (entry.pid, entry.chunk, entry.memory_bytes) == (child.pid, 41, 7)
    assert entry.cpu_percent > 0
    assert meter.read([], {}) == ()


def test_two_threads_do_not_tear_the_progress(run):
    """The heartbeat and the main thread write at once: every look finds a whole file, and none is left behind."""
    pulse = Pulse(run, Progress("r1"), lambda _progress: None)
    pulse.write()
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            run.write_progress(pulse.progress)

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    looks = [run.progress() for _ in range(300)]
    over.set()
    for writer in writers:
        writer.join()
    assert None not in looks
    assert list(run.path.glob(".*.tmp")) == []


def test_nothing_that_two_threads_note_is_lost(run):
    """The main thread counts rows while the heartbeat's measures: each changes its own part of one frozen value."""
    pulse = Pulse(run, Progress("r1"), lambda _progress: None)
    rounds, interval = 2000, sys.getswitchinterval()

    def beat() -> None:
        for _ in range(rounds):
            pulse.note(lambda progress: replace(progress, memory_bytes=progress.memory_bytes + 1))

    other = threading.Thread(target=beat)
    sys.setswitchinterval(1e-6)
    try:
        other.start()
        for _ in range(rounds):
            pulse.note(lambda progress: replace(progress, rows_written=progress.rows_written + 1))
        other.join()
    finally:
        sys.setswitchinterval(interval)
    assert (pulse.progress.rows_written, pulse.progress.memory_bytes) == (rounds, rounds)


def test_a_limit_that_was_hit_stays_hit(run, tmp_path):
    """A run that is being stopped gives back what it had; what is shown is how it was then, and it is demanded once."""
    staged = tmp_path / "staged"
    staged.write_bytes(b"123456")
    pulse = Pulse(run, Progress("r1", staged=(str(staged),)), lambda _progress: None)
    pulse.limited(Limits(output_bytes=5), 60.0)
    try:
        pulse.measure()
        with pytest.raises(OutputFailed, match="The outputs became"):
            stopping.check()
        staged.unlink()
        pulse.measure()
        assert [(use.name, use.used) for use in pulse.progress.limits if use.hit] == [("output", 6)]
        assert len(stopping._demands) == 1
    finally:
        stopping.withdraw()
