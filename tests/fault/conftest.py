"""The homes of the integration tests serve the fault tests too."""

from tests.integration.engine.conftest import home, write

__all__ = ["home", "write"]
