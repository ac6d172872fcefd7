"""Known devices: which cookie stands for which name, and what a made-up one is worth."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from console import devices
from console.database import reading
from console.devices import Device

HERE = Device("192.0.2.1", "A browser")


def seen(cookie: str) -> Device:
    """The same browser with a cookie."""
    return Device("192.0.2.1", "A browser", cookie)


def test_a_device_is_known_for_its_name_alone(home, people):
    """Its cookie is nothing to another name, and whatever its case it is the same name."""
    cookie = devices.keep(home, "viewer", HERE)
    assert devices.known(home, seen(cookie), "viewer") == devices.known(home, seen(cookie), "VIEWER") != ""
    assert devices.known(home, seen(cookie), "operator") == ""
    assert devices.key_file(home).stat().st_mode & 0o777 == 0o600


def test_several_names_share_a_browser(home, people):
    """Each sign-in keeps the others' parts and its own number; a sixth name pushes the oldest out."""
    cookie = ""
    for name in ("viewer", "operator", "super_admin", "viewer"):
        cookie = devices.keep(home, name, seen(cookie))
    assert all(devices.known(home, seen(cookie), name) for name in ("viewer", "operator", "super_admin"))
    assert cookie.count(".") == 2
    with reading(home) as connection:
        assert connection.execute("SELECT count(*) FROM devices").fetchone()[0] == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda cookie: cookie[:-1] + ("0" if cookie[-1] != "0" else "1"),
        lambda cookie: "0" + cookie[1:] if cookie[0] != "0" else "1" + cookie[1:],
        lambda cookie: cookie.partition("-")[0],
        lambda cookie: cookie.partition("-")[0] + "-",
        lambda cookie: "-" + cookie.partition("-")[2],
        lambda _cookie: "." * 10_000,
        lambda _cookie: "ü-ü",
        lambda _cookie: "",
    ],
)
def test_a_made_up_cookie_is_none(home, people, change):
    """Neither a changed number nor a changed seal stands for a device."""
    cookie = devices.keep(home, "viewer", HERE)
    assert devices.known(home, seen(change(cookie)), "viewer") == ""


def test_another_key_knows_nobody(home, people):
    """Without the key, or with one that was cut off, cookies are worth nothing; a new one is made."""
    cookie = devices.keep(home, "viewer", HERE)
    for left in (None, b"", b"short"):
        devices.key_file(home).unlink()
        if left is not None:
            devices.key_file(home).write_bytes(left)
        assert devices.known(home, seen(cookie), "viewer") == ""
        cookie = devices.keep(home, "viewer", seen(cookie))
        assert devices.known(home, seen(cookie), "viewer") != ""


def test_only_so_many_are_kept(home, people):
    """Whoever knows a password and signs in over and over is left with the newest few."""
    cookies = [devices.keep(home, "viewer", HERE, float(moment)) for moment in range(devices.MOST_DEVICES + 5)]
    good = [bool(devices.known(home, seen(cookie), "viewer")) for cookie in cookies]
    assert good == [False] * 5 + [True] * devices.MOST_DEVICES


def test_the_first_cookies_have_one_key(home, people):
    """When many sign in at the same moment for the first time, nobody's cookie is lost."""
    with ThreadPoolExecutor(8) as pool:
        cookies = list(pool.map(lambda _: devices.keep(home, "viewer", HERE), range(16)))
    assert all(devices.known(home, seen(cookie), "viewer") for cookie in cookies)
    assert [path.name for path in (home / ".secrets").glob("*device*")] == ["device.key"]
