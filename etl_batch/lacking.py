"""What a Python without the libraries says, such as the machine's own beside `.venv`. It needs none of them."""

from __future__ import annotations

import sys
from typing import NoReturn

from etl_batch.defaults import is_installed

SENTENCE = (
    "etl: {python} has no library {name!r}. Run `make install` once, then use .venv/bin/python in its place "
    "(`. .venv/bin/activate` makes it `python`)."
)
INSTALLED = (
    "etl: {python} has no library {name!r}. Install what the requirements.txt of the project lists: "
    "`{python} -m pip install -r requirements.txt`."
)
USAGE = 2


def end(error: ModuleNotFoundError) -> NoReturn:
    """End the process in a sentence, with the exit code of a wrong command."""
    sentence = INSTALLED if is_installed() else SENTENCE
    print(sentence.format(python=sys.executable, name=error.name), file=sys.stderr)
    sys.exit(USAGE)
