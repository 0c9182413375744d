"""What objects were before a load, to make them so again if it fails."""

import numpy as np

from .. import engine
from ..backends._cell import Cell, is_held
from ..engine import Value
from ..link import Chain, ChainList, Link
from ..optimizer import Optimizer, UpdateRule
from ..variable import Variable

_SERIALIZE = (Link.serialize, Chain.serialize, ChainList.serialize)


class Journal:
    """Remembers links, optimizers, rules and arrays, each when it is first shown, and makes them so again in :meth:`undo`.

    Numbers that live in programs are immutable and cost nothing. Host arrays that somebody holds are copied.
    """

    def __init__(self):
        self._undo, self._seen = [], {}

    def remember(self, obj):
        """Note the state of an object and of those below it; of kinds that are not known here nothing is noted."""
        if id(obj) in self._seen:
            return
        self._seen[id(obj)] = obj  # kept, so that no other object gets its id
        for kind, note in _NOTES:
            if isinstance(obj, kind):
                note(self, obj)
                return

    def undo(self):
        """Make all objects what they were."""
        for restore in reversed(self._undo):
            restore()

    def _array(self, array):
        if array.flags.writeable:
            copy = array.copy()
            self._undo.append(lambda: np.copyto(array, copy))

    def _cell(self, cell):
        if cell.content.__class__ is not Value:
            if is_held(cell):
                self.remember(cell.content)
                return
            cell.content = engine.own(cell.content)
        self._attribute(cell, "content")

    def _attribute(self, obj, name):
        value = getattr(obj, name)
        self._undo.append(lambda: setattr(obj, name, value))

    def _contents(self, container):
        fill = container.extend if isinstance(container, list) else container.update
        copy = type(container).copy(container)

        def restore():
            container.clear()
            fill(copy)

        self._undo.append(restore)

    def _variable(self, variable):
        if variable._contents is not None:
            self.remember(variable._cell())
        self._contents(variable.node.__dict__)
        self._contents(variable.__dict__)

    def _link(self, link):
        for part in link.links():
            self._seen[id(part)] = part
            self._contents(part.__dict__)
            own_way = type(part).serialize not in _SERIALIZE
            for name, value in list(part.__dict__.items()):
                if isinstance(value, (Cell, Variable)):
                    self.remember(value)
                elif type(value) in (list, set, dict):
                    if own_way or name in ("_params", "_persistent", "_children"):
                        self._contents(value)
                elif own_way and isinstance(value, np.ndarray):
                    self.remember(value)

    def _rule(self, rule):
        self._contents(rule.__dict__)
        self._contents(rule.hyperparam.__dict__)
        if rule._state is not None:
            self._contents(rule._state)
            for name in rule._state:
                self.remember(dict.__getitem__(rule._state, name))

    def _optimizer(self, optimizer):
        self._contents(optimizer.__dict__)
        if hasattr(optimizer, "hyperparam"):
            self._contents(optimizer.hyperparam.__dict__)
        for param in optimizer.target.params() if isinstance(optimizer.target, Link) else ():
            self.remember(param.update_rule)


_NOTES = (
    (np.ndarray, Journal._array),
    (Cell, Journal._cell),
    (Variable, Journal._variable),
    (Link, Journal._link),
    (UpdateRule, Journal._rule),
    (Optimizer, Journal._optimizer),
)
