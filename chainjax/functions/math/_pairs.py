"""Functions of two or three numbers, applied to each pair of elements."""

import math

import numpy as np

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect_alike, expect_broadcastable, expect_floating, expect_same_dtype
from . import _circular


def _floats(who, x1, x2):
    expect_floating(who, x1=x1)
    expect_same_dtype(who, x1=x1, x2=x2)
    expect_broadcastable(who, x1=x1, x2=x2)
    return jnp.broadcast_arrays(x1, x2)


@differentiable(node="Maximum", path="math.maximum", retain=(0, 1))
def maximum(x1, x2):
    r"""The larger of two numbers, elementwise: :math:`y = \max(x_1, x_2)`. Of two equal ones, the gradient goes to the first.

    Args:
        x1: float array.
        x2: array of the same dtype; the shapes broadcast.

    Returns:
        Variable of the common shape.

    Raises:
        InvalidType: dtypes differ, or shapes do not broadcast.

    >>> F.maximum(np.float32([1, 5]), np.float32([3, 2])).array
    array([3., 5.], dtype=float32)
    """
    x1, x2 = _floats("maximum", x1, x2)
    # jnp.maximum would halve the gradient between equals. NaN wins, from either side.
    return jnp.where((x1 >= x2) | jnp.isnan(x1), x1, x2)


@differentiable(node="Minimum", path="math.minimum", retain=(0, 1))
def minimum(x1, x2):
    r"""The smaller of two numbers, elementwise: :math:`y = \min(x_1, x_2)`. Of two equal ones, the gradient goes to the first.

    Args:
        x1: float array.
        x2: array of the same dtype; the shapes broadcast.

    Returns:
        Variable of the common shape.

    Raises:
        InvalidType: dtypes differ, or shapes do not broadcast.

    >>> F.minimum(np.float32([1, 5]), np.float32([3, 2])).array
    array([1., 2.], dtype=float32)
    """
    x1, x2 = _floats("minimum", x1, x2)
    return jnp.where((x1 <= x2) | jnp.isnan(x1), x1, x2)


@differentiable(node="Fmod", path="math.fmod", retain=(0, 1), label="fmod")
def fmod(x, divisor):
    r"""Remainder of a division, with the sign of ``x``, elementwise: :math:`y = x - d \, \mathrm{fix}(x / d)`.

    Args:
        x: float array.
        divisor: array of the same dtype; the shapes broadcast.

    Returns:
        Variable of the common shape.

    Raises:
        InvalidType: dtypes differ, or shapes do not broadcast.

    >>> F.fmod(np.float32([5, -5]), np.float32([3, 3])).array
    array([ 2., -2.], dtype=float32)
    """
    expect_floating("fmod", x=x, divisor=divisor)
    return jnp.fmod(*_floats("fmod", x, divisor))


@differentiable(node="Arctan2", path="math.trigonometric", retain=(0, 1), label="arctan2")
def arctan2(x1, x2):
    r"""Angle of the point with the coordinates ``(x2, x1)``, elementwise, from :math:`-\pi` to :math:`\pi`.

    Args:
        x1: float array, the second coordinate.
        x2: float array, the first; the shapes broadcast.

    Returns:
        Variable of the common shape, in the wider of the dtypes.

    Raises:
        InvalidType: an array is not floating point, or shapes do not broadcast.

    >>> F.arctan2(np.float32([0, 1]), np.float32([1, 0])).array
    array([0.       , 1.5707964], dtype=float32)
    """
    expect_floating("arctan2", x1=x1, x2=x2)
    dtype = np.promote_types(x1.dtype, x2.dtype)
    return _circular.arctan2(*_floats("arctan2", x1.astype(dtype), x2.astype(dtype)))


@differentiable(node="LinearInterpolate", path="math.linear_interpolate", retain=(0, 1, 2))
def linear_interpolate(p, x, y):
    r"""A point between two, elementwise: :math:`z = p x + (1 - p) y`.

    Args:
        p: float array, 1 for ``x`` and 0 for ``y``.
        x: array of the same shape and dtype.
        y: array of the same shape and dtype.

    Returns:
        Variable of that shape and dtype.

    Raises:
        InvalidType: shapes or dtypes differ.

    >>> F.linear_interpolate(np.float32([0.25]), np.float32([4]), np.float32([8])).array
    array([7.], dtype=float32)
    """
    expect_alike("linear_interpolate", p=p, x=x, y=y)
    return p * x + (1 - p) * y


def clip(x, x_min, x_max):
    r"""Numbers outside of an interval moved to its end, elementwise: :math:`y = \min(\max(x, a), b)`.

    The gradient is 1 inside and at both ends, 0 outside.

    Args:
        x: float array, any shape ``(*s)``.
        x_min: the lower end, a number; ``None`` for no bound. Traced: changing it does not recompile.
        x_max: the upper end, so too.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.
        ValueError: no end is given, or the lower is not below the upper.

    >>> F.clip(np.float32([-2, 0.5, 2]), -1, 1).array
    array([-1. ,  0.5,  1. ], dtype=float32)
    """
    if x_min is None and x_max is None:
        raise ValueError("clip: expected x_min or x_max, got None for both")
    if x_min is not None and x_max is not None and x_min >= x_max:
        raise ValueError(f"clip: expected x_min below x_max, got {x_min} and {x_max}")
    return _clip(x, -math.inf if x_min is None else x_min, math.inf if x_max is None else x_max)


@differentiable(node="Clip", path="math.clip", attrs=("x_min", "x_max"), retain=(0,))
def _clip(x, x_min=-math.inf, x_max=math.inf):
    expect_floating("clip", x=x)
    x_min, x_max = jnp.asarray(x_min).astype(x.dtype), jnp.asarray(x_max).astype(x.dtype)
    # At the ends jnp.clip would have half the gradient.
    return jnp.where((x_min <= x) & (x <= x_max), x, jnp.clip(x, x_min, x_max))
