"""Where calls may go: every spelling of a forbidden address, and names that lead there, before or after a check."""

from __future__ import annotations

import ipaddress
import socket
import sys

import pytest

from console.alerts.channels import Webhook
from console.outgoing import addresses
from console.outgoing.addresses import ForbiddenAddress, check_address, connect
from tests.receivers import web_server
from tests.unit.console.alerts.test_senders import attempt

METADATA = ipaddress.ip_address("169.254.169.254")


def carried(prefix: str, place: int, v4: str = "169.254.169.254", rest: int = 0) -> str:
    """An IPv6 address that carries an IPv4 one from a bit on, as RFC 6052 does: without the eight from bit 64 on."""
    bits = int(ipaddress.ip_address(prefix)) | rest
    for index in range(32):
        at = place + index + (8 if place + index >= 64 and place < 96 else 0)
        bits |= (int(ipaddress.ip_address(v4)) >> (31 - index) & 1) << (127 - at)
    return str(ipaddress.IPv6Address(bits))


FORBIDDEN = [
    "169.254.169.254", "169.254.0.1", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "0.0.0.0",
    "0.1.2.3", "224.0.0.1", "255.255.255.255", "240.0.0.1", "fe80::1%eth0", "febf::1", "fec0::1", "fd00:ec2::254",
    "fd20:ce::254", "ff02::1", "::", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:224.0.0.1",
    "::169.254.169.254", "::ffff:0:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b::100.100.100.200",
    carried("64:ff9b:1::", 96), carried("64:ff9b:1:7::", 96), carried("64:ff9b:1::", 64), carried("64:ff9b:1::", 56),
    carried("64:ff9b:1::", 48), carried("64:ff9b:1::", 48, rest=0x08080808), "2002:a9fe:a9fe::1", "2002:a9fe:a9fe:5::7",
    "2001:0:a9fe:a9fe::", "2001:0:808:808::5601:5601", "fd12::5efe:169.254.169.254", "2001:db8::200:5efe:a9fe:a9fe",
]  # fmt: skip
ALLOWED = [
    "127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "::1", "93.184.215.14", "::ffff:10.1.2.3", "::ffff:127.0.0.1",
    "64:ff9b::808:808", "64:ff9b:1::808:808", carried("64:ff9b:1::", 48, "8.8.8.8"), "2002:808:808::1", "fd12::1",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2001:4860:4860::8888",
]  # fmt: skip


@pytest.mark.parametrize("address", FORBIDDEN)
def test_hidden_places_are_refused(address):
    """Link-local and metadata addresses, and all that carry one, are no receivers."""
    with pytest.raises(ForbiddenAddress, match="nothing is ever sent there"):
        check_address(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_receivers_are_allowed(address):
    """Teams run them in private networks, and behind NAT64."""
    assert check_address(address) is None


@pytest.fixture
def connections(monkeypatch):
    """The places that a socket was told to connect to, as the interpreter itself notes them."""
    seen: list[object] = []
    listening = [True]

    def hook(event, arguments):
        if listening and event == "socket.connect":
            seen.append(arguments[1])

    sys.addaudithook(hook)  # there is no taking it away: it is told to rest
    yield seen
    listening.clear()


SPELLINGS = ["2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe", "169.254.43518", "169.16689662",
             "169.254.169.254", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::169.254.169.254]",
             "[2002:a9fe:a9fe::1]", "[fe80::1]", "0", "0x0", "[::]"]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_gets_a_connection(connections, host):
    """However the host is written, nothing is sent there: not even the beginning of a connection."""
    outcome = attempt(Webhook(f"http://{host}/latest/meta-data/"))
    assert "nothing is ever sent there" in outcome.words
    assert connections == []


def resolving(monkeypatch, *answers):
    """Let the resolver give these addresses, one answer after the other; returns the questions."""
    asked = []

    def getaddrinfo(host, port, *_more, **_named):
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_name_that_leads_there_is_refused(monkeypatch, connections):
    """What a name stands for is judged, not the name."""
    resolving(monkeypatch, ["169.254.169.254"])
    assert "nothing is ever sent there" in attempt(Webhook("http://metadata.example.org/")).words
    assert connections == []


def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch, connections):
    """The name is asked for once, and the address that was judged is the one connected to."""
    with web_server() as hook:
        port = int(hook.url.rsplit(":", 1)[1].split("/")[0])
        asked = resolving(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
        assert attempt(Webhook(f"http://rebound.example.org:{port}/hook")).accepted
    assert asked == ["rebound.example.org"]
    assert connections == [("127.0.0.1", port)]


def test_a_mixed_answer_leads_to_what_is_allowed_only(monkeypatch, connections):
    """Of several addresses the forbidden ones are passed over, wherever they stand, also when no other one answers."""
    with web_server() as hook:
        port = int(hook.url.rsplit(":", 1)[1].split("/")[0])
        resolving(monkeypatch, ["169.254.169.254", "127.0.0.1", "169.254.169.253"])
        connect("mixed.example.org", port, 5.0).close()
    with pytest.raises(ConnectionRefusedError):
        connect("mixed.example.org", port, 5.0)
    assert connections == [("127.0.0.1", port)] * 2


def test_a_mail_server_is_judged_the_same_way(connections):
    """SMTP goes through the same door."""
    from console.alerts.channels import Mail, Security

    mail = Mail(
        host="0251.0376.0251.0376", security=Security.PLAIN, sender="a@example.org", recipients=("b@example.org",)
    )
    assert "nothing is ever sent there" in attempt(mail).words
    assert connections == []


def test_a_redirect_to_a_forbidden_address_is_not_followed(connections):
    """The answer's address is never asked for."""
    with web_server(answers=[307], location="http://169.254.169.254/latest/") as hook:
        outcome = attempt(Webhook(hook.url))
    assert "which is not followed" in outcome.words
    assert len(connections) == 1


def test_the_seconds_are_for_all_addresses_together(monkeypatch):
    """A name with many addresses that do not answer takes no longer than one."""
    given = []
    resolving(monkeypatch, [f"127.0.0.{number}" for number in range(1, 9)])
    moments = iter(range(0, 100, 4))
    monkeypatch.setattr(addresses.time, "monotonic", lambda: float(next(moments)))

    class Deaf(socket.socket):
        def settimeout(self, seconds):
            given.append(seconds)

        def connect(self, _place):
            raise TimeoutError

    monkeypatch.setattr(addresses.socket, "socket", Deaf)
    with pytest.raises(TimeoutError):
        connect("deaf.example.org", 9, 10.0)
    assert given == [6.0, 2.0, *[addresses._LEAST_SECONDS] * 6]
