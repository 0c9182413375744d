"""Comparison of arrays."""

import numpy as np

from ..backends._device import to_numpy
from ..utils import force_array


def assert_allclose(x, y, atol=1e-5, rtol=1e-4, verbose=True):
    """Raise ``AssertionError`` unless ``|x - y| <= atol + rtol * |y|`` everywhere; NaN equals NaN, and shapes broadcast.

    Args:
        x: what came: an array of any device, a number, or a list of such.
        y: what was expected, likewise.
        atol, rtol: absolute and relative tolerance.
        verbose: show the arrays in short too.
    """
    if x is None or y is None:
        raise AssertionError(f"assert_allclose: expected arrays, got x of {type(x)} and y of {type(y)}; None is what a missing gradient is")
    x, y = _numbers(x), _numbers(y)
    try:
        np.testing.assert_allclose(x, y, atol=atol, rtol=rtol, verbose=verbose)
    except AssertionError as exc:
        rows = [f"x: {x.shape} {x.dtype}", f"y: {y.shape} {y.dtype}"]
        if x.shape == y.shape:
            rows += _worst(x, y, atol, rtol)
        rows += [f"{name}: {np.array2string(a, prefix='x: ', threshold=10000)}" for name, a in (("x", x), ("y", y))]
        raise AssertionError(
            "\n".join([f"{exc}\n", f"assert_allclose: expected x within atol={atol}, rtol={rtol} of y; got", *rows])
        ) from None


def _numbers(x):
    return np.array([_numbers(part) for part in x]) if isinstance(x, (list, tuple)) else to_numpy(force_array(x))


def _worst(x, y, atol, rtol):
    x, y = np.atleast_1d(x), np.atleast_1d(y)
    error = np.abs(x.astype(np.result_type(x, np.float64)) - y)
    tolerance = atol + rtol * np.abs(y).astype(np.float64)
    i = np.unravel_index(np.argmax(error - tolerance), error.shape)
    place = ", ".join(map(str, i))
    return [f"at the worst place: x[{place}] = {x[i]}, y[{place}] = {y[i]}, |x - y| = {error[i]}, tolerance {tolerance[i]}"]


def _as_noncontiguous_array(array):
    """Copies of an array, or of a list or tuple of arrays, with gaps in memory and running backwards. ``None`` stays."""
    if isinstance(array, (list, tuple)):
        return type(array)([_as_noncontiguous_array(a) for a in array])
    if array is None or array.size <= 1 or not isinstance(array, np.ndarray):
        return array  # XLA's arrays have no strides
    wide = np.empty([2 * n for n in array.shape], array.dtype)
    spread = wide[(slice(None, None, -2),) * array.ndim]
    spread[...] = array
    return spread
