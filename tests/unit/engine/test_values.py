"""Values: interned avals, private copies, weak scalars."""

import ml_dtypes
import numpy as np
import pytest

import jax

import chainjax
from chainjax import engine
from chainjax import functions as F
from chainjax.engine import Aval
from chainjax.engine._values import ALIGNMENT, LARGE


def test_avals_are_interned():
    assert Aval((2, 3), np.dtype(np.float32)) is Aval((2, 3), np.dtype(np.float32))
    assert Aval((), np.dtype(np.float64), weak=True) is not Aval((), np.dtype(np.float64))
    assert Aval((2, 3), np.dtype(np.float32)).nbytes == 24


@pytest.mark.parametrize("n", [3, LARGE])
def test_an_array_is_copied_when_it_enters(n):
    a = np.zeros(n, np.float32)
    value = engine.value_of(a)
    a[:] = 1
    assert not np.asarray(value.array).any()
    assert not np.shares_memory(a, value.array)


def test_large_copies_are_aligned_so_that_xla_takes_them_without_another():
    for n in range(LARGE, LARGE + 5):
        assert engine.snapshot(np.zeros(n, np.uint8)).ctypes.data % ALIGNMENT == 0


def test_arrays_overwritten_right_after_the_call_change_nothing():
    x = np.empty((300, 1000), np.float32)
    results = []
    for i in range(20):
        x.fill(i)
        results.append(chainjax.Variable(x) * 1 if i % 2 else F.identity(x))
        x.fill(-1)
        if i % 5 == 4:
            engine.flush()
    for i, y in enumerate(results):
        assert (y.array == i).all()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [">f4", "<f4", "?", "i8", "f8", "c8", ml_dtypes.bfloat16])
def test_dtypes_and_layouts_of_the_host_enter(dtype, order):
    a = np.array([[0, 1, 1], [1, 0, 0]], dtype, order=order)
    value = engine.value_of(a)
    assert value.aval.dtype == a.dtype.newbyteorder("=")
    np.testing.assert_array_equal(np.asarray(value.array).astype("c16"), a.astype("c16"))


@pytest.mark.parametrize("bad", [np.array(["a"]), np.array([None]), np.array(["2020-01-01"], "M8[D]")])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(TypeError, match="cannot compute with an array of dtype"):
        engine.value_of(bad)


def test_what_is_no_array_is_refused():
    with pytest.raises(TypeError, match="expected an array or a number, got str"):
        engine.value_of("1")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
@pytest.mark.parametrize("scalar", [2, 2.0])
def test_python_scalars_are_weak(dtype, scalar):
    """A float16 variable times 2.0 stays float16, alone and inside of a program."""
    x = chainjax.Variable(np.ones(3, dtype))
    for _ in range(3):
        y = (x * scalar + scalar) * scalar
        expected = np.dtype(dtype) if np.dtype(dtype).kind == "f" or scalar.__class__ is int else None
        if expected is not None:
            assert y.dtype == y.array.dtype == expected
            assert (y.array == 8).all()
        else:
            assert y.dtype == y.array.dtype


def test_states_of_a_value():
    x = chainjax.Variable(np.ones(2, np.float32))
    y = x + 1
    value = y._contents
    assert repr(value) == "<Value (2,) float32 pending>"
    assert y.array.tolist() == [2, 2]
    assert repr(value) == "<Value (2,) float32 concrete>"
    value.array = None
    value.tape = None
    with pytest.raises(RuntimeError, match="an update consumed them"):
        engine.fetch(value)


def test_float64_and_integers_keep_their_width_and_the_switch_of_jax_stays():
    before = jax.config.jax_enable_x64
    assert not before
    x = chainjax.Variable(np.array([1.0, 1 + 2**-40]))
    for _ in range(3):  # stepwise and whole
        y = F.sum(x * x)
        y.backward()
        assert y.array.dtype == np.float64
        assert x.grad.dtype == np.float64
        assert y.array == (x.array**2).sum()
        assert x.jax.dtype == np.float64
        x.cleargrad()
    n = chainjax.Variable(np.array([2**40, 1]))
    assert (n + n).array.tolist() == [2**41, 2]
    assert (n + n).array.dtype == np.int64
    assert jax.config.jax_enable_x64 is before
    assert jax.numpy.ones(1).dtype == np.float32
    assert jax.jit(lambda a: a * 1)(np.ones(1)).dtype == np.float32
