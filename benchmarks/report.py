"""The benchmark's words: Markdown tables, and the machine they hold for."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import psutil

LIBRARIES = ("numpy", "pyarrow", "polars", "duckdb")


class Result(Protocol):
    """What a table needs to know of one tool's measurement."""

    peak: int

    @property
    def median(self) -> float:
        """Seconds."""

    @property
    def rate(self) -> float:
        """Input bytes per second."""


def table(title: str, results: Mapping[str, Result]) -> str:
    """One task as a Markdown table; the last column is the tool's time divided by ours."""
    ours = results.get("ours")
    lines = [
        f"### {title}",
        "",
        "| tool | seconds | MB/s | peak memory, MB | time / ours |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for tool, result in results.items():
        ratio = f"{result.median / ours.median:.2f}" if ours else "-"
        figures = f"{result.median:.2f} | {result.rate / 1e6:.0f} | {result.peak / 1e6:.0f} | {ratio}"
        lines.append(f"| {tool} | {figures} |")
    return "\n".join(lines) + "\n"


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


def publish(page: Path, heading: str, sections: Sequence[str], mark: str = "results") -> None:
    """Replace what stands between the page's two marks of that name."""
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    body = "\n".join([heading, *sections])
    page.write_text(f"{before}{begin}\n\n{body}\n{end}{after}", encoding="utf-8")
