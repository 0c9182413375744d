"""Functions that take axes away, or go along one."""

import functools
import numbers

import jax
import jax.numpy as jnp

from ...differentiable import differentiable
from ...variable import as_variable
from .._args import axes_of
from .._check import expect, expect_axis, expect_floating
from .._search import first_at


def _rows_added(axis, keepdims):
    return (0,) if axis is None and not keepdims else ()


@differentiable(node="Sum", path="math.sum", attrs=("axis", "keepdims"), static=("axis", "keepdims"), by_row=_rows_added)
def sum(x, axis=None, keepdims=False):
    """Sum along axes.

    Args:
        x: float array of any shape.
        axis: an int, a tuple of ints, or ``None`` for all. Static.
        keepdims: leave the axes with length 1. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.

    >>> F.sum(np.float32([[1, 2], [3, 4]]), axis=0).array
    array([4., 6.], dtype=float32)
    """
    return jnp.sum(x, _axes("sum", x, axis), keepdims=keepdims)


def _axes(who, x, axis):
    expect_floating(who, x=x)
    if axis is not None:
        axes_of(axis, 1 << 30)  # wrong types and duplicates are told of before what is out of range, as in Chainer
        expect_axis(who, x.ndim, axis)
    return axes_of(axis, x.ndim)


@differentiable(node="Mean", path="math.average", attrs=("axis", "keepdims"), static=("axis", "keepdims"))
def _mean(x, axis=None, keepdims=False):
    return jnp.mean(x, _axes("average", x, axis), keepdims=keepdims)


def average(x, axis=None, weights=None, keepdims=False):
    r"""Mean along axes, weighted or not: :math:`\sum_i w_i x_i / \sum_i w_i`.

    Args:
        x: float array of any shape.
        axis: an int, a tuple of ints, or ``None`` for all. Static.
        weights: array of the length of ``axis``, or of the shape of ``x`` where that is ``None``; ``None`` for equal weights.
        keepdims: leave the axes with length 1. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.
        ValueError: an axis named twice, or several with weights.

    >>> float(F.average(np.float32([1, 2]), weights=np.float32([3, 1])).array)
    1.25
    """
    if weights is None:
        return _mean(x, axis, keepdims)
    axes = axes_of(axis, x.ndim)
    if axis is not None and len(axes) > 1:
        raise ValueError("average: weights go along one axis; give an int, or None for weights of the shape of x")
    return _weighted_mean(x, weights, axis if axis is None else axes[0], keepdims)


@differentiable(node="WeightedMean", path="math.average", retain=(0, 1), static=("axis", "keepdims"))
def _weighted_mean(x, weights, axis=None, keepdims=False):
    expect_floating("average", x=x, weights=weights)
    fits = weights.shape == x.shape if axis is None else weights.shape == x.shape[axis : axis + 1]
    expect(fits, "average", "weights that fit x", x=x, weights=weights)
    total = weights.sum()
    if axis is not None:
        weights = weights.reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    return (x * weights).sum(axis, keepdims=keepdims) / total


def sum_to(x, shape):
    """Sum along the axes that broadcasting to ``x`` from ``shape`` repeated: the opposite of ``broadcast_to``.

    >>> F.sum_to(np.ones((2, 3), "f"), (1, 3)).array
    array([[2., 2., 2.]], dtype=float32)
    """
    return as_variable(x) if x.shape == shape else _sum_to(x, tuple(shape))


@differentiable(node="SumTo", path="math.sum", attrs=("shape",), static=("shape",))
def _sum_to(x, shape):
    extra = x.ndim - len(shape)
    fits = extra >= 0 and all(b in (1, a) for a, b in zip(x.shape[extra:], shape, strict=False))
    expect(fits, "sum_to", f"a shape that {shape} broadcasts to", x=x)
    repeated = tuple(i + extra for i, n in enumerate(shape) if n == 1 and x.shape[i + extra] != 1)
    return jnp.sum(x, tuple(range(extra)) + repeated, keepdims=True).reshape(shape)


@differentiable(node="Prod", path="math.prod", attrs=("axis", "keepdims"), retain=(0,), static=("axis", "keepdims"))
def prod(x, axis=None, keepdims=False):
    """Product along axes.

    Args:
        x: float array of any shape.
        axis: an int, a tuple of ints, or ``None`` for all. Static.
        keepdims: leave the axes with length 1. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.

    >>> F.prod(np.float32([[1, 2], [3, 4]]), axis=0).array
    array([3., 8.], dtype=float32)
    """
    return jnp.prod(x, _axes("prod", x, axis), keepdims=keepdims)


def _selector(reduce, name, node, which):
    @functools.partial(jax.custom_jvp, nondiff_argnums=(1,))
    def select(x, axes):
        return reduce(x, axes, keepdims=True)

    @select.defjvp
    def select_jvp(axes, primals, tangents):
        # All that are equal get the whole gradient, as in Chainer; JAX would divide it among them.
        y = select(primals[0], axes)
        return y, jnp.where(primals[0] == y, tangents[0], 0).sum(axes, keepdims=True)

    def body(x, axis=None, keepdims=False):
        axes = _axes(name, x, axis)
        _some(name, x, axis, axes)
        y = select(x, axes)
        return y if keepdims else y.squeeze(axes)

    body.__name__ = body.__qualname__ = name
    body.__doc__ = f"""The {which} along axes. If several are equal, each gets the whole gradient.

    Args:
        x: float array of any shape.
        axis: an int, a tuple of ints, or ``None`` for all. Static.
        keepdims: leave the axes with length 1. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.
        ValueError: an axis named twice, or of length 0.

    >>> F.{name}(np.float32([[1, 2], [4, 3]]), axis=1).array
    array({"[2., 4.]" if reduce is jnp.max else "[1., 3.]"}, dtype=float32)
    """
    return differentiable(
        node=node, path="math.minmax", attrs=("axis", "keepdims"), retain=(0,), static=("axis", "keepdims")
    )(body)  # fmt: skip


def _some(who, x, axis, axes):
    if 0 in [x.shape[a] for a in axes]:
        raise ValueError(f"{who}: expected numbers to choose from, got shape {x.shape} along axis {axis}")


max = _selector(jnp.max, "max", "Max", "largest")
min = _selector(jnp.min, "min", "Min", "smallest")


def _index(find, name, node, which):
    def body(x, axis=None):
        _one_axis(name, x, axis)
        _some(name, x, axis, axes_of(axis, x.ndim))
        return first_at(find, x, axis)

    body.__name__ = body.__qualname__ = name
    body.__doc__ = f"""Where the {which} is along an axis: the first place if there are several.

    Args:
        x: float array of any shape.
        axis: an int, or ``None`` for a place in the flattened array. Static.

    Returns:
        Variable of int32, without gradient.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.
        TypeError: ``axis`` is no int.
        ValueError: the axis has length 0.

    >>> F.{name}(np.float32([[1, 2], [4, 3]]), axis=1).array
    array({"[1, 0]" if find is jnp.max else "[0, 1]"}, dtype=int32)
    """
    return differentiable(node=node, path="math.minmax", attrs=("axis",), static=("axis",), has_gradient=False)(body)


def _one_axis(who, x, axis):
    if axis is not None and (not isinstance(axis, numbers.Integral) or isinstance(axis, bool)):
        raise TypeError(f"{who}: expected axis to be an int or None, got {axis!r}")
    expect_floating(who, x=x)
    expect_axis(who, x.ndim, axis)


argmax = _index(jnp.max, "argmax", "ArgMax", "largest")
argmin = _index(jnp.min, "argmin", "ArgMin", "smallest")


@differentiable(node="LogSumExp", path="math.logsumexp", attrs=("axis",), retain=(0,), static=("axis",))
def logsumexp(x, axis=None):
    r"""Logarithm of the sum of exponentials along axes: :math:`y = \log \sum_i e^{x_i}`.

    Args:
        x: float array of any shape.
        axis: an int, a tuple of ints, or ``None`` for all. Static.

    Returns:
        Variable of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.

    >>> F.logsumexp(np.float32([[1000, 1000]]), axis=1).array.round(2)
    array([1000.69], dtype=float32)
    """
    return jax.nn.logsumexp(x, _axes("logsumexp", x, axis))


@differentiable(node="Cumsum", path="math.cumsum", attrs=("axis",), static=("axis",))
def cumsum(x, axis=None):
    """Sums up to each place along an axis.

    Args:
        x: float array of any shape.
        axis: an int, or ``None`` to go through the flattened array. Static.

    Returns:
        Variable of the shape and dtype of ``x``, flat for ``None``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.
        TypeError: ``axis`` is no int.

    >>> F.cumsum(np.float32([1, 2, 3])).array
    array([1., 3., 6.], dtype=float32)
    """
    _one_axis("cumsum", x, axis)
    return jnp.cumsum(x, axis)


@differentiable(node="Cumprod", path="math.cumprod", attrs=("axis",), retain=(0,), static=("axis",))
def cumprod(x, axis=None):
    """Products up to each place along an axis.

    Args:
        x: float array of any shape.
        axis: an int, or ``None`` to go through the flattened array. Static.

    Returns:
        Variable of the shape and dtype of ``x``, flat for ``None``.

    Raises:
        InvalidType: ``x`` is not floating point or has no such axis.
        TypeError: ``axis`` is no int.

    >>> F.cumprod(np.float32([1, 2, 3])).array
    array([1., 2., 6.], dtype=float32)
    """
    _one_axis("cumprod", x, axis)
    return jnp.cumprod(x, axis)


@differentiable(node="BatchL2NormSquared", path="math.batch_l2_norm_squared", retain=(0,))
def batch_l2_norm_squared(x):
    r"""Sum of squares of each part of a batch: :math:`y_i = \sum_j x_{ij}^2`.

    Args:
        x: float array ``(n, *s)`` with at least two axes.

    Returns:
        Variable ``(n,)`` of the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point or has too few axes.

    >>> F.batch_l2_norm_squared(np.float32([[1, 2], [3, 4]])).array
    array([ 5., 25.], dtype=float32)
    """
    expect_floating("batch_l2_norm_squared", x=x)
    expect(x.ndim >= 2, "batch_l2_norm_squared", "x with two axes or more", x=x)
    return (x * x).sum(tuple(range(1, x.ndim)))
