"""Measures that no gradient goes through."""

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_floating, expect_integer
from .._search import first_at


@differentiable(node="Accuracy", path="evaluation.accuracy", attrs=("ignore_label",), static=("ignore_label",), has_gradient=False)
def accuracy(y, t, ignore_label=None):
    """The fraction of rows whose largest score is at the label. It has no gradient.

    Args:
        y: float array ``(n, classes, *s)`` of scores.
        t: integer array ``(n, *s)`` of labels.
        ignore_label: the label of what does not count. Static.

    Returns:
        Variable of shape ``()`` and the dtype of ``y``; 0 where nothing counts.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> float(F.accuracy(np.float32([[1, 2], [3, 4]]), np.int32([1, 0])).array)
    0.5
    """
    expect_labels("accuracy", y, t)
    best = first_at(jnp.max, y, 1).reshape(t.shape)
    right = best == t.astype(best.dtype)
    if ignore_label is None:
        return right.mean(dtype=y.dtype)
    return _fraction(right, t != ignore_label, y.dtype)


def expect_labels(who, y, t):
    """Scores ``(n, classes, *s)`` and labels ``(n, *s)``; the scores may have more axes, of length 1."""
    expect_floating(who, y=y)
    expect_integer(who, t=t)
    fits = 1 <= t.ndim <= y.ndim >= 2 and y.shape[:1] + y.shape[2:] == t.shape + (1,) * (y.ndim - 1 - t.ndim)
    expect(fits, who, "t with the shape of y without its axis of classes", y=y, t=t)


@differentiable(node="BinaryAccuracy", path="evaluation.binary_accuracy", has_gradient=False)
def binary_accuracy(y, t):
    """The fraction of numbers whose sign is at the label: at least 0 for label 1, below for 0. It has no gradient.

    Args:
        y: float array ``(*s)`` of scores.
        t: integer array ``(*s)`` of labels 0 and 1, and -1 for what does not count.

    Returns:
        Variable of shape ``()`` and the dtype of ``y``; 0 where nothing counts.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> float(F.binary_accuracy(np.float32([-1, 2]), np.int32([1, 1])).array)
    0.5
    """
    expect_floating("binary_accuracy", y=y)
    expect_integer("binary_accuracy", t=t)
    expect(y.shape == t.shape, "binary_accuracy", "y and t of one shape", y=y, t=t)
    return _fraction((y >= 0).astype(t.dtype) == t, t != -1, y.dtype)


def _fraction(right, counts, dtype):
    return (_count(right & counts) / jnp.maximum(_count(counts), 1)).astype(dtype)


def _count(hits):
    # XLA:CPU adds integers one by one, but floats, which are exact up to 2**24, several at a time.
    if hits.ndim == 0 or hits.shape[-1] > 1 << 24:
        return hits.sum(dtype=jnp.int32)
    return hits.sum(-1, dtype=jnp.float32).astype(jnp.int32).sum()
