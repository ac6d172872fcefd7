"""A machine of its own as far as the network knows: a namespace with a cable to this one, which can be cut."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from shutil import which


@dataclass(frozen=True)
class OtherMachine:
    """A network namespace, and the address of this machine as it is seen from there."""

    name: str
    here: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """What stands before a command that is to run there."""
        return "ip", "netns", "exec", self.name

    def cut(self) -> None:
        """Cut the cable: nothing is closed, and nothing arrives."""
        _ip("link", "set", self.name, "down")

    def mend(self) -> None:
        """Let it be whole again."""
        _ip("link", "set", self.name, "up")


def can_be_made() -> bool:
    """Whether this account may make namespaces: root's may, with the tools of iproute2."""
    return os.geteuid() == 0 and which("ip") is not None and _try("netns", "add", _name()) and _try(*_removed())


@contextmanager
def other_machine() -> Iterator[OtherMachine]:
    """One, which is gone when the block ends."""
    name, number = _name(), os.getpid() & 0x3FFF
    net = f"10.{64 + (number >> 8)}.{number & 255}"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        _ip("addr", "add", f"{net}.1/30", "dev", name)
        _ip("link", "set", name, "up")
        _ip("-n", name, "addr", "add", f"{net}.2/30", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", name, "link", "set", device, "up")
        yield OtherMachine(name, f"{net}.1")
    finally:
        _try("link", "del", name)  # at once: with its namespace it would go some time later
        _ip(*_removed())


def _name() -> str:
    return f"etl{os.getpid()}"


def _removed() -> tuple[str, ...]:
    return "netns", "del", _name()


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def _try(*arguments: str) -> bool:
    return subprocess.run(["ip", *arguments], check=False, capture_output=True).returncode == 0
