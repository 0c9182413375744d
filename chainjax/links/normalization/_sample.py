"""Normalisation of each sample by itself."""

import math

import numpy as np

from ... import functions as F
from ...config import get_dtype
from ...initializers import initializer_of
from ...link import Link
from ...variable import Parameter


class _ScaleAndShift(Link):
    def __init__(self, size, eps, initial_gamma, initial_beta, dtype=None):
        super().__init__()
        self.eps = eps
        with self.init_scope():
            for name, initial, default in (("gamma", initial_gamma, 1), ("beta", initial_beta, 0)):
                initializer = initializer_of(initial, default)
                initializer.dtype = dtype or getattr(initializer, "dtype", None)
                setattr(self, name, Parameter(initializer))
        if size is not None:
            self._initialize_params(size)

    def _initialize_params(self, size):
        for param in (self.gamma, self.beta):
            param.initialize(size)


class GroupNormalization(_ScaleAndShift):
    """Normalisation of each sample over groups of channels; see :func:`chainjax.functions.group_normalization`.

    Args:
        groups: into how many groups the channels are divided.
        size: number of channels; ``None`` waits for the first call.
        eps: what is added to variances.
        initial_gamma: initializer of ``gamma``; default 1.
        initial_beta: initializer of ``beta``; default 0.

    Parameters:
        gamma: ``(size,)``, the scale.
        beta: ``(size,)``, the shift.

    Source: Wu, He 2018, arXiv:1803.08494.

    >>> L.GroupNormalization(1, eps=1e-12)(np.float32([[1, 3]])).array
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(self, groups, size=None, eps=1e-5, initial_gamma=None, initial_beta=None):
        super().__init__(size, eps, initial_gamma, initial_beta, get_dtype(None, map_mixed16=np.float32))
        self.groups = groups

    def forward(self, x):
        """``(n, size, *s)`` to the same shape."""
        if not self.gamma.is_initialized:
            if x.ndim < 2:
                raise ValueError(f"GroupNormalization: expected x with axes of samples and channels, got shape {x.shape}")
            self._initialize_params(x.shape[1])
        return F.group_normalization(x, self.groups, self.gamma, self.beta, self.eps)


class LayerNormalization(_ScaleAndShift):
    """Normalisation of each row; see :func:`chainjax.functions.layer_normalization`.

    Args:
        size: number of columns; ``None`` waits for the first call.
        eps: what is added to variances.
        initial_gamma: initializer of ``gamma``; default 1.
        initial_beta: initializer of ``beta``; default 0.

    Parameters:
        gamma: ``(size,)``, the scale.
        beta: ``(size,)``, the shift.

    Source: Ba, Kiros, Hinton 2016, arXiv:1607.06450.

    >>> L.LayerNormalization(2, eps=1e-12)(np.float32([[1, 3]])).array
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(self, size=None, eps=1e-6, initial_gamma=None, initial_beta=None):
        super().__init__(size, eps, initial_gamma, initial_beta)

    def forward(self, x):
        """``(n, size)`` to the same shape."""
        if not self.gamma.is_initialized:
            self._initialize_params(math.prod(x.shape[1:]))
        return F.layer_normalization(x, self.gamma, self.beta, self.eps)
