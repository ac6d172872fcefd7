"""Who may read what the product writes: its own account alone, or one group besides, named by `ETL_GROUP`.

Each process begins with `begin`, which sets the mode that new files and folders get: 0600 and 0700, with a group 0640
and 0750. The console gives the home's folders to the group with `share`, and new ones below them inherit it.
"""

from __future__ import annotations

import grp
import os
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.files.beneath import make_folder

VARIABLE = "ETL_GROUP"
FOLDER = 0o700
"""Mode of a folder that nobody else may look into, whatever the process is."""
_READABLE, _WRITABLE = 0o2750, 0o2770
"""What is made in such a folder belongs to its group."""
_SHARED = {"data": _WRITABLE, "output": _READABLE, "output/runs": _READABLE, "report": _READABLE}


def begin() -> None:
    """Have this process make files that nobody else may read; with a group, that its members may."""
    os.umask(mask())


def mask() -> int:
    """The bits that new files and folders of a process do without."""
    return 0o027 if _named() else 0o077


def folder_mode() -> int:
    """Mode of a run's folder in a process that is not the product's own, such as an app around the dashboard."""
    return FOLDER | 0o050 if _named() else FOLDER


def share(home: Path) -> None:
    """Make the home's folders and give them to the group: it reads all of them and may add inputs.

    Does nothing without a group. Raises `UsageError` for one that does not exist or that this account is no member of,
    and `OutputFailed` when a folder cannot be given to it.
    """
    name = _named()
    if not name:
        return
    number = _number(name)
    for part, mode in _SHARED.items():
        folder = home / part
        try:
            make_folder(folder)
            if folder.stat().st_gid != number:
                os.chown(folder, -1, number)
            folder.chmod(mode)
        except OSError as error:
            raise OutputFailed(
                sentences.outputs.NOT_SHARED.format(folder=folder, group=name, reason=error.strerror)
            ) from error


def _named() -> str:
    return os.environ.get(VARIABLE, "").strip()


def _number(name: str) -> int:
    try:
        number = int(name) if name.isascii() and name.isdecimal() else grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise UsageError(sentences.outputs.NO_GROUP.format(group=name)) from error
    if os.geteuid() != 0 and number not in {os.getegid(), *os.getgroups()}:
        raise UsageError(sentences.outputs.NO_MEMBER.format(group=name))
    return number
