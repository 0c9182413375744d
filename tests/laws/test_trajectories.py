"""A small net, trained by every optimizer and hook, goes the way that it goes under Chainer."""

import numpy as np
import pytest

import chainjax
from tests.conformance.registry import trajectories
from tests.laws.calls import by_kernels


@pytest.mark.parametrize("name", trajectories.CASES)
def test_trainings_follow_chainers(name):
    with by_kernels():
        got = trajectories.of_case(chainjax, name)
    expected = trajectories.golden(name)
    assert got.keys() == expected.keys()
    # In float16 each step rounds by a thousandth, and XLA and NumPy do not round sums alike.
    rtol, atol = (1e-2, 1e-3) if name.startswith("mixed16") else (1e-4, 1e-5)
    for key, steps in expected.items():
        np.testing.assert_allclose(got[key], steps, rtol, atol, err_msg=key)
    assert min(map(len, expected.values())) == trajectories.STEPS
