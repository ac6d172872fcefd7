"""Kernels of a test's own, compiled and loaded as the engine's are."""

from __future__ import annotations

from typing import Any

from etl_batch.kernels.compiling import compile_kernels
from etl_batch.kernels.kernel import Kernel
from etl_batch.kernels.library import load

_LOADED: list[Any] = []
"""Machine code goes when nobody holds its library any more."""


def compiled(*kernels: Kernel[..., Any]) -> None:
    """Compile the kernels, so that calling them runs machine code."""
    library = load(compile_kernels(list(kernels)), f"of {kernels[0].name} at {id(kernels[0])}")
    _LOADED.append(library)
    for one in kernels:
        vars(one)["machine_code"] = one.at(library[one.name])
