"""Changes to the home's own record layouts: each goes on record before it is made."""

from __future__ import annotations

from pathlib import Path

from console.actions import act
from console.users import User
from etl_batch.layouts import LayoutChange, record_change


def change(home: Path, wanted: LayoutChange, user: User | None) -> None:
    """Save, rename or delete a layout of this home; raises whatever `change_store` raises, and changes nothing then."""
    with act(home, "layout.change", user) as now:
        record_change(home, wanted, now.name)
