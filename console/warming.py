"""What the screens are made of, loaded while nobody waits for it: with pandas and the engine it takes most of a second.

Whoever opened Launch first after a start would wait for it. It is loaded beside what is served, in a thread that a stop
need not wait for; a screen that is opened meanwhile goes on loading what is left.
"""

from __future__ import annotations

import logging
import threading
from importlib import import_module
from importlib.util import find_spec

from console.screens import NAVIGATION
from etl_batch import aside

LOGGER = logging.getLogger(__name__)
_LIBRARIES = ("pyarrow.pandas_compat",)
"""What a table takes when it is first drawn."""
_LOADERS = ("etl_batch.ui.shared.markup", "etl_batch.ui.shared.figures")
"""What prepares itself: templates and charts."""
_ASKED = ("preview", "detected")
"""Questions of Launch, whose answers have types that take a while to be understood."""


def warm_up() -> threading.Thread:
    """Begin to load what the screens take, the first one of a visit first."""
    thread = threading.Thread(target=_load, name="warming", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    try:
        for name in views():
            import_module(name)
        for name in _LIBRARIES:
            import_module(name)
        for name in _LOADERS:
            import_module(name).load()
        previews = import_module("etl_batch.previews")
        for question in _ASKED:
            aside.result_type(getattr(previews, question))
    except ImportError as error:  # a screen that cannot be loaded says so itself when it is opened
        LOGGER.warning("%s", error)


def views() -> list[str]:
    """The modules of the screens, in the order of the navigation."""
    names = [f"{folder}.{page.name}.view" for page in NAVIGATION for folder in ("etl_batch.ui", "console.views")]
    return [name for name in names if find_spec(name.rpartition(".")[0]) is not None]
