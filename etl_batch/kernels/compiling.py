"""All kernels to one object file, by Numba. Only this module and `intrinsics` import it; a run does not.

Numba compiles a function over arrays; what is kept of it is LLVM's text of an entry that takes addresses and extents,
linked with the others, rid of what calls back into Python, and written as machine code for this processor.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

import llvmlite.binding as llvm
import numba
from numba import types

from etl_batch import kernels
from etl_batch.kernels.intrinsics import INSTRUCTIONS, array_at
from etl_batch.kernels.kernel import Kernel, Parameter
from etl_batch.kernels.library import open_processor

_OPTIONS = {
    "nogil": True,
    "_nrt": False,  # nothing is allocated, and so nothing counted
    "error_model": "numpy",  # a division by zero is a number, not an exception
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
_NOT_KERNELS = ("kernel", "bits", "intrinsics", "compiling", "library", "__main__")


def all_kernels() -> list[Kernel[..., Any]]:
    """Every kernel of the package, by name."""
    names = [module.name for module in pkgutil.iter_modules(kernels.__path__) if module.name not in _NOT_KERNELS]
    modules = [importlib.import_module(f"{kernels.__name__}.{name}") for name in names]
    found = {one.name: one for module in modules for one in vars(module).values() if isinstance(one, Kernel)}
    return [found[name] for name in sorted(found)]


def compile_kernels(wanted: list[Kernel[..., Any]]) -> bytes:
    """The kernels' names in a line, and behind it an object file with the machine code of each under its name."""
    machine = open_processor()
    numba.config.CPU_FEATURES = _features_of_vectors()
    compiler = _Compiler()
    whole = llvm.parse_assembly("")
    for one in wanted:
        whole.link_in(_module_of(one, compiler))
    tuning = llvm.create_pipeline_tuning_options()
    passes = llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    passes.run(whole, llvm.create_pass_builder(machine, tuning))
    names = " ".join(one.name for one in wanted)
    return names.encode() + b"\n" + bytes(machine.emit_object(whole))


def _features_of_vectors() -> str:
    """The processor's features as Numba makes vectors of loops for: of 512 bits where these cost no speed.

    LLVM prefers 256 on all of Intel's, for the first that had 512 slowed down by them; those with VBMI2 do not.
    """
    features = llvm.get_host_cpu_features()
    told = str(features.flatten())
    return f"{told},-prefer-256-bit" if features.get("avx512vbmi2") else told


def _module_of(one: Kernel[..., Any], compiler: _Compiler) -> Any:
    """LLVM's module of one kernel, whose only visible function is the entry."""
    entry = numba.njit(_signature(one.parameters), **_OPTIONS)(_entry(one, compiler.of(one.function)))
    (compiled,) = entry.overloads.values()
    module = llvm.parse_assembly(compiled.library.get_llvm_str())
    for function in module.functions:
        if not function.is_declaration:
            function.linkage = "internal"
    for variable in module.global_variables:
        if not variable.is_declaration:
            variable.linkage = "internal"
    visible = module.get_function(compiled.fndesc.llvm_func_name)
    visible.linkage = "external"
    visible.name = one.name
    return module


def _signature(parameters: tuple[Parameter, ...]) -> Any:
    kinds: list[Any] = []
    for one in parameters:
        element = getattr(types, one.element)
        kinds += [element] if one.scalar else [types.CPointer(element), *[types.int64] * one.dimensions]
    return types.int64(*kinds)


def _entry(one: Kernel[..., Any], compiled: Any) -> Callable[..., Any]:
    """A function of addresses and extents that makes arrays of them and calls the kernel."""
    taken, handed = [], []
    for parameter in one.parameters:
        extents = [f"{parameter.name}_{number}" for number in range(parameter.dimensions)]
        taken += [parameter.name, *extents]
        array = f"array_at({parameter.name}, ({', '.join(extents)},))"
        handed.append(parameter.name if parameter.scalar else array)
    call = f"compiled({', '.join(handed)})"
    body = f"return numpy.int64({call})" if one.returns else f"{call}\n    return numpy.int64(0)"
    source = f"def entry({', '.join(taken)}):\n    {body}\n"
    names: dict[str, Any] = {"compiled": compiled, "array_at": array_at, "numpy": importlib.import_module("numpy")}
    exec(compile(source, f"<entry of {one.name}>", "exec"), names)  # noqa: S102 - made of the kernel's own parameters
    function: Callable[..., Any] = names["entry"]
    return function


class _Compiler:
    """Numba's view of kernels and their parts, each made once."""

    def __init__(self) -> None:
        self.made: dict[Callable[..., Any], Any] = dict(INSTRUCTIONS)

    def of(self, function: Callable[..., Any]) -> Any:
        """What Numba is to call for a function: itself compiled, with the same done to all that it calls."""
        if function not in self.made:
            assert isinstance(function, FunctionType)
            used = {
                name: function.__globals__[name] for name in function.__code__.co_names if name in function.__globals__
            }
            names = {name: self._seen(value) for name, value in used.items()}
            twin = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
            twin.__module__ = function.__module__
            # A call would hand every array over as seven words: what is a part of a kernel becomes one.
            self.made[function] = numba.njit(**_OPTIONS, forceinline=hasattr(function, "is_inner"))(twin)
        return self.made[function]

    def _seen(self, value: Any) -> Any:
        if isinstance(value, Kernel):
            return self.of(value.function)
        if isinstance(value, FunctionType) and (value in INSTRUCTIONS or hasattr(value, "is_inner")):
            return self.of(value)
        return value


if __name__ == "__main__":
    sys.stdout.buffer.write(compile_kernels(all_kernels()))
