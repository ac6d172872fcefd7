"""Fixed metadata of whole runs, shaped as `metadata.json`, for the tests of the report."""

from __future__ import annotations

import base64
import copy
import math
from typing import Any

import pytest

PRODUCTS: list[str | None] = [f"product-{number:02d}" for number in range(28)]
PRODUCTS[4] = None


def _measure(exact: float, error: float, width: float, certified: bool = True, **more: Any) -> dict[str, Any]:
    """One measure whose estimate misses the exact total by the share `error`, with an interval of +- `width`."""
    estimate = exact * (1 + error)
    return {
        "estimate": estimate,
        "std_error": exact * width / 1.96,
        "ci_low": estimate - exact * width,
        "ci_high": estimate + exact * width,
        "exact": exact,
        "certified": certified,
        **more,
    }


def _stratum(position: int, value: str | None) -> dict[str, Any]:
    rows = 160_000 // (position + 1)
    width = 0.01 + 0.004 * position
    error = width * (0.7, -0.4, 0.1, -0.9, 1.2, 0.3)[position % 6]
    return {
        "value": value,
        "rows": rows,
        "sampled": max(10, rows // 200),
        "expansion": rows / max(10, rows // 200),
        "measures": {
            "quantity": _measure(rows * 50, error, width),
            "value": _measure(rows * 512.37, -error, width * 1.5, certified=position % 7 != 4),
        },
    }


@pytest.fixture
def success() -> dict[str, Any]:
    """A run over three files of two formats with rejects, two measures and 28 strata."""
    return {
        "schema_version": 1,
        "run_id": "20260131T120000Z-a1b2c3",
        "status": "success",
        "user": "mara",
        "started_at": "2026-01-31T12:00:00.000Z",
        "finished_at": "2026-01-31T12:00:12.345Z",
        "config": {
            "inputs": ["data/orders"],
            "output_csv": "/srv/etl/output/orders.csv",
            "output_parquet": "/srv/etl/output/orders.parquet",
            "workers": 8,
            "chunk_bytes": 67_108_864,
            "sample_frac": 0.005,
            "layout": "auto",
            "force_text_fallback": False,
            "stratum": None,
            "measures": [],
            "timeout": 3600.0,
            "seed": 0,
        },
        "inputs": [
            _input("orders-2025.bin", "binary", "default", None, 56_000_000, 1_000_000, 999_989, 9),
            _input("orders-2026.csv", "csv", None, {"delimiter": ";", "header": True}, 4_831_902, 81_234, 81_231, 3),
            _input("orders-late.parquet", "parquet", None, None, 911_202, 20_000, 20_000, 0),
        ],
        "outputs": {
            "csv": {"path": "/srv/etl/output/orders.csv", "bytes": 68_123_456, "rows": 1_101_220, "sha256": "5e" * 32},
            "parquet": {
                "path": "/srv/etl/output/orders.parquet",
                "bytes": 21_987_654,
                "rows": 1_101_220,
                "sha256": "a7" * 32,
            },
        },
        "counts": {"records_in": 1_101_234, "written": 1_101_220, "rejected": 12, "skipped": 2},
        "escaped_cells": 41,
        "rejects_by_reason": {"not_utf8": 9, "wrong_column_count": 3},
        "schema": [
            {"name": "id", "type": "uint32"},
            {"name": "timestamp", "type": "uint64"},
            {"name": "quantity", "type": "uint32"},
            {"name": "value", "type": "double"},
            {"name": "product", "type": "string"},
        ],
        "notes": ["Stratum chosen automatically: product.", "Measures chosen automatically: quantity, value."],
        "analytics": {
            "status": "success",
            "method": "stratified sqrt(N) allocation, bottom-k by hash",
            "seed": 0,
            "confidence": 0.95,
            "stratum": "product",
            "population_rows": 1_101_220,
            "sample_rows": 5506,
            "sample_frac_effective": 5506 / 1_101_220,
            "measures": {
                "quantity": _measure(55_061_000, 0.0021, 0.0064, df=812.4, reason=None),
                "value": _measure(
                    564_231_004.52,
                    -0.0153,
                    0.0122,
                    certified=False,
                    df=241.9,
                    reason="Stratum product-04 is too skewed for its 160 sampled rows.",
                ),
            },
            "strata": [_stratum(position, value) for position, value in enumerate(PRODUCTS)],
            "reason": None,
            "allocation": "sqrt",
            "expected_errors": [
                {
                    "sample_frac": fraction,
                    "sample_rows": round(fraction * 1_101_220),
                    "half_widths": {
                        "quantity": 350_000 * math.sqrt(0.005 / fraction * (1 - fraction)),
                        "value": 6_900_000 * math.sqrt(0.005 / fraction * (1 - fraction)),
                    },
                }
                for fraction in (0.001, 0.005, 0.01, 0.05, 0.5)
            ],
        },
        "throughput": {"seconds": 12.345, "input_bytes_per_second": 5_001_871.5, "rows_per_second": 89_203.7},
        "peak_memory_bytes": 412_345_678,
        "system": {
            "cpu": {"model": "Generic x86-64", "cores": 8, "usable_cores": 8, "load": 1.5},
            "memory": {"total_bytes": 33_554_432_000, "available_bytes": 19_629_342_720},
            "gpu": [],
        },
        "engine": {"version": "0.1.0", "python": "3.11.9", "packages": {"pyarrow": "26.0.1", "numpy": "2.4.0"}},
        "error": None,
        "rerun_of": "20260130T090000Z-00ff00",
        "profile": {
            "parent": {"plan": 0.4, "cut": 0.05, "hand_out": 0.12, "collect": 0.1, "digests": 0.3, "other": 0.03},
            "workers": [_worker(30_000_000, 0.25, 1.0), _worker(31_743_102, 0.0, 1.5)],
        },
    }


def _worker(size: int, waited: float, factor: float) -> dict[str, Any]:
    parts = {"read": 1.0, "clean": 0.5, "encode_csv": 0.25, "encode_parquet": 0.75, "tally": 0.25, "wait": 0.0002}
    return {
        "cpu_seconds": {name: seconds * factor for name, seconds in {**parts, "place": 0.25}.items()},
        "wait_seconds": waited,
        "input_bytes": size,
        "output_bytes": 45_055_555,
        "chunks": 4,
    }


def _input(
    name: str, kind: str, layout: str | None, dialect: Any, size: int, records: int, written: int, rejected: int
) -> dict[str, Any]:
    return {
        "path": f"/srv/etl/data/orders/{name}",
        "format": kind,
        "layout": layout,
        "dialect": dialect,
        "size_bytes": size,
        "records": records,
        "written": written,
        "rejected": rejected,
    }


@pytest.fixture
def previous(success: dict[str, Any]) -> dict[str, Any]:
    """The run before `success`: fewer records, one column less, another Parquet file, half the workers."""
    before = copy.deepcopy(success)
    before["run_id"] = "20260130T090000Z-00ff00"
    before["started_at"] = "2026-01-30T09:00:00.000Z"
    before["counts"] = {"records_in": 1_081_234, "written": 1_081_220, "rejected": 14, "skipped": 0}
    before["throughput"] = {"seconds": 14.2, "input_bytes_per_second": 4_700_000, "rows_per_second": 76_142}
    before["outputs"]["parquet"] |= {"sha256": "b8" * 32, "bytes": 21_500_000}
    before["analytics"]["measures"]["quantity"]["exact"] = 54_000_000
    before["schema"] = before["schema"][:-1]
    before["config"]["workers"] = 4
    return before


@pytest.fixture
def rejects() -> list[dict[str, Any]]:
    """The first lines of the rejects of `success`: four binary records and one line of text."""
    record = base64.b64encode(bytes(range(48)) + b"caf\xe9 \xff\xfe\x00").decode()
    binary = [
        {
            "source": "/srv/etl/data/orders/orders-2025.bin",
            "offset": 56 * number,
            "record": number,
            "reason": "not_utf8",
            "field": "product",
            "detail": "Byte 0xe9 at position 3 is not UTF-8.",
            "raw": record,
            "raw_encoding": "base64",
        }
        for number in (1041, 1042, 77_310, 90_000)
    ]
    text = {
        "source": "/srv/etl/data/orders/orders-2026.csv",
        "offset": 48_812,
        "record": 807,
        "reason": "wrong_column_count",
        "field": None,
        "detail": "6 cells where the header has 5.",
        "raw": "807;1735689600;12;99.5;pen;blue\r\n",
    }
    return [*binary, text]


@pytest.fixture
def failed() -> dict[str, Any]:
    """A run that was refused before anything was read."""
    return {
        "run_id": "20260131T130000Z-dead00",
        "status": "failed",
        "user": "mara",
        "started_at": "2026-01-31T13:00:00.000Z",
        "finished_at": "2026-01-31T13:00:00.412Z",
        "config": {"inputs": ["data/missing.bin"], "output_csv": "/srv/etl/output/x.csv"},
        "counts": {"records_in": 0, "written": 0, "rejected": 0, "skipped": 0},
        "analytics": {},
        "error": {
            "kind": "input_refused",
            "message": "No file matches data/missing.bin; check the path.",
        },
    }
