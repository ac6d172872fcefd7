"""A pass does not take twice its work: a guard that knows no clock on the wall.

CPU time in units of what Arrow takes for work of the same kind in the same process, the least of several tries in turns
(`benchmarks/pass_cost.py`). The figures vary by a quarter, with what else the machine does.
Counting instructions would be exact, but valgrind does not know every instruction that the kernels are compiled to.
"""

from __future__ import annotations

import json
import subprocess
import sys

from etl_batch.defaults import PROJECT_ROOT

MOST = {"lineitem.csv": 1.9, "lineitem.parquet": 1.9, "sales.bin": 0.9}
"""Twice what is measured: 0.95, 0.95 and 0.45. A change that makes a pass faster makes these smaller."""


def test_a_pass_costs_what_it_did() -> None:
    """Text, Parquet and records to CSV and Parquet, by one worker, are not much dearer than they were."""
    command = [sys.executable, PROJECT_ROOT / "benchmarks" / "pass_cost.py"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    costs = json.loads(answer.stdout)
    assert costs.keys() == MOST.keys()
    assert {name: cost for name, cost in costs.items() if cost > MOST[name]} == {}
