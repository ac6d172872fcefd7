"""What Arrow loads when it can and nothing here needs: pandas, and the help of its functions."""

from __future__ import annotations

import sys
from types import ModuleType


class _WithoutPandas:
    """Refuses to import pandas: Arrow takes it, if it can, at the first `pa.array`, half a second for nothing here."""

    @staticmethod
    def find_spec(name: str, *_where: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("the engine works without pandas", name=name)


class _WithoutHelp(ModuleType):
    """Reads no documentation: Arrow makes the help of its functions of it, half of what they take to load."""

    @staticmethod
    def NumpyDocString(_text: str) -> dict[str, list[str]]:  # noqa: N802 - as Arrow calls it
        return {"Parameters": []}


def do_without() -> None:
    """Have this process do without both; before Arrow looks for them."""
    sys.meta_path.insert(0, _WithoutPandas)
    sys.modules.setdefault("pyarrow.vendored.docscrape", _WithoutHelp("docscrape"))
