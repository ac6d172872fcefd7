"""What marks a function as a kernel, and what happens when one is called."""

from __future__ import annotations

import ctypes
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, update_wrapper
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")

Bytes: TypeAlias = NDArray[np.uint8]
Ints: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]
Words: TypeAlias = NDArray[np.uint64]
Reals: TypeAlias = NDArray[np.float64]
IntGrid: TypeAlias = NDArray[np.int32]
LongGrid: TypeAlias = NDArray[np.int64]
WordGrid: TypeAlias = NDArray[np.uint64]
RealGrid: TypeAlias = NDArray[np.float64]
OutBytes: TypeAlias = NDArray[np.uint8]
OutInts: TypeAlias = NDArray[np.int32]
OutLongs: TypeAlias = NDArray[np.int64]
OutWords: TypeAlias = NDArray[np.uint64]
OutReals: TypeAlias = NDArray[np.float64]
OutIntGrid: TypeAlias = NDArray[np.int32]
OutLongGrid: TypeAlias = NDArray[np.int64]
OutWordGrid: TypeAlias = NDArray[np.uint64]
OutRealGrid: TypeAlias = NDArray[np.float64]
Word: TypeAlias = int | np.uint64
"""An unsigned scalar of 64 bits; `int` is a signed one."""

_ELEMENTS = {"Bytes": "uint8", "Int": "int32", "Long": "int64", "Word": "uint64", "Real": "float64"}
_SCALARS: dict[str, Any] = {"int": ctypes.c_int64, "Word": ctypes.c_uint64, "float": ctypes.c_double}


class KernelFault(RuntimeError):
    """A kernel left the bounds of an array, or was handed one that it does not take: a bug of the engine."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument of a kernel, read off its annotation: an array of a type that may be written to, or a scalar."""

    name: str
    kind: str

    @property
    def scalar(self) -> bool:
        """Whether it is one number."""
        return self.kind in _SCALARS

    @property
    def written(self) -> bool:
        """Whether the kernel writes to it."""
        return self.kind.startswith("Out")

    @property
    def dimensions(self) -> int:
        """1 or 2; 0 for a scalar."""
        return 0 if self.scalar else 2 if self.kind.endswith("Grid") else 1

    @property
    def element(self) -> str:
        """NumPy's name of the type of an array's elements, or of the scalar's."""
        if self.scalar:
            return {"int": "int64", "Word": "uint64", "float": "float64"}[self.kind]
        name = self.kind.removeprefix("Out").removesuffix("Grid")
        return _ELEMENTS.get(name) or _ELEMENTS[name.removesuffix("s")]

    @property
    def c_types(self) -> list[Any]:
        """How it is passed: an array as its address and its extents."""
        if self.scalar:
            return [_SCALARS[self.kind]]
        return [ctypes.c_void_p, *[ctypes.c_int64] * self.dimensions]


class Kernel(Generic[P, R]):
    """A function that is compiled; calling it runs the machine code. Arrays are contiguous, in C's order."""

    def __init__(self, function: Callable[P, R]) -> None:
        update_wrapper(self, function)
        self.function = function
        self.name = f"{function.__module__.rpartition('.')[2]}.{function.__qualname__}"
        annotations = inspect.get_annotations(function)
        self.parameters = tuple(Parameter(name, kind) for name, kind in annotations.items() if name != "return")
        self.returns = annotations["return"] != "None"
        self._takes = [
            (None, 0, False) if one.scalar else (np.dtype(one.element), one.dimensions, one.written)
            for one in self.parameters
        ]

    def __call__(self, *arguments: P.args, **named: P.kwargs) -> R:
        """Run it. Raises `KernelFault`."""
        if named:
            arguments = self._signature.bind(*arguments, **named).args  # type: ignore[assignment]
        passed: list[Any] = []
        for (dtype, dimensions, written), argument in zip(self._takes, arguments, strict=True):
            if dtype is None:
                passed.append(argument)
                continue
            array: Any = argument
            flags = array.flags
            fits = array.dtype == dtype and array.ndim == dimensions and flags.c_contiguous
            if not fits or (written and not flags.writeable):
                raise KernelFault(f"{self.name} takes no array of {array.dtype}, {array.shape}: {flags}")
            passed.append(array.ctypes.data)  # `__array_interface__` describes the type too, which takes twice as long
            passed.extend(array.shape)
        result, fault = ctypes.c_int64(), ctypes.c_void_p()
        if self.machine_code(ctypes.byref(result), ctypes.byref(fault), *passed):
            raise KernelFault(f"{self.name} left the bounds of an array")
        return result.value if self.returns else None  # type: ignore[return-value]

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.function)

    @cached_property
    def machine_code(self) -> Callable[..., int]:
        """The compiled function: where its result and a fault go, then addresses, extents and scalars."""
        from etl_batch.kernels.library import address  # LLVM is loaded by who runs kernels, not by whoever imports this

        return self.at(address(self.name))

    def at(self, address: int) -> Callable[..., int]:
        """The function that stands at an address."""
        types = [one for parameter in self.parameters for one in parameter.c_types]
        return ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *types)(address)


def kernel(function: Callable[P, R]) -> Kernel[P, R]:
    """Mark a function as a kernel.

    Its annotations name the types above, and it returns an `int` or nothing. It calls only kernels, functions marked
    with `inner`, what stands in `bits`, and what Numba knows.
    """
    return Kernel(function)


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function as a part of kernels: compiled into whichever calls it."""
    function.is_inner = True  # type: ignore[attr-defined]
    return function


def load_kernels() -> None:
    """Load the machine code now, for this process and those that are forked from it."""
    from etl_batch.kernels import library  # LLVM is loaded by who runs kernels, not by whoever imports this

    library.loaded()
