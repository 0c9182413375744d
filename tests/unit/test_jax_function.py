"""``jax_function``: any traceable function of JAX as a function of Variables."""

import numpy as np
import pytest

import jax
import jax.numpy as jnp

import chainjax
from chainjax import Variable, engine


@chainjax.jax_function(static=("n",))
def power_and_sum(x, n):
    return x**n, jnp.sum(x)


def test_several_results_and_static_arguments():
    x = Variable(np.float32([1, 2]))
    y, total = power_and_sum(x, 3)
    assert total.array == 3
    y.grad = np.ones(2, "f")
    y.backward()
    np.testing.assert_allclose(x.grad, 3 * x.array**2)


def test_gradients_of_gradients():
    f = chainjax.jax_function(lambda x: jnp.sin(x))
    x = Variable(np.array(0.5, "d"))
    (g,) = chainjax.grad([f(x)], [x], enable_double_backprop=True)
    (gg,) = chainjax.grad([g], [x])
    np.testing.assert_allclose(gg.array, -np.sin(0.5))


def test_a_function_made_anew_is_the_same_program():
    def make(k):
        return chainjax.jax_function(lambda x: x * k)

    x = np.float32([1, 2])
    with chainjax.using_config("deterministic", True):
        np.testing.assert_array_equal(make(2.0)(x).array, [2, 4])
        before = engine.statistics()["kernels"]
        np.testing.assert_array_equal(make(2.0)(x).array, [2, 4])
        assert engine.statistics()["kernels"] == before
        np.testing.assert_array_equal(make(3.0)(x).array, [3, 6])


def test_a_function_that_is_another_one_each_time_is_said_to_be():
    with pytest.warns(RuntimeWarning, match="each closes over other things") as caught:
        [chainjax.jax_function(lambda x, k=k: x * k) for k in range(40)]
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_gradients_of_its_own_count():
    @jax.custom_vjp
    def f(x):
        return x * 2

    f.defvjp(lambda x: (f(x), None), lambda _, g: (g * 7,))
    x = Variable(np.float32([1]))
    y = chainjax.jax_function(f)(x)
    y.grad = np.ones(1, "f")
    y.backward()
    assert x.grad == 7


def test_inside_a_program_of_jax():
    def loss(w):
        return chainjax.functions.sum(chainjax.functions.tanh(Variable(w)) * 2).jax

    w = jnp.float32([0.5, -0.5])
    np.testing.assert_allclose(jax.grad(loss)(w), 2 * (1 - np.tanh(0.5) ** 2) * np.ones(2), 1e-5)


def test_wants_a_function():
    with pytest.raises(TypeError, match="expected a function"):
        chainjax.jax_function(3)
    with pytest.raises(TypeError, match="names no parameter"):
        chainjax.jax_function(lambda x: x, static=("axis",))


def test_defaults_that_are_no_arrays_fix_the_program():
    @chainjax.jax_function
    def f(x, negate=False, mode="sum", axes=(0,), dtype=np.float64, scale=2.0, shift=None):
        y = jnp.sum(x, axes) if mode == "sum" else jnp.max(x, axes)
        y = (-y if negate else y).astype(dtype) * scale
        return y if shift is None else y + shift

    x = Variable(np.float32([[1, 2], [3, 4]]))
    np.testing.assert_array_equal(f(x).array, [8, 12])
    np.testing.assert_array_equal(f(x, True).array, [-8, -12])
    np.testing.assert_array_equal(f(x, mode="max", axes=(1,), scale=1.0, shift=np.float64([1, 1])).array, [3, 5])
    assert f(x, dtype=np.float32).dtype == np.float32
    y = chainjax.functions.sum(f(x, negate=True))
    y.backward()
    np.testing.assert_array_equal(x.grad, np.full((2, 2), -2))
    weights = np.float32([1, 2])
    fixed = chainjax.jax_function(lambda x, weights=weights: x * weights)
    np.testing.assert_array_equal(fixed(x[0]).array, [1, 4])
