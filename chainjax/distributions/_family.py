"""What families of distributions share: parameters that are given, points, supports, and draws.

Draws are NumPy's where arrays are NumPy's, by the calls that Chainer makes. Where a draw is a function of its parameters and of noise
that does not depend on them, gradients flow through it; other draws are constants.
"""

import math

import numpy as np

import jax.numpy as jnp

from ..differentiable import differentiable
from ..distribution import Distribution
from ..functions import cast
from ..functions._check import expect_broadcastable, expect_floating, expect_same_dtype, value_now
from ..functions._draw import draw, in_dtype
from ..utils.cache import cached_property
from ..variable import Variable, as_variable


class given(cached_property):
    """A parameter: the Variable of what was given, or else what the decorated method makes of the others."""

    def __init__(self, otherwise=None):
        if otherwise is not None:
            super().__init__(otherwise)

    def __set_name__(self, owner, name):
        self.__name__ = name

    def __get__(self, dist, cls=None):
        found = None if dist is None else dist._given.get(self.__name__)
        return super().__get__(dist, cls) if found is None else found


class Parametric(Distribution):
    """A distribution made of arrays. The first has the shape of batch and event, and the dtype."""

    _names = ()  # of what ``params`` has
    _event_ndim = 0

    def __init__(self, **arrays):
        super().__init__()
        self._given = {name: as_variable(array) for name, array in arrays.items() if array is not None}

    @property
    def _first(self):
        return next(iter(self._given.values()))

    @property
    def params(self):
        return {name: getattr(self, name) for name in self._names}

    @property
    def batch_shape(self):
        return self._first.shape[: self._first.ndim - self._event_ndim]

    @property
    def event_shape(self):
        return self._first.shape[self._first.ndim - self._event_ndim :]

    def _here(self, array):
        """An array of NumPy, on the device of the parameters."""
        return self._first.device.send(array)

    def _point(self, x):
        """``x``, an array, a Variable or a number, as a Variable of the dtype of the parameters."""
        dtype = self._first.dtype
        if not isinstance(x, Variable):
            x = constant(x if hasattr(x, "dtype") and not np.isscalar(x) else self._here(np.asarray(x, dtype)))
        return x if x.dtype == dtype else cast(x, dtype)

    def _noise(self, kind, n, dtype=None):
        """An array of ``n`` draws for each number of the first parameter, of the standard distribution of that kind."""
        shape, dtype = (n, *self._first.shape), np.dtype(dtype or self._first.dtype)
        standard = getattr(np.random, _NAMES_IN_NUMPY.get(kind, kind))
        return draw(self._first, lambda: standard(size=shape).astype(dtype), shape, in_dtype, kind, dtype=dtype.name)

    def _constant_draws(self, kind, n, host, of, dtype, then=in_dtype):
        """A Variable of ``n`` draws to which no gradient flows.

        Args:
            kind: see :func:`chainjax.backends._random.draw`.
            n: how many.
            host: draws by ``numpy.random``: a function of the shape.
            of: the Variables that JAX's draws of that kind depend on.
            dtype: of the result.
            then: what makes that of JAX's draws.
        """
        shape = (n, *self.batch_shape)
        return Variable(draw(self._first, lambda: host(shape).astype(dtype), shape, then, kind, of, dtype=np.dtype(dtype).name))


_NAMES_IN_NUMPY = {"cauchy": "standard_cauchy", "exponential": "standard_exponential", "normal": "standard_normal"}


def expect_one(who, **parameters):
    """One of the two parameters must be given; ``ValueError`` if not."""
    if sum(value is not None for value in parameters.values()) != 1:
        a, b = parameters
        raise ValueError(f"{who}: expected either {a} or {b}, got {'both' if parameters[a] is not None else 'neither'}")


def constant(x):
    """A Variable of what ``x`` holds now, to which no gradient flows."""
    variable = Variable(requires_grad=False)
    variable._set_contents(value_now(x))
    return variable


@differentiable(constant=range(1, 9))
def inside(y, *slack, otherwise=0.0):
    """``y`` where no ``slack`` is negative, elsewhere a number (traced). No gradient flows to what decides."""
    expect_broadcastable("inside", y=y, **{f"slack{i}": s for i, s in enumerate(slack)})
    y, *slack = jnp.broadcast_arrays(y, *slack)
    for s in slack:
        y = jnp.where(s >= 0, y, jnp.asarray(otherwise).astype(y.dtype))
    return y


def log_density(formula, x, *slack):
    """``formula`` of ``x`` where no ``slack`` is negative, elsewhere minus infinity, from which no gradient flows."""
    # Where it is not taken the formula must stay finite: infinities times 0 would be NaN gradients.
    return inside(formula(inside(x, *slack, otherwise=0.5)), *slack, otherwise=-math.inf)


@differentiable(node="XLogY")
def xlogy(x, y):
    r""":math:`x \log y`, which is 0 where both are, and so are its gradients there."""
    expect_floating("xlogy", x=x, y=y)
    expect_same_dtype("xlogy", x=x, y=y)
    expect_broadcastable("xlogy", x=x, y=y)
    x, y = jnp.broadcast_arrays(x, y)
    return x * jnp.log(jnp.where((x == 0) & (y == 0), 1, y))


def _modified_xlogx(x):
    return xlogy(x, x)
