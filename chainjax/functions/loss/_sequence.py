"""Losses of sequences of labels."""

import contextlib
from collections.abc import Sequence

import numpy as np

import jax
import jax.numpy as jnp
from jax import lax

from ...backends._by_row import rounded
from ...differentiable import differentiable
from ...variable import as_array
from .._check import expect, expect_choice, expect_floating, expect_in_range, expect_ndim, expect_same_dtype, on_host
from ..array import stack
from ..array._rows import beginnings, side_by_side
from ..math import sum as sum_of


def connectionist_temporal_classification(x, t, blank_symbol, input_length=None, label_length=None, reduce="mean"):
    r"""Connectionist temporal classification: :math:`-\log p(t)`, over all ways to stretch the labels to the length of the input.

    Args:
        x: a list of float arrays ``(n, labels)``, scores at each time.
        t: int32 array ``(n, l)`` of labels, padded at their ends.
        blank_symbol: the label that stands for none. Static.
        input_length: int32 array ``(n,)``, how much of ``x`` counts; ``None`` for all.
        label_length: int32 array ``(n,)``, how much of ``t`` counts; ``None`` for all.
        reduce: ``"mean"``, or ``"no"`` for one loss per sequence. Static.

    Returns:
        Variable of the dtype of ``x``, of shape ``()`` or ``(n,)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        TypeError: ``x`` is no sequence, or ``blank_symbol`` no int.
        ValueError: ``blank_symbol`` is no label.

    Source: Graves, Fernandez, Gomez, Schmidhuber 2006, Connectionist temporal classification.

    >>> x = [np.zeros((1, 2), "f")] * 2
    >>> round(float(F.connectionist_temporal_classification(x, np.int32([[1]]), blank_symbol=0).array), 4)
    0.2877
    """
    if not isinstance(x, Sequence):
        raise TypeError(f"connectionist_temporal_classification: expected x to be a list of arrays, got {type(x).__name__}")
    if not isinstance(blank_symbol, int):
        raise TypeError(f"connectionist_temporal_classification: expected blank_symbol to be int, got {blank_symbol!r}")
    if not 0 <= blank_symbol < x[0].shape[1]:
        raise ValueError(
            f"connectionist_temporal_classification: expected blank_symbol at least 0 and below {x[0].shape[1]}, got {blank_symbol}"
        )
    expect_choice("connectionist_temporal_classification", "reduce", reduce, "mean", "no")
    return _ctc(input_length, label_length, t, stack(x), blank_symbol, reduce)


@differentiable(
    node="ConnectionistTemporalClassification", path="loss.ctc", attrs=("blank_symbol", "reduce"), static=("blank_symbol", "reduce")
)
def _ctc(input_length, label_length, t, x, blank_symbol, reduce="mean"):
    who = "connectionist_temporal_classification"
    expect_floating(who, x=x)
    expect_ndim(who, 3, x=x)
    times, n, _ = x.shape
    input_length = jnp.full(n, times, np.int32) if input_length is None else input_length
    label_length = jnp.full(n, t.shape[1], np.int32) if label_length is None else label_length
    expect(t.ndim == 2 and len(t) == n and t.dtype == np.int32, who, "int32 labels (n, l) to x (times, n, labels)", t=t, x=x)
    for name, length in (("input_length", input_length), ("label_length", label_length)):
        expect(length.shape == (n,) and length.dtype == np.int32, who, f"int32 {name} (n,)", **{name: length})

    # Blanks before, between and after the labels; scores of unreachable places are Chainer's, so that what is impossible has its loss.
    never = -1e4 if x.dtype == np.float16 else -1e10
    path = jnp.full((n, 2 * t.shape[1] + 1), blank_symbol, np.int32).at[:, 1::2].set(t)
    log_p = jax.nn.log_softmax(x.astype(np.promote_types(x.dtype, np.float32)), axis=2)
    log_p = jnp.maximum(jnp.take_along_axis(log_p, path[None], axis=2), never)
    place, ends = jnp.arange(path.shape[1], dtype=np.int32)[None], 2 * label_length[:, None]
    may_skip = jnp.pad(path[:, 2:] != path[:, :-2], ((0, 0), (2, 0)))

    def shifted(alpha, by):
        return jnp.pad(alpha, ((0, 0), (by, 0)), constant_values=never)[:, : alpha.shape[1]]

    def step(alpha, now):
        log_p, time = now
        ways = jnp.stack([alpha, shifted(alpha, 1), jnp.where(may_skip, shifted(alpha, 2), never)])
        new = jnp.where(place <= ends, jax.nn.logsumexp(ways, axis=0) + log_p, never)
        return jnp.where((time < input_length)[:, None], new, alpha), None

    start = jnp.broadcast_to(jnp.where(place == 0, 0, never), path.shape).astype(log_p.dtype)
    alpha, _ = lax.scan(step, start, (log_p, jnp.arange(times, dtype=np.int32)))
    losses = -jax.nn.logsumexp(jnp.where((place == ends) | (place == ends - 1), alpha, never), axis=1)
    return (losses if reduce == "no" else losses.mean()).astype(x.dtype)


def crf1d(cost, xs, ys, reduce="mean"):
    r"""Negative log-likelihood of sequences of labels under a linear-chain conditional random field.

    Args:
        cost: float array ``(labels, labels)``: the score of each transition.
        xs: a list of float arrays ``(n_i, labels)``, scores of labels at each time; ``n_i`` never grows: sequences, longest first.
        ys: a list of integer arrays ``(n_i,)``, the labels.
        reduce: ``"mean"``, or ``"no"`` for one loss per sequence.

    Returns:
        Variable of the dtype of ``xs``, of shape ``()`` or ``(n_0,)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        OutOfRange: a label is not below ``labels`` (an ``IndexError`` and ``ValueError``).

    Source: Lafferty, McCallum, Pereira 2001, Conditional random fields.

    >>> xs, ys = [np.zeros((2, 2), "f"), np.zeros((1, 2), "f")], [np.int32([0, 1]), np.int32([1])]
    >>> F.crf1d(np.zeros((2, 2), "f"), xs, ys, reduce="no").array.round(4)
    array([1.3863, 0.6931], dtype=float32)
    """
    expect_choice("crf1d", "reduce", reduce, "mean", "no")
    on_device = any(on_host(y) is None for y in ys)
    with contextlib.ExitStack() as checks:
        if not on_device:
            for y in ys:
                checks.enter_context(expect_in_range("crf1d", "labels", y, cost))
        x, alive = _side_by_side("crf1d", xs)
        labels, _ = _side_by_side("crf1d", ys)
        expect(labels.shape == x.shape[:2], "crf1d", "labels for each time, as many as scores", x=x, labels=labels)
        if on_device:
            checks.enter_context(expect_in_range("crf1d", "labels", labels, cost))
        losses = _crf1d(cost, x, labels, alive)
    return sum_of(losses) / len(xs[0]) if reduce == "mean" else losses


def _side_by_side(who, xs):
    """Times as one array ``(times, n, ...)``, their number rounded up, and whether a sequence still lasts at each of them."""
    sizes = [len(x) for x in xs]
    expect(sorted(sizes, reverse=True) == sizes, who, "sequences that only end", **{f"xs[{t}]": x for t, x in enumerate(xs)})
    times = rounded(len(xs))
    return side_by_side(xs, (times, sizes[0])), beginnings(sizes, times, sizes[0])


def _check_crf1d(who, cost, x):
    expect_floating(who, cost=cost)
    expect_same_dtype(who, cost=cost, x=x)
    fits = x.ndim == 3 and x.shape[2:] == (len(cost),) and cost.shape == (len(cost),) * 2
    expect(fits, who, "x (n, labels) and cost (labels, labels)", x=x, cost=cost)


@differentiable(node="CRF1d", path="loss.crf1d")
def _crf1d(cost, x, labels, alive=0):
    _check_crf1d("crf1d", cost, x)

    def step(alpha, at):
        x, alive = at
        return jnp.where(alive[:, None], jax.nn.logsumexp(alpha[:, :, None] + cost[None], axis=1) + x, alpha), None

    alpha, _ = lax.scan(step, x[0], (x[1:], alive[1:]))
    scores = jnp.take_along_axis(x, labels[..., None], axis=2)[..., 0]  # those after the end are zeros
    steps = jnp.where(alive[1:], cost[labels[:-1], labels[1:]], 0)
    return jax.nn.logsumexp(alpha, axis=1) - scores.sum(0) - steps.sum(0)


def argmax_crf1d(cost, xs):
    """The most likely sequences of labels under a linear-chain conditional random field.

    Args:
        cost: float array ``(labels, labels)``: the score of each transition.
        xs: a list of float arrays ``(n_i, labels)``, as in :func:`crf1d`.

    Returns:
        ``(score, path)``: a Variable ``(n_0,)``, and a list of integer arrays ``(n_i,)``, the labels.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> score, path = F.argmax_crf1d(np.float32([[0, 3], [0, 0]]), [np.float32([[1, 0]]), np.float32([[2, 0]])])
    >>> score.array, path
    (array([4.], dtype=float32), [array([0], dtype=int32), array([1], dtype=int32)])
    """
    x, alive = _side_by_side("argmax_crf1d", xs)
    score, path = _argmax_crf1d(cost, x, alive)
    path = as_array(path)
    return score, [path[t][: len(x)] for t, x in enumerate(xs)]


@differentiable(node="CRF1dArgmax", path="loss.crf1d")
def _argmax_crf1d(cost, x, alive=0):
    _check_crf1d("argmax_crf1d", cost, x)

    def forth(alpha, at):
        x, alive = at
        best, origin = _along(alpha[:, :, None] + cost[None], 1)
        return jnp.where(alive[:, None], best + x, alpha), origin

    def back(label, at):
        origin, alive = at
        before = jnp.take_along_axis(origin, label[:, None], axis=1)[:, 0]
        return jnp.where(alive, before, label), label

    alpha, origins = lax.scan(forth, x[0], (x[1:], alive[1:]))
    score, last = _along(alpha, 1)
    first, others = lax.scan(back, last, (origins, alive[1:]), reverse=True)
    return score, jnp.concatenate([first[None], others])


def _along(scores, axis):
    return scores.max(axis), lax.stop_gradient(scores).argmax(axis).astype(np.int32)
