"""A step of several models as one program, which XLA partitions over their devices.

It is recorded once, with the main model; what the copies hold is what their device has beside it (see ``backends/_mesh.py``). After
the gradients are summed all devices have the same, so each makes the whole update, and the copies follow without anything being sent.
"""

import contextlib

import numpy as np

from ... import engine, reporter
from ...backends._array import ndarray
from ...backends._cell import Cell
from ...backends._device import JaxDevice
from ...backends._mesh import Beside, Looked, Mesh, follows
from ...variable import Variable, _variable, use


def mesh_of(devices):
    """The mesh of devices, or ``None`` if there can be none: they must be several devices of JAX of one kind."""
    places = [device.device for device in devices if isinstance(device, JaxDevice)]
    alike = len(places) == len(devices) == len(set(places)) > 1 and len({place.platform for place in places}) == 1
    return Mesh(places) if alike else None


def cells_of(model):
    """The cells of parameters, by path, but of those that wait for their shapes, and of persistent arrays, by path and name."""
    params = {path: param._cell() for path, param in model.namedparams(include_uninit=False)}
    return {**params, **persistent_cells(model)}


def persistent_cells(model):
    """By path and name. The other persistents are Python's numbers, or arrays that users put there."""
    found = {(path, name): link.__dict__[name] for path, link in model.namedlinks() for name in link._persistent}
    return {key: value for key, value in found.items() if isinstance(value, Cell)}


def _followed(key, cells):
    """What is followed: of a parameter the cell, for its Values are consumed by updates, and else what is in it now."""
    return cells[key] if isinstance(key, str) else cells[key].use()


def copy_other_persistents(models, main, done):
    """As ``model.copyparams(main)`` for those persistent values that are not among the cells ``done``."""
    links = dict(main.namedlinks())
    for model in models:
        for path, link in model.namedlinks():
            names = [name for name in link._persistent if (path, name) not in done]
            if names:
                link._copy_persistents(links[path], names)


def let_follow(mesh, main, others, persistent=True, cells=None):
    """Let models have what their devices have beside the main model; nothing is copied until somebody looks.

    Args:
        mesh: their devices.
        main: the main model.
        others: the other models.
        persistent: whether that is so of persistent arrays, too.
        cells: those of the other models, if they are known.
    """
    mine = cells_of(main)
    for number, theirs in enumerate(cells or map(cells_of, others), 1):
        for key, cell in theirs.items():
            if key not in mine or not (persistent or isinstance(key, str)):
                continue
            of = _followed(key, mine)
            if not follows(cell, of) or cell.kept.array is not None:
                cell.put(Beside(mesh, of, number).value())
    if persistent:
        copy_other_persistents(others, main, mine)


def step(mesh, optimizer, others, arrays, loss, *, persistent, report, send, loss_scale=None):
    """Make a step of an optimizer's model, the main one, and of the others. Returns whether it can be made; if not, nothing has happened.

    Args:
        mesh: their devices.
        optimizer: makes the update.
        others: the other models.
        arrays: what converters gave for each of them, the main one first.
        loss: function of such that gives the main model's loss.
        persistent: whether persistent arrays follow the main model's.
        report: whether the others report too.
        send: whether arrays of NumPy are to be sent to the devices.
        loss_scale: factor of the loss.

    Raises:
        Looked: the model looks at numbers, which are others on each device. Nothing has happened then.
    """
    main, thread = optimizer.target, engine.thread()
    cells = [cells_of(model) for model in (main, *others)]
    waits = any(param._contents is None for param in main.params())
    inputs = [] if thread.eager or waits or not _alike(cells) else _joined(mesh, arrays, send)
    engine.flush("one program")  # what was recorded so far is not for all
    if not inputs or not _spread(mesh, cells, persistent):
        return False
    put_back, told = _taken_down(main, thread), _told(report)
    persistents = [cell for key, cell in cells[0].items() if isinstance(key, tuple)] if persistent else []
    before = [cell.kept for cell in persistents]
    thread.mesh, mesh.strict = mesh, True
    try:
        with told or contextlib.nullcontext():
            loss(inputs[0]).backward(loss_scale=loss_scale)
        params = [param for param in main.params() if param._grad_value() is not None]
        for param, grad in zip(params, mesh.sums([param._grad_value() for param in params]), strict=True):
            param._set_grad(grad)
        changed = [cell for cell, kept in zip(persistents, before, strict=True) if cell.kept is not kept]
        for cell, value in zip(changed, mesh.of_first([cell.use() for cell in changed]), strict=True):
            cell.put(value)
        mesh.strict = False  # all have the same from here on
        optimizer.update()
    except Looked:
        put_back()
        raise
    finally:
        thread.mesh = None
        if thread.tape is not None and thread.tape.mesh is not None:
            thread.tape = None  # its Values have it
    if told:
        _tell(told, mesh, main, others)
    let_follow(mesh, main, others, cells=cells[1:])
    return True


def _alike(cells):
    """Whether the models have cells of the same names, and none that are shared: whose gradient Chainer adds more than once."""
    return all(c.keys() == cells[0].keys() for c in cells) and len(set(map(id, cells[0].values()))) == len(cells[0])


def _joined(mesh, arrays, send):
    """One of what converters gave for each device, with all their arrays, in a list; an empty one if they are not alike."""
    first, kinds = arrays[0], set(map(type, arrays))
    if kinds == {ndarray} or (send and kinds == {np.ndarray}):
        made = mesh.together([a._cell.use() for a in arrays], copy=False) if kinds == {ndarray} else mesh.sent(arrays)
        return [] if made is None else [ndarray(Cell(made))]
    if isinstance(first, (tuple, list)):
        same = len(kinds) == len(set(map(len, arrays))) == 1
        parts = [_joined(mesh, each, send) for each in zip(*arrays, strict=True)] if same else [[]]
        return [type(first)([part for (part,) in parts])] if all(parts) else []
    if isinstance(first, dict):
        same = len(kinds) == 1 and all(a.keys() == first.keys() for a in arrays)
        parts = {key: _joined(mesh, [a[key] for a in arrays], send) for key in first} if same else {None: []}
        return [{key: part for key, (part,) in parts.items()}] if all(parts.values()) else []
    plain = len(kinds) == 1 and isinstance(first, (bool, int, float, str, type(None)))
    return [first] if plain and all(a == first for a in arrays) else []


def _spread(mesh, cells, persistent):
    """Let the main model's cells hold what all devices have. Returns whether that is possible.

    Parameters must be the same everywhere, or updates would not be. Persistent arrays that follow are the main model's also where a
    file has been loaded into it since the last step.
    """
    mine, *others = cells
    for key, cell in mine.items():
        beside, of = [theirs[key] for theirs in others], _followed(key, mine)
        if not all(follows(other, of) for other in beside) and (isinstance(key, str) or not persistent):
            made = None if isinstance(key, str) else mesh.together([c.use() for c in (cell, *beside)], copy=True)
            if made is None:
                return False
            cell.put(made)
    return True


def _taken_down(main, thread):
    """A function that makes a model what it is now, as far as attributes of its links go."""
    attributes = [(link.__dict__, dict(link.__dict__)) for link in main.links()]
    contents, guards = [(cell, cell.kept) for cell in persistent_cells(main).values()], list(thread.guards)

    def put_back():
        for now, then in attributes:
            now.clear()
            now.update(then)
        for cell, kept in contents:
            cell.kept = kept
        thread.guards = guards
        main.cleargrads()

    return put_back


class _Told(reporter.Reporter):
    """Stands before the current reporter, and remembers what it is told, for the other models report the same."""

    def __init__(self, current):
        self._observer_names, self.observation = current._observer_names, current.observation
        self.current, self.reports = current, []

    def report(self, values, observer=None):
        super().report(values, observer)
        if self.observation is self.current.observation:  # and no other one of an inner scope
            self.reports.append((observer, {name: _contents(value) for name, value in values.items()}))


def _told(report):
    current = reporter._local.reporters
    return _Told(current[-1]) if report and current else None


def _contents(value):
    """Of a Variable its Value: its graph need not live until the end of the step."""
    return use(value._contents) if isinstance(value, Variable) else value


def _tell(told, mesh, main, others):
    paths = {id(link): path for path, link in main.namedlinks()}
    for number, model in enumerate(others, 1):
        links = dict(model.namedlinks())
        for observer, values in told.reports:
            beside = {name: _beside(mesh, value, number) for name, value in values.items()}
            path = paths.get(id(observer))
            told.current.report(beside, observer if path is None else links[path])


def _beside(mesh, value, number):
    if isinstance(value, engine.Value):
        return _variable(Beside(mesh, value, number).value())
    return ndarray(Cell(Beside(mesh, value._cell.use(), number).value())) if isinstance(value, ndarray) else value
