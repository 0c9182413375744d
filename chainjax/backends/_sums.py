"""One product for all gradients of a matrix that is used many times.

A network that is unrolled over ``T`` steps adds ``T`` gradients of each of its weights, each the sum over the few rows of its step, and
as large as the weights. In a program that is compiled whole they are computed as the sum over the rows of all steps: one large
product of matrices instead of ``T`` small ones and ``T - 1`` sums of what is written to memory and read again. For 35 steps of
20 rows and weights of 5,000 times 256 that is 11 ms instead of 107, on one core.

It follows from what a function says of itself: rows of which inputs do not see each other (``by_row`` of ``@differentiable``).
"""

import collections
import functools

import jax.numpy as jnp

from ..engine import Signature, _replay
from ..engine._values import Aval


def plus(x, y):
    """What sums of gradients are made of."""
    return x + y


def together(entries, live):
    """The entries of a program that have a better form, by number: a function, and the slots of its arguments."""
    uses = collections.Counter([s for e in entries for s in e[1][1:]])
    uses.update(live)
    makers = {base + i: (n, i) for n, (sig, _, base, *_) in enumerate(entries) for i in range(len(sig.outs))}
    found, inside = {}, set()
    for n in range(len(entries) - 1, -1, -1):
        if entries[n][0].fn is not plus or n in inside:
            continue
        singles, groups, todo = [], {}, list(entries[n][1][1:])
        while todo:
            slot = todo.pop()
            maker, i = makers.get(slot, (None, None))
            sig, key, *_ = entries[maker] if maker is not None and uses[slot] == 1 else (None, ())
            if sig is not None and sig.fn is plus:
                inside.add(maker)
                todo.extend(key[1:])
            elif sig is not None and _is_sum_over_rows(sig, i):
                fixed = [s for s, in_rows in zip(key[1:], _in_rows(sig), strict=True) if not in_rows]
                groups.setdefault((sig, i, *fixed), []).append(key[1:])
            else:
                singles.append(slot)
        if any(len(calls) > 1 for calls in groups.values()):
            parts = [(*key[:2], len(calls)) for key, calls in groups.items()]
            slots = [s for calls in groups.values() for call in calls for s in call]
            found[n] = functools.partial(_total, parts), (*slots, *singles)
    return found


def _is_sum_over_rows(sig, i):
    """Whether the ``i``-th output is a sum over rows that is larger than the rows: these are then put together for less."""
    if sig.pulled is None or not sig.pulled[0].by_row:
        return False
    function, wanted, _, used = sig.pulled
    by_row = function.by_row
    sums = [aval.nbytes for aval, place in zip(sig.outs, wanted, strict=True) if place not in by_row]
    rows = [aval.nbytes for aval, in_rows in zip(sig.avals, _in_rows(sig), strict=True) if in_rows]
    return wanted[i] not in by_row and set(by_row) <= set(used) and sum(sums) > sum(rows)


def _in_rows(sig):
    """Which arguments of a gradient have rows: some inputs of the function, and the gradients of its outputs."""
    function, *_, used = sig.pulled
    return [p >= len(used) or used[p] in function.by_row for p in range(len(sig.avals))]


def _total(parts, *xs):
    terms, start = [], 0
    for sig, i, n in parts:
        end = start + n * len(sig.avals)
        terms.append(_at_once(sig, i, [xs[k : k + len(sig.avals)] for k in range(start, end, len(sig.avals))]))
        start = end
    return [functools.reduce(plus, [*terms, *xs[start:]])]


def _at_once(sig, i, calls):
    """The sum of the ``i``-th outputs of some calls of a gradient, as that of one call on all their rows."""
    function, wanted, present, _ = sig.pulled
    n = len(calls)
    avals = [Aval((n * a.shape[0], *a.shape[1:]), a.dtype, a.device) if k in function.by_row else a for k, a in enumerate(function.avals)]
    gradient, _ = Signature(function.name, function.fn, tuple(avals)).vjp(wanted, present)
    args = [jnp.concatenate(a) if in_rows else a[0] for a, in_rows in zip(zip(*calls, strict=True), _in_rows(sig), strict=True)]
    return gradient.kernel(*args)[i]


_replay.better[0] = together
