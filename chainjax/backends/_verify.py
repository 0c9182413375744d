"""The engine's self-check (``config.verify_replay``), and how near two computations of the same thing must be, for tests too."""

import numpy as np

import jax
import jax.numpy as jnp

from ..engine import _replay

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


def close(actual, expected, slack=0.0):
    """Whether two arrays of one dtype agree within the table and ``slack``; integers exactly, NaN with NaN."""
    actual, expected = np.asarray(actual), np.asarray(expected)
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return False
    if actual.dtype.name not in TOLERANCES:
        return bool(np.array_equal(actual, expected))
    rtol, atol = TOLERANCES[actual.dtype.name]
    if actual.dtype.itemsize < 4:
        actual, expected = actual.astype(np.float32), expected.astype(np.float32)
    return bool(np.allclose(actual, expected, rtol, atol * _largest(expected) + slack, equal_nan=True))


def _largest(array):
    return np.abs(array[np.isfinite(array)]).max(initial=0.0)


def verify(results, replay, name):
    """Compare results of a program with a replay of its entries one by one; the first that differs is an error.

    What is left where large numbers cancel is rounding, of no certain size, and so is all that is computed from it. It is told
    from a mistake by a look at how far other numbers come out when each entry's results get another last bit.

    Args:
        results: slot -> array of the program.
        replay: function of an empty list that puts there what is in each slot.
        name: function of a slot to what it is and where it was recorded.
    """
    expected, others = replay([]), None
    for slot, result in results.items():
        if not close(result, expected[slot]):
            if others is None:
                others = [replay(_Shaken(seed)) for seed in range(3)]
            if not close(result, expected[slot], _slack(expected[slot], [env[slot] for env in others])):
                shown = f"the program gave {np.asarray(result)!r}, its entries one by one {np.asarray(expected[slot])!r}"
                raise ReplayMismatch(f"{name(slot)}: {shown}")


class _Shaken(list):
    """Arrays whose floats have another last bit than they are given."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def extend(self, arrays):
        super().extend([self._shaken(array) for array in arrays])

    def _shaken(self, array):
        if array is None or array.dtype.name not in TOLERANCES:
            return array
        bits = self.rng.integers(-1, 2, array.shape)
        with jax.enable_x64(True):
            return array * (1 + bits * float(jnp.finfo(array.dtype).eps)).astype(array.dtype)


def _slack(expected, others):
    """What rounding explains: as many last bits as in the table; ``others`` show what one makes of the result."""
    name = np.asarray(expected).dtype.name
    if name not in TOLERANCES:
        return 0.0
    wide = [np.asarray(a, np.complex128 if name.startswith("complex") else np.float64) for a in (expected, *others)]
    return max(_largest(a - wide[0]) for a in wide[1:]) * TOLERANCES[name][1] / float(jnp.finfo(name).eps)


_replay.verify[0] = verify
