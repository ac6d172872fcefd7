"""Where calls may go: a name is resolved once, each address is judged, and that very address is connected to.

A name that means something harmless when it is judged and something else when it is connected to gains nothing, for
nobody asks a second time. How an address is written (decimal, octal, hexadecimal, inside another) matters as little:
what is judged is what the system made of it.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import time
from collections.abc import Iterator

from console import sentences
from etl_batch.errors import EtlError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ForbiddenAddress(EtlError):
    """The receiver's address is one that nothing is ever sent to."""


def _networks(*written: str) -> tuple[Network, ...]:
    return tuple(map(ipaddress.ip_network, written))


# Link-local places, and those where clouds hand out a machine's credentials.
HIDDEN = _networks(
    "169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32",
    "fe80::/10", "fec0::/10", "fd00:ec2::/32", "fd20:ce::254/128",
)  # fmt: skip
# What no receiver can have.
UNUSABLE = _networks("0.0.0.0/8", "240.0.0.0/4", "::/128")
# Addresses that carry an IPv4 address to which somebody on the way sends the packets on, and where it begins, in bits.
# RFC 4291, 6052 and 8215 (NAT64), 2765, 3056 (6to4), 4380 (Teredo: the server, and the client with its bits turned).
CARRIERS: tuple[tuple[Network, tuple[int, ...]], ...] = tuple(
    (ipaddress.ip_network(network), places)
    for network, places in (
        ("::/96", (96,)), ("::ffff:0:0/96", (96,)), ("::ffff:0:0:0/96", (96,)), ("64:ff9b::/96", (96,)),
        ("64:ff9b:1::/48", (48, 56, 64, 96)), ("2002::/16", (16,)), ("2001::/32", (32,)),
    )
)  # fmt: skip
TEREDO = ipaddress.ip_network("2001::/32")
_LEAST_SECONDS = 0.1
# ISATAP (RFC 5214) puts it behind these 32 bits of any network.
ISATAP = (0x00005EFE, 0x02005EFE)


def check_address(written: str) -> None:
    """Raise `ForbiddenAddress` for link-local and metadata addresses; teams run receivers in private networks."""
    ip = ipaddress.ip_address(written.partition("%")[0])
    if ip.is_multicast or _inside(ip, UNUSABLE) or any(_inside(each, HIDDEN) for each in (ip, *_carried(ip))):
        raise ForbiddenAddress(sentences.OWN_NETWORK.format(ip=ip))
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    if mapped is not None and (mapped.is_multicast or _inside(mapped, UNUSABLE)):
        raise ForbiddenAddress(sentences.OWN_NETWORK.format(ip=ip))


def connect(host: str, port: int, seconds: float) -> socket.socket:
    """A connection to the first address of a host that is allowed and answers, all within so many seconds.

    Raises `ForbiddenAddress` when none of its addresses is allowed, and `OSError` as the system does.
    """
    trouble: Exception = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    allowed, end = False, time.monotonic() + seconds
    for family, kind, protocol, _name, place in socket.getaddrinfo(host.strip("[]"), port, 0, socket.SOCK_STREAM):
        try:
            check_address(str(place[0]))
        except ForbiddenAddress as error:
            trouble = trouble if allowed else error
            continue
        allowed = True
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(max(end - time.monotonic(), _LEAST_SECONDS))
            connection.connect(place)
            connection.settimeout(seconds)
            return connection
        except OSError as error:
            connection.close()
            trouble = error
    raise trouble


def _inside(ip: Address, networks: tuple[Network, ...]) -> bool:
    return any(ip in network for network in networks)


def _carried(ip: Address) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 one may stand for."""
    if isinstance(ip, ipaddress.IPv4Address):
        return
    bits = int(ip)
    for network, places in CARRIERS:
        if ip in network:
            yield from (ipaddress.IPv4Address(_bits_at(bits, place)) for place in places)
    if ip in TEREDO:
        yield ipaddress.IPv4Address(bits & 0xFFFFFFFF ^ 0xFFFFFFFF)
    if bits >> 32 & 0xFFFFFFFF in ISATAP:
        yield ipaddress.IPv4Address(bits & 0xFFFFFFFF)


def _bits_at(bits: int, place: int) -> int:
    """32 bits from a place on. RFC 6052 leaves the eight from bit 64 on out."""
    if place < 64 < place + 32 or place == 64:
        before = max(0, 64 - place)
        front = bits >> 64 & (1 << before) - 1
        after = 32 - before
        return front << after | bits >> (128 - 72 - after) & (1 << after) - 1
    return bits >> (128 - place - 32) & 0xFFFFFFFF
