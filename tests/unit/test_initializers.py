"""Initializers: whom they ask for numbers, and what they refuse."""

import numpy as np
import pytest

import chainjax
from chainjax import initializers
from chainjax.initializers import generate_array, initializer_of

RANDOM = ["GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LeCunNormal", "LeCunUniform", "Normal", "Orthogonal", "Uniform"]


@pytest.mark.parametrize("name", RANDOM)
def test_a_generator_of_ones_own_is_drawn_from_alone(name):
    np.random.seed(0)
    state = np.random.get_state()[1].copy()
    arrays = [generate_array(getattr(initializers, name)(rng=np.random.RandomState(3)), (3, 4), np) for _ in range(2)]
    np.testing.assert_array_equal(*arrays)
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    np.random.seed(3)
    np.testing.assert_array_equal(generate_array(getattr(initializers, name)(), (3, 4), np), arrays[0])


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 2, 2)])
def test_orthogonal(shape):
    w = generate_array(initializers.Orthogonal(2.0, "f8"), shape, np).reshape(shape[0], -1)
    small = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(small, 4 * np.eye(len(small)), atol=1e-12)


@pytest.mark.parametrize(
    ("make", "shape", "message"),
    [
        (lambda: initializers.Orthogonal(mode="projection"), (5, 3), "no projection"),
        (lambda: initializers.Orthogonal(mode="embedding"), (3, 5), "no embedding"),
        (lambda: initializers.Orthogonal(mode="basis"), (3, 5), "no basis"),
        (lambda: initializers.Orthogonal(mode="half"), (3, 5), "expected mode"),
        (lambda: initializers.Orthogonal(), (0, 5), "not empty"),
        (lambda: initializers.HeNormal(fan_option="fan"), (3, 5), "expected fan_option"),
        (lambda: initializers.HeNormal(), (3,), "two axes or more"),
        (lambda: initializers.Identity(), (3, 5), "square"),
        (lambda: initializers.UpsamplingDeconvFilter("cubic"), (2, 2, 3, 3), "expected interpolation"),
        (lambda: initializers.UpsamplingDeconvFilter(), (2, 3, 3, 3), "expected shape"),
        (lambda: initializers.DownsamplingConvFilter(), (2, 2, 3, 4), "expected shape"),
        (lambda: initializers.Constant([1, 2]), (2,), "a number or an array"),
    ],
)
def test_refused(make, shape, message):
    with pytest.raises(ValueError, match=message):
        make()(np.zeros(shape, "f"))


def test_a_dtype_is_given_once():
    with pytest.raises(ValueError, match="makes float16, but float32 is asked for"):
        generate_array(initializers.Zero("f2"), 2, np, dtype="f4")
    assert generate_array(initializers.Zero("f2"), 2, np, dtype="f2").dtype == np.float16
    with chainjax.using_config("dtype", chainjax.mixed16):
        assert generate_array(initializers.Zero(), 2, np).dtype == np.float16
    with pytest.raises(ValueError, match="not the module of"):
        generate_array(initializers.Zero(), 2, np, device="@jax:cpu:0")


def test_what_stands_for_an_initializer():
    assert isinstance(initializer_of(None), initializers.LeCunNormal)
    assert initializer_of(None, 3).fill_value == 3
    assert initializer_of(2, 3).fill_value == 2
    array = np.float32([1, 2])
    np.testing.assert_array_equal(generate_array(initializer_of(array), (3, 2), np), [array] * 3)
    called = initializer_of(lambda a: a.fill(7))
    np.testing.assert_array_equal(generate_array(called, (2,), np), [7, 7])
    with pytest.raises(TypeError, match="expected an initializer, a number or an array"):
        initializer_of([1, 2])


def test_weights_of_chainer_1():
    weights = np.zeros((2, 3), "f")
    np.random.seed(0)
    initializers.init_weight(weights, None, 2.0)
    np.testing.assert_array_equal(weights.ravel()[:2], np.float32([2.03695226, 0.46206173]))  # printed by Chainer 1.24.0
    chainjax.init_weight(weights, 3, scale=0.5)
    np.testing.assert_array_equal(weights, np.full((2, 3), 1.5))


def test_a_new_initializer_must_fill():
    with pytest.raises(NotImplementedError, match="must define __call__"):
        chainjax.Initializer()(np.zeros(2))
