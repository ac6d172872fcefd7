"""A disk that keeps what was synced, and of the rest as much as it likes, when the power goes.

Two kinds of file system are modelled. `ordered`, as ext4 is with `data=ordered`: names reach the disk in the order in
which they were changed; the sync of a file takes those that it has had with it, and the sync of a folder all that were
changed in it. `anything`, what POSIX allows: each change of a name that no sync of its folder covers is kept or lost by
itself, a file's name is not kept by the file's sync, and each block of 4,096 bytes that is not synced holds an earlier
or a later content, or zeros.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.fault.recorded_calls import Content, Entry, Names, Operation, Recording, Seen, Sync

MODELS = ("ordered", "anything")
LOST = {"all lost": (False, False), "all kept": (True, True), "names kept": (True, False), "data kept": (False, True)}
"""Of what is not synced: whether all names are kept, and whether all data is."""
LAST = "last name kept"
"""Of the names that are not synced the one that was changed last, without those before it where there is no order."""
BLOCK = 4096
AWAY_NS = 120 * 10**9
"""How long the machine was gone."""
_NOBODY = 1 << 62
"""An inode that no file has."""


@dataclass(frozen=True)
class Crash:
    """When the power goes, and what the disk makes of it."""

    model: str
    point: int
    """How many operations had been done."""
    keeps: str
    """One of `LOST`, `LAST`, or `random` and a seed."""


def crashes(recording: Recording, model: str, chances: int, seed: int) -> Iterator[Crash]:
    """All points with each kind of loss, and so many random ones."""
    for point in range(len(recording.operations) + 1):
        for keeps in (*LOST, LAST, *(f"random {seed + number}" for number in range(chances))):
            yield Crash(model, point, keeps)


def left_of(recording: Recording, crash: Crash) -> Seen:
    """What is on the disk after a crash."""
    done = recording.operations[: crash.point]
    chance = random.Random(f"{crash.keeps} {crash.model} {crash.point}")
    names, data = LOST.get(crash.keeps, (None, None))
    if crash.keeps == LAST:
        names, data = crash.model == "ordered", False  # in order it brings all others
    kept = _names_in_order if crash.model == "ordered" else _names_at_will
    entries, folders = dict(recording.first.entries), dict(recording.first.folders)
    kept_names = kept(done, names, chance)
    if crash.keeps == LAST:
        kept_names[-1:] = [True for _ in kept_names[-1:]]
    for each, stays in zip(_named(done), kept_names, strict=True):
        if stays:
            for entry, node in each.entries:
                _assign(entries, entry, node)
            if each.folder is not None and each.entries[0][1] is not None:
                folders[each.entries[0][1]] = each.folder
    torn = crash.model == "anything"
    versions = _versions(recording.first, done)
    files = {node: _content(each, data, chance, torn=torn) for node, each in sorted(versions.items())}
    return Seen(entries, files, folders)


def _assign(entries: dict[Entry, int], entry: Entry, node: int | None) -> None:
    if node is None:
        entries.pop(entry, None)
    else:
        entries[entry] = node


def _named(done: Sequence[Operation]) -> list[Names]:
    return [each for each in done if isinstance(each, Names)]


def _synced_at_will(done: Sequence[Operation]) -> list[bool]:
    """For each change of names whether its folders were synced after it."""
    synced, answers = set[int](), list[bool]()
    for each in reversed(done):
        if isinstance(each, Sync):
            synced.add(each.node)
        elif isinstance(each, Names):
            answers.append(all(folder in synced for (folder, _), _ in each.entries))
    return answers[::-1]


def _names_at_will(done: Sequence[Operation], kept: bool | None, chance: random.Random) -> list[bool]:
    likely = chance.random()
    return [synced or (chance.random() < likely if kept is None else kept) for synced in _synced_at_will(done)]


def _names_in_order(done: Sequence[Operation], kept: bool | None, chance: random.Random) -> list[bool]:
    least, number, last = 0, 0, dict[int, int]()
    for each in done:
        if isinstance(each, Names):
            number += 1
            for (folder, _), node in each.entries:
                last[folder] = number
                if node is not None:
                    last[node] = number
        elif isinstance(each, Sync):
            least = max(least, last.get(each.node, 0))
    most = number if kept else least
    reached = chance.randint(least, number) if kept is None else most
    return [at < reached for at in range(number)]


def _versions(first: Seen, done: Sequence[Operation]) -> dict[int, list[Content]]:
    """Of each file the content that is synced, and all later ones."""
    versions = {node: [content] for node, content in first.files.items()}
    for each in done:
        if isinstance(each, Content):
            # Of a file that was never synced there may be nothing.
            versions.setdefault(each.node, [replace(each, data=b"")]).append(each)
        elif isinstance(each, Sync) and each.node in versions:
            versions[each.node] = versions[each.node][-1:]
    return versions


def _content(versions: Sequence[Content], kept: bool | None, chance: random.Random, *, torn: bool) -> Content:
    """What a file holds, of these contents, the first of which is on the disk."""
    if len(versions) == 1 or kept is not None:
        return versions[-1 if kept else 0]
    content = chance.choice(versions)
    if not torn:  # what was added to a file may be there in part
        cut = chance.randrange(0, len(content.data) + 1, BLOCK)
        added = content.data.startswith(versions[0].data) and cut > len(versions[0].data)
        return replace(content, data=content.data[:cut]) if added and chance.random() < 0.5 else content
    blocks = list[bytes]()
    for begin in range(0, len(content.data), BLOCK):
        all_of_them = [each.data[begin : begin + BLOCK] for each in versions]
        size = min(BLOCK, len(content.data) - begin)
        unchanged = len({part[:size] for part in all_of_them}) == 1
        block = all_of_them[0] if unchanged else chance.choice([*all_of_them, b"", content.data[begin : begin + BLOCK]])
        blocks.append(block[:size].ljust(size, b"\0"))
    return replace(content, data=b"".join(blocks))


def build(seen: Seen, home: Path) -> None:
    """Put that disk's files into an empty folder."""
    inodes, nodes = {0: home.stat().st_ino}, {0: home}
    late = list[tuple[Path, Content]]()
    _fill(seen, 0, home, nodes, late)
    for node, path in nodes.items():
        inodes[node] = path.stat().st_ino
    for path, content in late:
        path.write_bytes(_renumbered(content, inodes))
    for node, path in nodes.items():
        content = seen.files.get(node)
        path.chmod(content.mode if content else seen.folders.get(node, 0o600))  # a file of which no more is known
        # A machine takes its time to come back, and what has changed last has changed before.
        modified = content.modified_ns if content else time.time_ns() - AWAY_NS
        os.utime(path, ns=(modified, modified))


def _fill(seen: Seen, folder: int, path: Path, nodes: dict[int, Path], late: list[tuple[Path, Content]]) -> None:
    for (above, name), node in sorted(seen.entries.items()):
        if above != folder:
            continue
        inner = path / name
        if node in seen.folders:
            inner.mkdir()
            nodes[node] = inner
            _fill(seen, node, inner, nodes, late)
        elif node in nodes:
            os.link(nodes[node], inner)
        else:
            content = seen.files.get(node)
            inner.write_bytes(content.data if content else b"")
            nodes[node] = inner
            if content and content.inodes:
                late.append((inner, content))


def _renumbered(content: Content, inodes: dict[int, int]) -> bytes:
    """A manifest that names the files and folders by the numbers that they have here."""
    try:
        said: dict[str, Any] = json.loads(content.data)
    except ValueError:
        return content.data

    def here(number: int) -> int:
        return inodes.get(content.inodes.get(number, -1), _NOBODY)

    steps = [{**step, "inode": here(step["inode"]), "folder": here(step["folder"])} for step in said["steps"]]
    return json.dumps({**said, "steps": steps}).encode()
