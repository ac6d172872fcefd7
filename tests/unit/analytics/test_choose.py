"""The automatic choice of stratum and measures."""

from __future__ import annotations

import pytest

from etl_batch.analytics.choose import ColumnSummary, choose_measures, choose_stratum

PRODUCT = ColumnSummary("product", "string", 30, 10_000)
COUNTRY = ColumnSummary("country", "dictionary<values=string, indices=int32, ordered=0>", 4, 10_000)
COMMENT = ColumnSummary("comment", "large_string", 10_000, 10_000)
QUANTITY = ColumnSummary("quantity", "int32", 90, 10_000)
PRICE = ColumnSummary("price", "double", 40, 10_000)
AMOUNT = ColumnSummary("amount", "decimal128(12, 2)", 900, 10_000)
ROW = ColumnSummary("row", "int64", 10_000, 10_000, 0, True)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        pytest.param([COUNTRY, PRODUCT, COMMENT, QUANTITY, PRICE], "product", id="text with 10 to 200 values first"),
        pytest.param([COUNTRY, COMMENT, QUANTITY, PRICE], "country", id="text before integers"),
        pytest.param([QUANTITY, PRICE], "quantity", id="integers when there is no text"),
        pytest.param([QUANTITY, COMMENT], None, id="not the only measure"),
        pytest.param([PRICE], None, id="never floating"),
        pytest.param([COMMENT, ROW, PRICE], None, id="never unique"),
        pytest.param([PRODUCT._replace(name="product_id", type="int32"), PRICE], None, id="no integer key"),
        pytest.param([PRODUCT._replace(nulls=6000), PRICE], None, id="mostly null"),
        pytest.param([PRODUCT._replace(distinct=1), PRICE], None, id="a constant"),
        pytest.param([PRODUCT._replace(distinct=1001), PRICE], None, id="too many values"),
        pytest.param([PRODUCT._replace(distinct=30, rows=50), PRICE], None, id="values that do not repeat"),
        pytest.param([PRODUCT, PRODUCT._replace(name="region")], "product", id="the earlier of equals"),
        pytest.param([ColumnSummary("active", "bool", 2, 100), PRICE], "active", id="yes or no"),
        pytest.param([], None, id="no column"),
    ],
)
def test_stratum(columns: list[ColumnSummary], expected: str | None) -> None:
    """The column that suits best, or none; plain tuples do as well, and the sentence says which."""
    name, sentence = choose_stratum([tuple(column) for column in columns])
    assert name == expected
    assert (expected or "--stratum") in sentence


@pytest.mark.parametrize(
    ("columns", "stratum", "expected"),
    [
        pytest.param([PRODUCT, QUANTITY, PRICE, AMOUNT], "product", ("quantity", "price", "amount"), id="numbers"),
        pytest.param([QUANTITY, PRICE], "quantity", ("price",), id="not the stratum"),
        pytest.param([ROW, PRICE], None, ("price",), id="not a running number"),
        pytest.param([ROW._replace(type="decimal128(38, 0)"), PRICE], None, ("price",), id="however long"),
        pytest.param([ROW._replace(type="double"), PRICE], None, ("row", "price"), id="a rising measurement stays"),
        pytest.param(
            [QUANTITY._replace(name=name) for name in ("id", "orderId", "customer_id", "KEY", "paid", "width")],
            None,
            ("paid", "width"),
            id="keys by name",
        ),
        pytest.param(
            [
                ColumnSummary("timestamp", "uint64", 9, 10),
                ColumnSummary("created_at", "int64", 9, 10),
                ColumnSummary("when", "timestamp[ms]", 9, 10),
                ColumnSummary("flag", "bool", 2, 10),
                ColumnSummary("load", "float", 9, 10),
            ],
            None,
            ("load",),
            id="neither times nor flags",
        ),
        pytest.param(
            [PRICE._replace(name=f"m{n}") for n in range(12)],
            None,
            tuple(f"m{n}" for n in range(8)),
            id="eight at most",
        ),
        pytest.param([PRODUCT], "product", (), id="none"),
    ],
)
def test_measures(columns: list[ColumnSummary], stratum: str | None, expected: tuple[str, ...]) -> None:
    """Numeric columns that mean an amount, in file order."""
    names, sentence = choose_measures([tuple(column) for column in columns], stratum)
    assert names == expected
    assert sentence.endswith(".")
