"""System view: the machine, what takes its space, whether all is well, the versions and the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from console import clusters, health, identity, machine, space
from console.liveness import queue_states
from console.machine import Disk, Gauges, Versions
from console.users import User
from console.views.shared.acting import when
from console.views.system import wording
from console.views.system.settings_form import show_settings
from console.views.system.sign_on_form import show_sign_on
from etl_batch.defaults import offered_cluster
from etl_batch.record.cluster import ClusterState
from etl_batch.record.machine import Gpu
from etl_batch.reporting.formatting import counted, file_size, fixed, long_duration, percent, quantity
from etl_batch.retelling import retold
from etl_batch.ui.shared import markup
from etl_batch.ui.shared.markup import Card, Tone
from etl_batch.ui.shared.progress import host_rows

TICK_SECONDS = 2.0
FIRST_WAIT_SECONDS = 0.1
HIGH_LOAD, HIGH_MEMORY = 0.9, 0.92


def show_system(home: Path, user: User) -> None:
    """Draw the screen for a super_admin; timers and buttons ask again who is there."""
    markup.style("system.css")
    markup.section(wording.NOW, wording.NOW_LEAD)
    _watch(home)
    left, right = st.columns(2, gap="large")
    with left:
        markup.section(wording.HEALTH, wording.HEALTH_LEAD)
        markup.show("checks.html", title=wording.HEALTH, checks=health.checks(home), words=wording.STATE_WORDS)
        st.button(wording.AGAIN, key="system-check")
    with right:
        markup.section(wording.VERSIONS)
        markup.show("table.html", pairs=_versions(machine.versions(home)))
    address = offered_cluster()
    if address is not None:
        markup.section(wording.CLUSTER, wording.CLUSTER_LEAD.format(address=address))
        _watch_cluster(address)
    _show_space(home)
    show_settings(home, user)
    show_sign_on(home)


def _versions(found: Versions) -> list[tuple[str, str]]:
    own = {
        wording.ENGINE: found.engine,
        wording.PYTHON: found.python,
        wording.RUN_METADATA: wording.SCHEMA.format(number=found.schema),
        wording.DATABASE: wording.MIGRATION.format(number=found.migration),
    }
    return [*own.items(), *found.packages.items()]


@st.fragment(run_every=TICK_SECONDS)
def _watch(home: Path) -> None:
    """The gauges. Only this part is drawn again, so that nothing typed below is lost."""
    identity.require("system.watch")
    now = machine.gauges()
    markup.cards(gauge_cards(home, now))
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.caption(wording.CORES)
        names = [wording.CORE.format(number=number) for number in range(1, len(now.cores) + 1)]
        cores = [
            {"name": name, "value": value, "words": percent(value / 100)}
            for name, value in zip(names, now.cores, strict=True)
        ]
        markup.show("cores.html", title=wording.CORES, cores=cores)
    with right:
        st.caption(wording.DISKS)
        markup.show("disks.html", title=wording.DISKS, disks=[_disk(disk) for disk in machine.disks(home)])
        _show_gpus(machine.gpu_state())


@st.fragment(run_every=TICK_SECONDS)
def _watch_cluster(address: str) -> None:
    """The cluster that the server offers. Only this part is drawn again."""
    identity.require("system.watch")
    found = clusters.look(address, FIRST_WAIT_SECONDS)
    if found is None:
        markup.notice(wording.CLUSTER_ASKED)
    elif isinstance(found, str):
        markup.notice(retold(found), tone="bad")
    else:
        markup.cards(_cluster_cards(found))
        if found.workers:
            markup.show("table.html", pairs=host_rows(found.workers))
        if found.dashboard is not None:
            st.link_button(wording.DASHBOARD, found.dashboard)


def _cluster_cards(found: ClusterState) -> list[Card]:
    workers = found.workers
    limit = sum(each.memory_limit for each in workers)
    note = wording.MEMORY_OF.format(total=file_size(limit)) if limit else wording.NO_MEMORY_LIMIT
    hosts = counted(len({each.host for each in workers}), "machine")
    return [
        Card(wording.CLUSTER_WORKERS, quantity(len(workers)), hosts, "plain" if workers else "bad"),
        Card(wording.CLUSTER_THREADS, quantity(sum(each.threads for each in workers))),
        Card(wording.CLUSTER_TASKS, quantity(sum(each.running for each in workers)), wording.CLUSTER_TASKS_NOTE),
        Card(wording.MEMORY, file_size(sum(each.memory for each in workers)), note),
    ]


def gauge_cards(home: Path, now: Gauges) -> list[Card]:
    """The numbers of one moment."""
    queue, count = queue_states(home), max(len(now.cores), 1)
    share = now.memory_used / now.memory_total if now.memory_total else 0.0
    busy: Tone = "warn" if now.load[0] / count > HIGH_LOAD else "plain"
    full: Tone = "bad" if share > HIGH_MEMORY else "plain"
    waiting = wording.WAITING.format(number=quantity(queue["queued"]))
    return [
        Card(wording.PROCESSOR, percent(now.cpu / 100), counted(count, "core")),
        Card(
            wording.LOAD,
            fixed(now.load[0], 2),
            wording.LOAD_BEFORE.format(five=fixed(now.load[1], 2), fifteen=fixed(now.load[2], 2)),
            busy,
        ),
        Card(
            wording.MEMORY,
            percent(share),
            wording.MEMORY_LEFT.format(left=file_size(now.memory_available), total=file_size(now.memory_total)),
            full,
        ),
        Card(wording.RUNS_AT_WORK, quantity(queue["running"]), waiting, "info" if queue["running"] else "plain"),
        Card(wording.SESSIONS, quantity(machine.session_count(home)), wording.SIGNED_IN),
        Card(
            wording.UP_FOR,
            long_duration(now.console_seconds),
            wording.MACHINE_UP.format(span=long_duration(now.machine_seconds)),
        ),
    ]


def _disk(disk: Disk) -> dict[str, Any]:
    words = wording.DISK_WORDS.format(used=file_size(disk.used), free=file_size(disk.free), total=file_size(disk.total))
    return {"name": ", ".join(disk.folders), "words": words, "share": f"{disk.share:.4f}"}


def _show_gpus(found: tuple[Gpu, ...] | str) -> None:
    if isinstance(found, str) or not found:
        st.caption(wording.GPU_STATE.format(state=found or wording.NO_GPU))
        return
    million = 10**6
    pairs = [
        (
            gpu.name,
            wording.GPU_WORDS.format(
                load=percent(gpu.load),
                used=file_size(gpu.memory_used_mb * million),
                total=file_size(gpu.memory_total_mb * million),
            ),
        )
        for gpu in found
    ]
    st.caption(wording.GPU)
    markup.show("table.html", pairs=pairs)


def _show_space(home: Path) -> None:
    # A small home is measured while the page is drawn; a large one is shown as it was measured last.
    found = space.space(home) or space.wait(home, FIRST_WAIT_SECONDS)
    if found is None:
        markup.section(wording.SPACE)
        markup.notice(wording.MEASURING)
        return
    markup.section(wording.SPACE, wording.SPACE_LEAD.format(when=when(found.measured_at)))
    markup.cards(
        [
            Card(
                name,
                file_size(found.bytes[part]),
                wording.FILES_IN.format(files=counted(found.files[part], "file"), where=where),
            )
            for part, (name, where) in wording.PARTS.items()
        ]
    )
    st.button(wording.MEASURE, key="system-measure", help=wording.MEASURE_HELP, on_click=_measure, args=(home,))


def _measure(home: Path) -> None:
    """The button's callback; a small home is measured by the time the page is drawn."""
    identity.require("system.measure")
    space.space(home, oldest=0.0)
    space.wait(home, FIRST_WAIT_SECONDS)
