"""Variables: what they hold, show, and refuse."""

import copy
import pickle

import numpy as np
import pytest

import jax

import chainjax
from chainjax import Parameter, Variable


@pytest.fixture
def x():
    return Variable(np.float32([[1, 2, 3], [4, 5, 6]]), name="x")


def test_holds_the_very_array():
    a = np.zeros(3, "f")
    x = Variable(a)
    assert x.array is a
    assert x.data is a
    a[0] = 5
    assert (x * 2).array[0] == 10


def test_what_is_recorded_does_not_change_with_the_array():
    a = np.float32([1, 2])
    y = Variable(a) * 3
    a[...] = 0
    np.testing.assert_array_equal(y.array, [3, 6])


def test_backward_reads_what_the_variable_holds_then():
    x = Variable(np.array(3, "f"))
    y = x * x
    x.array[...] = 2
    y.backward()
    assert x.grad == 4


def test_attributes(x):
    assert (x.shape, x.ndim, x.size, x.dtype, len(x)) == ((2, 3), 2, 6, np.float32, 2)
    assert (x.name, x.label, x.rank, x.creator, x.requires_grad) == ("x", "(2, 3), float32", 0, None, True)
    assert repr(x).startswith("variable x([[1")
    assert isinstance(x.jax, jax.Array)
    y = x + 1
    assert (y.rank, y.creator.label) == (1, "_ + 1")


def test_refuses_what_is_no_array():
    with pytest.raises(TypeError, match="expected ndarray"):
        Variable([1, 2])
    with pytest.raises(TypeError, match="without axes"):
        len(Variable(np.array(1, "f")))
    with pytest.raises(AttributeError, match="no array yet"):
        Variable().shape  # noqa: B018  reading is what fails


def test_gradients_must_fit(x):
    with pytest.raises(ValueError, match="Shape of data and grad"):
        x.grad = np.zeros(3, "f")
    with pytest.raises(TypeError, match="Dtype of data and grad"):
        x.grad = np.zeros((2, 3))
    x.grad = np.ones((2, 3), "f")
    x.cleargrad()
    assert x.grad is None


def test_gradients_add_up_until_cleared():
    x = Variable(np.array(2, "f"))
    for expected in (4, 8):
        (x * x).backward()
        assert x.grad == expected
    x.cleargrad()
    (x * x).backward()
    assert x.grad == 4


def test_copies(x):
    assert copy.copy(x).array is x.array
    deep = copy.deepcopy(x)
    assert deep.array is not x.array
    other = pickle.loads(pickle.dumps(x))
    assert other.name == "x"
    np.testing.assert_array_equal(other.array, x.array)


def test_unchaining_cuts_the_graph(x):
    y = x * 2
    z = y * 3
    z.unchain_backward()
    z.grad = np.ones_like(z.array)
    z.backward()
    assert x.grad is None
    assert y.creator is None


def test_no_gradient_where_none_is_wanted():
    x = Variable(np.array(1, "f"), requires_grad=False)
    y = x * 2
    assert not y.requires_grad
    y.backward()
    assert x.grad is None


def test_arithmetic_takes_the_dtype_of_the_variable():
    x = Variable(np.float16([1]))
    for y in (x * 2, 2.0 / x, x + np.float64([1]), x**2):
        assert y.dtype == np.float16


def test_parameters_wait_for_their_shape():
    p = Parameter(chainjax.initializers.One())
    assert not p.is_initialized
    assert p.array is None
    p.initialize((2,))
    np.testing.assert_array_equal(p.array, [1, 1])
    assert np.isnan(Parameter(shape=(2,)).array).all()
