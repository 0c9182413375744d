"""Initializers that make convolutions resample images."""

import numpy as np

from ..initializer import Initializer


class _Triangle(Initializer):
    """The same triangular (bi-, trilinear, ...) filter for each channel."""

    def __init__(self, interpolation="linear", dtype=None):
        if interpolation != "linear":
            raise ValueError(f"{type(self).__name__}: expected interpolation 'linear', got {interpolation!r}")
        super().__init__(dtype)

    def __call__(self, array):
        self._expect_own_dtype(array)
        channels, per_channel = array.shape[:2]
        if len(set(array.shape[2:])) != 1 or per_channel not in (channels, 1):
            raise ValueError(f"{type(self).__name__}: expected shape (c, c or 1, k, k, ...), got {array.shape}")
        array[...] = 0.0
        filters = np.arange(channels)
        array[filters, 0 if per_channel == 1 else filters] = self.filter(array.shape[2], array.ndim - 2)

    def filter(self, size, ndim):
        factor = (size + 1) // 2
        centre = factor - (1.0 if size % 2 else 0.5)
        result = 1.0
        for axis in np.ogrid[(slice(size),) * ndim]:
            result = result * (1.0 - abs(axis - centre) / factor)
        return result


class UpsamplingDeconvFilter(_Triangle):
    """Makes a deconvolution with stride an upsampling by interpolation."""


class DownsamplingConvFilter(_Triangle):
    """Makes a convolution with stride a downsampling by weighted means."""

    def filter(self, size, ndim):
        weights = super().filter(size, ndim)
        return weights / weights.sum()
