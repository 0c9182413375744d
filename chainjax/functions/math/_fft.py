"""Fourier transforms of complex numbers that are given as two real arrays."""

import numpy as np

import jax
import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect, expect_alike


def fft(x):
    r"""Fourier transform along the last axis: :math:`y_k = \sum_j x_j e^{-2 \pi i j k / n}`.

    Args:
        x: two float arrays ``(*s, n)`` of one dtype, the real and the imaginary part.

    Returns:
        Two Variables ``(*s, n)``, the real and the imaginary part.

    Raises:
        InvalidType: the two differ, or have no axis.

    >>> real, imag = F.fft((np.float32([1, 1]), np.float32([0, 0])))
    >>> real.array
    array([2., 0.], dtype=float32)
    """
    real, imag = x
    return _fft(real, imag, "fft")


def ifft(x):
    r"""Inverse Fourier transform along the last axis: :math:`y_k = \frac 1 n \sum_j x_j e^{2 \pi i j k / n}`.

    Args:
        x: two float arrays ``(*s, n)`` of one dtype, the real and the imaginary part.

    Returns:
        Two Variables ``(*s, n)``, the real and the imaginary part.

    Raises:
        InvalidType: the two differ, or have no axis.

    >>> real, imag = F.ifft((np.float32([2, 0]), np.float32([0, 0])))
    >>> real.array
    array([1., 1.], dtype=float32)
    """
    real, imag = x
    return _fft(real, imag, "ifft")


@differentiable(node="FFT", path="math.fft", attrs=("method",), static=("method",))
def _fft(real, imag, method):
    expect_alike(method, real=real, imag=imag)
    expect(real.ndim > 0, method, "arrays with axes", real=real)
    wide = np.promote_types(real.dtype, np.float32)
    y = getattr(jnp.fft, method)(jax.lax.complex(real.astype(wide), imag.astype(wide)))
    return y.real.astype(real.dtype), y.imag.astype(real.dtype)
