"""Stacked recurrent networks over sequences.

The steps of all sequences are laid side by side, ended ones padded, and each layer and direction is one entry that loops over time. The
number of steps is rounded up a little, so that sequences of other lengths seldom need another program. Beyond the end of a sequence
nothing changes its state, and no gradient comes from there.
"""

import math

import numpy as np

import jax.numpy as jnp

from ... import engine
from ...backends._by_row import rounded
from ...config import config
from ...differentiable import ALL, differentiable
from ...utils.argument import parse_kwargs
from ...variable import as_variable
from .._check import expect, expect_floating, expect_same_dtype
from ..array import concat, stack
from ..array._rows import apart, side_by_side
from ..noise import dropout
from ._over_time import UNITS, Layer, forth


def n_step_lstm(n_layers, dropout_ratio, hx, cx, ws, bs, xs, **kwargs):
    r"""Stacked long short-term memory over sequences.

    .. math::
        i = \sigma(W_0 x + W_4 h' + b_0 + b_4), \quad f = \sigma(W_1 x + W_5 h' + b_1 + b_5), \quad
        a = \tanh(W_2 x + W_6 h' + b_2 + b_6), \quad o = \sigma(W_3 x + W_7 h' + b_3 + b_7), \qquad
        c = f c' + i a, \quad h = o \tanh(c)

    Args:
        n_layers: the number of layers :math:`S`; the input of each but the first is the output of the one before. Static.
        dropout_ratio: the ratio of :func:`dropout` between layers.
        hx: float array ``(S, B, N)``, the states :math:`h` at the start.
        cx: the same for :math:`c`.
        ws: for each layer a list of eight matrices :math:`W_0, ..., W_7`: ``(N, I)`` for the input, ``(N, N)`` for the state.
        bs: for each layer a list of eight vectors ``(N,)``.
        xs: for each time ``t`` the inputs ``(B_t, I)`` of the sequences that last so long: the longest is first in each of them
            (:func:`transpose_sequence` makes them of sequences sorted by length).

    Returns:
        ``(hy, cy, ys)``: the states at the end, and for each time a Variable ``(B_t, N)``, the outputs of the last layer.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        ValueError: inputs and weights are of different sizes.

    >>> ws = [[np.zeros((2, 3), "f")] * 4 + [np.zeros((2, 2), "f")] * 4]
    >>> bs = [[np.zeros(2, "f")] * 8]
    >>> hx = cx = np.ones((1, 2, 2), "f")
    >>> hy, cy, ys = F.n_step_lstm(1, 0, hx, cx, ws, bs, [np.ones((2, 3), "f"), np.ones((1, 3), "f")])
    >>> cy.array
    array([[[0.25, 0.25],
            [0.5 , 0.5 ]]], dtype=float32)
    """
    return _n_step("n_step_lstm", "lstm", 1, n_layers, dropout_ratio, hx, cx, ws, bs, xs, kwargs)


def n_step_bilstm(n_layers, dropout_ratio, hx, cx, ws, bs, xs, **kwargs):
    """Stacked long short-term memory over sequences, forth and back in time. See :func:`n_step_lstm` for ``xs`` and the formula.

    Args:
        n_layers: the number of layers ``S``; the input of each but the first are both outputs, side by side, of the one before. Static.
        dropout_ratio: the ratio of :func:`dropout` between layers.
        hx: float array ``(2 * S, B, N)``: the states at the start, of each layer forth and back.
        cx: the same.
        ws: ``2 * S`` lists of eight matrices, of each layer forth and back.
        bs: ``2 * S`` lists of eight vectors.
        xs: the inputs.

    Returns:
        ``(hy, cy, ys)``: the states at the end, and for each time a Variable ``(B_t, 2 * N)``.

    >>> ws = [[np.zeros((2, 3), "f")] * 4 + [np.zeros((2, 2), "f")] * 4] * 2
    >>> bs = [[np.zeros(2, "f")] * 8] * 2
    >>> hx = cx = np.ones((2, 1, 2), "f")
    >>> hy, cy, ys = F.n_step_bilstm(1, 0, hx, cx, ws, bs, [np.ones((1, 3), "f")])
    >>> ys[0].shape
    (1, 4)
    """
    return _n_step("n_step_bilstm", "lstm", 2, n_layers, dropout_ratio, hx, cx, ws, bs, xs, kwargs)


def n_step_gru(n_layers, dropout_ratio, hx, ws, bs, xs, **kwargs):
    r"""Stacked gated recurrent units over sequences.

    .. math::
        r = \sigma(W_0 x + W_3 h' + b_0 + b_3), \quad z = \sigma(W_1 x + W_4 h' + b_1 + b_4), \qquad
        h = (1 - z) \tanh(W_2 x + b_2 + r (W_5 h' + b_5)) + z h'

    Args:
        n_layers: the number of layers :math:`S`. Static.
        dropout_ratio: the ratio of :func:`dropout` between layers.
        hx: float array ``(S, B, N)``, the states :math:`h` at the start.
        ws: for each layer a list of six matrices: ``(N, I)`` for the input, ``(N, N)`` for the state.
        bs: for each layer a list of six vectors ``(N,)``.
        xs: for each time the inputs ``(B_t, I)``; see :func:`n_step_lstm`.

    Returns:
        ``(hy, ys)``: the states at the end, and for each time a Variable ``(B_t, N)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> ws, bs = [[np.zeros((2, 2), "f")] * 6], [[np.zeros(2, "f")] * 6]
    >>> hy, ys = F.n_step_gru(1, 0, np.ones((1, 1, 2), "f"), ws, bs, [np.ones((1, 2), "f")] * 2)
    >>> hy.array
    array([[[0.25, 0.25]]], dtype=float32)
    """
    return _n_step("n_step_gru", "gru", 1, n_layers, dropout_ratio, hx, None, ws, bs, xs, kwargs)


def n_step_bigru(n_layers, dropout_ratio, hx, ws, bs, xs, **kwargs):
    """Stacked gated recurrent units over sequences, forth and back in time. See :func:`n_step_gru` for the formula.

    Args:
        n_layers: the number of layers ``S``. Static.
        dropout_ratio: the ratio of :func:`dropout` between layers.
        hx: float array ``(2 * S, B, N)``: the states at the start, of each layer forth and back.
        ws: ``2 * S`` lists of six matrices; those for the input of all layers but the first are ``(N, 2 * N)``.
        bs: ``2 * S`` lists of six vectors.
        xs: the inputs; see :func:`n_step_lstm`.

    Returns:
        ``(hy, ys)``: the states at the end, and for each time a Variable ``(B_t, 2 * N)``.

    >>> ws, bs = [[np.zeros((2, 2), "f")] * 6] * 2, [[np.zeros(2, "f")] * 6] * 2
    >>> hy, ys = F.n_step_bigru(1, 0, np.ones((2, 1, 2), "f"), ws, bs, [np.ones((1, 2), "f")] * 2)
    >>> ys[0].array
    array([[0.5 , 0.5 , 0.25, 0.25]], dtype=float32)
    """
    return _n_step("n_step_bigru", "gru", 2, n_layers, dropout_ratio, hx, None, ws, bs, xs, kwargs)


def n_step_rnn(n_layers, dropout_ratio, hx, ws, bs, xs, activation="tanh", **kwargs):
    r"""Stacked simple recurrent units over sequences: :math:`h = f(W_0 x + W_1 h' + b_0 + b_1)`.

    Args:
        n_layers: the number of layers :math:`S`. Static.
        dropout_ratio: the ratio of :func:`dropout` between layers.
        hx: float array ``(S, B, N)``, the states :math:`h` at the start.
        ws: for each layer a list of two matrices: ``(N, I)`` for the input, ``(N, N)`` for the state.
        bs: for each layer a list of two vectors ``(N,)``.
        xs: for each time the inputs ``(B_t, I)``; see :func:`n_step_lstm`.
        activation: ``"tanh"`` or ``"relu"``. Static.

    Returns:
        ``(hy, ys)``: the states at the end, and for each time a Variable ``(B_t, N)``.

    Raises:
        InvalidType: shapes or dtypes do not fit.
        ValueError: inputs and weights are of different sizes, or there is no such activation.

    >>> ws, bs = [[np.eye(2, dtype="f")] * 2], [[np.zeros(2, "f")] * 2]
    >>> hy, ys = F.n_step_rnn(1, 0, np.zeros((1, 1, 2), "f"), ws, bs, [np.ones((1, 2), "f")] * 2, "relu")
    >>> ys[1].array
    array([[2., 2.]], dtype=float32)
    """
    return _n_step("n_step_rnn", activation, 1, n_layers, dropout_ratio, hx, None, ws, bs, xs, kwargs)


def n_step_birnn(n_layers, dropout_ratio, hx, ws, bs, xs, activation="tanh", **kwargs):
    """Stacked simple recurrent units over sequences, forth and back in time. See :func:`n_step_rnn` for the formula.

    Args:
        n_layers: the number of layers ``S``. Static.
        dropout_ratio: the ratio of :func:`dropout` between layers.
        hx: float array ``(2 * S, B, N)``: the states at the start, of each layer forth and back.
        ws: ``2 * S`` lists of two matrices; those for the input of all layers but the first are ``(N, 2 * N)``.
        bs: ``2 * S`` lists of two vectors.
        xs: the inputs; see :func:`n_step_lstm`.
        activation: ``"tanh"`` or ``"relu"``. Static.

    Returns:
        ``(hy, ys)``: the states at the end, and for each time a Variable ``(B_t, 2 * N)``.

    >>> ws, bs = [[np.eye(2, dtype="f")] * 2] * 2, [[np.zeros(2, "f")] * 2] * 2
    >>> hy, ys = F.n_step_birnn(1, 0, np.zeros((2, 1, 2), "f"), ws, bs, [np.ones((1, 2), "f")] * 2, "relu")
    >>> ys[1].array
    array([[2., 2., 1., 1.]], dtype=float32)
    """
    return _n_step("n_step_birnn", activation, 2, n_layers, dropout_ratio, hx, None, ws, bs, xs, kwargs)


def _n_step(who, mode, directions, n_layers, dropout_ratio, hx, cx, ws, bs, xs, kwargs):
    gone = {name: f"{who} takes no {name}; use using_config('{name}', ...)" for name in ("train", "use_cudnn")}
    parse_kwargs(kwargs, **gone)
    if mode not in UNITS:
        raise ValueError(f"{who}: expected activation to be 'tanh' or 'relu', got {mode!r}")
    if not len(xs):
        return *[as_variable(state) for state in (hx, cx) if state is not None], ()  # no step, so the states stay
    if xs[0].shape[1] != ws[0][0].shape[1]:
        raise ValueError(f"{who}: expected inputs of {ws[0][0].shape[1]} units, to fit the weights, got {xs[0].shape[1]}")
    sizes = [len(x) for x in xs]
    expect(
        hx.ndim == 3 and len(hx) == n_layers * directions and max(sizes) <= hx.shape[1], who, "a state for each layer and sequence", hx=hx
    )
    shape = (len(xs), hx.shape[1]) if min(sizes) == hx.shape[1] else (rounded(len(xs)), hx.shape[1])
    there = () if math.prod(shape) == sum(sizes) else (engine.own(np.array(sizes + [0] * (shape[0] - len(sizes)), np.int32)),)
    hs = _apart(hx, len(hx))
    cs = None if cx is None else _apart(cx, len(hx))
    x = side_by_side(xs, shape)
    ends = []
    for layer in range(n_layers):
        ys = []
        for i in range(layer * directions, (layer + 1) * directions):
            inputs = _dropped(x, dropout_ratio, sizes) if layer else x
            weights = (*ws[i], *bs[i]) if mode in ("tanh", "relu") else _gates_together(ws[i], bs[i])
            states = (hs[i],) if cx is None else (hs[i], cs[i])
            (y, *end), _ = _over_time(inputs, states, *weights, there, who, mode, i % directions == 1)
            ys.append(y)
            ends.append(end)
        x = ys[0] if directions == 1 else concat(ys, axis=2)
    return *[stack(states) for states in zip(*ends, strict=True)], apart(x, sizes)


def _dropped(x, ratio, sizes):
    """Dropout of all steps: on ``@numpy`` the numbers are those that dropout of one step after another draws."""
    if not config.train or x.device.xp is not np:
        return dropout(x, ratio)
    mask = np.zeros(x.shape, x.dtype)
    for t, n in enumerate(sizes):
        mask[t, :n] = (np.random.rand(n, x.shape[2]) >= ratio) * x.dtype.type(1 / (1 - ratio))
    return dropout(x, ratio, mask=mask)


@differentiable(integers=True, static=("n",))
def _apart(x, n):
    return tuple([x[i] for i in range(n)])


@differentiable()
def _gates_together(ws, bs):
    half = len(ws) // 2
    return tuple([jnp.concatenate(a) for a in (ws[:half], ws[half:], bs[:half], bs[half:])])


def _known(name, fn, avals, static):
    who, mode, reverse = static
    unit, n_states = UNITS[mode], 2 if mode == "lstm" else 1
    x, *states, wx, wh, bx, bh = [a.spec for a in avals[: n_states + 5]]
    _expect_fitting(who, x, states, wx, wh, bx, bh)
    return Layer(name, fn, avals, unit, reverse, n_states) if x.dtype in (np.float32, np.float64) else None


def _expect_fitting(who, x, states, wx, wh, bx, bh):
    arrays = {"xs": x, **dict(zip(("hx", "cx"), states, strict=False)), "W of x": wx, "W of h": wh, "b of x": bx, "b of h": bh}
    expect_floating(who, hx=states[0])
    expect_same_dtype(who, **arrays)
    gates = wh.shape[0]
    fits = x.ndim == 3 and wx.shape == (gates, x.shape[2]) and wh.shape == (gates, states[0].shape[1])
    fits = fits and bx.shape == bh.shape == (gates,) and len({s.shape for s in states}) == 1
    expect(fits, who, "weights that fit inputs and states", **arrays)


@differentiable(node="NStepRNN", retain=ALL, static=("who", "mode", "reverse"), states=1, known=_known)
def _over_time(x, states, wx, wh, bx, bh, sizes=0, who="n_step", mode="tanh", reverse=False):
    _expect_fitting(who, x, states, wx, wh, bx, bh)
    return forth(UNITS[mode], reverse, x, states, (wx, wh, bx, bh), *sizes or (None,))
