"""The homes and users of the console's unit tests serve its processes too."""

from tests.unit.console.conftest import _cheap_hashes, home, people

__all__ = ["_cheap_hashes", "home", "people"]
