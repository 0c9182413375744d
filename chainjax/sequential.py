"""A list of layers that is called from first to last."""

import copy
import inspect

from .link import ChainList, Link, _indented


class Sequential(ChainList):
    """Calls its layers one after another. A layer is a link or any function; a tuple that one gives is the arguments of the next.

    Args:
        layers: links and functions.

    >>> model = chainjax.Sequential(L.Linear(3, 4), F.relu, L.Linear(4, 2))
    >>> model(np.zeros((5, 3), "f")).shape
    (5, 2)
    """

    def __init__(self, *layers):
        super().__init__()
        self._layers = []
        for layer in layers:
            self.append(layer)

    def _forget(self, layer):
        if isinstance(layer, Link):
            self._children = [child for child in self._children if child.name != layer.name]
            self._number()

    def __len__(self):
        return len(self._layers)

    def __getitem__(self, i):
        """The layer at a place."""
        return self._layers[i]

    def __setitem__(self, i, layer):
        if i >= len(self):
            raise ValueError(f"Sequential: expected a place below {len(self)}, got {i}")
        _check_layer(layer)
        if self._layers[i] is not layer:
            del self[i]
            self.insert(i, layer)

    def __delitem__(self, i):
        self._forget(self._layers.pop(i))

    def __iter__(self):
        return iter(self._layers)

    def __add__(self, other):
        _check_sequential(other)
        return Sequential(*self, *other)

    def __iadd__(self, other):
        _check_sequential(other)
        self.extend(other)
        return self

    def forward(self, *x):
        """The layers applied one after another."""
        if not self._layers:
            raise RuntimeError("Sequential does not have any layer.")
        for layer in self._layers:
            x = layer(*x) if isinstance(x, tuple) else layer(x)
        return x

    def __reduce__(self):
        if any(getattr(layer, "__name__", None) == "<lambda>" for layer in self._layers):
            raise ValueError("a Sequential with a lambda cannot be pickled; use a named function or functools.partial")
        return super().__reduce__()

    def __str__(self):
        def shown(layer):
            return inspect.getsource(layer).strip().rstrip(",") if getattr(layer, "__name__", None) == "<lambda>" else str(layer)

        return f"{type(self).__name__}({_indented(f'({i}): {shown(layer)},' for i, layer in enumerate(self))})"

    def append(self, layer):
        """Put a layer at the end."""
        self.insert(len(self), layer)

    def extend(self, sequential):
        """Put the layers of another at the end."""
        for layer in list(sequential):
            self.append(layer)

    def insert(self, i, layer):
        """Put a layer before place ``i``."""
        if not -len(self._layers) <= i <= len(self._layers):
            raise IndexError(f"Sequential: place {i} is out of range for {len(self._layers)} layers")
        _check_layer(layer)
        if i < 0:
            i += len(self._layers)
        if isinstance(layer, Link):
            # The number of a child is its name in files. Chainer puts each new one right behind the first link of the list
            # (not behind the last one before it), and its files are to be read.
            first = next((j for j, other in enumerate(self._layers[:i]) if isinstance(other, Link)), 0)
            self._children.insert(0 if i == 0 else first + 1, layer)
            self._number()
        self._layers.insert(i, layer)

    def remove(self, layer):
        """Take a layer out."""
        if layer not in self:
            raise ValueError(f"Sequential: there is no layer {layer}")
        del self[self.index(layer)]

    def remove_by_layer_type(self, type_name):
        """Take out all layers of a kind: the name of a class of links, or of a function."""
        for layer in [layer for layer in self if _kind(layer) == type_name]:
            self.remove(layer)

    def pop(self, i=-1):
        """Take out the layer at a place, and give it."""
        layer = self._layers[i]
        del self[i]
        return layer

    def clear(self):
        """Take all layers out."""
        self._layers, self._children = [], []

    def index(self, layer, start=None, end=None):
        """The place of a layer."""
        return self._layers[start:end].index(layer)

    def count(self, layer):
        """How often a layer is there."""
        return self._layers.count(layer)

    def count_by_layer_type(self, type_name):
        """How many layers of a kind there are."""
        return sum(_kind(layer) == type_name for layer in self._layers)

    def copy(self, mode="share"):
        """A copy with the links copied; see :meth:`Link.copy`."""
        return Sequential(*[layer.copy(mode) if isinstance(layer, Link) else copy.copy(layer) for layer in self])

    def copyparams(self, link, copy_persistent=True):
        """Copy the numbers of the parameters of another Sequential of the same structure."""
        if not isinstance(link, Sequential):
            raise ValueError(f"Sequential: expected a Sequential to copy from, got {type(link).__name__}")
        for mine, theirs in zip(self, link, strict=True):
            if isinstance(mine, Link):
                mine.copyparams(theirs, copy_persistent)

    def flatten(self):
        """A Sequential without Sequentials in it."""
        flat = Sequential()
        for layer in self:
            flat.extend(layer.flatten() if isinstance(layer, Sequential) else [layer])
        return flat


def _check_layer(layer):
    if not callable(layer):
        raise ValueError(f"Sequential: expected a layer that can be called, got {layer!r}")


def _check_sequential(other):
    if not isinstance(other, Sequential):
        raise ValueError(f"Sequential: expected a Sequential to add, got {type(other).__name__}")


def _kind(layer):
    return type(layer).__name__ if isinstance(layer, Link) else getattr(layer, "__name__", type(layer).__name__)
