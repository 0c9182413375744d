"""Losses of classifiers of very many classes, by samples of the wrong ones."""

import numpy as np

import jax
import jax.numpy as jnp

from ...differentiable import differentiable
from ...utils.argument import parse_kwargs
from ...variable import as_array
from .._check import expect, expect_choice, expect_floating, expect_in_range, expect_integer, expect_ndim, expect_same_dtype


def black_out(x, t, W, samples, reduce="mean"):
    r"""BlackOut loss: the label against the samples, by a softmax over them alone.

    .. math:: -\log p(t) - \sum_s \log(1 - p(s)), \quad p(i) = \frac{e^{W_i x}}{e^{W_t x} + \sum_s e^{W_s x}}

    Args:
        x: float array ``(n, m)``.
        t: integer array ``(n,)`` of labels.
        W: float array ``(classes, m)``.
        samples: integer array ``(n, k)`` of wrong labels.
        reduce: ``"mean"``, or ``"no"`` for one loss per label. Static.

    Returns:
        Variable of the dtype of ``x``, of shape ``()`` or ``(n,)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        OutOfRange: a label is no class (an ``IndexError`` and ``ValueError``).

    Source: Ji, Vishwanathan, Satish, Anderson, Dubey 2016, arXiv:1511.06909.

    >>> x, W = np.float32([[1, 2]]), np.float32([[1, 0], [0, 1]])
    >>> round(float(F.black_out(x, np.int32([1]), W, np.int32([[0]])).array), 4)
    0.6265
    """
    with expect_in_range("black_out", "labels", t, W, 0), expect_in_range("black_out", "samples", samples, W, 0):
        return _black_out(x, t, W, samples, reduce)


@differentiable(node="BlackOut", path="loss.black_out", retain=(0, 2), static=("reduce",))
def _black_out(x, t, W, samples, reduce="mean"):
    expect_floating("black_out", x=x)
    expect_same_dtype("black_out", x=x, W=W)
    expect_ndim("black_out", 2, x=x, W=W, samples=samples)
    expect_integer("black_out", t=t, samples=samples)
    fits = x.shape[1] == W.shape[1] and t.shape == x.shape[:1] == samples.shape[:1]
    expect(fits, "black_out", "x (n, m), t (n,), W (classes, m) and samples (n, k)", x=x, t=t, W=W, samples=samples)
    scores = jnp.einsum("nkm,nm->nk", W[jnp.concatenate([t[:, None], samples.astype(t.dtype)], axis=1)], x)
    log_p = jax.nn.log_softmax(scores, axis=1)
    losses = -log_p[:, 0] - jnp.log(1 - jnp.exp(log_p[:, 1:])).sum(axis=1)
    return losses if reduce == "no" else losses.mean()


def negative_sampling(x, t, W, sampler, sample_size, reduce="sum", **kwargs):
    r"""Negative sampling loss: of each label and of samples of wrong ones, whether it is right.

    .. math:: -\log \sigma(W_t x) - \sum_s \log \sigma(-W_s x)

    Args:
        x: float array ``(n, m)``.
        t: int32 array ``(n,)`` of labels; what is -1 does not count.
        W: float array ``(classes, m)`` of the same dtype.
        sampler: a function that takes a shape and gives an integer array of wrong labels; it is asked for ``(n, sample_size + 1)``.
        sample_size: how many samples there are for each label.
        reduce: ``"sum"``, or ``"no"`` for one loss per label. Static.
        return_samples: give the samples too, with the labels in front: an array ``(n, sample_size + 1)``.

    Returns:
        Variable of the dtype of ``x``, of shape ``()`` or ``(n,)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        OutOfRange: a label is no class (an ``IndexError`` and ``ValueError``).

    Source: Mikolov, Sutskever, Chen, Corrado, Dean 2013, arXiv:1310.4546.

    >>> x, W = np.float32([[1, 2]]), np.float32([[1, 0], [0, 1]])
    >>> round(float(F.negative_sampling(x, np.int32([1]), W, lambda shape: np.zeros(shape, "i"), 1).array), 4)
    1.4402
    """
    (return_samples,) = parse_kwargs(kwargs, ("return_samples", False))
    expect_choice("negative_sampling", "reduce", reduce, "sum", "no")
    samples = sampler((int(t.shape[0]), sample_size + 1))
    samples[:, 0] = as_array(t)
    with expect_in_range("negative_sampling", "labels", t, W, 0, besides=-1):
        loss = _negative_sampling(x, t, W, samples, reduce)
    if loss.creator is not None:
        loss.creator.samples = samples
    return (loss, samples) if return_samples else loss


@differentiable(
    node="NegativeSamplingFunction",
    path="loss.negative_sampling",
    attrs=("sampler", "sample_size", "reduce"),
    retain=(0, 1, 2),
    static=("reduce",),
)
def _negative_sampling(x, t, W, samples=0, reduce="sum"):
    expect_floating("negative_sampling", x=x)
    expect_same_dtype("negative_sampling", x=x, W=W)
    expect_ndim("negative_sampling", 2, x=x, W=W)
    expect(t.dtype == np.int32 and t.shape == x.shape[:1], "negative_sampling", "int32 labels (n,) to x (n, m)", x=x, t=t)
    expect(x.shape[1] == W.shape[1], "negative_sampling", "W (classes, m) to x (n, m)", x=x, W=W)
    wide = np.promote_types(x.dtype, np.float32)
    scores = jnp.einsum("nkm,nm->nk", W[samples].astype(wide), x.astype(wide))
    right = jnp.arange(samples.shape[1]) == 0
    losses = jnp.where(t != -1, jnp.logaddexp(jnp.where(right, -scores, scores), 0).sum(axis=1), 0)
    return (losses if reduce == "no" else losses.sum()).astype(x.dtype)
