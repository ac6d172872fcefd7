"""What may stand in a layout file: its keys and their JSON types, before anything is laid out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Endian = Literal["little", "big"]
Strip = Literal["null", "space", "both", "none"]
Sign = Literal["trailing", "leading", "trailing_separate", "leading_separate", "none"]
Scalar = str | int | float | bool
Whole = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]


class _Strict(BaseModel):
    """Unknown keys are errors, and `"4"` is not the number 4."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NumberAtSpec(_Strict):
    """A number to be read from the file."""

    offset: int
    """Bytes from the start of the file; negative: from its end."""
    type: str
    """An integer type."""


class MagicSpec(_Strict):
    """Bytes by which a file of this layout is known."""

    offset: Whole = 0
    hex: Annotated[str, Field(pattern=r"^\s*([0-9A-Fa-f]{2}\s*)+$")]


class BitsSpec(_Strict):
    """Part of an integer; bit 0 is the lowest."""

    start: Whole
    len: Positive


class LengthWordSpec(_Strict):
    """How long a record or a block is, in the word before it; what is left out is as IBM writes it."""

    size: Annotated[int, Field(ge=1, le=16)] = 4
    offset: Whole = 0
    """Byte of the word at which the length stands; the other bytes are zero."""
    type: Literal["u8", "u16", "u32"] = "u16"
    endian: Endian = "big"
    includes_word: bool = True
    """Whether the length counts the word itself."""


class CountSpec(_Strict):
    """An array of as many elements as an earlier field says (OCCURS DEPENDING ON)."""

    field: str
    max: Positive


class FieldSpec(_Strict):
    """One field, as written."""

    name: str | None = None
    type: str | None = None
    size: Positive | None = None
    offset: Whole | None = None
    endian: Endian | None = None
    count: Positive | CountSpec | None = None
    fields: list[FieldSpec] | None = None
    encoding: str | None = None
    strip: Strip | None = None
    scale: float | None = None
    add: float | None = None
    decimals: Annotated[int, Field(ge=0, le=38)] | None = None
    sign: Sign | None = None
    bits: BitsSpec | None = None
    unit: Literal["D", "s", "ms", "us", "ns"] | None = None
    epoch: str | None = None
    enum: dict[str, str] | list[str] | None = None
    null_values: list[Scalar] | None = None
    min: str | int | float | None = None
    max: str | int | float | None = None
    pattern: str | None = None
    const: Scalar | None = None
    on_error: Literal["dead_letter", "null", "fail"] = "dead_letter"
    skip: bool = False
    description: str = ""


class VariantSpec(_Strict):
    """The fields of one record type, after the fields that all types share."""

    fields: list[FieldSpec]
    description: str = ""


class DiscriminatorSpec(_Strict):
    """Which shared field names the record's type, and the fields of each type."""

    field: str
    layouts: Annotated[dict[str, VariantSpec], Field(min_length=1)]


class LayoutSpec(_Strict):
    """One layout, as written: `struct` and `names`, or `fields`."""

    struct: str | None = None
    names: list[str] | None = None
    fields: list[FieldSpec] | None = None
    record_size: Positive | None = None
    record_format: Literal["fixed", "rdw", "bdw"] = "fixed"
    length_word: LengthWordSpec | None = None
    block_word: LengthWordSpec | None = None
    endian: Endian = "little"
    encoding: str = "utf-8"
    header_bytes: Whole | NumberAtSpec = 0
    footer_bytes: Whole | NumberAtSpec = 0
    record_count: Whole | NumberAtSpec | None = None
    magic: MagicSpec | None = None
    match: list[str] = []
    trailing_bytes: Literal["dead_letter", "ignore", "error"] = "dead_letter"
    discriminator: DiscriminatorSpec | None = None
    stratum: str | None = None
    measures: list[str] = []
    description: str = ""
