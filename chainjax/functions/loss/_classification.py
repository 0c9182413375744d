"""Losses of classifiers."""

import numpy as np

import jax
import jax.numpy as jnp

from ...backends._array import ndarray
from ...differentiable import differentiable
from ...variable import Variable
from .._check import expect, expect_floating, expect_in_range


def softmax_cross_entropy(
    x,
    t,
    normalize=True,
    cache_score=True,
    class_weight=None,
    ignore_label=-1,
    reduce="mean",
    enable_double_backprop=False,
    soft_target_loss="cross-entropy",
):
    r"""Cross entropy of the softmax of scores, :math:`-\frac{1}{m} \sum_i w_{t_i} \log \mathrm{softmax}(x_i)_{t_i}`.

    Args:
        x: float array ``(n, classes, *s)`` of scores.
        t: integer array ``(n, *s)`` of labels, or a float array of the shape of ``x`` of probabilities.
        normalize: divide by the number of labels that count, else by ``n``. Static.
        cache_score: kept for code that gives it; XLA decides what is kept.
        class_weight: float array ``(classes,)``, factors of the terms, or ``None``.
        ignore_label: the label of what does not count. Static.
        reduce: ``"mean"``, or ``"no"`` for one loss per label. Static.
        enable_double_backprop: kept for code that gives it; gradients of any order exist.
        soft_target_loss: ``"cross-entropy"`` or ``"kl-divergence"``, for probabilities. Static.

    Returns:
        Variable of the dtype of ``x``, of shape ``()`` or ``(n, *s)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        OutOfRange: a label is no class (an ``IndexError`` and ``ValueError``).

    >>> float(F.softmax_cross_entropy(np.float32([[0, 0]]), np.int32([1])).array)
    0.6931471824645996
    """
    if class_weight is not None:
        if isinstance(class_weight, Variable):
            raise ValueError("softmax_cross_entropy: expected class_weight to be an array, got a Variable; it has no gradient")
        if class_weight.ndim != 1 or class_weight.dtype.kind != "f":
            raise ValueError(
                f"softmax_cross_entropy: expected class_weight of one axis of floats, got {class_weight.shape} {class_weight.dtype}"
            )
        class_weight = class_weight._cell.use() if isinstance(class_weight, ndarray) else class_weight
    if reduce not in ("mean", "no"):
        raise ValueError(f"softmax_cross_entropy: expected reduce 'mean' or 'no', got {reduce!r}")
    weights = () if class_weight is None else (class_weight,)
    if t.dtype.kind == "f":
        return _soft_cross_entropy(x, t, reduce, soft_target_loss)
    loss = _softmax_cross_entropy(x, t, weights, bool(normalize), ignore_label, reduce)
    expect_in_range("softmax_cross_entropy", "labels", t, x.shape[1], besides=ignore_label)
    return loss


_ATTRS = ("normalize", "cache_score", "class_weight", "ignore_label", "reduce", "soft_target_loss")


@differentiable(
    node="SoftmaxCrossEntropy",
    path="loss.softmax_cross_entropy",
    attrs=_ATTRS,
    retain=(1,),  # of the scores Chainer keeps the softmax of the forward pass: what is written into them later does not count
    static=("normalize", "ignore_label", "reduce"),
)
def _softmax_cross_entropy(x, t, class_weight=0, normalize=True, ignore_label=-1, reduce="mean"):
    expect_floating("softmax_cross_entropy", x=x)
    expect(t.dtype.kind == "i", "softmax_cross_entropy", "integer labels, or probabilities of the dtype of x", t=t)
    expect(
        x.ndim >= 2 and t.shape == x.shape[:1] + x.shape[2:],
        "softmax_cross_entropy",
        "t with the shape of x without its axis of classes",
        x=x,
        t=t,
    )
    counts = t != ignore_label
    if x.size == 0:
        return jnp.zeros(() if reduce == "mean" else t.shape, x.dtype)
    log_p = jax.nn.log_softmax(x, axis=1)
    for w in class_weight:
        log_p = log_p * w.astype(x.dtype).reshape((1, -1) + (1,) * (x.ndim - 2))
    labels = jnp.clip(jnp.where(counts, t, 0), 0, x.shape[1] - 1)
    terms = jnp.where(counts, -jnp.take_along_axis(log_p, labels[:, None], axis=1)[:, 0], 0)
    return terms if reduce == "no" else _mean(terms, counts.sum() if normalize else len(t))


def _mean(terms, count):
    """The sum over ``count``, in float32 at least: the sum of many half-precision terms would overflow."""
    wide = np.promote_types(terms.dtype, np.float32)
    return (terms.astype(wide).sum() / jnp.maximum(jnp.asarray(count, wide), 1)).astype(terms.dtype)


@differentiable(
    node="SoftmaxCrossEntropy", path="loss.softmax_cross_entropy", attrs=_ATTRS, retain=(0, 1), static=("reduce", "soft_target_loss")
)
def _soft_cross_entropy(x, t, reduce="mean", soft_target_loss="cross-entropy"):
    expect_floating("softmax_cross_entropy", x=x, t=t)
    expect(x.shape == t.shape, "softmax_cross_entropy", "probabilities of the shape of x", x=x, t=t)
    log_p = jax.nn.log_softmax(x, axis=1)
    # No gradient goes to the probabilities, as in Chainer.
    t = jax.lax.stop_gradient(t)
    terms = t * (jnp.log(t + 1e-7) - log_p) if soft_target_loss == "kl-divergence" else -t * log_p
    terms = terms.sum(axis=1)
    return terms.astype(x.dtype) if reduce == "no" else _mean(terms, terms.size).astype(x.dtype)
