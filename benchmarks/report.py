"""The benchmark's words: Markdown tables, and the machine they hold for."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import psutil

from benchmarks.commands import OURS
from benchmarks.comparison import Compared, Measurement
from benchmarks.scaling import Peak, Scaling, bound
from benchmarks.stages import Limit, Spent

LIBRARIES = ("numpy", "pyarrow", "numba", "polars", "duckdb")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """A Markdown table; the first `words` columns are text, the others numbers."""
    marks = ["---"] * words + ["---:"] * (len(head) - words)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, marks, *rows)) + "\n"


def ratios(title: str, compared: Sequence[Compared]) -> str:
    """The peers' times over ours, with the goals, and which tasks found no room."""
    peers = list(dict.fromkeys(peer for each in compared for peer in each.task.goals))
    rows = []
    for each in compared:
        if each.results:
            times = [_ratio(each, peer) for peer in peers]
            rows.append([each.task.name, f"{each.size / 1e6:,.0f}", f"{each.results[OURS].median:.2f}", *times])
    text = f"### {title}\n\nTime of the peer / ours; above 1 the peer takes longer.\n\n"
    if rows:
        text += table(["work", "input, MB", "ours, s", *peers], rows)
    return text + "".join(
        f"\n{each.task.name}: no room in memory for an input of {each.size / 1e9:.1f} GB and the work on it.\n"
        for each in compared
        if not each.results
    )


def _ratio(each: Compared, peer: str) -> str:
    if peer not in each.results:
        return ""
    ratio, goal = each.results[peer].median / each.results[OURS].median, each.task.goals[peer]
    return f"{ratio:.2f}" if goal is None else f"{ratio:.2f} (goal {goal:g})"


def details(compared: Sequence[Compared]) -> str:
    """Every measurement of the same comparison, and which tools did a share of the work."""
    done = [(each.task.name, tool, result) for each in compared for tool, result in each.results.items()]
    head = ["work", "tool", "seconds", "least to most", "CPU s", "MB/s", "peak memory, MB"]
    text = table(head, ([name, tool, *_figures(result)] for name, tool, result in done), words=2) if done else ""
    return text + "".join(
        f"\n{name}: the {tool} was given the first {result.share:.1%} of the records, and its seconds are those that "
        f"all of them would take; its memory is that of its share.\n"
        for name, tool, result in done
        if result.share < 1
    )


def _figures(result: Measurement) -> list[str]:
    spread = f"{min(result.times):.2f} to {max(result.times):.2f}"
    rate, peak = f"{result.rate / 1e6:.0f}", f"{result.peak / 1e6:.0f}"
    return [f"{result.median:.2f}", spread, f"{result.cpu:.2f}", rate, peak]


def workers(scaling: Scaling) -> str:
    """Seconds by the number of workers."""
    one = scaling.rows[0]
    head = ["workers", "seconds", "CPU s", f"times as fast as {one.workers}", f"CPU over that of {one.workers}"]
    rows = [
        [
            str(row.workers),
            f"{row.wall:.2f}",
            f"{row.cpu:.2f}",
            f"{one.wall / row.wall:.2f}",
            f"{row.cpu / one.cpu:.2f}",
        ]
        for row in scaling.rows
    ]
    return f"{scaling.size / 1e6:,.0f} MB of lineitem to CSV and Parquet, {scaling.place}.\n\n" + table(head, rows)


def peaks(found: Sequence[Peak]) -> str:
    """Peak memory by input, size and workers."""
    head = ["input", "size, MB", "workers", "peak memory, MB", "bound, MB"]
    rows = [
        [
            each.source,
            f"{each.size / 1e6:,.0f}",
            str(each.workers),
            f"{each.peak / 1e6:.0f}",
            f"{bound(each.workers) / 1e6:.0f}",
        ]
        for each in found
    ]
    return table(head, rows)


def spent(found: Sequence[Spent]) -> str:
    """CPU seconds of each stage, a column for each work."""
    names = dict.fromkeys(name for each in found for name in each.seconds)
    head = ["stage", *(f"{each.work}, {each.size / 1e6:,.0f} MB" for each in found)]
    rows = [[name, *(_stage(each, name) for each in found)] for name in names]
    return table(head, [*rows, ["all", *(f"{each.total:.2f} s" for each in found)]])


def _stage(each: Spent, name: str) -> str:
    if name not in each.seconds:
        return ""
    return f"{each.seconds[name]:.2f} s ({each.seconds[name] / each.total:.0%})"


def least(found: Sequence[Limit]) -> str:
    """What passes over the same bytes cost that do one thing only."""
    rows = [
        [each.name, f"{each.size / 1e6:.0f}", f"{each.cpu:.3f}", f"{each.size / 1e6 / max(each.cpu, 1e-9):,.0f}"]
        for each in found
    ]
    return table(["one pass", "MB", "CPU s", "MB per CPU s"], rows)


def environment(command: str) -> str:
    """The command that was run, the machine and the versions."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.machine(),
    )
    memory = psutil.virtual_memory().total / 1e9
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    cores = len(os.sched_getaffinity(0))
    return (
        f"`{command}`\n\n"
        f"{model}, {cores} cores, {memory:.0f} GB of memory; {platform.system()}, "
        f"Python {platform.python_version()}, {libraries}.\n"
    )


def publish(page: Path, heading: str, sections: Sequence[str], mark: str) -> None:
    """Replace what stands between the page's two marks of that name."""
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    text = page.read_text(encoding="utf-8")
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{page} has no place for the figures: put the lines {begin} and {end} where they belong.")
    body = "\n".join([heading, *sections])
    page.write_text(f"{before}{begin}\n\n{body}\n{end}{after}", encoding="utf-8")
