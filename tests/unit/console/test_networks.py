"""Addresses as guesses are counted by: one person's, and the networks around it."""

from __future__ import annotations

import pytest

from console import networks


@pytest.mark.parametrize(
    ("address", "unit", "around"),
    [
        ("192.0.2.77", "192.0.2.77/32", ("192.0.2.0/24",)),
        ("::ffff:192.0.2.77", "192.0.2.77/32", ("192.0.2.0/24",)),
        ("::FFFF:C000:024D", "192.0.2.77/32", ("192.0.2.0/24",)),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", ("2001:db8:1::/56", "2001:db8:1::/48")),
        ("2001:0DB8:0001:0002::1", "2001:db8:1:2::/64", ("2001:db8:1::/56", "2001:db8:1::/48")),
        ("fe80::1%eth0", "fe80::/64", ("fe80::/56", "fe80::/48")),
        ("unknown", "unknown", ()),
        ("", "", ()),
        ("300.1.2.3", "300.1.2.3", ()),
    ],
)
def test_who_is_counted_together(address, unit, around):
    """However an address is written, its owner is the same; what is no address stands for itself."""
    assert networks.unit(address) == unit
    assert networks.networks(unit) == around
