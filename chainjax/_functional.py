"""The door to JAX: a link as a pure function of its arrays, and the way back."""

import threading

import numpy as np

import jax

from . import engine
from .backends._cell import Cell
from .variable import Variable, on_jax


def functional(link):
    """A link as a pure function, for ``jax.jit``, ``jax.grad``, ``jax.vmap``.

    Args:
        link: all its parameters are initialised. It is copied, and stays as it is.

    Returns:
        ``(params, apply)``. ``params`` maps the paths of parameters to ``jax.Array``s. ``apply(params, *args, state=None, **kwargs)``
        gives ``(y, state)``: what the link gives for arguments whose arrays are JAX's, with arrays of JAX for its Variables, and the
        persistent arrays (running statistics) after the call, by path, which are the next call's ``state``. ``None`` means those of
        the link. The configuration counts (``using_config("train", False)``), when it is traced. Random numbers are drawn then, too:
        inside ``jax.jit`` a dropout has one mask.

    Raises:
        ValueError: a parameter is not initialised, or ``params`` or ``state`` has other paths.

    >>> link = chainjax.links.Linear(2, 1, initialW=1)
    >>> params, apply = chainjax.functional(link)
    >>> loss = lambda params, x: apply(params, x)[0].sum()
    >>> jax.jit(jax.grad(loss))(params, np.float32([[1, 2]]))["/W"]
    Array([[1., 2.]], dtype=float32)
    """
    link = link.copy("copy")
    trained, states = _cells(link)
    link.cleargrads()
    first = _arrays(states)
    lock = threading.RLock()

    def apply(params, *args, state=None, **kwargs):
        given = {**_fitting("params", trained, params), **_fitting("state", states, first if state is None else state)}
        cells = {**trained, **states}
        with lock:
            before = {path: cell.content for path, cell in cells.items()}
            try:
                for path, array in given.items():
                    # Also outside of a transformation, since what comes of it may be inside of one.
                    array = on_jax(engine.value_of(array))
                    cells[path].content = engine.Value(engine.Aval(array.shape, array.dtype, engine.TRACED), array)
                y = jax.tree.map(_opened, link(*_closed(args), **_closed(kwargs)), is_leaf=_is_variable)
                return y, _arrays(states)
            finally:
                for path, content in before.items():
                    cells[path].content = content

    return _arrays(trained), apply


def load_params(link, params, state=None):
    """Put the arrays of a pure function back into a link.

    Args:
        link: of the structure that :func:`functional` was given.
        params: path -> array, all of the link.
        state: path -> array of what is persistent; ``None`` leaves that.

    Raises:
        ValueError: paths, shapes or dtypes do not fit. Nothing is changed then.

    >>> link = chainjax.links.Linear(1, 1)
    >>> chainjax.load_params(link, {"/W": np.float32([[2]]), "/b": np.float32([3])})
    >>> link(np.float32([[1]])).array
    array([[5.]], dtype=float32)
    """
    cells, states = _cells(link)
    given = _fitting("params", cells, params)
    if state is not None:
        given.update(_fitting("state", states, state))
    cells.update(states)
    for path, array in given.items():
        mine = cells[path].aval
        if (mine.shape, mine.dtype) != (tuple(array.shape), array.dtype):
            raise ValueError(f"load_params: expected {path} of shape {mine.shape} and {mine.dtype}, got {tuple(array.shape)} {array.dtype}")
    for path, array in given.items():
        aval = cells[path].aval
        here = engine.own(np.array(array)) if aval.device is None else engine.Value(aval, jax.device_put(array, aval.device))
        cells[path].put(here)


def _cells(link):
    """The cells of parameters and of persistent arrays by path; what several links share has one path."""
    params, states, seen = {}, {}, set()
    for path, param in link.namedparams():
        if not param.is_initialized:
            raise ValueError(f"functional: the parameter {path} has no shape yet; call the link once, or give all sizes")
        if id(param) not in seen:
            seen.add(id(param))
            params[path] = param._cell()
    for path, child in link.namedlinks():
        for name in sorted(child._persistent):
            cell = child.__dict__[name]
            if isinstance(cell, Cell) and id(cell) not in seen:
                seen.add(id(cell))
                states[f"{path.rstrip('/')}/{name}"] = cell
    return params, states


def _fitting(what, cells, arrays):
    if arrays.keys() != cells.keys():
        missing, unknown = sorted(cells.keys() - arrays.keys()), sorted(arrays.keys() - cells.keys())
        raise ValueError(f"{what}: expected the paths of the link; missing {missing}, unknown {unknown}")
    return arrays


def _arrays(cells):
    return {path: on_jax(cell.use()) for path, cell in cells.items()}


def _is_variable(x):
    return isinstance(x, Variable)


def _opened(x):
    return x.jax if _is_variable(x) else x


def _closed(args):
    return jax.tree.map(lambda a: Variable(a) if isinstance(a, jax.Array) else a, args, is_leaf=_is_variable)
