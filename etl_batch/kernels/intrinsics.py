"""The functions of `bits` as instructions of LLVM, which knows how every processor does them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from etl_batch.kernels import bits

_BYTE, _WORD = ir.IntType(8), ir.IntType(64)
_BLOCK = ir.VectorType(_BYTE, 64)
_LANES = bits.LANES
_REALS = ir.VectorType(ir.DoubleType(), _LANES)


def _address(context: Any, builder: Any, array_type: Any, array: Any, at: Any, kind: Any) -> Any:
    """Pointer to an element of a byte array as another type."""
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [at]), kind.as_pointer())


def _load(context: Any, builder: Any, array_type: Any, array: Any, at: Any, kind: Any) -> Any:
    value = builder.load(_address(context, builder, array_type, array, at, kind))
    value.align = 1
    return value


def _block_mask(context: Any, builder: Any, signature: Any, arguments: Any, compare: Callable[[Any], Any]) -> Any:
    block = _load(context, builder, signature.args[0], arguments[0], arguments[1], _BLOCK)
    return builder.bitcast(compare(block), _WORD)


@intrinsic
def _equal_mask(typing: Any, data: Any, at: Any, byte: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wanted = builder.trunc(arguments[2], _BYTE)
        undefined = ir.Constant(_BLOCK, ir.Undefined)
        first = builder.insert_element(undefined, wanted, ir.Constant(ir.IntType(32), 0))
        everywhere = builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64))
        return _block_mask(
            context, builder, signature, arguments, lambda block: builder.icmp_unsigned("==", block, everywhere)
        )

    return types.uint64(data, types.int64, types.int64), code


@intrinsic
def _high_mask(typing: Any, data: Any, at: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zero = ir.Constant(_BLOCK, [0] * 64)
        return _block_mask(context, builder, signature, arguments, lambda block: builder.icmp_signed("<", block, zero))

    return types.uint64(data, types.int64), code


@intrinsic
def _digit_mask(typing: Any, data: Any, at: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        zeros, ten = ir.Constant(_BLOCK, [ord("0")] * 64), ir.Constant(_BLOCK, [10] * 64)
        return _block_mask(
            context,
            builder,
            signature,
            arguments,
            lambda block: builder.icmp_unsigned("<", builder.sub(block, zeros), ten),
        )

    return types.uint64(data, types.int64), code


@intrinsic
def _load_word(typing: Any, data: Any, at: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(context, builder, signature.args[0], arguments[0], arguments[1], _WORD)

    return types.uint64(data, types.int64), code


def _copy(size: int, swapped: bool = False) -> Any:
    """The instruction that copies so many bytes, the last first where they are `swapped`."""
    stretch = ir.IntType(8 * size) if swapped else ir.VectorType(_BYTE, size)

    @intrinsic
    def copy(typing: Any, out: Any, to: Any, data: Any, at: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            copied = _load(context, builder, signature.args[2], arguments[2], arguments[3], stretch)
            if swapped:
                copied = builder.bswap(copied)
            target = _address(context, builder, signature.args[0], arguments[0], arguments[1], stretch)
            builder.store(copied, target).align = 1
            return context.get_dummy_value()

        return types.void(out, types.int64, data, types.int64), code

    return copy


def _store(size: int) -> Any:
    """The instruction that stores so many bytes of a word, the lowest first."""
    stretch = ir.IntType(8 * size)

    @intrinsic
    def store(typing: Any, out: Any, to: Any, word: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            value = arguments[2] if size == 8 else builder.trunc(arguments[2], stretch)
            target = _address(context, builder, signature.args[0], arguments[0], arguments[1], stretch)
            builder.store(value, target).align = 1
            return context.get_dummy_value()

        return types.void(out, types.int64, types.uint64), code

    return store


@intrinsic
def _trailing_zeros(typing: Any, word: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.false_bit)

    return types.int64(types.uint64), code


@intrinsic
def _leading_zeros(typing: Any, word: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctlz(arguments[0], cgutils.false_bit)

    return types.int64(types.uint64), code


@intrinsic
def _count_ones(typing: Any, word: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), code


@intrinsic
def _multiply_high(typing: Any, one: Any, other: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), _WORD)

    return types.uint64(types.uint64, types.uint64), code


@intrinsic
def _prefix_xor(typing: Any, word: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        result = arguments[0]
        for step in (1, 2, 4, 8, 16, 32):
            result = builder.xor(result, builder.shl(result, ir.Constant(_WORD, step)))
        return result

    return types.uint64(types.uint64), code


@intrinsic
def _power_sums(typing: Any, order: Any, begin: Any, end: Any, values: Any, anchor: Any) -> Any:
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, data = (context.make_array(signature.args[at])(context, builder, arguments[at]).data for at in (0, 3))
        anchors = _of_lanes(builder, [arguments[4]] * _LANES)
        sums = [cgutils.alloca_once_value(builder, ir.Constant(_REALS, [0.0] * _LANES)) for _ in range(4)]
        step = ir.Constant(_WORD, _LANES)
        with cgutils.for_range_slice(builder, arguments[1], arguments[2], step, _WORD) as (at, _):
            picked = [
                _real_at(builder, rows, data, builder.add(at, ir.Constant(_WORD, lane))) for lane in range(_LANES)
            ]
            distance = builder.fsub(_of_lanes(builder, picked), anchors)
            square = builder.fmul(distance, distance)
            powers = distance, square, builder.fmul(square, distance), builder.fmul(square, square)
            for total, power in zip(sums, powers, strict=True):
                builder.store(builder.fadd(builder.load(total), power), total)
        return context.make_tuple(builder, signature.return_type, [_added_lanes(builder, total) for total in sums])

    return types.UniTuple(types.float64, 4)(order, types.int64, types.int64, values, types.float64), code


def _real_at(builder: Any, rows: Any, data: Any, at: Any) -> Any:
    """The number of the row that stands at a place, as a double."""
    row = builder.zext(builder.load(builder.gep(rows, [at])), _WORD)
    value = builder.load(builder.gep(data, [row]))
    return builder.sitofp(value, ir.DoubleType()) if isinstance(value.type, ir.IntType) else value


def _of_lanes(builder: Any, numbers: list[Any]) -> Any:
    vector = ir.Constant(_REALS, ir.Undefined)
    for lane, number in enumerate(numbers):
        vector = builder.insert_element(vector, number, ir.Constant(_WORD, lane))
    return vector


def _added_lanes(builder: Any, total: Any) -> Any:
    vector = builder.load(total)
    parts = [builder.extract_element(vector, ir.Constant(_WORD, lane)) for lane in range(_LANES)]
    while len(parts) > 1:
        parts = [builder.fadd(one, other) for one, other in zip(parts[::2], parts[1::2], strict=True)]
    return parts[0]


@intrinsic
def array_at(typing: Any, data: Any, extents: Any) -> Any:
    """An array over what stands at an address, of these extents, in C's order; nobody owns it."""
    made = types.Array(data.dtype, len(extents), "C")

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _array_of(context, builder, made, arguments[0], cgutils.unpack_tuple(builder, arguments[1]))

    return made(data, extents), code


def _line_at(element: Any) -> Any:
    """The instruction that makes an array of one dimension of an address that is a number."""
    made = types.Array(element, 1, "C")

    @intrinsic
    def line_at(typing: Any, address: Any, size: Any) -> Any:
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], context.get_data_type(element).as_pointer())
            return _array_of(context, builder, made, pointer, [arguments[1]])

        return made(types.int64, types.int64), code

    return line_at


def _array_of(context: Any, builder: Any, made: Any, pointer: Any, shape: Any) -> Any:
    array = context.make_array(made)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(made.dtype))
    strides = [context.get_constant(types.intp, size)]
    for extent in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], extent))
    data = builder.bitcast(pointer, array.data.type)
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=strides[-1], meminfo=None)
    return array._getvalue()  # noqa: SLF001 - as all of Numba does it


INSTRUCTIONS: dict[Callable[..., Any], Any] = {
    bits.equal_mask: _equal_mask,
    bits.high_mask: _high_mask,
    bits.digit_mask: _digit_mask,
    bits.load_word: _load_word,
    bits.copy_4: _copy(4),
    bits.copy_8: _copy(8),
    bits.copy_16: _copy(16),
    bits.copy_32: _copy(32),
    bits.copy_64: _copy(64),
    bits.copy_swapped_2: _copy(2, swapped=True),
    bits.copy_swapped_4: _copy(4, swapped=True),
    bits.copy_swapped_8: _copy(8, swapped=True),
    bits.store_4: _store(4),
    bits.store_8: _store(8),
    bits.trailing_zeros: _trailing_zeros,
    bits.leading_zeros: _leading_zeros,
    bits.count_ones: _count_ones,
    bits.multiply_high: _multiply_high,
    bits.prefix_xor: _prefix_xor,
    bits.power_sums: _power_sums,
    bits.bytes_at: _line_at(types.uint8),
    bits.ints_at: _line_at(types.int32),
    bits.longs_at: _line_at(types.int64),
}
