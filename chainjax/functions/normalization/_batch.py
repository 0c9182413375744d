"""Normalisation over a batch."""

import operator
import warnings

import numpy as np

import jax
import jax.numpy as jnp
from jax import lax

from ... import engine
from ...backends._cell import Cell, cell_of
from ...differentiable import differentiable, ignoring
from ...utils.argument import parse_kwargs
from ...utils.type_check import InvalidType
from .._check import expect, expect_floating, expect_same_dtype

_WHO = "batch_normalization"

# From this size on a gradient subtracts the mean again; XLA would keep ``x - mean`` beside ``x``. ResNet-50 on 8 images: 679 MB of
# temporary arrays are 431, for about a seventh more time; below, arrays come and go in caches.
_LARGE = 1 << 22


def batch_normalization(x, gamma, beta, **kwargs):
    r"""Normalise to mean 0 and variance 1 over a batch, then scale and shift.

    .. math:: y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta

    Args:
        x: float array ``(n, *k, *s)``, where ``*k`` is the shape of ``gamma``.
        gamma: float array ``(*k)``, the scale.
        beta: float array ``(*k)``, the shift.
        eps: what is added to the variance. Traced, as ``decay``.
        running_mean: array ``(*k)`` that is changed in place towards the mean, or ``None``.
        running_var: the same for the (unbiased) variance.
        decay: how much of the running statistics stays.
        axis: the axes to take statistics over, an int or a sorted tuple; by default all but those of ``gamma``. Static.

    Returns:
        Variable of the shape and dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Differs from PyTorch: ``decay`` is 1 - ``momentum``. Source: Ioffe, Szegedy 2015, arXiv:1502.03167.

    >>> F.batch_normalization(np.float32([[1], [3]]), np.ones(1, "f"), np.zeros(1, "f"), eps=1e-12).array
    array([[-1.],
           [ 1.]], dtype=float32)
    """
    eps, running_mean, running_var, decay, axis = parse_kwargs(
        kwargs,
        ("eps", 2e-5),
        ("running_mean", None),
        ("running_var", None),
        ("decay", 0.9),
        ("axis", None),
        train="batch_normalization takes no train; outside of training call fixed_batch_normalization",
    )
    axis = _axis(axis)
    cells = [None if a is None else cell_of_statistics(a) for a in (running_mean, running_var)]
    _warn_of_single_samples(x.shape, gamma.shape, axis)
    y, statistics = _batch_normalization(x, gamma, beta, eps, axis)
    if cells[0] is not None and cells[1] is not None:
        advance(cells, statistics, decay, x.size // max(int(np.prod(gamma.shape)), 1))
    return y


def cell_of_statistics(array):
    """The cell of a link's persistent array (already one), or of an array that is to be changed in place."""
    return array if isinstance(array, Cell) else array._cell if hasattr(array, "_cell") else cell_of(array)


def advance(cells, statistics, decay, n):
    """Move running statistics, the contents of cells, towards those of a batch of ``n`` elements per mean."""
    values = [cell.use() for cell in cells]
    for value, new in zip(values, statistics, strict=True):
        if value.aval.shape != new.aval.shape:
            raise InvalidType(f"shape {new.aval.shape}, to fit x", str(value.aval.shape), who="running statistics")
    numbers = [engine.value_of(float(decay)), engine.value_of(n / max(n - 1.0, 1.0))]
    sig = engine.signature_of(_running, (), tuple([v.aval for v in (*values, *statistics, *numbers)]))
    for cell, new in zip(cells, engine.record(sig, [*values, *statistics, *numbers]), strict=True):
        cell.put(new)


def _running(mean, var, batch_mean, batch_var, decay, unbias):
    def moved(old, new):
        wide = np.promote_types(old.dtype, new.dtype)
        return (decay * old.astype(wide) + (1 - decay) * new.astype(wide)).astype(old.dtype)

    return moved(mean, batch_mean), moved(var, unbias * batch_var)


def _axis(axis):
    if axis is None:
        return None
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    try:
        axes = tuple(map(operator.index, axes))
    except TypeError:
        raise RuntimeError(f"{_WHO}: expected axis to be None, an int or a tuple of ints, got {axis!r}") from None
    if list(axes) != sorted({a for a in axes if a >= 0}):
        raise RuntimeError(f"{_WHO}: expected the numbers in axis in ascending order from 0 on, got {axes}")
    return axes


def _axes(ndim, key_ndim, axis):
    return (0, *range(key_ndim + 1, ndim)) if axis is None else axis


def _warn_of_single_samples(shape, key_shape, axis):
    axes = _axes(len(shape), len(key_shape), axis)
    if all(shape[a] == 1 for a in axes if a < len(shape)):
        what = "a batch of one sample" if 0 in axes else "axes of length 1"
        warnings.warn(
            f"{_WHO}: statistics over {what} make the output zero; is this evaluation, with config.train on?", UserWarning, stacklevel=4
        )


def wide_of(*arrays):
    """The dtype to compute in. In half precision ``1 / eps ** 1.5``, of which gradients are made, would be infinite."""
    return np.result_type(np.float32, *[a.dtype for a in arrays])


def expander(who, x, keys, axis):
    """The axes to sum over, and the index that makes an array of the keys' shape broadcast against ``x``."""
    axes = _axes(x.ndim, keys.ndim, axis)
    kept = tuple([x.shape[a] for a in range(x.ndim) if a not in axes])
    expect(x.ndim >= len(axes) and keys.shape == kept, who, f"gamma of shape {kept}, to fit x over axes {axes}", x=x, gamma=keys)
    return axes, tuple([None if a in axes else slice(None) for a in range(x.ndim)])


@differentiable(
    node="BatchNormalization",
    path="normalization.batch_normalization",
    attrs=("eps", "mean", "var", "decay", "axis"),
    retain=(0, 1),
    static=("axis",),
    states=2,
)
def _batch_normalization(x, gamma, beta, eps=2e-5, axis=None):
    expect_floating(_WHO, x=x, gamma=gamma)
    expect_same_dtype(_WHO, gamma=gamma, beta=beta)
    expect(gamma.shape == beta.shape, _WHO, "gamma and beta of one shape", gamma=gamma, beta=beta)
    axes, at = expander(_WHO, x, gamma, axis)
    wide = wide_of(x, gamma)

    def normalised(x, gamma, beta, eps):
        centred = x.astype(wide)
        mean = centred.mean(axes)
        centred = centred - mean[at]
        var = jnp.mean(centred * centred, axes)
        y = centred * (gamma.astype(wide) * lax.rsqrt(var + jnp.asarray(eps, wide)))[at] + beta.astype(wide)[at]
        return y.astype(x.dtype), lax.stop_gradient(mean), lax.stop_gradient(var)

    if x.nbytes >= _LARGE:
        normalised = jax.checkpoint(normalised, policy=_sums)
    return normalised(x, gamma, beta, eps)


def _sums(primitive, *_, **__):
    """What a gradient takes over from the forward pass; the rest is as large as ``x``, which is kept anyway."""
    return primitive is lax.reduce_sum_p


@ignoring("use_cudnn")
def fixed_batch_normalization(x, gamma, beta, mean, var, eps=2e-5, axis=None):
    r"""Normalise with given statistics, then scale and shift: :math:`y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta`.

    Args:
        x: float array ``(n, *k, *s)``, where ``*k`` is the shape of ``gamma``.
        gamma: float array ``(*k)``, the scale.
        beta: float array ``(*k)``, the shift.
        mean: array ``(*k)``.
        var: array ``(*k)``.
        eps: what is added to the variance. Traced.
        axis: the axes the statistics were taken over; by default all but those of ``gamma``. Static.

    Returns:
        Variable of the shape and dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> one = np.ones(1, "f")
    >>> F.fixed_batch_normalization(np.float32([[3]]), one, one, one, 4 * one, eps=0).array
    array([[2.]], dtype=float32)
    """
    return _fixed(x, gamma, beta, mean, var, eps, _axis(axis))


@differentiable(
    node="FixedBatchNormalization", path="normalization.batch_normalization", attrs=("eps", "axis"), retain=(0, 1, 3, 4), static=("axis",)
)
def _fixed(x, gamma, beta, mean, var, eps=2e-5, axis=None):
    who = "fixed_batch_normalization"
    expect_floating(who, x=x, gamma=gamma)
    keys = {"gamma": gamma, "beta": beta, "mean": mean, "var": var}
    expect_same_dtype(who, **keys)
    expect(len({a.shape for a in keys.values()}) == 1, who, "gamma, beta, mean and var of one shape", **keys)
    _, at = expander(who, x, gamma, axis)
    wide = wide_of(x, gamma)
    gamma, beta, mean, var = [a.astype(wide) for a in keys.values()]
    scale = gamma * lax.rsqrt(var + jnp.asarray(eps, wide))
    y = (x.astype(wide) - mean[at]) * scale[at] + beta[at]
    return y.astype(x.dtype)
