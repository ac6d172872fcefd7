"""A home's own layouts, from the command line to the CSV: used beside the shipped ones, and refused when broken."""

from __future__ import annotations

import json
import struct

import pytest

from etl_batch.errors import LayoutError
from etl_batch.layouts import LayoutChange, change_store, read_catalogue, store_path

STOCK = {
    "fields": [
        {"name": "item", "type": "u16"},
        {"name": "price", "type": "i32", "decimals": 2, "min": 0},
        {"name": "shop", "type": "char", "size": 6},
    ],
    "description": "Stock of a shop.",
}
RECORDS = b"".join(struct.pack("<Hi6s", n, n * 125, b"north" if n % 2 else b"south") for n in range(400))


@pytest.fixture
def stocked(home):
    """The home with a layout of its own and a file of it."""
    change_store(home.path, LayoutChange("stock", json.dumps(STOCK)), lambda: None)
    (home.data / "stock.bin").write_bytes(RECORDS)
    return home


def test_a_run_detects_and_uses_a_layout_of_the_home(stocked):
    """Nothing is named: the run finds the home's layout, writes its columns, and keeps its definition."""
    metadata = stocked.run("-i", stocked.data / "stock.bin")
    assert metadata["inputs"][0]["layout"] == "stock"
    assert stocked.csv().decode().splitlines()[:3] == ["item,price,shop", "0,0.00,south", "1,1.25,north"]
    assert metadata["counts"] == {"records_in": 400, "written": 400, "rejected": 0, "skipped": 0}
    assert metadata["layouts"] == {"stock": STOCK}
    change_store(
        stocked.path,
        LayoutChange("stock", begun_on=read_catalogue(stocked.path).entries["stock"].version),
        lambda: None,
    )
    kept = json.loads((stocked.output / "runs" / metadata["run_id"] / "metadata.json").read_text())
    assert kept["layouts"] == {"stock": STOCK}


def test_the_commands_know_it(stocked):
    """`layouts list`, `show`, `check` and `detect` all speak of the home's layout, and say whose it is."""
    listed = stocked.etl("layouts", "list")
    assert "stock (home): 12 bytes, 3 columns. Stock of a shop." in listed.out
    assert "default: 56 bytes" in listed.out
    assert "npy, fits, las, dbf, idx: as the file's own header says." in listed.out
    assert "npy" not in stocked.etl("layouts", "check").out
    assert stocked.etl("layouts", "list", "--json").json["headers"] == ["npy", "fits", "las", "dbf", "idx"]
    assert "decimal128(38, 2)" in stocked.etl("layouts", "show", "stock").out
    assert stocked.etl("layouts", "check").code == 0
    found = stocked.etl("detect", "--json", stocked.data / "stock.bin").json
    assert found["files"][0]["layout"] == "stock"
    origins = {each["name"]: each["origin"] for each in stocked.etl("layouts", "list", "--json").json["layouts"]}
    assert origins == {
        "default": "shipped",
        "stl": "shipped",
        "utmp": "shipped",
        "example-cobol": "shipped",
        "stock": "home",
    }


def test_a_shipped_name_is_replaced_in_this_home_alone(stocked):
    """The home's `default` is the one that runs of this home use, and the list says that it replaces another."""
    change_store(stocked.path, LayoutChange("default", json.dumps(STOCK)), lambda: None)
    metadata = stocked.run("-i", stocked.data / "stock.bin", "--layout", "default")
    assert metadata["counts"]["written"] == 400
    assert "default (home, instead of the shipped one): 12 bytes" in stocked.etl("layouts", "list").out
    shipped = stocked.etl("layouts", "show", "default", "--home", stocked.path.parent)
    assert "records of 56 bytes" in shipped.out


def test_a_broken_store_refuses_what_it_could_change(stocked):
    """Detection is refused with exit code 2 and the place of the mistake; runs that name a whole layout go on."""
    path = store_path(stocked.path)
    document = json.loads(path.read_text())
    document["layouts"]["bad"] = {"fields": [{"name": "size", "type": "char"}]}
    path.write_text(json.dumps(document))
    refused = stocked.etl("-i", stocked.data / "stock.bin", "-o", stocked.output / "x.csv")
    assert refused.code == LayoutError.exit_code == 2
    for part in (str(path), "layout 'bad'", "field 'size'", "needs a `size`"):
        assert part in refused.err
    assert stocked.run("-i", stocked.data / "stock.bin", "--layout", "stock")["counts"]["written"] == 400
    listed = stocked.etl("layouts", "list")
    assert (listed.code, "stock (home)" in listed.out, "layout 'bad'" in listed.err) == (2, True, True)
    assert "layout 'bad'" in stocked.etl("layouts", "check", "--json").json["problem"]
    path.write_text("{")
    for name in ("auto", "default", "stock"):
        outcome = stocked.etl("-i", stocked.data / "stock.bin", "-o", stocked.output / "x.csv", "--layout", name)
        assert (outcome.code, str(path) in outcome.err) == (2, True)
