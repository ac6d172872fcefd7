"""From parsed arguments to the configuration of a run, as `run` and `schedule add` take it."""

from __future__ import annotations

import argparse
import getpass
import os

from etl_batch import sentences
from etl_batch.cli.given import given
from etl_batch.cli.home import home_of
from etl_batch.config import RunConfig, build_config
from etl_batch.errors import UsageError
from etl_batch.language import of_environment


def run_config(parsed: argparse.Namespace) -> RunConfig:
    """The configuration that the flags of `run` ask for; raises `UsageError`."""
    if not parsed.inputs:
        raise UsageError(sentences.command_line.NO_INPUT)
    values = {"user": login_name(), "language": of_environment(os.environ), **given(parsed), "home": home_of(parsed)}
    if parsed.no_parquet and "output_parquet" in values:
        raise UsageError(sentences.command_line.PARQUET_CONTRADICTION)
    if "output_csv" in values and "output_parquet" not in values and not parsed.no_parquet:
        values["output_parquet"] = values["output_csv"].with_suffix(".parquet")
        if values["output_parquet"] == values["output_csv"]:
            raise UsageError(sentences.command_line.NO_CSV_NAME)
    return build_config(values)


def login_name() -> str:
    """Who is logged in, for the audit log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return "cli"
