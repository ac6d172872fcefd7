"""Around serving: fresh homes and cut-off uploads."""

from __future__ import annotations

from console import server


def test_a_home_is_prepared(tmp_path):
    """The folders stand, data stays, and only what a cut-off upload left goes."""
    (tmp_path / "data").mkdir()
    for name in ("keep.csv", ".upload-1.part", ".upload-1.csv.json"):
        (tmp_path / "data" / name).write_text("x")
    server.prepare_home(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"data", "output", "report"}
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"keep.csv", ".upload-1.csv.json"}
