"""The home that a command works in. On its own, because the probe's command does without the configuration."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from etl_batch import sentences
from etl_batch.cli.streams import tell
from etl_batch.defaults import default_home, home_is_here
from etl_batch.errors import UsageError
from etl_batch.spelling import spelled


def home_of(parsed: argparse.Namespace) -> Path:
    """The home that the arguments name, else the default one; raises `UsageError` when it is no folder."""
    home: Path = parsed.home.absolute() if parsed.home else default_home()
    if not parsed.home and not getattr(parsed, "quiet", False):
        tell_home(home)
    if not home.is_dir():
        raise UsageError(sentences.command_line.NO_HOME.format(home=home))
    return home


def tell_home(home: Path) -> None:
    """Say on stderr which home it is, where neither a flag nor the environment nor a checkout has said it."""
    if home_is_here():
        tell(sentences.command_line.HOME_IS_HERE.format(home=spelled(str(home))), sys.stderr)
