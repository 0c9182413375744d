"""``xp.random`` of ``@jax`` devices: drawn by JAX from the key that ``seed`` sets, so no numbers are those of CuPy or NumPy.

Only what programs for Chainer use is here; draws of other distributions are those of :mod:`chainjax.distributions`.
"""

import numpy as np

from . import _random
from . import _xp as xp
from ._array import call, ndarray
from ._cell import Cell


def seed(seed=None):
    """Start the sequence of draws anew."""
    _random.seed(int(np.random.randint(1 << 31)) if seed is None else seed)


def _draws(kind, size, dtype=None):
    shape = () if size is None else tuple(size) if hasattr(size, "__iter__") else (int(size),)
    drawn = ndarray(Cell(_random.draw(kind, shape, xp._device().device)))
    return drawn.astype(float if dtype is None else dtype, copy=False)


def random_sample(size=None, dtype=None):
    """Uniform numbers from 0 to 1."""
    return _draws("uniform", size, dtype)


random = ranf = sample = random_sample


def rand(*size, dtype=None):
    """Uniform numbers from 0 to 1, of a shape given as arguments."""
    return _draws("uniform", size, dtype)


def randn(*size, dtype=None):
    """Standard normal numbers, of a shape given as arguments."""
    return _draws("normal", size, dtype)


def _standard(kind):
    def draw(size=None, dtype=None):
        return _draws(kind, size, dtype)

    draw.__doc__ = f"Standard {kind} numbers."
    return draw


standard_normal, standard_exponential, standard_cauchy = map(_standard, ("normal", "exponential", "cauchy"))


def _moved_and_stretched(kind):
    def draw(loc=0.0, scale=1.0, size=None, dtype=None):
        size = np.broadcast_shapes(np.shape(loc), np.shape(scale)) if size is None else size
        return (loc + scale * _draws(kind, size)).astype(float if dtype is None else dtype, copy=False)

    draw.__doc__ = f"Numbers ``loc + scale * x``, where ``x`` has the standard {kind} distribution."
    return draw


normal, gumbel, laplace, logistic = map(_moved_and_stretched, ("normal", "gumbel", "laplace", "logistic"))


def exponential(scale=1.0, size=None, dtype=None):
    """Exponential numbers of mean ``scale``."""
    return _moved_and_stretched("exponential")(0.0, scale, size, dtype)


def uniform(low=0.0, high=1.0, size=None, dtype=None):
    """Uniform numbers from ``low`` to ``high``."""
    return _moved_and_stretched("uniform")(low, high - low, size, dtype)


def randint(low, high=None, size=None, dtype=int):
    """Integers from ``low`` on and below ``high``, or from 0 on and below ``low``."""
    low, high = (0, low) if high is None else (low, high)
    fine = random_sample(size) + random_sample(size) * 2.0**-24  # one draw has 24 bits
    return (xp.minimum(xp.floor(fine * (high - low)), high - low - 1) + low).astype(dtype)


def permutation(x):
    """The numbers below ``x``, or the elements of an array, in random order."""
    n = x if isinstance(x, int) else len(x)
    order = call("argsort", (random_sample(n),))
    return order if isinstance(x, int) else xp.asarray(x)[order]


def shuffle(x):
    """Put the elements of an array into random order."""
    x[...] = permutation(x)


def choice(a, size=None, replace=True, p=None):
    """Elements of an array, or numbers below ``a``, with probabilities ``p``."""
    n = a if isinstance(a, int) else len(a)
    if p is not None and not replace:
        raise NotImplementedError("xp.random.choice: expected p or replace=False, got both; draw by numpy.random.choice and xp.asarray")
    if p is not None:
        ends = xp.cumsum(xp.asarray(p))
        chosen = xp.minimum(xp.searchsorted(ends, random_sample(size) * ends[-1], side="right"), n - 1)
    elif replace:
        chosen = randint(n, size=size)
    else:
        shape = () if size is None else tuple(size) if hasattr(size, "__iter__") else (int(size),)
        count = int(np.prod(shape, dtype=int))
        if count > n:
            raise ValueError(f"xp.random.choice: expected a size of {n} at most, as each is taken once, got {count}")
        chosen = permutation(n)[:count].reshape(shape)
    return chosen if isinstance(a, int) else xp.asarray(a)[chosen]
