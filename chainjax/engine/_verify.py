"""How near two computations of the same thing must be: one table for the engine's self-check and for the tests."""

import numpy as np

#: dtype -> (relative, absolute) tolerance; the absolute one is in units of the largest magnitude of the array. Programs are
#: fused differently than kernels, so sums are taken in another order and x86 contracts to fused multiply-add.
TOLERANCES = {
    "float16": (5e-3, 5e-3),
    "bfloat16": (4e-2, 4e-2),
    "float32": (1e-4, 2e-5),
    "float64": (1e-10, 1e-12),
    "complex64": (1e-4, 2e-5),
    "complex128": (1e-10, 1e-12),
}


class ReplayMismatch(AssertionError):
    """A program and the replay of its entries one by one gave different numbers (``config.verify_replay``)."""


def close(actual, expected):
    """Whether two arrays of one dtype agree within the table; integers exactly, NaN with NaN."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return False
    if actual.dtype.name not in TOLERANCES:
        return bool(np.array_equal(actual, expected))
    rtol, atol = TOLERANCES[actual.dtype.name]
    if actual.dtype.itemsize < 4:
        actual, expected = actual.astype(np.float32), expected.astype(np.float32)
    finite = np.abs(expected[np.isfinite(expected)])
    return bool(np.allclose(actual, expected, rtol, atol * finite.max(initial=0.0), equal_nan=True))


def check(actual, expected, what):
    if not close(actual, expected):
        raise ReplayMismatch(f"{what}: the program gave {np.asarray(actual)!r}, its entries one by one {np.asarray(expected)!r}")
