"""Functions that move elements."""

import numpy as np

from chainjax.utils.type_check import InvalidType

from .spec import Bad, Number, Spec, real, whole


def split_axis(x, indices_or_sections, axis):
    return tuple(np.split(x, indices_or_sections, axis))


def as_strided(x, shape, strides, storage_offset=0):
    x = np.ascontiguousarray(x).ravel()[storage_offset:]
    return np.lib.stride_tricks.as_strided(x, shape, tuple(8 * s for s in strides)).copy()


def scatter_add(a, slices, b):
    y = a.copy()
    np.add.at(y, slices, b)
    return y


def permutate(x, indices, axis=0, inv=False):
    return np.take(x, np.argsort(indices) if inv else indices, axis)


def repeat(x, repeats, axis=None):
    return np.repeat(x, repeats, axis)


def pad(x, pad_width, mode, constant_values=0):
    return np.pad(x, pad_width, mode, constant_values=constant_values)


def pad_sequence(xs, length=None, padding=0):
    length = max(map(len, xs)) if length is None else length
    return np.array([[x[i] if i < len(x) else np.full(x.shape[1:], padding) for i in range(length)] for x in xs])


def transpose_sequence(xs):
    return tuple(np.array([x[i] for x in xs if len(x) > i]) for i in range(len(xs[0])))


def im2col(x, ksize, stride=1, pad=0, cover_all=False, dilate=1):
    """Pixel by pixel."""
    (kh, kw), (n, c, h, w) = (ksize if isinstance(ksize, tuple) else (ksize, ksize)), x.shape
    out_h, out_w = (((i + 2 * pad - (k - 1) * dilate - 1) + (stride - 1 if cover_all else 0)) // stride + 1 for i, k in ((h, kh), (w, kw)))
    y = np.zeros((n, c, kh, kw, out_h, out_w))
    for i, j, p, q in np.ndindex(kh, kw, out_h, out_w):
        v, u = p * stride + i * dilate - pad, q * stride + j * dilate - pad
        if 0 <= v < h and 0 <= u < w:
            y[:, :, i, j, p, q] = x[:, :, v, u]
    return y.reshape(n, c * kh * kw, out_h, out_w)


def space2depth(X, r):
    return np.concatenate([X[:, :, i::r, j::r] for i in range(r) for j in range(r)], axis=1)


def resize_images(x, output_shape, mode="bilinear", align_corners=True):
    """Each axis by a matrix."""
    for axis, out in zip((2, 3), output_shape, strict=True):
        size = x.shape[axis]
        if mode == "nearest":
            matrix = np.eye(size)[np.arange(out) * size // out]
        else:
            places = np.linspace(0, size - 1, out) if align_corners else (np.arange(out) + 0.5) * size / out - 0.5
            matrix = np.maximum(0, 1 - abs(np.clip(places, 0, size - 1)[:, None] - np.arange(size)))
        x = np.moveaxis(np.tensordot(x, matrix, (axis, 1)), -1, axis)
    return x


def spatial_transformer_grid(theta, output_shape):
    h, w = output_shape
    y = np.zeros((len(theta), 2, h, w))
    for i, j in np.ndindex(h, w):
        y[:, :, i, j] = theta @ [np.linspace(-1, 1, w)[j], np.linspace(-1, 1, h)[i], 1]
    return y


def spatial_transformer_sampler(x, grid):
    n, c, h, w = x.shape
    y = np.zeros((n, c, *grid.shape[2:]))
    u, v = (grid[:, 0] + 1) * (w - 1) / 2, (grid[:, 1] + 1) * (h - 1) / 2
    for i, j in np.ndindex(h, w):
        near = np.maximum(0, 1 - abs(u - j)) * np.maximum(0, 1 - abs(v - i))
        y += near[:, None] * x[:, :, i, j, None, None]
    return y


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
    Spec(
        "cast",
        lambda x, typ: x,
        [{"x": real(3, 2), "typ": np.float16}],
        result="float16",
        extremes="float16 holds less than float64",
        orders=1,  # the gradient of the result is float16, in which small differences round away
    ),
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
            {"x": real(4, 3), "slices": slice(1, None, 2)},
            {"x": real(4, 3), "slices": (slice(1, None, 2), 1)},
            {"x": real(4, 3), "slices": (..., None, slice(None, None, -1))},
            {"x": real(3, 2), "slices": (np.array([2, 0, 2]), slice(0, 1))},
            {"x": real(3), "slices": np.array([True, False, True])},
            {"x": real(3), "slices": slice(3, 1)},
            {"x": real(3), "slices": []},
            {"x": real(3, 2), "slices": np.array([], bool)},
        ],
        errors=[
            Bad("get_item: expected at most 2 indices for an array of shape (4, 3), got 3", IndexError, slices=(0, 0, 0)),
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
            Bad("squeeze: expected length 1 along axis 1", ValueError, axis=1),
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
    Spec(
        "im2col",
        im2col,
        [
            {"x": real(1, 2, 3, 4), "ksize": 2},
            {"x": real(1, 1, 3, 4), "ksize": (2, 1), "stride": 2, "pad": 1, "cover_all": True},
            {"x": real(1, 1, 4, 4), "ksize": 2, "dilate": 2},
        ],
        errors=[
            Bad("im2col: expected x with 4 axes", InvalidType, x=np.zeros((2, 2), "f")),
            Bad("im2col: expected x to be floating point", InvalidType, x=np.zeros((1, 2, 3, 4), "i")),
        ],
        extremes="the gradient sums, and the sum of the largest numbers overflows",
    ),
    Spec(
        "moveaxis",
        np.moveaxis,
        [{"x": real(1, 2, 3), "source": 0, "destination": -1}, {"x": real(1, 2, 3), "source": (0, -1), "destination": (1, 0)}],
        errors=[
            Bad("moveaxis: expected axis between -3 and 2", InvalidType, source=3),
            Bad("moveaxis: expected source to be an int or a tuple of ints", TypeError, source=1.0),
            Bad("moveaxis: expected as many places as axes", ValueError, source=(0, 1)),
            Bad("duplicate value in axis", ValueError, source=(0, 0), destination=(1, 2)),
        ],
    ),
    Spec(
        "pad",
        pad,
        [
            {"x": real(3, 2), "pad_width": ((1, 2), (0, 1)), "mode": "constant"},
            {"x": real(2), "pad_width": (1, 2), "mode": "constant", "constant_values": 3},
            {"x": real(), "pad_width": 1, "mode": "constant"},
        ],
        errors=[Bad("pad: expected x to be floating point", InvalidType, x=np.int32([[1]]))],
    ),
    Spec(
        "pad_sequence",
        pad_sequence,
        [
            {"xs": [real(3, 2), real(1, 2), real(0, 2)], "padding": Number(-2, 2)},
            {"xs": (real(1), real(2)), "length": 3},
        ],
        errors=[
            Bad("pad_sequence: expected at least one array", InvalidType, xs=[]),
            Bad("pad_sequence: expected arrays of length 2 at most", InvalidType, length=2),
            Bad("pad_sequence: expected arrays of one dtype", InvalidType, xs=[np.zeros((1, 2), "f"), np.zeros((1, 1), "f")]),
        ],
    ),
    Spec(
        "permutate",
        permutate,
        [
            {"x": real(3, 2), "indices": np.int32([2, 0, 1])},
            {"x": real(2, 3), "indices": np.int32([2, 0, 1]), "axis": -1, "inv": True},
        ],
        oracle={1: "Chainer takes axis -1 for 0 where there are several axes"},
        errors=[
            Bad("permutate: expected indices of one axis of integers", ValueError, indices=np.float32([0, 1, 2])),
            Bad("permutate: expected indices at least 0 and below 3, got 3", ValueError, indices=np.int32([0, 1, 3])),
            Bad("permutate: expected each index once", ValueError, indices=np.int32([0, 1, 1])),
            Bad("permutate: expected axis between -2 and 1", InvalidType, axis=2),
        ],
    ),
    Spec(
        "repeat",
        repeat,
        [
            {"x": real(3, 2), "repeats": 2, "axis": 0},
            {"x": real(3, 2), "repeats": (0, 2, 1), "axis": -2},
            {"x": real(2), "repeats": (3,)},
            {"x": real(2), "repeats": 0},
        ],
        extremes="the gradient sums, and the sum of the largest numbers overflows",
        errors=[
            Bad("repeat: expected repeats to be an int or a tuple of ints", TypeError, repeats=1.5),
            Bad("repeat: expected repeats of 0 or more", ValueError, repeats=-1),
            Bad("repeat: expected axis to be an int or None", TypeError, axis=True),
            Bad("repeat: expected 1 or 3 repeats, got 2", ValueError, repeats=(1, 2)),
        ],
    ),
    Spec(
        "resize_images",
        resize_images,
        [
            {"x": real(1, 2, 3, 4), "output_shape": (5, 2)},
            {"x": real(1, 1, 3, 2), "output_shape": (2, 5), "align_corners": False},
            {"x": real(1, 1, 3, 2), "output_shape": (2, 5), "mode": "nearest"},
        ],
        dtypes=("float32",),
        orders=0,  # float32 alone: differences say nothing; the gradient of gradients is that of a linear map
        extremes="weights and sums of the largest numbers overflow",
        errors=[
            Bad("resize_images: expected x to be float32", InvalidType, x=np.zeros((1, 1, 2, 2))),
            Bad("resize_images: expected x with 4 axes", InvalidType, x=np.zeros((2, 2), "f")),
            Bad("resize_images: expected mode 'bilinear' or 'nearest'", ValueError, mode="cubic"),
        ],
    ),
    Spec(
        "rollaxis",
        np.rollaxis,
        [{"x": real(1, 2, 3), "axis": 2}, {"x": real(1, 2, 3), "axis": -3, "start": 3}],
        errors=[
            Bad("rollaxis: expected axis between -3 and 2", InvalidType, axis=3),
            Bad("rollaxis: expected start between -3 and 3", InvalidType, start=4),
            Bad("rollaxis: expected axis to be int", TypeError, axis="a"),
        ],
    ),
    Spec(
        "scatter_add",
        scatter_add,
        [
            {"a": real(3, 2), "slices": np.array([2, 0, 2]), "b": real(3, 2)},
            {"a": real(4, 3), "slices": (slice(1, None, 2), 1), "b": real(2)},
            {"a": real(3), "slices": np.array([True, False, True]), "b": real(2)},
        ],
        extremes="the sum of the largest numbers overflows",
        errors=[
            Bad("scatter_add: expected b of shape (2,), got (3, 2)", ValueError, slices=1),
            Bad("scatter_add: index 3 is out of range for axis 0", IndexError, slices=3),
            Bad("scatter_add: expected at most 2 indices", InvalidType, slices=(0, 0, 0)),
            Bad("scatter_add: expected a and b of one dtype", InvalidType, b=np.zeros((3, 2))),
        ],
    ),
    Spec(
        "select_item",
        lambda x, t: x[np.arange(len(t)), t],
        [{"x": real(3, 2), "t": whole(3)}, {"x": real(0, 2), "t": whole(0)}],
        errors=[
            Bad("select_item: expected t at least 0 and below 2, got 2", ValueError, t=np.int32([0, 1, 2])),
            Bad("select_item: expected t at least 0 and below 2, got -1", IndexError, t=np.int32([0, 1, -1])),
            Bad("select_item: expected x (n, m) and t (n,)", InvalidType, t=np.int32([0])),
            Bad("select_item: expected t to be integer", InvalidType, t=np.zeros(3, "f")),
        ],
    ),
    Spec(
        "separate",
        lambda x, axis=0: tuple(np.moveaxis(x, axis, 0)),
        [{"x": real(3, 2), "axis": 1}, {"x": real(2)}, {"x": real(2, 1, 3), "axis": -1}],
        errors=[Bad("separate: expected axis between -2 and 1", InvalidType, axis=2)],
    ),
    Spec(
        "space2depth",
        space2depth,
        [{"X": real(1, 2, 2, 4), "r": 2}, {"X": real(1, 1, 3, 3), "r": 3}],
        errors=[
            Bad("space2depth: expected height and width that 3 divides", InvalidType, r=3),
            Bad("space2depth: expected X with 4 axes", InvalidType, X=np.zeros((2, 2), "f")),
        ],
    ),
    Spec(
        "spatial_transformer_grid",
        spatial_transformer_grid,
        [{"theta": real(2, 2, 3), "output_shape": (2, 3)}],
        extremes="sums of the largest numbers overflow",
        errors=[Bad("spatial_transformer_grid: expected theta (n, 2, 3)", InvalidType, theta=np.zeros((1, 3, 2), "f"))],
    ),
    Spec(
        "spatial_transformer_sampler",
        spatial_transformer_sampler,
        [
            # Between four pixels: on a pixel the slope jumps.
            {"x": real(1, 2, 2, 2), "grid": real(1, 2, 2, 1, low=-0.875, high=0.875)},
            {"x": real(1, 1, 2, 2), "grid": real(1, 2, 1, 2, low=1.25, high=2.75)},
        ],
        extremes="products and sums of the largest numbers overflow",
        errors=[
            Bad("spatial_transformer_sampler: expected x (n, c, h, w)", InvalidType, grid=np.zeros((1, 3, 1, 1), "f")),
            Bad("spatial_transformer_sampler: expected x and grid of one dtype", InvalidType, grid=np.zeros((1, 2, 1, 1))),
        ],
    ),
    Spec(
        "swapaxes",
        np.swapaxes,
        [{"x": real(1, 2, 3), "axis1": 0, "axis2": -1}],
        errors=[Bad("swapaxes: expected axis between -3 and 2", InvalidType, axis2=3)],
    ),
    Spec(
        "tile",
        np.tile,
        [{"x": real(3, 2), "reps": 2}, {"x": real(2), "reps": (2, 0)}, {"x": real(2), "reps": (2, 1, 3)}, {"x": real(), "reps": 2}],
        extremes="the gradient sums, and the sum of the largest numbers overflows",
        errors=[
            Bad("tile: expected reps to be an int or a tuple of ints", TypeError, reps=1.5),
            Bad("tile: expected reps of 0 or more", ValueError, reps=-1),
        ],
    ),
    Spec(
        "transpose_sequence",
        transpose_sequence,
        [{"xs": [real(3, 2), real(1, 2), real(1, 2)]}, {"xs": (real(2), real(2))}],
        errors=[
            Bad("transpose_sequence: expected arrays that never grow longer", InvalidType, xs=[np.float32([1]), np.float32([1, 2])]),
            Bad("transpose_sequence: expected equal shapes", InvalidType, xs=[np.zeros((1, 2), "f"), np.zeros((1, 1), "f")]),
        ],
    ),
    Spec(
        "vstack",
        np.vstack,
        [{"xs": [real(1, 3), real(2, 3)]}, {"xs": (real(2), real(2))}, {"xs": [real(), real()]}],
        errors=_bad_stacks("vstack", "equal shapes but along axis 0", [np.float32([[1, 2]]), np.float32([[1]])]),
    ),
    Spec(
        "where",
        lambda condition, x, y: np.where(condition, x, y),
        [
            {"condition": np.array([[True, False]] * 3), "x": real(3, 2), "y": real(3, 2)},
            {"condition": np.array([True, False]), "x": real(3, 1), "y": real()},
        ],
        errors=[
            Bad("where: expected condition to be boolean", InvalidType, condition=np.int32([1, 0])),
            Bad("where: expected x and y of one dtype", InvalidType, y=np.zeros((3, 2))),
            Bad("where: expected condition and x and y that broadcast together", InvalidType, y=np.zeros(3, "f")),
        ],
    ),
]
