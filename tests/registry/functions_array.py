"""Functions that move elements."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Spec, real


def split_axis(x, indices_or_sections, axis):
    return tuple(np.split(x, indices_or_sections, axis))


def as_strided(x, shape, strides, storage_offset=0):
    x = np.ascontiguousarray(x).ravel()[storage_offset:]
    return np.lib.stride_tricks.as_strided(x, shape, tuple(8 * s for s in strides)).copy()


def _bad_stacks(name, expected, xs):
    return [
        Bad(f"{name}: expected {expected}", InvalidType, xs=xs),
        Bad(f"{name}: expected arrays with as many axes", InvalidType, xs=[np.float32([[1]]), np.float32([1])]),
        Bad(f"{name}: expected xs[0] and xs[1] of one dtype", InvalidType, xs=[np.float32([1]), np.float64([1])]),
        Bad(f"{name}: expected at least one array", InvalidType, xs=[]),
    ]


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
    Spec(
        "as_strided",
        as_strided,
        [
            {"x": real(2, 3), "shape": (2, 4), "strides": (1, 1)},
            {"x": real(3), "shape": (2, 3), "strides": (0, -1), "storage_offset": 2},
            {"x": real(2), "shape": (0, 2), "strides": (1, 1)},
        ],
        oracle={0: "Chainer's function has no second gradient", 2: "Chainer's gradient is of another shape"},
        extremes="the gradient sums, and the sum of the largest numbers overflows",
        errors=[
            Bad("as_strided: expected elements 0 to 5 of the memory", ValueError, shape=(7,), strides=(1,)),
            Bad("as_strided: expected elements 0 to 5 of the memory", ValueError, shape=(2,), strides=(-1,)),
        ],
    ),
    Spec(
        "broadcast",
        lambda *args: tuple(np.array(a) for a in np.broadcast_arrays(*args)),
        [{"*args": [real(3, 1), real(2)]}, {"*args": [real(), real(0, 3), real(1, 1)]}, {"*args": [real(2)]}],
        extremes="the gradient sums, and the sum of the largest numbers overflows",
        errors=[
            Bad(
                "broadcast: expected args[0] and args[1] that broadcast",
                InvalidType,
                **{"*args": [np.float32([1, 2]), np.float32([1, 2, 3])]},
            )
        ],
    ),
    Spec("copy", lambda x, dst: x, [{"x": real(3, 2), "dst": "@numpy"}, {"x": real(), "dst": -1}, {"x": real(0, 3), "dst": "@numpy"}]),
    Spec(
        "depth2space",
        lambda X, r: (
            X.reshape(len(X), r, r, -1, *X.shape[2:]).transpose(0, 3, 4, 1, 5, 2).reshape(len(X), -1, r * X.shape[2], r * X.shape[3])
        ),
        [{"X": real(1, 8, 2, 1), "r": 2}],
        errors=[
            Bad("depth2space: expected X to be floating point", InvalidType, X=np.zeros((1, 4, 1, 1), int)),
            Bad("depth2space: expected X with 4 axes", InvalidType, X=np.float32([1])),
            Bad("depth2space: expected a number of channels that 3 * 3 divides", InvalidType, r=3),
        ],
    ),
    Spec(
        "diagonal",
        np.diagonal,
        [{"x": real(3, 2), "offset": -1}, {"x": real(2, 1, 3), "axis1": -1, "axis2": 0}, {"x": real(0, 3)}],
        errors=[Bad("diagonal: expected axis", InvalidType, axis2=2), Bad("diagonal: expected axis", InvalidType, axis1=-3)],
    ),
    Spec(
        "dstack",
        np.dstack,
        [{"xs": [real(2, 1), real(2, 1)]}, {"xs": [real(2)]}, {"xs": [real(), real()]}, {"xs": (real(2, 1, 3), real(2, 1, 1))}],
        errors=_bad_stacks("dstack", "equal shapes but along axis 2", [np.float32([1, 2]), np.float32([1])]),
    ),
    Spec("flatten", np.ravel, [{"x": real(3, 2)}, {"x": real()}, {"x": real(0, 3)}]),
    Spec(
        "flip",
        np.flip,
        [{"x": real(3, 2), "axis": 1}, {"x": real(2, 1, 3), "axis": -1}, {"x": real(0, 3), "axis": 0}],
        errors=[
            Bad("flip: expected axis between -2 and 1", InvalidType, axis=2),
            Bad("flip: expected x with at least one axis", InvalidType, x=np.float32(1).reshape(())),
            Bad("flip: expected axis to be an int", TypeError, axis=(0, 1)),
        ],
    ),
    Spec(
        "fliplr",
        np.fliplr,
        [{"a": real(3, 2)}, {"a": real(0, 3)}],
        errors=[
            Bad("fliplr: expected a to be floating point", InvalidType, a=np.int32([[1]])),
            Bad("fliplr: expected a with at least two axes", InvalidType, a=np.float32([1])),
        ],
    ),
    Spec(
        "flipud",
        np.flipud,
        [{"a": real(3, 2)}, {"a": real(2)}],
        errors=[
            Bad("flipud: expected a to be floating point", InvalidType, a=np.int32([[1]])),
            Bad("flipud: expected a with at least one axis", InvalidType, a=np.float32(1).reshape(())),
        ],
    ),
    Spec(
        "hstack",
        np.hstack,
        [{"xs": [real(2, 1), real(2, 3)]}, {"xs": (real(1), real(2))}, {"xs": [real(), real()]}],
        errors=_bad_stacks("hstack", "equal shapes but along axis 1", [np.float32([[1], [2]]), np.float32([[1]])]),
    ),
]
