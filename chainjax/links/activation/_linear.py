"""Affine maps with a nonlinearity in them."""

import math

import numpy as np

from ... import functions as F
from ...initializer import Initializer
from ...initializers import HeNormal, initializer_of
from ...link import Chain, Link
from ...variable import Parameter
from ..connection import Linear


class Maxout(Chain):
    r"""The largest of several affine maps, :math:`y_i = \max_j (x W_{ij} + b_{ij})`.

    Args:
        in_size: length of an input vector; ``None`` waits for the first call.
        out_size: length of an output vector.
        pool_size: how many maps there are for each of its elements.
        initialW: initializer of ``linear/W``; an array or function sees it as ``(out_size, pool_size, in_size)``. Default
            ``LeCunNormal()``.
        initial_bias: initializer of ``linear/b``; an array or function sees it as ``(out_size, pool_size)``. ``None`` leaves it out.

    Parameters:
        linear/W: ``(out_size * pool_size, in_size)``.
        linear/b: ``(out_size * pool_size,)``, or ``None``.

    Source: Goodfellow et al. 2013, Maxout Networks, arXiv:1302.4389.

    >>> L.Maxout(1, 1, 2, np.float32([[[1], [-1]]]))(np.float32([[-3], [2]])).array
    array([[3.],
           [2.]], dtype=float32)
    """

    def __init__(self, in_size, out_size, pool_size, initialW=None, initial_bias=0):
        super().__init__()
        self.out_size, self.pool_size = out_size, pool_size
        nobias = initial_bias is None
        initialW = _of_pools("initialW", initialW, (out_size, pool_size, in_size))
        initial_bias = _of_pools("initial_bias", initial_bias, (out_size, pool_size))
        with self.init_scope():
            self.linear = Linear(in_size, out_size * pool_size, nobias, initialW, initial_bias)

    def forward(self, x):
        """``(n, in_size)`` to ``(n, out_size)``."""
        return F.maxout(self.linear(x), self.pool_size)


def _of_pools(name, initial, shape):
    """An initializer of the parameter of the linear map, whose first axis is the first two of ``shape``, from one for ``shape``."""
    if initial is None or np.isscalar(initial) or isinstance(initial, Initializer):
        return initial
    if hasattr(initial, "shape"):
        if initial.ndim != len(shape):
            raise ValueError(f"Maxout: expected {name} with {len(shape)} axes, got {initial.shape}")
        return initial.reshape(-1, *initial.shape[2:])
    return lambda array: initial(array.reshape(*shape[:2], *array.shape[1:]))


class SimplifiedDropconnect(Link):
    """Affine map, each of whose weights is left out with some probability while training.

    See :func:`chainjax.functions.simplified_dropconnect`.

    Args:
        in_size: length of an input vector; ``None`` waits for the first call.
        out_size: length of an output vector.
        ratio: the probability.
        nobias: leave ``b`` out.
        initialW: initializer of ``W``; default ``HeNormal(2 ** -0.5)``.
        initial_bias: initializer of ``b``; default 0.

    Parameters:
        W: ``(out_size, in_size)``.
        b: ``(out_size,)``, or ``None``.

    Source: Wan et al. 2013, Regularization of Neural Networks using DropConnect.

    >>> L.SimplifiedDropconnect(2, 1, ratio=0.0, initialW=1)(np.float32([[1, 2]])).array
    array([[3.]], dtype=float32)
    """

    def __init__(self, in_size, out_size, ratio=0.5, nobias=False, initialW=None, initial_bias=None):
        super().__init__()
        self.out_size, self.ratio = out_size, ratio
        with self.init_scope():
            self.W = Parameter(initializer_of(initialW, HeNormal(2**-0.5)))
            if in_size is not None:
                self._initialize_params(in_size)
            self.b = None if nobias else Parameter(initializer_of(initial_bias, 0), out_size)

    def _initialize_params(self, in_size):
        self.W.initialize((self.out_size, in_size))

    def forward(self, x, train=True, mask=None, use_batchwise_mask=True):
        """``(n, ...)`` to ``(n, out_size)``.

        Args:
            x: float array.
            train: whether to leave out weights.
            mask: which weights stay; drawn if not given. The first that is given becomes the persistent value ``mask``.
            use_batchwise_mask: whether each vector has a mask of its own.
        """
        if not self.W.is_initialized:
            self._initialize_params(math.prod(x.shape[1:]))
        if mask is not None and "mask" not in self.__dict__:
            self.add_persistent("mask", mask)
        return F.simplified_dropconnect(x, self.W, self.b, self.ratio, train, mask, use_batchwise_mask)
