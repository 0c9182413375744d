"""Normalisation over a batch that follows the running statistics."""

import warnings

import numpy as np

import jax.numpy as jnp
from jax import lax

from ...differentiable import differentiable
from .._check import expect, expect_floating, expect_same_dtype
from ._batch import advance, cell_of_statistics, expander, fixed_batch_normalization, wide_of

_WHO = "batch_renormalization"


def batch_renormalization(x, gamma, beta, rmax, dmax, eps=2e-5, running_mean=None, running_var=None, decay=0.9, update_statistics=False):
    r"""Normalise over a batch, corrected towards the running statistics, then scale and shift.

    .. math::
        y = \gamma \left( \frac{x - \mu}{\sigma} r + d \right) + \beta, \qquad
        r = \mathrm{clip}(\sigma / \sigma', 1 / r_{max}, r_{max}), \qquad d = \mathrm{clip}((\mu - \mu') / \sigma', -d_{max}, d_{max})

    with :math:`\sigma = \sqrt{var + \epsilon}` and the running statistics :math:`\mu', \sigma'`. No gradient flows through
    :math:`r` and :math:`d`.

    Args:
        x: float array ``(n, *k, *s)``, where ``*k`` is the shape of ``gamma``.
        gamma: float array ``(*k)``, the scale.
        beta: float array ``(*k)``, the shift.
        rmax: the bound of :math:`r`, at least 1. Traced, as all numbers here.
        dmax: the bound of :math:`d`.
        eps: what is added to variances.
        running_mean: array ``(*k)``; required.
        running_var: array ``(*k)``; required.
        decay: how much of the running statistics stays.
        update_statistics: move ``running_mean`` and ``running_var`` in place towards those of the batch.

    Returns:
        Variable of the shape and dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        TypeError: there are no running statistics.

    Source: Ioffe 2017, arXiv:1702.03275.

    >>> one, zero = np.ones(1, "f"), np.zeros(1, "f")
    >>> F.batch_renormalization(np.float32([[1], [5]]), one, zero, 3, 5, 0, zero, 4 * one).array
    array([[0.5],
           [2.5]], dtype=float32)
    """
    for name, array in (("running_mean", running_mean), ("running_var", running_var)):
        if array is None:
            raise TypeError(f"{_WHO}: expected {name}, which is required, got None")
    cells = [cell_of_statistics(a) for a in (running_mean, running_var)]
    mean, var = [cell.use() for cell in cells]
    y, statistics = _batch_renormalization(x, gamma, beta, mean, var, rmax, dmax, eps)
    if update_statistics:
        advance(cells, statistics, decay, x.size // max(int(np.prod(gamma.shape)), 1))
    return y


@differentiable(
    node="BatchRenormalizationFunction",
    path="normalization.batch_renormalization",
    attrs=("eps", "mean", "var", "decay", "rmax", "dmax", "update_statistics"),
    retain=(0, 1),
    states=2,
)
def _batch_renormalization(x, gamma, beta, running_mean=0, running_var=1, rmax=1.0, dmax=0.0, eps=2e-5):
    expect_floating(_WHO, x=x, gamma=gamma)
    expect_same_dtype(_WHO, gamma=gamma, beta=beta)
    expect(gamma.shape == beta.shape, _WHO, "gamma and beta of one shape", gamma=gamma, beta=beta)
    axes, at = expander(_WHO, x, gamma, None)
    wide = wide_of(x, gamma)
    numbers = [jnp.asarray(a).astype(wide) for a in (gamma, beta, running_mean, running_var, rmax, dmax, eps)]
    gamma, beta, running_mean, running_var, rmax, dmax, eps = numbers
    x_wide = x.astype(wide)
    mean, var = x_wide.mean(axes), x_wide.var(axes)
    sigma, running_sigma = jnp.sqrt(var + eps), jnp.sqrt(running_var + eps)
    r = lax.stop_gradient(jnp.clip(sigma / running_sigma, 1 / rmax, rmax))
    d = lax.stop_gradient(jnp.clip((mean - running_mean) / running_sigma, -dmax, dmax))
    x_hat = (x_wide - mean[at]) / sigma[at]
    y = gamma[at] * (x_hat * r[at] + d[at]) + beta[at]
    return y.astype(x.dtype), lax.stop_gradient(mean), lax.stop_gradient(var)


def fixed_batch_renormalization(x, gamma, beta, mean, var, eps=2e-5):
    """The same as :func:`fixed_batch_normalization`; deprecated. See there for ``x``, ``gamma``, ``beta``, ``mean``, ``var``, ``eps``.

    >>> one = np.ones(1, "f")
    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     F.fixed_batch_renormalization(np.float32([[3]]), one, one, one, 4 * one, eps=0).array
    array([[2.]], dtype=float32)
    """
    warnings.warn("fixed_batch_renormalization is deprecated; use fixed_batch_normalization", DeprecationWarning, stacklevel=2)
    return fixed_batch_normalization(x, gamma, beta, mean, var, eps)
