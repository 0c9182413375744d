"""Functions that put arrays together and take them apart."""

import operator

import numpy as np

import jax.numpy as jnp

from ... import engine
from ...differentiable import differentiable
from .._check import expect, expect_axis, expect_same_dtype
from ._rows import Rows, rows_moved


def _rows_joined(name, fn, avals, static):
    (axis,) = static
    _expect_alike("concat", [a.spec for a in avals], axis)
    if axis % len(avals[0].shape) == 0:
        return Rows(name, fn, avals, slice(None), [sum(a.shape[0] for a in avals)], single=True)
    return None


@differentiable(node="Concat", integers=True, path="array.concat", attrs=("axis",), static=("axis",), known=_rows_joined)
def concat(xs, axis=1):
    """Arrays one after another along an axis.

    Args:
        xs: a tuple or list of arrays, equal in dtype and in shape but along ``axis``.
        axis: Static.

    Returns:
        Variable of the dtype of the arrays.

    Raises:
        InvalidType: they do not fit together.

    >>> F.concat([np.zeros((2, 1)), np.ones((2, 2))]).array
    array([[0., 1., 1.],
           [0., 1., 1.]])
    """
    _expect_alike("concat", xs, axis)
    return jnp.concatenate(xs, axis)


def _expect_alike(who, xs, axis):
    if not isinstance(axis, int):
        raise TypeError(f"{who}: expected axis to be int, got {axis!r}")
    named = {f"xs[{i}]": x for i, x in enumerate(xs)}
    expect(len(xs) > 0, who, "at least one array", xs=xs)
    expect_same_dtype(who, **named)
    expect(len({x.ndim for x in xs}) == 1, who, "arrays with as many axes", **named)
    expect_axis(who, xs[0].ndim, axis)
    axis %= xs[0].ndim
    expect(len({x.shape[:axis] + x.shape[axis + 1 :] for x in xs}) == 1, who, f"equal shapes but along axis {axis}", **named)


@differentiable(node="Stack", integers=True, path="array.stack", attrs=("axis",), static=("axis",))
def stack(xs, axis=0):
    """The arrays ``xs``, of one shape and dtype, along a new axis at position ``axis`` (static).

    >>> F.stack([np.zeros(2), np.ones(2)], 1).array
    array([[0., 1.],
           [0., 1.]])
    """
    named = {f"xs[{i}]": x for i, x in enumerate(xs)}
    expect(len(xs) > 0, "stack", "at least one array", xs=xs)
    expect_same_dtype("stack", **named)
    expect(len({x.shape for x in xs}) == 1, "stack", "arrays of one shape", **named)
    expect_axis("stack", xs[0].ndim + 1, axis)
    return jnp.stack(xs, axis)


def split_axis(x, indices_or_sections, axis, force_tuple=True):
    """Pieces of an array along an axis.

    Args:
        x: array of any shape and dtype.
        indices_or_sections: into how many equal pieces, or a 1-d array or tuple of the places to cut. Static.
        axis: Static.
        force_tuple: give a tuple also of a single piece.

    Returns:
        A tuple of Variables.

    Raises:
        InvalidType: no such axis, or it has no so many equal pieces.

    >>> [y.shape for y in F.split_axis(np.zeros((2, 5)), [1, 3], axis=1)]
    [(2, 1), (2, 2), (2, 2)]
    """
    if np.ndim(indices_or_sections) > 1 or (
        not np.issubdtype(np.asarray(indices_or_sections).dtype, np.integer) and np.size(indices_or_sections)
    ):
        raise TypeError(f"split_axis: expected an int or a 1-d array of ints, got {indices_or_sections!r}")
    if np.ndim(indices_or_sections):
        places = tuple(int(i) for i in indices_or_sections)
    else:
        places = operator.index(indices_or_sections)
        if places < 1:
            raise ValueError(f"split_axis: expected at least 1 piece, got {places}")
    ys = _split_axis(x, places, operator.index(axis))
    return ys if force_tuple or len(ys) > 1 else ys[0]


def _rows_split(name, fn, avals, static):
    (places, axis), (x,) = static, avals
    if isinstance(places, int) or not x.shape or axis % len(x.shape):
        return None
    cuts = [0, *places, x.shape[0]]
    return Rows(name, fn, avals, slice(None), np.diff(cuts)) if sorted(cuts) == cuts else None


@differentiable(
    node="SplitAxis",
    integers=True,
    path="array.split_axis",
    attrs=("indices_or_sections", "axis"),
    static=("indices_or_sections", "axis"),
    known=_rows_split,
)
def _split_axis(x, indices_or_sections, axis):
    expect_axis("split_axis", x.ndim, axis)
    if isinstance(indices_or_sections, int):
        expect(
            x.shape[axis] % indices_or_sections == 0, "split_axis", f"a length that {indices_or_sections} divides along axis {axis}", x=x
        )
    elif indices_or_sections:
        expect(max(indices_or_sections) <= x.shape[axis], "split_axis", f"length {max(indices_or_sections)} or more along axis {axis}", x=x)
    return tuple(jnp.split(x, indices_or_sections, axis))


@differentiable(node="Separate", integers=True, path="array.separate", attrs=("axis",), static=("axis",))
def separate(x, axis=0):
    """The slices of ``x`` along ``axis`` (static), without it: a tuple of Variables, the opposite of :func:`stack`.

    >>> [y.array.tolist() for y in F.separate(np.float32([[1, 2], [3, 4]]), axis=1)]
    [[1.0, 3.0], [2.0, 4.0]]
    """
    expect_axis("separate", x.ndim, axis)
    return tuple(jnp.unstack(x, axis=axis))


def transpose_sequence(xs):
    """Sequences to times: of sequences, longest first, what is there at each time.

    Args:
        xs: a list of arrays ``(n_i, *s)`` of one dtype; ``n_i`` never grows.

    Returns:
        A tuple of ``n_0`` Variables: the i-th holds the i-th elements of the arrays that have one.

    Raises:
        InvalidType: they do not fit together.

    >>> [y.array.tolist() for y in F.transpose_sequence([np.float32([1, 2]), np.float32([3])])]
    [[1.0, 3.0], [2.0]]
    """
    if not xs:
        return ()
    lengths = [x.shape[0] for x in xs]
    named = {f"xs[{i}]": x for i, x in enumerate(xs)}
    expect(sorted(lengths, reverse=True) == lengths, "transpose_sequence", "arrays that never grow longer", **named)
    starts = np.cumsum([0, *lengths])
    order = [starts[i] + time for time in range(lengths[0]) for i in range(len(xs)) if time < lengths[i]]
    if not order:
        return ()
    order = np.asarray(order, np.int32)
    back = np.empty_like(order)
    back[order] = np.arange(len(order), dtype=np.int32)
    return _transpose_sequence(xs, engine.own(order), engine.own(back))


def _times(xs):
    """How many sequences there are at each time."""
    _expect_alike("transpose_sequence", xs, 0)
    return tuple([sum(time < x.shape[0] for x in xs) for time in range(xs[0].shape[0])])


def _rows_transposed(name, fn, avals, static):
    n = len(avals) - 2
    return Rows(name, fn, avals, slice(n), _times([a.spec for a in avals[:n]]), order=n, back=n + 1)


@differentiable(node="TransposeSequence", integers=True, path="array.transpose_sequence", known=_rows_transposed)
def _transpose_sequence(xs, order=0, back=0):
    return rows_moved(_times(xs), xs, order, back)


@differentiable(node="Vstack", integers=True, path="array.vstack")
def vstack(xs):
    """The arrays ``xs``, of one dtype, one below another: along the first axis, vectors as rows.

    >>> F.vstack([np.float32([1, 2]), np.float32([3, 4])]).array
    array([[1., 2.],
           [3., 4.]], dtype=float32)
    """
    _expect_alike("vstack", [x.reshape(1, -1) if x.ndim < 2 else x for x in xs], 0)
    expect(len({x.ndim for x in xs}) == 1, "vstack", "arrays with as many axes", **{f"xs[{i}]": x for i, x in enumerate(xs)})
    return jnp.vstack(xs)


@differentiable(node="Hstack", integers=True, path="array.hstack")
def hstack(xs):
    """The arrays ``xs``, of one dtype, side by side: along the second axis, vectors and scalars along the first.

    >>> F.hstack([np.float32([1, 2]), np.float32([3])]).array
    array([1., 2., 3.], dtype=float32)
    """
    _expect_stackable("hstack", xs, 1)
    return jnp.hstack(xs)


@differentiable(node="Dstack", integers=True, path="array.dstack")
def dstack(xs):
    """The arrays ``xs``, of one dtype, one behind another: along the third axis, which smaller ones get first.

    >>> F.dstack([np.float32([1, 2]), np.float32([3, 4])]).array
    array([[[1., 3.],
            [2., 4.]]], dtype=float32)
    """
    _expect_stackable("dstack", xs, 2)
    return jnp.dstack(xs)


def _expect_stackable(who, xs, axis):
    """Arrays with as many axes; of one shape but along ``axis``, or along none if they have not so many."""
    named = {f"xs[{i}]": x for i, x in enumerate(xs)}
    expect(len(xs) > 0, who, "at least one array", xs=xs)
    expect_same_dtype(who, **named)
    expect(len({x.ndim for x in xs}) == 1, who, "arrays with as many axes", **named)
    if axis == 1 and xs[0].ndim < 2:
        return  # vectors of any length
    expect(len({x.shape[:axis] + x.shape[axis + 1 :] for x in xs}) == 1, who, f"equal shapes but along axis {axis}", **named)
