"""Signatures: what makes two calls the same program."""

import math

import numpy as np
import pytest

import chainjax
from chainjax import engine
from chainjax import functions as F
from chainjax.engine import Aval, signature_of, static_key, thaw

VECTOR = Aval((3,), np.dtype(np.float32))


@pytest.mark.parametrize(
    ("one", "other"),
    [(2, 2.0), (1, True), (0, False), (1.0, True), (0.0, -0.0), (1, 1 + 0j), ((1, 2), (1.0, 2)), (slice(0, 1), slice(0.0, 1)), ("1", 1)],
)
def test_static_keys_tell_type_and_bits_apart(one, other):
    assert static_key(one) == static_key(one)
    assert static_key(one) != static_key(other)
    assert len({static_key(one), static_key(other)}) == 2


@pytest.mark.parametrize("value", [2, 2.0, True, None, "same", -0.0, (1, (2.0, None)), slice(1, None, -1), np.dtype("f4"), 1j, np.float32])
def test_static_keys_give_their_value_back(value):
    back = thaw(static_key(value))
    assert back == value
    assert type(back) is type(value)
    assert math.copysign(1, back) == math.copysign(1, value) if isinstance(value, float) else True


def test_nan_is_itself_as_a_static_key():
    key = static_key(math.nan)
    assert key == static_key(float("nan"))
    assert hash(key) == hash(static_key(float("nan")))
    assert math.isnan(thaw(key))


def test_complex_static_keys_tell_zeros_apart():
    assert static_key(complex(0.0, 0.0)) != static_key(complex(0.0, -0.0))
    assert static_key(complex(math.nan, 0.0)) == static_key(complex(math.nan, 0.0))


def test_scalars_of_numpy_are_the_keys_of_pythons():
    assert static_key(np.float64(2)) == static_key(2.0) != static_key(np.int64(2))
    assert static_key(np.bool_(True)) == static_key(True)


def test_what_has_no_hash_is_refused():
    with pytest.raises(TypeError, match="unhashable"):
        static_key({})


def scaled(x, by):
    return x * by


def test_a_signature_is_found_again():
    two = (("by", static_key(2.0)),)
    assert signature_of(scaled, two, (VECTOR,)) is signature_of(scaled, two, (VECTOR,))
    assert signature_of(scaled, two, (VECTOR,)) is not signature_of(scaled, (("by", 2),), (VECTOR,))
    assert signature_of(scaled, two, (VECTOR,)) is not signature_of(scaled, two, (Aval((4,), VECTOR.dtype),))


def test_what_a_function_raises_while_traced_is_raised_where_it_is_recorded():
    def bad(x):
        raise ValueError(f"no {x.shape}")

    with pytest.raises(ValueError, match=r"no \(3,\)"):
        signature_of(bad, (), (VECTOR,))


def test_gradients_read_only_what_they_need():
    tanh = signature_of(np_free_tanh, (), (VECTOR,))
    assert tanh.saved == (0,)
    assert signature_of(plus, (), (VECTOR, VECTOR)).saved == ()
    product = signature_of(times, (), (VECTOR, VECTOR))
    assert product.saved == (0, 1)
    assert product.vjp((0,), (True,))[1] == (1,)


def np_free_tanh(x):
    import jax.numpy as jnp

    return jnp.tanh(x)


def plus(x, y):
    return x + y


def times(x, y):
    return x * y


def test_numbers_that_change_are_no_new_program(counted):
    """Scalars in arithmetic, slice starts, indices and learning rates are inputs of the program."""
    table = chainjax.Parameter(np.arange(12, dtype=np.float32).reshape(6, 2))
    link = chainjax.Link()
    with link.init_scope():
        link.table = table
    optimizer = chainjax.optimizers.MomentumSGD(0.1).setup(link)

    def step(i):
        optimizer.lr = 0.1 / (i + 1)
        y = F.embed_id(np.array([i % 6, 1], np.int32), table) * (1.5 + i) + table[i % 4 : i % 4 + 2]
        link.cleargrads()
        F.sum(y).backward()
        optimizer.update()

    for i in range(3):
        step(i)
    assert counted()["compiles"] == 1
    for i in range(3, 12):
        step(i)
    found = counted()
    assert (found["compiles"], found["kernels"], found["whole"]) == (0, 0, 9)


def test_type_of_a_static_argument_changes_the_result_not_only_the_key():
    x = np.float32([[1, 2], [3, 4]])
    assert F.sum(x, axis=0).array.tolist() == [4, 6]
    assert F.sum(x, axis=1).array.tolist() == [3, 7]
    assert F.sum(x, axis=1, keepdims=True).shape == (2, 1)
    assert F.sum(x, axis=1, keepdims=False).shape == (2,)


def test_arrays_of_two_devices_do_not_meet():
    a = chainjax.get_device("@jax:cpu:0").send(np.ones(3, np.float32))
    b = chainjax.get_device("@jax:cpu:1").send(np.ones(3, np.float32))
    with pytest.raises(TypeError, match="to_device"):
        F.add(a, b)
    assert engine.thread().tape is None


def test_a_list_is_another_key_than_a_tuple_and_thaws_to_a_tuple():
    key = static_key([1, [2.0]])
    assert key != static_key((1, (2.0,)))
    assert static_key((1, (2.0,))) != key
    assert key == static_key([1, [2.0]])
    assert hash(key) == hash(static_key([1, [2.0]]))
    assert isinstance(thaw(key), tuple)
    assert (*thaw(key)[:1], *thaw(key)[1]) == (1, 2.0)


def test_axes_are_no_list():
    x = np.ones((2, 3), "f")
    assert F.sum(x, axis=(0,)).shape == (3,)
    for _ in range(2):
        with pytest.raises(TypeError, match="int or a tuple of ints"):
            F.sum(x, axis=[0])
