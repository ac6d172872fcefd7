"""Addresses as guesses and connections are counted by: what one person has as a rule, and the networks around it."""

from __future__ import annotations

import ipaddress

UNIT_BITS = {4: 32, 6: 64}
"""A subscriber's network of IPv6 has 64 bits of addresses, all of them its owner's."""
NETWORK_BITS = {4: (24,), 6: (56, 48)}
"""What one guesser may well have all of: a subnet of IPv4, a customer's prefixes of IPv6."""


def unit(address: str) -> str:
    """The address itself, or the /64 of IPv6 that it lies in; an IPv4 address in IPv6's clothes is one of IPv4."""
    found = _parsed(address)
    return address if found is None else _network(found, UNIT_BITS[found.version])


def networks(unit: str) -> tuple[str, ...]:
    """The networks around a unit, the narrowest first; none for what is no address."""
    found = _parsed(unit.partition("/")[0])
    return () if found is None else tuple(_network(found, bits) for bits in NETWORK_BITS[found.version])


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _network(address: ipaddress.IPv4Address | ipaddress.IPv6Address, bits: int) -> str:
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))
