"""The home that a command works in. On its own, because the probe's command does without the configuration."""

from __future__ import annotations

import argparse
from pathlib import Path

from etl_batch import sentences
from etl_batch.defaults import default_home
from etl_batch.errors import UsageError


def home_of(parsed: argparse.Namespace) -> Path:
    """The home that the arguments name, else the default one; raises `UsageError` when it is no folder."""
    home: Path = parsed.home.absolute() if parsed.home else default_home()
    if not home.is_dir():
        raise UsageError(sentences.command_line.NO_HOME.format(home=home))
    return home
