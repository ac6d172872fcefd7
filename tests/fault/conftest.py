"""The homes of the integration tests serve the fault tests too."""

from tests.integration.conftest import home, write

__all__ = ["home", "write"]
