"""Losses of classifiers."""

import numpy as np

import jax
import jax.numpy as jnp
from jax import lax

from ...backends._array import ndarray
from ...differentiable import differentiable, ignoring
from ...variable import Variable, _variable
from .._check import expect, expect_choice, expect_floating, expect_in_range, expect_integer
from ..activation import softmax


@ignoring("use_cudnn")
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
        cache_score: let the node of the graph have the softmax as its ``y``. Static.
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
    expect_choice("softmax_cross_entropy", "reduce", reduce, "mean", "no")
    expect_choice("softmax_cross_entropy", "soft_target_loss", soft_target_loss, "cross-entropy", "kl-divergence")
    weights = () if class_weight is None else (class_weight,)
    if t.dtype.kind == "f":
        return _soft_cross_entropy(x, t, reduce, soft_target_loss)
    with expect_in_range("softmax_cross_entropy", "labels", t, x, 1, besides=ignore_label):
        return _softmax_cross_entropy(x, t, weights, bool(normalize), bool(cache_score), ignore_label, reduce)


_ATTRS = ("normalize", "cache_score", "class_weight", "ignore_label", "reduce", "soft_target_loss")


def _cached_score(node):
    """The softmax of the scores, which Chainer's function keeps."""
    return softmax(_variable(node._input_value(0)), axis=1).array if node.cache_score else None


@differentiable(
    node="SoftmaxCrossEntropy",
    path="loss.softmax_cross_entropy",
    attrs=_ATTRS,
    retain=(1,),  # of the scores Chainer keeps the softmax of the forward pass: what is written into them later does not count
    static=("normalize", "cache_score", "ignore_label", "reduce"),
    members={"y": property(_cached_score)},
    by_row=lambda normalize, cache_score, ignore_label, reduce: (0, 1) if reduce == "no" else (),
)
def _softmax_cross_entropy(x, t, class_weight=0, normalize=True, cache_score=True, ignore_label=-1, reduce="mean"):
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
    wide, labels = _wide(x), jnp.clip(t, 0, x.shape[1] - 1)[:, None]
    wide = wide - lax.stop_gradient(wide.max(axis=1, keepdims=True))
    terms = jnp.log(jnp.exp(wide).sum(axis=1)) - pick(wide, labels)[:, 0]
    for w in class_weight:
        terms = terms * w.astype(terms.dtype)[labels[:, 0]]
    terms = jnp.where(counts, terms, 0)
    return (terms if reduce == "no" else _mean(terms, counts.sum(dtype=np.int32) if normalize else len(t))).astype(x.dtype)


@jax.custom_jvp
def pick(x, labels):
    """``x[i, labels[i, 0], ...]`` of each ``i``, as ``take_along_axis``; its gradient compares with all classes and scatters nothing."""
    return jnp.take_along_axis(x, labels, axis=1, mode="promise_in_bounds")


@pick.defjvp
def _pick_jvp(primals, tangents):
    x, labels = primals
    here = labels == lax.broadcasted_iota(labels.dtype, (1, x.shape[1]) + (1,) * (x.ndim - 2), 1)
    return pick(x, labels), jnp.where(here, tangents[0], 0).sum(axis=1, keepdims=True)


def _wide(x):
    """In float32 at least: a small loss is the logarithm of nearly 1, and the sum of many half-precision terms overflows."""
    return x.astype(np.promote_types(x.dtype, np.float32))


def _mean(terms, count):
    return terms.sum() / jnp.maximum(jnp.asarray(count, terms.dtype), 1)


@differentiable(
    node="SoftmaxCrossEntropy",
    path="loss.softmax_cross_entropy",
    attrs=_ATTRS,
    retain=(0, 1),
    static=("reduce", "soft_target_loss"),
    constant=(1,),
)
def _soft_cross_entropy(x, t, reduce="mean", soft_target_loss="cross-entropy"):
    expect_floating("softmax_cross_entropy", x=x, t=t)
    expect(x.ndim >= 2 and x.shape == t.shape, "softmax_cross_entropy", "probabilities of the shape of x", x=x, t=t)
    # The gradient is softmax(x) - t also where probabilities do not sum to 1, as in Chainer: the normaliser is weighted by their sum
    # in the loss, and by 1 in the gradient.
    wide = _wide(x)
    t = t.astype(wide.dtype)
    wide = wide - lax.stop_gradient(wide.max(axis=1, keepdims=True))
    normaliser = jax.nn.logsumexp(wide, axis=1, keepdims=True)
    fixed = lax.stop_gradient(normaliser)
    terms = (-t * (wide - fixed)).sum(axis=1) + (normaliser - fixed)[:, 0]
    if soft_target_loss == "kl-divergence":
        terms += (t * jnp.log(t + 1e-7)).sum(axis=1)
    return (terms if reduce == "no" else _mean(terms, terms.size)).astype(x.dtype)


@ignoring("use_cudnn")
def sigmoid_cross_entropy(x, t, normalize=True, reduce="mean"):
    r"""Cross entropy of the sigmoid of scores and binary labels, :math:`\log(1 + e^x) - t x`.

    Args:
        x: float array of any shape, scores.
        t: integer array of the same shape, 0 or 1; what is -1 does not count.
        normalize: divide by the number of labels that count, else by the length of the first axis. Static.
        reduce: ``"mean"``, or ``"no"`` for one loss per label. Static.

    Returns:
        Variable of the dtype of ``x``, of shape ``()`` or that of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> F.sigmoid_cross_entropy(np.float32([[0, 0]]), np.int32([[1, -1]]), reduce="no").array.round(3)
    array([[0.693, 0.   ]], dtype=float32)
    """
    expect_choice("sigmoid_cross_entropy", "reduce", reduce, "mean", "no")
    return _sigmoid_cross_entropy(x, t, bool(normalize), reduce)


@differentiable(
    node="SigmoidCrossEntropy",
    path="loss.sigmoid_cross_entropy",
    attrs=("normalize", "reduce"),
    retain=(0, 1),
    static=("normalize", "reduce"),
)
def _sigmoid_cross_entropy(x, t, normalize=True, reduce="mean"):
    expect_floating("sigmoid_cross_entropy", x=x)
    expect_integer("sigmoid_cross_entropy", t=t)
    expect(x.shape == t.shape, "sigmoid_cross_entropy", "t of the shape of x", x=x, t=t)
    wide, counts = _wide(x), t != -1
    # log(1 + e^x) - x is log(1 + e^-x): so nothing cancels where a large score is right.
    rest = jnp.where(t > 0, 1 - t, -t).astype(wide.dtype)
    terms = jnp.where(counts, jnp.logaddexp(jnp.where(t > 0, -wide, wide), 0) + rest * wide, 0)
    if reduce == "no":
        return terms.astype(x.dtype)
    return _mean(terms, counts.sum() if normalize else len(x)).astype(x.dtype)


def hinge(x, t, norm="L1", reduce="mean"):
    r"""Hinge loss, one class against the others: of each class :math:`\max(0, 1 - \delta x)^p`, :math:`\delta` 1 for the label, else -1.

    Args:
        x: float array ``(n, classes)`` of scores.
        t: integer array ``(n,)`` of labels.
        norm: ``"L1"``, :math:`p = 1`, or ``"L2"``, :math:`p = 2`. Static.
        reduce: ``"mean"`` for the sum over ``n``, or ``"no"`` for one loss per class. Static.

    Returns:
        Variable of the dtype of ``x``, of shape ``()`` or ``(n, classes)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        OutOfRange: a label is no class (an ``IndexError`` and ``ValueError``).
        NotImplementedError: another norm.

    >>> F.hinge(np.float32([[2, -0.5]]), np.int32([0]), reduce="no").array
    array([[0. , 0.5]], dtype=float32)
    """
    if norm not in ("L1", "L2"):
        raise NotImplementedError(f"hinge: expected norm 'L1' or 'L2', got {norm!r}")
    expect_choice("hinge", "reduce", reduce, "mean", "no")
    with expect_in_range("hinge", "labels", t, x, 1):
        return _hinge(x, t, norm, reduce)


@differentiable(node="Hinge", path="loss.hinge", attrs=("norm", "reduce"), static=("norm", "reduce"))
def _hinge(x, t, norm="L1", reduce="mean"):
    expect_floating("hinge", x=x)
    expect_integer("hinge", t=t)
    expect(x.ndim == 2 and t.shape == x.shape[:1], "hinge", "x (n, classes) and t (n,)", x=x, t=t)
    is_label = jnp.arange(x.shape[1], dtype=t.dtype)[None] == t[:, None]
    losses = jax.nn.relu(1 + jnp.where(is_label, -x, x)) ** (1 if norm == "L1" else 2)
    return losses if reduce == "no" else losses.sum() / len(x)
