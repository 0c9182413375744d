"""Kernels that only move numbers, run by NumPy as long as they are rare.

Sequences of other lengths are put together, cut and turned around by other kernels at each step, which nobody sees again: to
compile one takes as long as thousands of runs. What they compute is the same to the bit. Only where arrays are in the host's memory.
"""

import functools

import numpy as np

import jax
from jax.extend import core as jex

from ..engine import _replay
from ..engine._values import snapshot

#: How often a kernel is run by NumPy before it is compiled.
RUNS = 64

#: Larger results are not worth the copies.
LARGEST = 16 << 20


class Mover:
    """A kernel run by NumPy. As with a program, ``needs`` is what it takes beside its arguments; ``left`` counts its runs down."""

    __slots__ = ("device", "left", "move", "needs")

    def __init__(self, move, device):
        self.move, self.device, self.left, self.needs = move, device, RUNS, 0

    def call(self, *arrays):
        self.left -= 1
        results = self.move([np.asarray(a) for a in arrays])
        # Copies of our own: a buffer of the arguments may be overwritten while JAX still reads from it.
        return jax.device_put([snapshot(np.asarray(r)) for r in results], self.device, may_alias=False)


def mover_of(sig):
    """A signature as a :class:`Mover`, or ``None`` if it computes something, is large, or its arrays are elsewhere."""
    if (sig.device or jax.devices()[0]).platform != "cpu" or sum(a.nbytes for a in sig.outs) > LARGEST:
        return None
    if hasattr(sig, "move"):
        return Mover(sig.move, sig.device)
    jaxpr = sig.kernel.trace(*[a.spec for a in sig.avals]).jaxpr
    return Mover(functools.partial(_evaluated, jaxpr), sig.device) if _only_moves(jaxpr.jaxpr) else None


def _needed(jaxpr):
    """The equations that outputs depend on."""
    live, found = {v for v in jaxpr.outvars if not isinstance(v, jex.Literal)}, []
    for eqn in reversed(jaxpr.eqns):
        if not live.isdisjoint(eqn.outvars):
            live.update(v for v in eqn.invars if not isinstance(v, jex.Literal))
            found.append(eqn)
    return found[::-1]


def _only_moves(jaxpr):
    for eqn in _needed(jaxpr):
        inner = _inner(eqn)
        if not (_only_moves(inner.jaxpr) if inner is not None else eqn.primitive.name in _MOVES and _fits(eqn)):
            return False
    return all(v.aval.dtype.kind in "biuf" for v in (*jaxpr.invars, *jaxpr.outvars))


def _inner(eqn):
    """The jaxpr that an equation calls."""
    return eqn.params.get("jaxpr" if eqn.primitive.name == "jit" else "call_jaxpr")


def _fits(eqn):
    """Whether the equation is of the form that its NumPy below is written for."""
    params, name, x = eqn.params, eqn.primitive.name, eqn.invars[0].aval
    if name == "gather":  # whole rows, which are there
        n, rows, before = params["dimension_numbers"], (1, *x.shape[1:]), eqn.invars[1].aval.ndim - 1
        plain = n.offset_dims == tuple(range(before, before + x.ndim - 1)) and n.collapsed_slice_dims == n.start_index_map == (0,)
        plain = plain and not n.operand_batching_dims and params["slice_sizes"] == rows
        return plain and params["mode"].name == "PROMISE_IN_BOUNDS" and x.shape[0] > 0
    if name == "pad":
        return all(low >= 0 and high >= 0 and inside == 0 for low, high, inside in params["padding_config"])
    if name == "convert_element_type":
        return x.dtype.kind in "biu" and np.can_cast(x.dtype, params["new_dtype"], "same_kind")
    if name in ("add", "lt"):  # of indices
        return x.dtype.kind in "iu"
    if name == "select_n":
        return x.dtype == bool
    return name != "reshape" or params["dimensions"] is None


def _evaluated(closed, arrays):
    env = dict(zip(closed.jaxpr.constvars, closed.consts, strict=True))
    env.update(zip(closed.jaxpr.invars, arrays, strict=True))

    def read(v):
        return v.val if isinstance(v, jex.Literal) else env[v]

    for eqn in _needed(closed.jaxpr):
        xs, inner = [np.asarray(read(v)) for v in eqn.invars], _inner(eqn)
        outs = _MOVES[eqn.primitive.name](*xs, **eqn.params) if inner is None else _evaluated(inner, xs)
        env.update(zip(eqn.outvars, outs if isinstance(outs, list) else [outs], strict=True))
    return [read(v) for v in closed.jaxpr.outvars]


def _broadcast(x, shape, broadcast_dimensions, **_):
    sizes = [1] * len(shape)
    for axis, size in zip(broadcast_dimensions, x.shape, strict=True):
        sizes[axis] = size
    return np.broadcast_to(x.reshape(sizes), shape)


def _pad(x, value, padding_config):
    y = np.full([low + size + high for size, (low, high, _) in zip(x.shape, padding_config, strict=True)], value)
    y[tuple([slice(low, low + size) for size, (low, _, _) in zip(x.shape, padding_config, strict=True)])] = x
    return y


def _slice(x, start_indices, limit_indices, strides):
    return x[tuple(map(slice, start_indices, limit_indices, strides or (1,) * x.ndim))]


def _window(x, starts, sizes):
    """Where a slice lies: it is moved inside where it would end outside."""
    starts = [min(max(int(start), 0), whole - size) for start, whole, size in zip(starts, x.shape, sizes, strict=True)]
    return tuple([slice(start, start + size) for start, size in zip(starts, sizes, strict=True)])


def _updated(x, part, *starts):
    y = x.copy()
    y[_window(x, starts, part.shape)] = part
    return y


_MOVES = {
    "add": lambda x, y: x + y,
    "broadcast_in_dim": _broadcast,
    "concatenate": lambda *xs, dimension: np.concatenate(xs, dimension),
    "convert_element_type": lambda x, new_dtype, **_: x.astype(new_dtype),
    "dynamic_slice": lambda x, *starts, slice_sizes: x[_window(x, starts, slice_sizes)],
    "dynamic_update_slice": _updated,
    "gather": lambda x, i, **_: x.take(i[..., 0], 0, mode="clip"),  # so does XLA
    "lt": lambda x, y: x < y,
    "pad": _pad,
    "reshape": lambda x, new_sizes, **_: x.reshape(new_sizes),
    "rev": lambda x, dimensions: np.flip(x, dimensions),
    "select_n": lambda which, *cases: np.where(which, *cases[::-1]),
    "slice": _slice,
    "split": lambda x, sizes, axis: np.split(x, np.cumsum(sizes[:-1]), axis),
    "squeeze": lambda x, dimensions: x.squeeze(dimensions),
    "stack": lambda *xs, axis: np.stack(xs, axis),
    "transpose": lambda x, permutation: x.transpose(permutation),
    "unstack": lambda x, axis: list(np.moveaxis(x, axis, 0)),
}

_replay.without_xla[0] = mover_of
