"""What was typed and not sent: each user's own in each session, and not for ever."""

from __future__ import annotations

from pathlib import Path

from console import drafts


def test_each_has_its_own(tmp_path: Path) -> None:
    """Another user, session or home has another one; without a session there is none."""
    mine = drafts.of(tmp_path, "ada", "1")
    assert mine is not None
    mine["x"] = 1
    assert drafts.of(tmp_path, "ada", "1") == {"x": 1}
    others = ((tmp_path, "bob", "1"), (tmp_path, "ada", "2"), (tmp_path / "other", "ada", "1"))
    assert [drafts.of(*other) for other in others] == [{}, {}, {}]
    assert drafts.of(tmp_path, "ada", "") is None


def test_the_oldest_goes(tmp_path: Path) -> None:
    """As many are kept as there is room for, those that were asked for last."""
    for number in range(drafts.MOST + 1):
        kept = drafts.of(tmp_path, "ada", str(number))
        assert kept is not None
        kept["x"] = number
        drafts.of(tmp_path, "ada", "0")
    assert drafts.of(tmp_path, "ada", "1") == {}
    assert drafts.of(tmp_path, "ada", "0") == {"x": 0}
