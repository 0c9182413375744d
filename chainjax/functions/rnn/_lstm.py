"""Recurrent units with gates."""

import jax.numpy as jnp

from ...differentiable import ALL, differentiable
from .._check import expect, expect_floating, expect_same_dtype
from ..activation._sigmoids import half_tanh


def _interleaved(x):
    return jnp.moveaxis(x.reshape(len(x), x.shape[1] // 4, 4, *x.shape[2:]), 2, 0)


@differentiable(node="LSTM", path="rnn.lstm", retain=(0, 1))
def lstm(c_prev, x):
    r"""One step of long short-term memory: :math:`c = \tanh(a) \sigma(i) + c' \sigma(f), \; h = \tanh(c) \sigma(o)`.

    Args:
        c_prev: float array ``(n, units, *s)``, the cell's state :math:`c'`.
        x: float array ``(m, 4 * units, *s)`` of the same dtype with :math:`m \le n`: the gates :math:`a, i, f, o`, interleaved (unit 0's
            four, then unit 1's, ...). Where :math:`m < n` the last states stay as they are: their sequences have ended.

    Returns:
        ``(c, h)``: Variables ``(n, units, *s)`` and ``(m, units, *s)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: Hochreiter, Schmidhuber 1997; the forget gate: Gers et al. 2000.

    >>> c, h = F.lstm(np.zeros((1, 2), "f"), np.zeros((1, 8), "f"))
    >>> h.array
    array([[0., 0.]], dtype=float32)
    """
    expect_floating("lstm", c_prev=c_prev)
    expect_same_dtype("lstm", c_prev=c_prev, x=x)
    fits = c_prev.ndim >= 2 and x.ndim == c_prev.ndim and x.shape[0] <= c_prev.shape[0]
    fits = fits and x.shape[1] == 4 * c_prev.shape[1] and x.shape[2:] == c_prev.shape[2:]
    expect(fits, "lstm", "x with four gates for each unit of c_prev", c_prev=c_prev, x=x)
    a, i, f, o = _interleaved(x)
    c = jnp.tanh(a) * half_tanh(i) + half_tanh(f) * c_prev[: len(x)]
    h = half_tanh(o) * jnp.tanh(c)
    return jnp.concatenate([c, c_prev[len(x) :]]), h


@differentiable(node="SLSTM", path="rnn.slstm", retain=(0, 1, 2, 3))
def slstm(c_prev1, c_prev2, x1, x2):
    r"""Joins two LSTMs: :math:`c = \tanh(a_1) \sigma(i_1) + \tanh(a_2) \sigma(i_2) + \sigma(f_1) c_1 + \sigma(f_2) c_2`.

    The output is :math:`h = \sigma(o_1 + o_2) \tanh(c)`.

    Args:
        c_prev1: float array ``(n, units, *s)``, the state :math:`c_1` of the first.
        c_prev2: the same of the second.
        x1: float array ``(n, 4 * units, *s)``: its gates :math:`a, i, f, o`, interleaved as in :func:`lstm`.
        x2: the same of the second.

    Returns:
        ``(c, h)``: Variables ``(n, units, *s)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: Zhu, Sobhani, Guo 2015, arXiv:1503.04881.

    >>> c, h = F.slstm(np.ones((1, 1), "f"), np.ones((1, 1), "f"), np.zeros((1, 4), "f"), np.zeros((1, 4), "f"))
    >>> c.array
    array([[1.]], dtype=float32)
    """
    arrays = {"c_prev1": c_prev1, "c_prev2": c_prev2, "x1": x1, "x2": x2}
    expect_floating("slstm", c_prev1=c_prev1)
    expect_same_dtype("slstm", **arrays)
    fits = c_prev1.ndim >= 2 and c_prev2.shape == c_prev1.shape and x2.shape == x1.shape
    fits = fits and x1.shape == (len(c_prev1), 4 * c_prev1.shape[1], *c_prev1.shape[2:])
    expect(fits, "slstm", "states of one shape, and x1 and x2 with four gates for each unit", **arrays)
    (a1, i1, f1, o1), (a2, i2, f2, o2) = _interleaved(x1), _interleaved(x2)
    c = jnp.tanh(a1) * half_tanh(i1) + jnp.tanh(a2) * half_tanh(i2) + half_tanh(f1) * c_prev1 + half_tanh(f2) * c_prev2
    return c, half_tanh(o1 + o2) * jnp.tanh(c)


@differentiable(node="TreeLSTM", path="rnn.tree_lstm", retain=ALL)
def tree_lstm(*inputs):
    r"""Joins the LSTMs of a node's children: :math:`c = \tanh(a) \sigma(i) + \sum_k \sigma(f_k) c_k, \; h = \sigma(o) \tanh(c)`.

    Args:
        ``*inputs``: float arrays ``c_1, ..., c_N, x``: the states of the children ``(n, units, *s)``, and ``(n, (3 + N) * units, *s)``: the
            gates :math:`a, i, o, f_1, ..., f_N`, one after another (not interleaved).

    Returns:
        ``(c, h)``: Variables ``(n, units, *s)``.

    Raises:
        InvalidType: shapes or dtypes do not fit, or there is no child.

    Source: Tai, Socher, Manning 2015, arXiv:1503.00075 (its N-ary Tree-LSTM).

    >>> c, h = F.tree_lstm(np.ones((1, 2), "f"), np.full((1, 2), 3, "f"), np.zeros((1, 10), "f"))
    >>> c.array
    array([[2., 2.]], dtype=float32)
    """
    *cs, x = inputs
    arrays = {**{f"c{k}": c for k, c in enumerate(cs, 1)}, "x": x}
    expect(len(cs) > 0, "tree_lstm", "the state of one child at least, then x", x=x)
    expect_floating("tree_lstm", **arrays)
    expect_same_dtype("tree_lstm", **arrays)
    shape = cs[0].shape
    fits = len(shape) >= 2 and all(c.shape == shape for c in cs)
    fits = fits and x.shape == (shape[0], (3 + len(cs)) * shape[1], *shape[2:])
    expect(fits, "tree_lstm", f"states of one shape, and x with {3 + len(cs)} gates for each unit", **arrays)
    return _tree_cell(cs, *jnp.split(x, 3 + len(cs), axis=1))


def _tree_cell(cs, a, i, o, *fs):
    c = jnp.tanh(a) * half_tanh(i)
    for f, c_k in zip(fs, cs, strict=True):
        c = c + half_tanh(f) * c_k
    return c, half_tanh(o) * jnp.tanh(c)


@differentiable(node="TreeLSTM", path="rnn.tree_lstm", retain=ALL)
def child_sum_tree_lstm(cs, x, h=None, fs=None):
    r"""The sum of children in one entry: what :class:`chainjax.links.ChildSumTreeLSTM` makes of its affine maps.

    Args:
        cs: the states of the children ``(n, units)``; none for a leaf.
        x: float array ``(n, 4 * units)``: :math:`a, i, o, f` of the input, one after another.
        h: float array ``(n, 3 * units)``: what the sum of the children's outputs adds to :math:`a, i, o`; ``None`` for a leaf.
        fs: float array ``(children * n, units)``: what each child adds to :math:`f`, child after child; ``None`` for a leaf.

    Returns:
        ``(c, h)``: Variables ``(n, units)``.

    >>> c, h = child_sum_tree_lstm([], np.zeros((1, 8), "f"))
    >>> c.array
    array([[0., 0.]], dtype=float32)
    """
    states = {f"c{k}": c for k, c in enumerate(cs, 1)}
    expect_same_dtype("tree_lstm", **states, x=x)
    expect(all(c.shape == (len(x), x.shape[1] // 4) for c in cs), "tree_lstm", "states (n, units) to x (n, 4 * units)", **states, x=x)
    aio, f = jnp.split(x, [3 * x.shape[1] // 4], axis=1)
    aio = aio if h is None else h + aio
    return _tree_cell(cs, *jnp.split(aio, 3, axis=1), *[f_k + f for f_k in (jnp.split(fs, len(cs)) if cs else ())])
