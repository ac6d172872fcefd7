"""Sites: at which addresses passkeys work, and the host name that they belong to there."""

from __future__ import annotations

import pytest

from console.passkeys.sites import Site, local_address, site_at


@pytest.mark.parametrize(
    ("scheme", "host", "rp_id"),
    [
        ("https", "etl.example.org", "etl.example.org"),
        ("https", "ETL.example.org:8443", "etl.example.org"),
        ("http", "localhost:8501", "localhost"),
        ("http", "etl.localhost:8501", "etl.localhost"),
        ("https", "etl", "etl"),
    ],
)
def test_a_host_name_over_https_and_this_machine_by_its_name(scheme, host, rp_id):
    """The origin is as the browser writes it, with the port; the RP ID is the name alone."""
    assert site_at(scheme, host) == Site(f"{scheme}://{host.lower()}", rp_id)


@pytest.mark.parametrize(
    ("scheme", "host"),
    [
        ("http", "etl.example.org"),
        ("http", "127.0.0.1:8501"),
        ("https", "127.0.0.1"),
        ("https", "127.1"),
        ("https", "192.0.2.7:8443"),
        ("https", "[2001:db8::1]:8443"),
        ("https", "[2001:db8::1"),
        ("http", "localhost.example.org"),
        ("http", "notlocalhost"),
        ("https", ""),
        ("", ""),
    ],
)
def test_nowhere_else(scheme, host):
    """No clear text but on this machine, no IP address in whatever form, and nothing where the host is not known."""
    assert site_at(scheme, host) is None


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1:8501", ":8501"), ("127.0.0.1", ""), ("[::1]:80", ":80")])
def test_where_they_work_on_the_machine_itself(host, address):
    """At the same port by another name."""
    assert local_address(host) == f"http://localhost{address}"
