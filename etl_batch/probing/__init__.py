"""The probe: rows, strata and totals of files of any size with intervals, from random blocks, without reading them."""

from etl_batch.probing.answer import Blocks, Probe, ProbedColumn, ProbedStratum, RowEstimate
from etl_batch.probing.probe import estimate_path

__all__ = ["Blocks", "Probe", "ProbedColumn", "ProbedStratum", "RowEstimate", "estimate_path"]
