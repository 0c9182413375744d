"""Functions that move elements."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Spec, real


def split_axis(x, indices_or_sections, axis):
    return tuple(np.split(x, indices_or_sections, axis))


ROWS = [
    Spec(
        "broadcast_to",
        lambda x, shape: np.array(np.broadcast_to(x, shape)),
        [{"x": real(3, 1), "shape": (2, 3, 2)}, {"x": real(), "shape": (2,)}, {"x": real(1), "shape": (0,)}],
        errors=[Bad("broadcast_to: expected a shape that broadcasts to (2,)", InvalidType, shape=(2,))],
        extremes="the gradient sums, and the sum of the largest numbers overflows",
    ),
    Spec("cast", lambda x, typ: x, [{"x": real(3, 2), "typ": np.float32}], result="float32", extremes="float32 holds less than float64"),
    Spec(
        "concat",
        lambda xs, axis=1: np.concatenate(xs, axis),
        [{"xs": [real(2, 1), real(2, 3)]}, {"xs": (real(1), real(0), real(2)), "axis": 0}, {"xs": [real(2, 1, 3)], "axis": -1}],
        errors=[
            Bad("concat: expected equal shapes but along axis 0", InvalidType, axis=0),
            Bad("concat: expected xs[0] and xs[1] of one dtype", InvalidType, xs=[np.float32([[1]]), np.float64([[1]])]),
            Bad("concat: expected axis between -2 and 1", InvalidType, axis=2),
            Bad("concat: expected axis to be int", TypeError, axis=1.0),
            Bad("concat: expected at least one array", InvalidType, xs=[]),
        ],
    ),
    Spec(
        "expand_dims",
        np.expand_dims,
        [{"x": real(3, 2), "axis": 1}, {"x": real(), "axis": 0}, {"x": real(0, 3), "axis": -1}],
        errors=[Bad("expand_dims: expected axis between -3 and 2", InvalidType, axis=3)],
    ),
    Spec(
        "get_item",
        lambda x, slices: x[slices],
        [
            {"x": real(4, 3), "slices": (slice(1, None, 2), 1)},
            {"x": real(4, 3), "slices": (..., None, slice(None, None, -1))},
            {"x": real(3, 2), "slices": (np.array([2, 0, 2]), slice(0, 1))},
            {"x": real(3), "slices": np.array([True, False, True])},
            {"x": real(3), "slices": slice(3, 1)},
        ],
        errors=[
            Bad("get_item: too many indices", IndexError, slices=(0, 0, 0)),
            Bad("get_item: index 4 is out of range for axis 0 of length 4", IndexError, slices=4),
            Bad("get_item: expected at most one Ellipsis", ValueError, slices=(..., ...)),
            Bad("get_item: expected integers, slices", IndexError, slices=np.float32([0])),
            Bad("get_item: expected a mask of shape", IndexError, slices=np.array([True])),
        ],
    ),
    Spec(
        "reshape",
        np.reshape,
        [{"x": real(3, 2), "shape": (2, -1)}, {"x": real(), "shape": (1, 1)}, {"x": real(0, 3), "shape": (3, 0)}],
        errors=[
            Bad("reshape: expected as many elements as shape (4, -1)", InvalidType, shape=(4, -1)),
            Bad("reshape: expected at most one unknown size", ValueError, shape=(-1, -1)),
        ],
    ),
    Spec(
        "split_axis",
        split_axis,
        [
            {"x": real(4, 2), "indices_or_sections": 2, "axis": 0},
            {"x": real(2, 5), "indices_or_sections": [1, 3], "axis": -1},
            {"x": real(3), "indices_or_sections": np.array([0, 3]), "axis": 0},
        ],
        errors=[
            Bad("split_axis: expected a length that 3 divides along axis 0", InvalidType, indices_or_sections=3),
            Bad("split_axis: expected axis between -2 and 1", InvalidType, axis=2),
            Bad("split_axis: expected at least 1 piece", ValueError, indices_or_sections=0),
            Bad("split_axis: expected length 9 or more along axis 0", InvalidType, indices_or_sections=[9]),
            Bad("split_axis: expected an int or a 1-d array of ints", TypeError, indices_or_sections=1.5),
        ],
    ),
    Spec(
        "squeeze",
        lambda x, axis=None: np.squeeze(x, axis),
        [{"x": real(1, 3, 1)}, {"x": real(1, 3, 1), "axis": -1}, {"x": real(1, 0, 1), "axis": (0, 2)}],
        errors=[
            Bad("squeeze: expected length 1 along axis 1", InvalidType, axis=1),
            Bad("squeeze: expected axis between -3 and 2", InvalidType, axis=3),
        ],
    ),
    Spec(
        "stack",
        lambda xs, axis=0: np.stack(xs, axis),
        [{"xs": [real(3, 2), real(3, 2)]}, {"xs": (real(), real()), "axis": -1}, {"xs": [real(0)], "axis": 1}],
        errors=[
            Bad("stack: expected arrays of one shape", InvalidType, xs=[np.float32([1]), np.float32([[1]])]),
            Bad("stack: expected axis between -3 and 2", InvalidType, axis=3),
        ],
    ),
    Spec(
        "transpose",
        lambda x, axes=None: np.transpose(x, axes),
        [{"x": real(3, 2)}, {"x": real(1, 2, 3), "axes": (-1, 0, 1)}, {"x": real(0, 3), "axes": (1, 0)}, {"x": real()}],
        errors=[
            Bad("transpose: expected axes to order 2 axes", InvalidType, axes=(0,)),
            Bad("transpose: expected axis between -2 and 1", InvalidType, axes=(0, 2)),
        ],
    ),
]
