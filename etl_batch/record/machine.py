"""The machine and the engine that a run ran on, as `metadata.json` keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from etl_batch.record.values import Json, JsonObject, amount, mapping, objects, text, whole


@dataclass(frozen=True, slots=True)
class Cpu:
    """The processors."""

    model: str
    cores: int
    usable_cores: int
    load: float
    """Mean number of processes that ran or waited during the minute before."""


@dataclass(frozen=True, slots=True)
class MachineMemory:
    """The main memory."""

    total_bytes: int
    available_bytes: int


@dataclass(frozen=True, slots=True)
class Gpu:
    """One graphics processor."""

    name: str
    load: float
    memory_total_mb: float
    memory_used_mb: float

    @classmethod
    def from_json(cls, given: JsonObject) -> Gpu:
        """Any object as a graphics processor."""
        load, total, used = (amount(given.get(name)) for name in ("load", "memory_total_mb", "memory_used_mb"))
        return cls(text(given.get("name")), load, total, used)


@dataclass(frozen=True, slots=True)
class SystemRecord:
    """CPU, memory and GPUs of the machine; mostly it has none of the last."""

    cpu: Cpu
    memory: MachineMemory
    gpu: tuple[Gpu, ...] = ()

    @classmethod
    def from_json(cls, value: Json) -> SystemRecord | None:
        """Any JSON as a machine; None when it says nothing."""
        given = mapping(value)
        if not given:
            return None
        cpu, memory = mapping(given.get("cpu")), mapping(given.get("memory"))
        cores, usable = whole(cpu.get("cores")), whole(cpu.get("usable_cores"))
        return cls(
            Cpu(text(cpu.get("model")), cores, usable, amount(cpu.get("load"))),
            MachineMemory(whole(memory.get("total_bytes")), whole(memory.get("available_bytes"))),
            tuple(map(Gpu.from_json, objects(given.get("gpu")))),
        )


@dataclass(frozen=True, slots=True)
class EngineRecord:
    """Version of the engine, of Python and of the packages that shape the outputs."""

    version: str
    python: str
    packages: Mapping[str, str]

    @classmethod
    def from_json(cls, value: Json) -> EngineRecord | None:
        """Any JSON as an engine; None when it says nothing."""
        given = mapping(value)
        if not given:
            return None
        packages = {name: text(version) for name, version in mapping(given.get("packages")).items()}
        return cls(text(given.get("version")), text(given.get("python")), packages)
