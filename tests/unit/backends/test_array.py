"""Arrays on JAX devices."""

import numpy as np
import pytest

import chainjax


@pytest.fixture
def array():
    return chainjax.get_device("@jax").send(np.float32([[1, 2], [3, 4], [5, 6]]))


def test_iterating_ends(array):
    assert [row.tolist() for row in array] == [[1, 2], [3, 4], [5, 6]]


def test_an_array_without_axes_has_nothing_to_iterate_over(array):
    with pytest.raises(TypeError, match="without axes"):
        iter(array[0][0])
