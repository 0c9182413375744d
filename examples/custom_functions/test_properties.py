"""What holds for the functions of ``train.py`` whatever they are given, and that their gradients are right. To copy for your own.

pip install hypothesis pytest; python -m pytest examples/custom_functions --import-mode=prepend
"""

import hypothesis.extra.numpy as arrays_of
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from train import PseudoHuber, expm, pseudo_huber, sort

from chainjax import gradient_check

settings.register_profile("functions", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("functions")

# Numbers are drawn freely, shapes from a few: a function of JAX is compiled for each.
SHAPES = st.sampled_from([(1,), (5,), (2, 3)])


def arrays(shape, most):
    """Arrays of double precision, with numbers up to ``most``."""
    return arrays_of.arrays(np.float64, shape, elements=st.floats(-most, most))


def check_gradient(function, x, second=True):
    """Gradients, and those of gradients, compared with differences."""
    gradient_check.check_backward(function, x, np.ones_like(x) + x / 7, dtype=np.float64, rtol=1e-4, atol=1e-4)
    if second:
        gradient_check.check_double_backward(function, x, np.cos(x), np.sin(x), dtype=np.float64, rtol=1e-4, atol=1e-4)


@given(arrays(SHAPES, 1e9))
def test_sorting_puts_the_same_numbers_in_order(x):
    y = sort(x).array
    np.testing.assert_array_equal(y, np.sort(x, axis=-1))
    np.testing.assert_array_equal(sort(y).array, y)
    np.testing.assert_array_equal(sort(-x).array, -y[..., ::-1])


@given(SHAPES.flatmap(lambda shape: st.permutations(range(int(np.prod(shape)))).map(lambda p: np.float64(p).reshape(shape))))
def test_gradients_of_sorting(x):
    # Numbers that are well apart: where two are equal there is no derivative.
    check_gradient(lambda x: sort(x) ** 2, x)


@given(arrays(SHAPES, 1e200))
def test_pseudo_huber_is_even_and_between_its_bounds(x):
    y = pseudo_huber(x).array
    np.testing.assert_array_equal(pseudo_huber(-x).array, y)
    assert (y >= np.abs(x) - 1 - 1e-15 * np.abs(x)).all()
    assert (y <= np.abs(x)).all()
    near = np.abs(x) < 1e150  # its square can be written
    assert (y[near] <= x[near] ** 2 / 2).all()


@given(st.floats(1e-15, 1e-5))
def test_pseudo_huber_keeps_small_numbers(x):
    np.testing.assert_allclose(pseudo_huber(np.array([x])).array, [x**2 / 2], rtol=1e-9)


@given(arrays(SHAPES, 50))
def test_gradients_of_pseudo_huber(x):
    check_gradient(pseudo_huber, x, second=False)


@given(arrays((3, 3), 1))
def test_exponentials_undo_each_other(x):
    np.testing.assert_allclose(expm(x).array @ expm(-x).array, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(expm(x).array), np.exp(np.trace(x)), rtol=1e-10)


@given(arrays((3, 3), 3))
def test_exponentials_of_skew_matrices_are_rotations(x):
    y = expm(x - x.T).array
    np.testing.assert_allclose(y @ y.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.linalg.det(y), 1, rtol=1e-12)


@given(arrays((3, 3), 1))
def test_gradients_of_the_exponential(x):
    check_gradient(expm, x, second=False)  # the second order too, but compiling that takes half a minute


def test_a_wrong_gradient_is_found():
    class Wrong(PseudoHuber):
        def backward(self, inputs, grad_outputs):
            return (grad_outputs[0] * inputs[0],)

    with pytest.raises(AssertionError):
        check_gradient(lambda x: Wrong()(x), np.float64([0.5, 3]), second=False)
