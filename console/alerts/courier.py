"""The courier: takes due messages from the outbox and delivers them, each channel on a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from console import sentences, settings
from console.actions import act
from console.alerts import outbox
from console.alerts.channels import open_settings
from console.alerts.messages import test_facts
from console.alerts.outbox import DueDelivery
from console.alerts.senders import TOTAL_SECONDS, Outcome, send
from console.database import reading
from console.outgoing.calls import Deadline
from console.standstill import Standstill
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.model import utc_now
from etl_batch.security.audit import AuditLog

LOGGER = logging.getLogger(__name__)
TICK_SECONDS = 1.0
STOP_SECONDS = 5.0


class Courier:
    """Delivers the alerts of one home. A slow or dead receiver holds up its own channel and nothing else."""

    def __init__(self, home: Path, clock: Callable[[], float] = time.time) -> None:
        self.home, self.clock = home, clock
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._under_way: dict[int, tuple[threading.Thread, Deadline]] = {}

    def start(self) -> None:
        """Deliver in threads until `stop`."""
        self._thread = threading.Thread(target=self._work, name="courier", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop within seconds: attempts under way are cut off and put back, the next courier makes them anew."""
        self._stop.set()
        for _thread, deadline in self._attempts():
            deadline.cut()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        self.settle(STOP_SECONDS)

    def tick(self) -> int:
        """Begin an attempt for each free channel that something is due for; returns how many."""
        with self._lock:
            busy = set(self._under_way)
        jobs = outbox.claim(self.home, self.clock(), busy)
        for job in jobs:
            deadline = Deadline(TOTAL_SECONDS)
            thread = threading.Thread(target=self._attempt, args=(job, deadline), name="alert", daemon=True)
            with self._lock:
                self._under_way[job.channel_id] = (thread, deadline)
            thread.start()
        if not jobs:
            outbox.prune(self.home)
        return len(jobs)

    def settle(self, seconds: float | None = None) -> None:
        """Wait until the attempts that are under way have ended, at most so long."""
        end = None if seconds is None else time.monotonic() + seconds
        for thread, _deadline in self._attempts():
            thread.join(None if end is None else max(0.0, end - time.monotonic()))

    def _attempts(self) -> list[tuple[threading.Thread, Deadline]]:
        with self._lock:
            return list(self._under_way.values())

    def _work(self) -> None:
        standstill = Standstill(LOGGER, "Alerts stand still.")
        while not self._stop.is_set():
            try:
                self.tick()
                standstill.over()
            except Exception as error:  # noqa: BLE001 - a full disk, or a bug that one run brings out, must not end it
                standstill.tell(error)
            self._stop.wait(TICK_SECONDS)

    def _attempt(self, job: DueDelivery, deadline: Deadline) -> None:
        try:
            with deadline:
                outcome = send(job.settings, job.facts, job.key, deadline)
            if self._stop.is_set() and not outcome.accepted:
                outbox.release(self.home, job.delivery_id)
                return
            outbox.finish(self.home, job.delivery_id, outcome, self.clock())
            if not outcome.accepted:
                LOGGER.warning("An alert over the channel %r was not accepted: %s", job.channel, outcome.words)
        except Exception as error:  # noqa: BLE001 - the lease runs out by itself, then the delivery is due again
            Standstill(LOGGER, f"An alert over the channel {job.channel!r} could not be attempted.").tell(error)
        finally:
            with self._lock:
                self._under_way.pop(job.channel_id, None)


def send_test(home: Path, channel_id: int, user: User | None) -> Outcome:
    """Send a test message over a channel now and return what came back. A super_admin only, on the audit log."""
    with act(home, "alert.channel.test", user) as now:
        with reading(home) as connection:
            found = open_settings(connection, channel_id)
        if found is None:
            raise UsageError(sentences.CHANNEL_DELETED)
        channel, whole = found
        if channel.lost:
            raise UsageError(sentences.CHANNEL_LOST)
        AuditLog(home).append(user=now.name, action="alert.channel.test", target=channel.name)
    moment = utc_now()
    facts = test_facts(moment, str(settings.get(home, "public_url")))
    key = f"etl-test-{channel.id}-{moment.translate(str.maketrans('', '', '-:.'))}"
    with Deadline(TOTAL_SECONDS) as deadline:
        return send(whole, facts, key, deadline)
