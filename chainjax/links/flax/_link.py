"""A module of flax as a link."""

import dataclasses

import numpy as np

import jax

from ...backends._cell import Cell, cell_of
from ...config import config
from ...differentiable import jax_function
from ...engine import static_key
from ...link import Chain
from ...utils._promotion import relaxed
from ...variable import Parameter, Variable, get_array_types, use
from ._modules import NNX, Linen, import_flax


class _Node(Chain):
    """One module in the tree. Its states are cells, and arrays to whoever reads them."""

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        return found.array() if found.__class__ is Cell else found

    def __setattr__(self, name, value):
        if isinstance(value, get_array_types()) and self.__dict__.get(name).__class__ is Cell:
            value = cell_of(value) if isinstance(value, np.ndarray) else value._cell
        super().__setattr__(name, value)

    def _hold(self, path, thing):
        """Make a parameter or a cell an attribute of the node at a path."""
        *above, name = map(str, path)
        if above:
            if above[0] not in self._children:
                self.add_link(above[0], _Node())
            self.__dict__[above[0]]._hold(path[1:], thing)
        elif hasattr(self, name):
            raise ValueError(f"FlaxLink: a variable is called {name}, which is a name that links use; give it another")
        elif isinstance(thing, Parameter):
            with self.init_scope():
                setattr(self, name, thing)
        else:
            self.__dict__[name] = thing
            self.register_persistent(name)

    def _held(self, path):
        node = self
        for name in path[:-1]:
            node = node.__dict__[str(name)]
        return node.__dict__[str(path[-1])]


class FlaxLink(_Node):
    """A module of flax as a link, of ``flax.linen`` or ``flax.nnx``. Needs the extra ``flax``.

    Its parameters are parameters of links, under the paths that flax gives them, with ``/`` between; its other variables (running
    statistics, caches, counts of random numbers) are persistent values. Both are saved, loaded, copied and sent to devices with the
    link, and are what counts: the module that was given stays as it is.

    Training is what ``config.train`` says. A module of nnx is called after its ``train()`` or ``eval()``; one of linen gets
    ``train``, ``training``, ``is_training``, ``deterministic`` and ``use_running_average`` where it has such an argument and the
    caller does not give it, keys drawn from ``numpy.random``, and keeps its new states, in training only.

    Args:
        module: of linen or nnx.
        args: for linen: arguments of a first call, from which its variables are made.
        kwargs: likewise.

    Parameters:
        those of the module.

    Raises:
        TypeError: ``module`` is no module of flax.
        ValueError: a variable or submodule has a name that links use.

    >>> import flax.linen as nn
    >>> link = L.FlaxLink(nn.Dense(2, kernel_init=nn.initializers.ones), np.zeros((1, 3), "f"))
    >>> sorted((path, param.shape) for path, param in link.namedparams())
    [('/bias', (2,)), ('/kernel', (3, 2))]
    >>> link(np.float32([[1, 2, 3]])).array
    array([[6., 6.]], dtype=float32)
    """

    def __init__(self, module, *args, **kwargs):
        flax = import_flax()
        super().__init__()
        kind = Linen if isinstance(module, flax.linen.Module) else NNX if isinstance(module, flax.nnx.Module) else None
        if kind is None:
            raise TypeError(f"FlaxLink: expected a module of flax.linen or flax.nnx, got {type(module).__name__}")
        self._label = type(module).__name__
        self._module = kind(module)
        args, kwargs = jax.tree.map(lambda a: a.array if isinstance(a, Variable) else a, (args, kwargs), is_leaf=_is_array)
        params, states = self._module.start(args, kwargs)
        self._paths = tuple(params), tuple(states)
        for path, array in params.items():
            self._hold(path, Parameter(np.array(array)))
        for path, array in states.items():
            self._hold(path, cell_of(np.array(array)))

    def forward(self, *args, **kwargs):
        """Call the module. Arrays and Variables among the arguments, in lists and dictionaries too, are traced; the rest is fixed."""
        leaves, tree = jax.tree.flatten((args, kwargs), is_leaf=_is_array)
        places = tuple([i for i, leaf in enumerate(leaves) if _is_array(leaf)])
        fixed = tuple([None if _is_array(leaf) else leaf for leaf in leaves])
        call = tree, places, bool(config.train), static_key(fixed)
        paths, states = self._paths
        inputs = [self._held(path) for path in paths] + [self._held(path).use() for path in states]
        inputs.append(self.device.send(self._module.draw(config.train)))
        ys = jax_function(_Program(self._module, self._label, paths + states, call, fixed))(*inputs, *[leaves[i] for i in places])
        ys = ys if isinstance(ys, tuple) else (ys,)
        tree, changed = self._module.outputs[call]
        n = tree.num_leaves
        if not config.in_recomputing:
            for path, new in zip(changed, ys[n:], strict=True):
                self._held(path).put(use(new._contents))
        return jax.tree.unflatten(tree, ys[:n])


def _is_array(x):
    return isinstance(x, (Variable, np.ndarray, jax.Array, *get_array_types()))


@dataclasses.dataclass(frozen=True)
class _Program:
    """What is computed. The structure of the outputs is found out when it is traced, and kept with the module."""

    module: object
    label: str
    paths: tuple
    call: tuple
    fixed: tuple = dataclasses.field(compare=False)  # ``call`` has their keys

    @property
    def __name__(self):
        return self.label

    def __call__(self, *arrays):
        tree, places, train, _ = self.call
        leaves = list(self.fixed)
        for i, array in zip(places, arrays[len(self.paths) + 1 :], strict=True):
            leaves[i] = array
        args, kwargs = jax.tree.unflatten(tree, leaves)
        # Random numbers depend on it: a module is to see the width that it sees elsewhere.
        with relaxed(), jax.enable_x64(any(array.dtype.itemsize > 4 for array in arrays)):
            y, new = self.module.call(dict(zip(self.paths, arrays, strict=False)), arrays[len(self.paths)], train, args, kwargs)
        ys, structure = jax.tree.flatten(y)
        self.module.outputs[self.call] = structure, tuple(new)
        return (*ys, *new.values())
