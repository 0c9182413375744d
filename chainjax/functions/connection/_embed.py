"""Looking vectors up."""

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_floating, expect_in_range, expect_integer, expect_ndim


def embed_id(x, W, ignore_label=None):
    r"""Rows of a matrix by their numbers, :math:`y_i = W_{x_i}`.

    Args:
        x: integer array of any shape ``(*s)``, at least one axis.
        W: float array ``(ids, n)``.
        ignore_label: the id that gives zeros and no gradient. Static.

    Returns:
        Variable ``(*s, n)`` of the dtype of ``W``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        OutOfRange: an id has no row (an ``IndexError`` and ``ValueError``).

    >>> F.embed_id(np.int32([1, 0]), np.float32([[0, 1], [2, 3]])).array
    array([[2., 3.],
           [0., 1.]], dtype=float32)
    """
    with expect_in_range("embed_id", "ids", x, W, 0, besides=ignore_label):
        return _embed_id(x, W, ignore_label)


@differentiable(
    node="EmbedIDFunction", path="connection.embed_id", attrs=("ignore_label",), retain=(0,), static=("ignore_label",), by_row=(0,)
)
def _embed_id(x, W, ignore_label=None):
    expect_integer("embed_id", x=x)
    expect(x.ndim >= 1, "embed_id", "ids with an axis", x=x)
    expect_floating("embed_id", W=W)
    expect_ndim("embed_id", 2, W=W)
    if ignore_label is None:
        return W[x]
    ignored = x == ignore_label
    return jnp.where(ignored[..., None], 0, W[jnp.where(ignored, 0, x)])
