"""The homes of the integration tests serve the attacks too."""

from tests.integration.engine.conftest import home, write

__all__ = ["home", "write"]
