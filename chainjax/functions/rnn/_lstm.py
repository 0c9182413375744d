"""Recurrent units with gates."""

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_floating, expect_same_dtype
from ..activation._sigmoids import half_tanh


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
    a, i, f, o = jnp.moveaxis(x.reshape(len(x), -1, 4, *x.shape[2:]), 2, 0)
    c = jnp.tanh(a) * half_tanh(i) + half_tanh(f) * c_prev[: len(x)]
    h = half_tanh(o) * jnp.tanh(c)
    return jnp.concatenate([c, c_prev[len(x) :]]), h
