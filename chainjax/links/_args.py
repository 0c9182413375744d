"""What arguments of links share."""

import numpy as np


class InvalidArgument(ValueError, AssertionError):
    """An argument that does not fit the others. Chainer finds some of these with ``assert``, so it is both."""


def expect_shape(who, **wanted):
    """Where an array of numbers is given as an initializer, it must have its shape: name = (initializer, shape)."""
    for name, (initial, shape) in wanted.items():
        if getattr(initial, "shape", shape) != shape:
            raise InvalidArgument(f"{who}: expected {name} of shape {shape}, got {initial.shape}")


def argsort_list_descent(lst):
    """The places of the longest, the next to longest, ... of a list of sequences, as an int32 array."""
    return np.argsort([-len(x) for x in lst]).astype(np.int32)


def permutate_list(lst, indices, inv):
    """The list of ``lst[i]`` for ``i`` in ``indices``; ``inv``: the list of which that would make ``lst``."""
    if not inv:
        return [lst[i] for i in indices]
    return [x for _, x in sorted(zip(indices, lst, strict=True), key=lambda pair: pair[0])]
