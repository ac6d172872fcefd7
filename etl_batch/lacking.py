"""What a Python without the libraries says, such as the machine's own beside `.venv`. It needs none of them."""

from __future__ import annotations

import sys
from typing import NoReturn

SENTENCE = (
    "etl: {python} has no library {name!r}. Run `make install` once, then use .venv/bin/python in its place "
    "(`. .venv/bin/activate` makes it `python`)."
)
USAGE = 2


def end(error: ModuleNotFoundError) -> NoReturn:
    """End the process in a sentence, with the exit code of a wrong command."""
    print(SENTENCE.format(python=sys.executable, name=error.name), file=sys.stderr)
    sys.exit(USAGE)
