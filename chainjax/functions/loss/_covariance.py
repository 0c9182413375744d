"""Losses of covariances, for features that are to be independent."""

import jax
import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_choice, expect_floating, expect_ndim, expect_same_dtype


def _centred(y):
    return y - y.mean(axis=0, keepdims=True)


@jax.custom_vjp
def _gram(y):
    return y.T @ y


# One product instead of the two that JAX's rule for products makes.
_gram.defvjp(lambda y: (_gram(y), y), lambda y, g: (y @ (g + g.T),))


def _reduced(covariance, reduce):
    return covariance if reduce == "no" else (covariance**2).sum() / 2


@differentiable(node="CrossCovariance", path="loss.cross_covariance", attrs=("reduce",), retain=(0, 1), static=("reduce",))
def cross_covariance(y, z, reduce="half_squared_sum"):
    r"""Covariances of the columns of two matrices over a batch, :math:`\frac{1}{2} \sum_{ij} C_{ij}^2`.

    .. math:: C_{ij} = \frac{1}{n} \sum_k (y_{ki} - \bar y_i) (z_{kj} - \bar z_j)

    Args:
        y: float array ``(n, a)``.
        z: float array ``(n, b)`` of the same dtype.
        reduce: ``"half_squared_sum"``, or ``"no"`` for the matrix ``C``. Static.

    Returns:
        Variable of the dtype of ``y``, of shape ``()`` or ``(a, b)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: Cheung, Livezey, Bansal, Olshausen 2014, arXiv:1412.6583.

    >>> F.cross_covariance(np.float32([[0], [2]]), np.float32([[1, 3], [3, 3]]), reduce="no").array
    array([[1., 0.]], dtype=float32)
    """
    expect_choice("cross_covariance", "reduce", reduce, "half_squared_sum", "no")
    expect_floating("cross_covariance", y=y, z=z)
    expect_same_dtype("cross_covariance", y=y, z=z)
    expect_ndim("cross_covariance", 2, y=y, z=z)
    expect(len(y) == len(z), "cross_covariance", "y and z of one length", y=y, z=z)
    return _reduced(_centred(y).T @ _centred(z) / len(y), reduce)


@differentiable(node="DeCov", path="loss.decov", attrs=("reduce",), static=("reduce",))
def decov(h, reduce="half_squared_sum"):
    r"""Covariances of the columns of a matrix with one another over a batch, :math:`\frac{1}{2} \sum_{i \ne j} C_{ij}^2`.

    Args:
        h: float array ``(n, m)``.
        reduce: ``"half_squared_sum"``, or ``"no"`` for the matrix ``C``, with zeros on its diagonal. Static.

    Returns:
        Variable of the dtype of ``h``, of shape ``()`` or ``(m, m)``.

    Raises:
        InvalidType: ``h`` is no matrix of floats.

    Source: Cogswell, Ahmed, Girshick, Zitnick, Batra 2016, arXiv:1511.06068.

    >>> F.decov(np.float32([[0, 1], [2, 3]]), reduce="no").array
    array([[0., 1.],
           [1., 0.]], dtype=float32)
    """
    expect_choice("decov", "reduce", reduce, "half_squared_sum", "no")
    expect_floating("decov", h=h)
    expect_ndim("decov", 2, h=h)
    return _reduced(jnp.where(jnp.eye(h.shape[1], dtype=bool), 0, _gram(_centred(h)) / len(h)), reduce)
