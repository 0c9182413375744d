"""How built-in rules update the parameters of a model: all in one entry of the tape, and hundreds of small ones as if they were one.

Small parameters that the same numbers steer are packed: their arrays are parts of one flat array, and so are the states of their
rules (see ``backends/_pack.py``). 400 parameters of 100 numbers are then two arrays for XLA, and for Python nothing but the look
whether they are what they were at the last update (70 us). Whatever is not, because code has read or replaced an array, given a
parameter its own hyperparameters or added a hook, is updated as large ones are, and packed again if nothing speaks against it.
"""

import collections
import operator
import types
from itertools import repeat
from operator import attrgetter

import numpy as np

import jax
from jax import lax

from . import engine
from .backends._cell import Cell, Part, is_held, publish
from .backends._pack import pack
from .engine import TRACED, Value
from .variable import use

#: So many parameters of at most so many bytes are packed: with fewer, or larger ones, it is not slower to hand over each.
MANY, SMALL = 16, 1 << 15

# Python code that runs in C: 20 ns for each parameter, a tenth of what a loop takes.
_contents, _kept, _rule, _t = attrgetter("_contents"), attrgetter("kept"), attrgetter("update_rule"), attrgetter("t")
_settings = attrgetter("enabled", "_use_fp32_update", "hyperparam", "_hooks", "_state")


class Packed:
    """Parameters whose arrays, and the states of whose rules, are in packs. It stands among parameters as if it were one."""

    def __init__(self, params):
        self.params, self.rules = params, list(map(_rule, params))
        self.update_rule = first = self.rules[0]
        self.settings = list(map(_settings, self.rules))
        self.own = [rule.hyperparam.__dict__ for rule in self.rules]
        self.hooks = [hooks for rule in self.rules for hooks in (rule._hooks.pre, rule._hooks.post)]
        self.dicts = [rule._state for rule in self.rules]
        self.names = first.state_names()
        self.cells = [[p._contents for p in params], *[[state.held(name) for state in self.dicts] for name in self.names]]
        self._contents, *self.states = map(pack, self.cells)
        self.parts = [list(map(_kept, cells)) for cells in self.cells]

    def is_whole(self):
        """Whether nothing has happened to any parameter, rule or state since that would make a difference."""
        rules, first = self.rules, self.update_rule
        return (
            _same(map(_rule, self.params), rules)
            and _same(map(_contents, self.params), self.cells[0])
            and list(map(_settings, rules)) == self.settings
            and set(map(len, self.own)) == {1}
            and not any(self.hooks)
            and set(map(_t, rules)) == {first.t}
            and first.state_names() == self.names
            and all(_same(map(dict.get, self.dicts, repeat(name)), cells) for name, cells in zip(self.names, self.cells[1:], strict=True))
            and all(_same(map(_kept, cells), parts) for cells, parts in zip(self.cells, self.parts, strict=True))
        )

    def grads(self):
        """The gradients: one flat Value of arrays that are on the host, else the Value of each."""
        contents = [p._grad if p._grad_var is None else p._grad_var._contents for p in self.params]
        arrays = [c.array if c.__class__ is Value else c.kept for c in contents]
        if set(map(type, arrays)) != {np.ndarray}:
            return list(map(use, contents))
        flat = engine.empty(self._contents.aval.shape, arrays[0].dtype)
        return [engine.own(np.concatenate(arrays, axis=None, out=flat))]


def _same(found, known):
    return all(map(operator.is_, found, known))


class Packs:
    """The parameters of one optimizer: which are packed, and which are not."""

    def __init__(self):
        self.params, self.packs, self.others, self.cells = [], [], [], set()

    def __reduce__(self):
        return Packs, ()  # what is copied or comes from a file is packed anew

    def not_packed(self, params):
        """Those of ``params``, all that the optimizer has, that are in no pack."""
        if len(params) != len(self.params) or not _same(params, self.params):
            self.params = params
            self._keep([])
        elif self.packs and any(id(p._contents) in self.cells for p in self.others):
            self._keep([])  # an array of theirs is shared by now: tied weights take one step after the other
        return self.others

    def take_apart(self):
        """Give up the packs to which anything has happened. Returns their parameters."""
        broken = [p for p in self.packs if not p.is_whole()]
        if broken:
            self._keep([p for p in self.packs if p not in broken])
        return [param for p in broken for param in p.params]

    def take_in(self, params):
        """Pack those of ``params``, whose contents are cells by now, that can be. Returns all packs and what is left of ``params``."""
        if len(params) >= MANY:
            groups, cells = collections.defaultdict(list), collections.Counter([id(p._contents) for p in params])
            for param in params:
                if cells[id(param._contents)] == 1 and _can_be_packed(param):
                    aval = param._contents.aval
                    groups[_group(param.update_rule), aval.dtype, aval.device].append(param)
            new = [Packed(group) for group in groups.values() if len(group) >= MANY]
            if new:
                self._keep(self.packs + new)
                packed = {id(param) for p in new for param in p.params}
                params = [p for p in params if id(p) not in packed]
        return self.packs, params

    def _keep(self, packs):
        self.packs, packed = packs, {id(param) for p in packs for param in p.params}
        self.others = [p for p in self.params if id(p) not in packed]
        self.cells = {id(cell) for p in packs for cell in p.cells[0]}


def _group(rule):
    """Rules of one group make the same step: they have one class and count, and no hyperparameters of their own."""
    own = rule.hyperparam.__dict__
    return rule.__class__, rule.t, id(own["_parent"]) if len(own) == 1 else id(rule)


def _can_be_packed(param):
    rule, cell = param.update_rule, param._contents
    if cell.aval.nbytes > SMALL or not rule.is_elementwise or len(rule.hyperparam.__dict__) > 1 or not _is_free(cell):
        return False
    states = [rule._state.held(name) for name in rule.state_names()]
    return all(state.aval is cell.aval and _is_free(state) for state in states)


def _is_free(cell):
    """Whether nobody outside sees the array of a cell and its numbers are there, so that they can be moved."""
    if cell.kept.__class__ is Part:
        return _is_there(cell.kept.pack.kept)
    if cell.kept.__class__ is Value:
        return _is_there(cell.kept) and cell.aval.device is not TRACED
    return not is_held(cell)


def _is_there(value):
    return value.array is not None or hasattr(value, "wide")


def in_rounds(items, what=lambda item: item):
    """Items in lists, in each of which all ``what(item)`` are different things: tied weights take one step after another."""
    items = list(items)
    keys = [id(what(item)) for item in items]
    if len(set(keys)) == len(keys):
        return [items] if items else []
    rounds, counts = [], {}
    for item, key in zip(items, keys, strict=True):
        n = counts[key] = counts.get(key, 0) + 1
        if n > len(rounds):
            rounds.append([])
        rounds[n - 1].append(item)
    return rounds


def memory_of(item):
    """What an update writes to: the cell of a parameter or pack, or the host array that it is, or is a view of."""
    place = item._contents
    if place.__class__ is Cell and place.kept.__class__ is Value and place.kept.aval.device is not TRACED:
        return place
    if item.__class__ is not Packed:
        place = item._cell()
    if isinstance(place.kept, np.ndarray):
        place = place.kept
        while isinstance(place.base, np.ndarray):
            place = place.base
    return place


def step(items, optimizer=None):
    """Count and record one update of parameters and packs, each of which writes to something else.

    If its replay fails, neither the rules nor the optimizer have counted it.
    """
    counters = [] if optimizer is None else [optimizer]
    for item in items:
        counters += item.rules if item.__class__ is Packed else (item.update_rule,)
    update(items, None, count(counters))


def count(counters):
    """Add 1 to the ``t`` of rules and optimizers. Returns a function that takes it back."""
    for counter in counters:
        counter.t += 1

    def take_back():
        while counters:
            counters.pop().t -= 1

    return take_back


def update(items, rule_of_one=None, take_back=None):
    """Update parameters and packs, whose contents are cells by now, by their built-in rules in one entry."""
    groups, last, members = {}, None, None
    for item in items:
        rule = rule_of_one or item.update_rule
        key = _group(rule)
        if key != last:
            last, members = key, groups.setdefault(key, [])
        members.append((item, rule))
    static, vectors, cells, states, grads = [], [], [], [], []
    for members in groups.values():
        item, rule = members[0]
        flags, numbers, vector = _numbers_of(rule, item._contents.aval.device)
        names, pieces = rule.state_names(), []
        for item, rule in members:
            cells.append(item._contents)
            if item.__class__ is Packed:
                states += item.states
                given = item.grads()
                grads += given
                pieces.append(len(given))
            else:
                grads.append(item._grad_value())
                pieces.append(1)
                state = rule._state
                for name in names:
                    states.append(state.held(name))
        static.append((rule.step, flags, numbers, names, tuple(pieces)))
        vectors.append(vector)
    cells += states
    olds = [cell.kept if cell.kept.__class__ is Value else cell.use() for cell in cells]
    values = [*vectors, *olds, *grads]
    sig = engine.signature_of(_apply_rules, (("groups", tuple(static)),), tuple([v.aval for v in values]), "update")
    new = engine.record(sig, values)
    values = olds = grads = given = None  # what this frame holds could not be donated
    publish(cells, new, take_back)


def _apply_rules(*arrays, groups):
    n_params = sum(len(g[4]) for g in groups)
    n_grads = sum(sum(g[4]) for g in groups)
    vectors, params, rest = arrays[: len(groups)], arrays[len(groups) :][:n_params], arrays[len(groups) + n_params :]
    states, grads = iter(rest[:-n_grads]), iter(rest[-n_grads:])
    params, new_params, new_states = iter(params), [], []
    for vector, (step, flags, numbers, names, pieces) in zip(vectors, groups, strict=True):
        for n in pieces:
            param, state = next(params), {name: next(states) for name in names}
            grad = next(grads) if n == 1 else _joined([next(grads) for _ in range(n)])
            # In half precision, numbers like 1e-8 would vanish, so rules compute at float32 at least.
            wide = np.promote_types(param.dtype, np.float32)
            hp = types.SimpleNamespace(**dict(flags), **{name: vector[i].astype(wide) for i, name in enumerate(numbers)})
            new, state = step(param.astype(wide), grad.reshape(param.shape).astype(wide), {k: v.astype(wide) for k, v in state.items()}, hp)
            new_params.append(new.astype(param.dtype))
            new_states.extend([state[name].astype(param.dtype) for name in names])
    return new_params + new_states


def _joined(grads):
    # Alone, joining is copying piece by piece; fused with the rule, XLA would search the piece of each number.
    return lax.optimization_barrier(lax.concatenate([g.reshape(-1) for g in grads], 0))


def _numbers_of(rule, device):
    """The hyperparameters of a rule now: flags, names of numbers, and the numbers as one Value.

    They seldom change, so the last ones are kept, on the device.
    """
    numbers = rule.numbers()
    kept = rule.kept_numbers
    if kept is None or kept[0] != numbers or kept[1] is not device:
        flags = tuple([(k, v) for k, v in numbers.items() if v is None or isinstance(v, bool)])
        traced = {k: v for k, v in numbers.items() if not (v is None or isinstance(v, bool))}
        vector = engine.own(np.array(list(traced.values()), np.float64))
        if device is not None:
            with jax.enable_x64(True):
                vector = Value(engine.Aval(vector.aval.shape, vector.aval.dtype, device), jax.device_put(vector.array, device))
        kept = rule.kept_numbers = numbers, device, (flags, tuple(traced), vector)
    return kept[2]
