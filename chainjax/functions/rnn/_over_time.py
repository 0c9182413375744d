"""One layer of a recurrent network over the steps of all sequences, one direction: forth, and its gradient.

The steps lie side by side, ``(times, sequences, units)``, and at each time some of the sequences, the first ones, are still there. What
is to be computed is known by hand, for XLA and for NumPy, of which the latter leaves out what is not there:

- The gradient reads what the pass forth has kept, gates and states, and does not compute it again.
- It goes through time with the gradients of the gates alone; those of weights and inputs are one product over all times. That of
  a scan by JAX is one in each step, which takes twice as long.

Gradients of gradients are JAX's.
"""

from typing import NamedTuple

import numpy as np

import jax
import jax.numpy as jnp
from jax import lax

from ...backends._by_row import rounded, run
from ...engine import Signature, signature_of
from ...engine._values import Aval


class Unit(NamedTuple):
    """A recurrent unit, of functions that take ``xp``, NumPy or that of JAX.

    Args:
        gates: how many gates there are.
        kept: how many arrays the gradient needs; the last of them are the new states but the first, which is the output.
        forward: of the states, and what inputs and states give to the gates: the new states, and what is kept.
        backward: of the states before, what was kept, and the gradients of the new states: lists of the gradients of what inputs and
            states give to the gates, and the gradients of the states but for the way through the gates.
    """

    gates: int
    kept: int
    forward: object
    backward: object


def _sigmoid(xp, x):
    return xp.tanh(x * 0.5) * 0.5 + 0.5


def _lstm_forward(xp, states, gx, gh):
    i, f, a, o = xp.split(gx + gh, 4, axis=1)
    i, f, a, o = _sigmoid(xp, i), _sigmoid(xp, f), xp.tanh(a), _sigmoid(xp, o)
    c = f * states[1] + i * a
    return (o * xp.tanh(c), c), (i, f, a, o, c)


def _lstm_backward(xp, before, kept, grads):
    (i, f, a, o, c), (gh, gc) = kept, grads
    tanh_c = xp.tanh(c)
    gc = gc + gh * o * (1 - tanh_c * tanh_c)
    gates = [gc * a * i * (1 - i), gc * before[1] * f * (1 - f), gc * i * (1 - a * a), gh * tanh_c * o * (1 - o)]
    return gates, gates, (0, gc * f)


def _gru_forward(xp, states, gx, gh):
    (rx, zx, x), (rh, zh, h) = xp.split(gx, 3, axis=1), xp.split(gh, 3, axis=1)
    r, z = _sigmoid(xp, rx + rh), _sigmoid(xp, zx + zh)
    x = xp.tanh(x + r * h)
    return ((1 - z) * x + z * states[0],), (r, z, x, h)


def _gru_backward(xp, before, kept, grads):
    (r, z, x, h), (g,) = kept, grads
    gx = g * (1 - z) * (1 - x * x)
    gates = [gx * h * r * (1 - r), g * (before[0] - x) * z * (1 - z)]
    return [*gates, gx], [*gates, gx * r], (g * z,)


def _simple(activation, slope):
    def forward(xp, states, gx, gh):
        h = activation(xp, gx + gh)
        return (h,), (h,)

    def backward(xp, before, kept, grads):
        gates = [slope(xp, kept[0], grads[0])]
        return gates, gates, (0,)

    return Unit(1, 1, forward, backward)


UNITS = {
    "lstm": Unit(4, 5, _lstm_forward, _lstm_backward),
    "gru": Unit(3, 4, _gru_forward, _gru_backward),
    "tanh": _simple(lambda xp, x: xp.tanh(x), lambda xp, y, g: g * (1 - y * y)),
    "relu": _simple(lambda xp, x: xp.maximum(x, 0), lambda xp, y, g: xp.where(y > 0, g, 0)),
}


# By JAX -------------------------------------------------------------------------------------------------------------------------


def forth(unit, reverse, x, states, weights, sizes):
    """Outputs, states at the end, and what the gradient needs, ``(times, unit.kept, sequences, units)``."""
    wx, wh, bx, bh = weights

    def step(states, at):
        gx, on = at
        new, kept = unit.forward(jnp, states, gx, states[0] @ wh.T + bh[None])
        states = [jnp.where(on, s, old) for s, old in zip(new, states, strict=True)]
        return states, (jnp.where(on, states[0], 0), jnp.where(on[None], jnp.stack(kept), 0))

    states, (ys, kept) = lax.scan(step, list(states), (x @ wx.T + bx[None, None], _alive(jnp, x, sizes)), reverse=reverse)
    return (ys, *states, kept)


def _alive(xp, x, sizes):
    """Which sequences are there, ``(times, sequences, 1)``."""
    times, n = x.shape[:2]
    there = xp.full((times, 1), n, np.int32) if sizes is None else sizes[:, None]
    return (xp.arange(n, dtype=np.int32)[None] < there)[..., None]


def back(unit, reverse, x, states, weights, sizes, ys, kept, gy, grads):
    """The gradients of inputs, states, weights and biases, from those of outputs and states at the end."""
    wx, wh = weights
    on = _alive(jnp, x, sizes)

    def before(a, first):
        moved = [a[1:], first[None]] if reverse else [first[None], a[:-1]]
        was_on = [on[1:], on[:1] & False] if reverse else [on[:1] & False, on[:-1]]
        return jnp.where(jnp.concatenate(was_on), jnp.concatenate(moved), first[None])

    others = [kept[:, k - len(states)] for k in range(1, len(states))]
    earlier = list(map(before, [ys, *others], states))

    def step(grads, at):
        earlier, kept, gy, on = at
        gx, gh, new = unit.backward(jnp, earlier, list(kept), [grads[0] + gy, *grads[1:]])
        gx, gh = jnp.where(on, jnp.concatenate(gx, 1), 0), jnp.where(on, jnp.concatenate(gh, 1), 0)
        new = [new[0] + gh @ wh, *new[1:]]
        return [jnp.where(on, n, g) for n, g in zip(new, grads, strict=True)], (gx, gh)

    grads, (gx, gh) = lax.scan(step, list(grads), (earlier, kept, gy, on), reverse=not reverse)
    gx, gh = gx.reshape(-1, gx.shape[2]), gh.reshape(-1, gh.shape[2])
    return [
        (gx @ wx).reshape(x.shape), *grads, gx.T @ x.reshape(-1, x.shape[2]), gh.T @ earlier[0].reshape(-1, wh.shape[1]),
        gx.sum(0), gh.sum(0),
    ]  # fmt: skip


# By NumPy -----------------------------------------------------------------------------------------------------------------------


def _forward(x, w):
    return x @ w.T


def _backward(g, w):
    return g @ w


def _over_rows(g, x):
    return lax.optimization_barrier(x.T @ g).T  # what XLA makes of ``g.T @ x`` itself takes 1.7 times as long


def _product(fn, device, *arrays):
    """A product by NumPy, or XLA where it comes so often that it pays to compile it: that is up to twice as fast."""
    sig = signature_of(fn, (), tuple([Aval(a.shape, a.dtype, device) for a in arrays]))
    return np.asarray(run(sig, arrays)[0])


class _Ragged:
    """Where what is there lies among rows, time after time, of which there are ``count``; below them are rows of zeros.

    Products are of numbers of rows that come again: so ``count`` is rounded up, and that of one time to the next sixteen.
    """

    def __init__(self, x, sizes, device):
        self.alive, self.device = _alive(np, x, sizes)[..., 0], device
        self.sizes = [x.shape[1]] * x.shape[0] if sizes is None else sizes.tolist()
        self.ends, self.dtype, self.most = np.cumsum(self.sizes).tolist(), x.dtype, x.shape[1]
        self.count = self.ends[-1]

    def times(self, reverse):
        """``[(time, how many sequences, slice of their rows, how many rows to take for a product)]``."""
        found = [
            (t, n, slice(end - n, end), min(-(-n // 16) * 16, self.most))
            for t, (n, end) in enumerate(zip(self.sizes, self.ends, strict=True))
            if n
        ]
        return found[::-1] if reverse else found

    def rows(self, units, of=None):
        """The rows of an array, or of zeros."""
        rows = np.zeros((rounded(self.count + 16), units), self.dtype)
        if of is not None:
            rows[: self.count] = of[self.alive]
        return rows

    def whole(self, rows):
        """The array of which they are the rows."""
        whole = np.zeros((*self.alive.shape, rows.shape[1]), self.dtype)
        whole[self.alive] = rows[: self.count]
        return whole

    def product(self, fn, *arrays):
        return _product(fn, self.device, *arrays)


def forth_by_numpy(unit, reverse, x, states, weights, sizes, device=None):
    """The same as :func:`forth`."""
    wx, wh, bx, bh = weights
    ragged, wh = _Ragged(x, sizes, device), jax.device_put(wh)
    gx = ragged.product(_forward, ragged.rows(x.shape[2], x), wx)
    states = [s.copy() for s in states]
    ys = np.zeros((*x.shape[:2], wh.shape[1]), x.dtype)
    kept = np.zeros((x.shape[0], unit.kept, *ys.shape[1:]), x.dtype)
    for t, n, rows, more in ragged.times(reverse):
        now = [s[:n] for s in states]
        new, parts = unit.forward(np, now, gx[rows] + bx, ragged.product(_forward, states[0][:more], wh)[:n] + bh)
        ys[t, :n] = new[0]
        for s, a in zip(now, new, strict=True):
            s[...] = a
        for k, part in enumerate(parts):
            kept[t, k, :n] = part
    return [ys, *states, kept]


def back_by_numpy(unit, reverse, x, states, weights, sizes, ys, kept, gy, grads, wanted, device=None):
    """The same as :func:`back`; of those the ``wanted`` ones."""
    ragged, (wx, wh) = _Ragged(x, sizes, device), weights
    histories = [ys, *[kept[:, k - len(states)] for k in range(1, len(states))]]
    gx, earlier, times, wh = ragged.rows(len(wx)), ragged.rows(wh.shape[1]), ragged.times(reverse)[::-1], jax.device_put(wh)
    gh, grads = gx, [g.copy() for g in grads]
    for (t, n, rows, more), (t_before, n_before, *_) in zip(times, [*times[1:], (0, 0)], strict=True):
        m = min(n, n_before)
        before = [h[t_before, :n] if m == n else np.concatenate([h[t_before, :m], s[m:n]]) for h, s in zip(histories, states, strict=True)]
        earlier[rows] = before[0]
        now = [g[:n] for g in grads]
        to_x, to_h, new = unit.backward(np, before, kept[t, :, :n], [now[0] + gy[t, :n], *now[1:]])
        np.concatenate(to_x, 1, out=gx[rows])
        if to_h is not to_x:
            gh = ragged.rows(len(wx)) if gh is gx else gh
            np.concatenate(to_h, 1, out=gh[rows])
        through = ragged.product(_backward, gh[rows.start : rows.start + more], wh)[:n]
        for g, a in zip(now, [new[0] + through, *new[1:]], strict=True):
            g[...] = a
    to_x, to_h = jax.device_put((gx, gh), may_alias=True)
    makers = [
        lambda: ragged.whole(ragged.product(_backward, to_x, wx)),
        *[lambda g=g: g for g in grads],
        lambda: ragged.product(_over_rows, to_x, ragged.rows(x.shape[2], x)),
        lambda: ragged.product(_over_rows, to_h, earlier),
        lambda: gx.sum(0),
        lambda: gh.sum(0),
    ]
    return [makers[i]() for i in wanted]


# As signatures ------------------------------------------------------------------------------------------------------------------


class ByHand(Signature):
    """A function whose results, and what NumPy does for it, are known: ``costs`` says what it takes (see ``backends/_by_numpy.py``)."""

    __slots__ = ("costs", "move", "shapes")

    def __init__(self, name, fn, avals, shapes, move, costs):
        self.shapes, self.move, self.costs, self.single = shapes, move, costs, False
        super().__init__(name, fn, avals)

    def _infer(self):
        return tuple([Aval(shape, self.avals[0].dtype, self.device) for shape in self.shapes])


class Layer(ByHand):
    """A layer, of arguments ``(x, *states, wx, wh, bx, bh, [sizes])``."""

    __slots__ = ("reverse", "unit")

    def __init__(self, name, fn, avals, unit, reverse, n_states):
        self.unit, self.reverse = unit, reverse
        (times, n, _), units = avals[0].shape, avals[2 + n_states].shape[1]
        shapes = (times, n, units), *[(n, units)] * n_states, (times, unit.kept, n, units)
        super().__init__(name, fn, avals, shapes, self._forth, self._costs(avals, n_states, 1))

    def _costs(self, avals, n_states, passes):
        # A pass forth takes as many products as each half of the one back. Where sequences end, about half of their places are empty.
        (times, n, n_in), (n_gates, units) = avals[0].shape, avals[2 + n_states].shape
        products = passes * times * n * n_gates * (n_in + units)
        there = 0.5 if len(avals) > 5 + n_states else 1
        return False, there * products * 20e-12 + passes * times * 100e-6, products * 12e-12, passes * 60

    @property
    def n_states(self):
        return len(self.shapes) - 2

    def _given(self, args):
        """Inputs, states, weights, sizes."""
        end = 1 + self.n_states
        return args[0], args[1:end], args[end : end + 4], args[end + 4] if len(args) > end + 4 else None

    def _forth(self, *args):
        return forth_by_numpy(self.unit, self.reverse, *self._given(args), self.device)

    @property
    def saved(self):
        return self.pullback(self.inexact, (True,) * len(self.outs))[1]

    def pullback(self, wanted, present):
        found = self._vjps.get((wanted, present, "read"))
        if found is None:
            found = self._vjps[wanted, present, "read"] = self._make_pullback(wanted, present[:-1])
        return found

    def _make_pullback(self, wanted, present):
        n, n_states = len(self.avals), self.n_states
        sizes = range(n_states + 5, n)  # none or one
        used = (*range(n_states + 3), *sizes, n, n + len(self.outs) - 1)
        avals = [(self.avals + self.outs)[i] for i in used] + [a for a, here in zip(self.outs, present, strict=False) if here]

        def given(args):
            args = iter(args)
            x, *states, wx, wh = [next(args) for _ in range(n_states + 3)]
            sizes_or_none, ys, kept = next(args) if sizes else None, next(args), next(args)
            gy, *grads = [next(args) if here else np.zeros(a.shape, a.dtype) for a, here in zip(self.outs, present, strict=False)]
            return self.unit, self.reverse, x, states, (wx, wh), sizes_or_none, ys, kept, gy, grads

        def gradient(*args):
            grads = back(*given(args))
            return [grads[i] for i in wanted]

        def move(*args):
            return back_by_numpy(*given(args), wanted, self.device)

        shapes, costs = [self.avals[i].shape for i in wanted], self._costs(self.avals, n_states, 2)
        return ByHand(self.name + "_grad", gradient, tuple(avals), shapes, move, costs), used
