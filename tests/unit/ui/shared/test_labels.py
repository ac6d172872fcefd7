"""Flags of the command line named as the fields of the form are."""

from __future__ import annotations

from etl_batch.ui.shared.labels import in_labels


def test_flags_become_labels() -> None:
    """Those of settings, whole words only; what is no setting stays as it is."""
    assert in_labels("3 lines; --skip-lines and --header say otherwise.") == (
        "3 lines; “Lines to pass over” and “Header” say otherwise."
    )
    assert in_labels("--no-such-flag, -w and --header-rows stay") == "--no-such-flag, -w and --header-rows stay"
