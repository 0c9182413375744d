"""Measures that no gradient goes through."""

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_floating, expect_integer


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
    expect_floating("accuracy", y=y)
    expect_integer("accuracy", t=t)
    fits = t.ndim <= y.ndim and y.shape[0] == t.shape[0] and y.size // max(y.shape[1], 1) == t.size
    expect(fits, "accuracy", "t with the shape of y without its axis of classes", y=y, t=t)
    best = jnp.argmax(y, axis=1).reshape(t.shape)
    right = best == t.astype(best.dtype)
    if ignore_label is None:
        return right.mean(dtype=y.dtype)
    counts = t != ignore_label
    total = counts.sum()
    return (jnp.where(right & counts, 1, 0).sum() / jnp.maximum(total, 1)).astype(y.dtype)
