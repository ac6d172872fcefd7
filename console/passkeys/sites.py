"""Sites: the address under which a browser sees the console, and whether passkeys can work there.

A passkey belongs to a host name, its RP ID, and browsers use it over HTTPS or at `localhost` only. The host is the one
that the gate compares every `Origin` with, so a page of another site cannot speak for this one.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

LOCAL = "localhost"


@dataclass(frozen=True, slots=True)
class Site:
    """An address that passkeys work at."""

    origin: str
    rp_id: str


def site_at(scheme: str, host: str) -> Site | None:
    """The site of a request with that `Host`; None where no passkey works: at an IP address, and without HTTPS."""
    origin = f"{scheme}://{host.lower()}"
    try:
        name = urlsplit(origin).hostname or ""
    except ValueError:  # brackets that do not close
        return None
    secure = scheme == "https" or name == LOCAL or name.endswith(f".{LOCAL}")
    return Site(origin, name) if secure and name and not _is_ip_address(name) else None


def local_address(host: str) -> str:
    """Where passkeys work for a browser on the console's own machine, which finds it under that `Host`."""
    port = host.rpartition(":")[2]
    return f"http://{LOCAL}:{port}" if port.isdecimal() else f"http://{LOCAL}"


def _is_ip_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        # Browsers read numbers in other forms as addresses too, such as 127.1.
        return name.rpartition(".")[2].isdigit()
    return True
