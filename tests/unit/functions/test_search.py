"""Where the largest number is, found block by block."""

import numpy as np
import pytest

import jax.numpy as jnp

import chainjax.functions as F
from chainjax.functions._search import first_at

LENGTHS = [1, 2, 3, 7, 8, 100]


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("numbers", ["ties", "infinities", "nans", "zeros"])
def test_the_first_place_as_numpy_finds_it(n, axis, numbers):
    choices = {"ties": [1, 2, 3], "infinities": [np.inf, -np.inf], "nans": [0, 1, np.nan], "zeros": [0.0, -0.0]}[numbers]
    x = np.random.RandomState(n).choice(np.float32(choices), (n, 3) if axis == 0 else (3, n))
    for find, expected in ((jnp.max, np.argmax), (jnp.min, np.argmin)):
        place = first_at(find, jnp.asarray(x), axis)
        assert place.dtype == np.int32
        np.testing.assert_array_equal(place, expected(x, axis))


def test_no_rows_have_no_places():
    assert first_at(jnp.max, jnp.zeros((0, 2)), 1).shape == (0,)
    assert F.accuracy(np.zeros((0, 2), np.float32), np.zeros(0, np.int32)).shape == ()


@pytest.mark.parametrize("find", [F.argmax, F.argmin])
def test_nothing_to_choose_from_is_an_error(find):
    assert find(np.zeros((0, 2), np.float32), axis=1).shape == (0,)
    with pytest.raises(ValueError, match="expected numbers to choose from"):
        find(np.zeros((0, 2), np.float32), axis=0)
