"""Nodes of the graph as code for Chainer reads and makes them."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F


def test_arrays_of_a_call_are_attributes():
    x = chainjax.Variable(np.arange(1, 7, dtype="f"))
    y, mask = F.dropout(x, return_mask=True)
    np.testing.assert_array_equal(y.creator.mask, mask)
    np.testing.assert_array_equal(y.array, x.array * y.creator.mask)
    h = F.zoneout(x, 10 * x)
    np.testing.assert_array_equal(h.array, x.array * h.creator.flag_h + 10 * x.array * h.creator.flag_x)


def test_a_node_may_be_applied_again():
    leaky = type(F.leaky_relu(np.float32([1])).creator)(0.5)
    for _ in range(2):
        assert leaky.apply((np.float32([-2]),))[0].array == -1


def test_dropout_as_a_class_keeps_its_mask():
    x = np.ones(20, "f")
    drop = type(F.dropout(x).creator)(0.5)
    with chainjax.using_config("train", False):
        first, second = (drop.apply((x,))[0].array for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, drop.mask)
    assert set(first) == {0, 2}


def test_arguments_that_a_function_has_not_are_refused_in_its_name():
    with pytest.raises(TypeError, match=r"^relu\(\) got an unexpected keyword argument 'slope'"):
        F.relu(np.ones(2, "f"), slope=1)
    with pytest.raises(TypeError, match=r"^prelu\(\) missing a required argument: 'W'"):
        F.prelu(np.ones(2, "f"))


def test_types_are_not_checked_where_that_is_off():
    x, W, b = np.ones((1, 2)), np.ones((3, 2), "f"), np.ones(3, "f")
    with chainjax.using_config("type_check", False):
        y = F.linear(x, W, b)
    np.testing.assert_array_equal(y.array, [[3, 3, 3]])
    assert y.dtype == np.float64
    with pytest.raises(chainjax.utils.type_check.InvalidType, match="linear: expected x and b of one dtype"):
        F.linear(x, W, b)
    with chainjax.using_config("type_check", False):
        whole = F.sum(F.linear(x, W, b) * 2)  # several entries are one program, in which all is traced again
    assert whole.array == 18
