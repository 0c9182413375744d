"""Transformations of gradients that optax, or whoever keeps to its interface, defines."""

import numpy as np

import jax

from .. import engine
from .._together import count
from ..backends._cell import Cell, publish
from ..engine._interrupts import held as signals_held
from ..optimizer import GradientMethod, StateArrays, UpdateRule, unscale_grads
from ..serializer import Deserializer, takes_cells
from ..utils._promotion import relaxed
from ..variable import on_jax, send_contents, use


class Optax(GradientMethod):
    """An optax transformation as an optimizer: all parameters and its whole state are updated in one program.

    Args:
        transform: an ``optax.GradientTransformation``: an object with ``init(params)`` and ``update(grads, state, params)``. It sees
            the initialised parameters as a dictionary by path, computed in float32 at least. Schedules belong into it.

    The state is saved with the optimizer, one array for each leaf, in the order of the tree. A parameter whose rule is not enabled
    stays as it is, and its gradient counts as 0.

    Raises:
        TypeError: ``transform`` has no ``init`` and ``update``.

    >>> import optax
    >>> link = chainjax.links.Linear(1, 1, initialW=1)
    >>> optimizer = chainjax.optimizers.Optax(optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.5))).setup(link)
    >>> optimizer.update(lambda: chainjax.functions.sum(link(np.float32([[0]]))))
    >>> link.b.array
    array([-0.5], dtype=float32)
    """

    def __init__(self, transform):
        super().__init__()
        if not callable(getattr(transform, "init", None)) or not callable(getattr(transform, "update", None)):
            raise TypeError(f"Optax: expected a transformation with init and update, as optax.adam(0.001) is, got {transform!r}")
        self.transform, self._state, self._tree = transform, None, None

    def setup(self, link):
        super().setup(link)
        self._state = self._tree = None
        return self

    def create_update_rule(self):
        return UpdateRule(self.hyperparam)

    @property
    def state(self):
        """The state as a tree of arrays, as ``transform`` made it; ``None`` before the first update."""
        return None if self._state is None else self._tree.unflatten(self._state.values())

    def _trained(self):
        found, seen = {}, set()
        for path, param in self.target.namedparams(False):
            if id(param) not in seen:
                seen.add(id(param))
                found[path] = param
        return found

    def _start(self, params):
        with relaxed(), jax.enable_x64(True):
            state = self.transform.init({path: _wide(on_jax(use(p._contents))) for path, p in params.items()})
        leaves, self._tree = jax.tree.flatten(state)
        self._state, self._paths = StateArrays(), list(params)
        with jax.enable_x64(True):
            for i, leaf in enumerate(leaves):
                cell = Cell(engine.own(np.array(leaf)))
                self._state[str(i)] = send_contents(cell, next(iter(params.values())).device)

    def _update_params(self, params):
        trained = self._trained()
        if not trained:
            self.t += 1
            return
        if self._state is None:
            self._start(trained)
        if list(trained) != self._paths:
            raise RuntimeError(f"Optax: the state is of the parameters {self._paths}, and there are {list(trained)} now; call setup again")
        unscale_grads(trained.values())
        for hook, rule, param in _hooks(trained, "pre"):
            hook(rule, param)
        cells = [p._cell() for p in trained.values()] + [self._state.held(name) for name in self._state]
        enabled = tuple([p.update_rule.enabled for p in trained.values()])
        static = (
            ("transform", engine.static_key(self.transform)),
            ("tree", engine.static_key(self._tree)),
            ("paths", tuple(trained)),
            ("enabled", engine.static_key(enabled)),
        )
        values = [cell.use() for cell in cells] + [p._grad_value() for p in trained.values()]
        sig = engine.signature_of(_transformed, static, tuple([v.aval for v in values]), "optax")
        with signals_held():
            new = engine.record(sig, values)
            values = None  # what this frame holds could not be donated
            publish(cells, new, count([self, *[p.update_rule for p in trained.values() if p.update_rule.enabled]]))
        for hook, rule, param in _hooks(trained, "post"):
            hook(rule, param)

    def serialize(self, serializer):
        super().serialize(serializer)
        reading = isinstance(serializer, Deserializer)
        part = serializer["optax"]
        if reading and self._state is None:
            if "0" not in part and self.t == 0:
                return
            self._start(self._trained())
        by_cell = takes_cells(serializer)
        for name in self._state or ():
            self._state[name] = part(name, dict.__getitem__(self._state, name) if by_cell else self._state[name])


def _hooks(params, timing):
    return [(hook, p.update_rule, p) for p in params.values() if p.update_rule.enabled for hook in p.update_rule._hooks.at(timing).values()]


def _wide(x):
    return x.astype(np.promote_types(x.dtype, np.float32))


def _transformed(*arrays, transform, tree, paths, enabled):
    n = len(paths)
    params, state, grads = arrays[:n], arrays[n:-n], arrays[-n:]
    grads = [g if on else g * 0 for g, on in zip(grads, enabled, strict=True)]
    by_path = dict(zip(paths, map(_wide, params), strict=True))
    with relaxed():
        updates, new_state = transform.update(dict(zip(paths, map(_wide, grads), strict=True)), tree.unflatten(state), by_path)
        new = [(by_path[path] + updates[path]).astype(p.dtype) if on else p for path, p, on in zip(paths, params, enabled, strict=True)]
    return new + [jax.numpy.asarray(s).astype(old.dtype) for s, old in zip(jax.tree.leaves(new_state), state, strict=True)]
