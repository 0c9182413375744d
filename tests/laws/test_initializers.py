"""Laws of initializers: the numbers that Chainer makes from the same seed, bit for bit."""

import re

import numpy as np
import pytest

import chainjax
from tests.conformance.registry import numbers
from tests.registry import INITIALIZERS

every = pytest.mark.parametrize("row", INITIALIZERS, ids=repr)


@every
def test_same_bits_as_chainer(row):
    expected = numbers.golden(row)
    got = numbers.of_initializer(chainjax, row)
    assert got.keys() == expected.keys()
    for name, array in got.items():
        assert array.dtype == expected[name].dtype
        if row.lapack:  # the factorisation rounds as the machine's LAPACK does
            np.testing.assert_allclose(array, expected[name], 1e-12 if array.dtype == "float64" else 1e-3, 1e-12)
        else:
            np.testing.assert_array_equal(array, expected[name])


@every
def test_generate_array(row):
    initializer = getattr(chainjax.initializers, row.name)(**row.kwargs, dtype=np.float16)
    array = chainjax.initializers.generate_array(initializer, row.shapes[0], np)
    assert (array.dtype, array.shape) == (np.float16, row.shapes[0])


@every
def test_arrays_of_another_dtype_are_refused(row):
    initializer = getattr(chainjax.initializers, row.name)(**row.kwargs, dtype=np.float16)
    with pytest.raises(TypeError, match=f"{row.name}: expected an array of its dtype float16, got float32"):
        initializer(np.zeros(row.shapes[0], "f"))


@pytest.mark.parametrize("group", numbers.GROUPS)
def test_oracle_still_gives_the_golden_numbers(group, oracle):
    got = numbers.everything(oracle, group)
    with np.load(numbers.GOLDEN / f"{group}.npz") as file:
        assert set(file.files) == set(got)
        for name in file.files:
            if not re.search(r": file\.", name):  # a file has its date
                np.testing.assert_allclose(got[name], file[name], 1e-6, 1e-6, err_msg=name)
