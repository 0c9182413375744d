"""Measures of classes one by one, and of regression."""

import numpy as np

import jax.numpy as jnp

from ...backends import _device
from ...differentiable import differentiable
from ...variable import as_array
from .._check import expect, expect_floating, expect_in_range
from ._accuracy import expect_labels


def classification_summary(y, t, label_num=None, beta=1.0, ignore_label=-1):
    r"""Precision, recall, F-measure and support of each class. They have no gradient.

    With :math:`p` the fraction of what is found that is right, and :math:`r` the fraction of what is right that is found,
    :math:`F_\beta = (1 + \beta^2) p r / (\beta^2 p + r)`. Where nothing is found, or nothing is there to be found, they are NaN.

    Args:
        y: float array ``(n, classes, *s)`` of scores.
        t: integer array ``(n, *s)`` of labels.
        label_num: the number of classes; ``None`` for the largest label plus 1, which needs the numbers of ``t`` at once. Static.
        beta: the weight of recall. Traced.
        ignore_label: the label of what does not count. Static.

    Returns:
        Four Variables ``(label_num,)``: precision, recall and F-measure in float64, support in int64.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        OutOfRange: a label is below 0 and not ``ignore_label`` (an ``IndexError`` and ``ValueError``).

    >>> summary = F.classification_summary(np.float32([[1, 0], [1, 0], [0, 1]]), np.int32([0, 1, 1]))
    >>> [v.array.tolist() for v in summary]
    [[0.5, 1.0], [1.0, 0.5], [0.6666666666666666, 0.6666666666666666], [1, 2]]
    """
    if label_num is None:
        label_num = int(_device.to_numpy(as_array(t)).max()) + 1
    largest = int(np.iinfo(t.dtype).max) if t.dtype.kind in "iu" else 0  # of classes from label_num on nothing is told
    with expect_in_range("classification_summary", "labels", t, largest, besides=ignore_label):
        return _classification_summary(y, t, int(label_num), ignore_label, beta)


@differentiable(
    node="ClassificationSummary",
    path="evaluation.classification_summary",
    attrs=("label_num", "beta", "ignore_label"),
    static=("label_num", "ignore_label"),
    has_gradient=False,
)
def _classification_summary(y, t, label_num, ignore_label, beta=1.0):
    expect_labels("classification_summary", y, t)
    t = t.ravel()
    counts, found = t != ignore_label, jnp.argmax(y, axis=1).ravel().astype(t.dtype)
    classes = jnp.arange(label_num, dtype=t.dtype)[None]
    is_found, is_there = [(labels[:, None] == classes) & counts[:, None] for labels in (found, t)]
    right, relevant, support = [mask.sum(0) for mask in (is_found & is_there, is_found, is_there)]
    precision, recall = right / relevant, right / support
    square = jnp.asarray(beta * beta, precision.dtype)
    return precision, recall, (1 + square) * precision * recall / (square * precision + recall), support


def precision(y, t, label_num=None, ignore_label=-1):
    """Of what is found to be of a class, the fraction that is: ``(precision, support)`` of :func:`classification_summary`.

    ``y``, ``t``, ``label_num`` and ``ignore_label`` are its arguments.

    >>> F.precision(np.float32([[1, 0], [1, 0], [0, 1]]), np.int32([0, 1, 1]))[0].array
    array([0.5, 1. ])
    """
    summary = classification_summary(y, t, label_num, 1.0, ignore_label)
    return summary[0], summary[3]


def recall(y, t, label_num=None, ignore_label=-1):
    """Of what is of a class, the fraction that is found: ``(recall, support)`` of :func:`classification_summary`.

    ``y``, ``t``, ``label_num`` and ``ignore_label`` are its arguments.

    >>> F.recall(np.float32([[1, 0], [1, 0], [0, 1]]), np.int32([0, 1, 1]))[0].array
    array([1. , 0.5])
    """
    summary = classification_summary(y, t, label_num, 1.0, ignore_label)
    return summary[1], summary[3]


def fbeta_score(y, t, label_num=None, beta=1.0, ignore_label=-1):
    """``(F-measure, support)`` of :func:`classification_summary`, whose arguments these are."""
    return classification_summary(y, t, label_num, beta, ignore_label)[2:]


def f1_score(y, t, label_num=None, ignore_label=-1):
    """The harmonic mean of precision and recall: ``(F-measure, support)`` of :func:`classification_summary`.

    ``y``, ``t``, ``label_num`` and ``ignore_label`` are its arguments.

    >>> F.f1_score(np.float32([[1, 0], [1, 0], [0, 1]]), np.int32([0, 1, 1]))[0].array.round(3)
    array([0.667, 0.667])
    """
    return fbeta_score(y, t, label_num, 1.0, ignore_label)


def r2_score(pred, true, sample_weight=None, multioutput="uniform_average"):
    r"""The coefficient of determination: :math:`1 - \sum_i (t_i - y_i)^2 / \sum_i (t_i - \bar t)^2`. It has no gradient.

    Args:
        pred: float array ``(n, *s)`` of predictions :math:`y`.
        true: float array ``(n, *s)`` of targets :math:`t`.
        sample_weight: nothing but ``None`` yet, as in Chainer.
        multioutput: ``"uniform_average"`` for the mean over ``s``, ``"raw_values"`` for each.

    Returns:
        Variable of shape ``()`` or ``(*s)`` and the dtype of ``pred``; 0 where all targets are equal.

    Raises:
        InvalidType: the arrays differ in shape, or are not floating point.
        ValueError: ``multioutput`` is neither.
        NotImplementedError: there are weights.

    >>> float(F.r2_score(np.float32([1, 2, 3]), np.float32([1, 3, 5])).array)
    0.375
    """
    if sample_weight is not None:
        raise NotImplementedError("r2_score: expected sample_weight to be None; weights are not implemented, in Chainer neither")
    if multioutput not in ("uniform_average", "raw_values"):
        raise ValueError(f"r2_score: expected multioutput to be 'uniform_average' or 'raw_values', got {multioutput!r}")
    return _r2_score(pred, true, multioutput)


@differentiable(
    node="R2_score",
    path="evaluation.r2_score",
    attrs=("sample_weight", "multioutput"),
    static=("multioutput",),
    has_gradient=False,
)
def _r2_score(pred, true, multioutput):
    expect_floating("r2_score", pred=pred, true=true)
    expect(pred.shape == true.shape, "r2_score", "pred and true of one shape", pred=pred, true=true)
    wide = jnp.promote_types(pred.dtype, true.dtype)
    rest = ((pred.astype(wide) - true.astype(wide)) ** 2).sum(0)
    spread = ((true - true.mean(0, keepdims=True)) ** 2).sum(0).astype(wide)
    score = jnp.where(spread == 0, 0, 1 - rest / jnp.where(spread == 0, 1, spread)).astype(pred.dtype)
    return score.mean() if multioutput == "uniform_average" else score
