"""What keeps a thread of the console from its work, such as a full disk: it tries again, and says why once."""

from __future__ import annotations

import logging

from etl_batch.errors import EtlError


class Standstill:
    """The trouble of one thread, told when it begins and when it becomes another."""

    def __init__(self, logger: logging.Logger, words: str) -> None:
        self.logger, self.words = logger, words
        self._told = ""

    def tell(self, error: Exception) -> None:
        """The work has failed: a sentence for what a person can mend, and for a bug where it comes from."""
        if str(error) != self._told:
            if isinstance(error, EtlError):
                self.logger.error("%s %s", self.words, error.message)
            else:
                self.logger.error("%s", self.words, exc_info=error)
        self._told = str(error)

    def over(self) -> None:
        """The work is done again."""
        self._told = ""
