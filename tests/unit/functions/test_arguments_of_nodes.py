"""What code reads of the nodes that functions leave in graphs, and making such nodes by hand."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
from chainjax.utils.type_check import InvalidType

X = np.arange(32, dtype="f").reshape(1, 2, 4, 4)
W = np.ones((3, 2, 2, 2), "f")


def node(y):
    return y.creator_node


def test_arguments_have_the_names_of_chainer():
    n = node(F.convolution_2d(X, W, stride=(1, 2), pad=1))
    assert (n.stride, n.sy, n.sx, n.ph, n.dx, n.groups, n.cover_all) == ((1, 2), 1, 2, 1, 1, 1, False)
    n = node(F.average_pooling_2d(X, (2, 1)))
    assert (n.kh, n.kw, n.sy, n.sx, n.ph, n.pw) == (2, 1, 2, 1, 0, 0)
    n = node(F.max_pooling_nd(X, 2))
    assert (n.ndim, n.ksize, n.label) == (2, (2, 2), "MaxPoolingND")


def test_what_is_no_argument_is_no_attribute():
    with pytest.raises(AttributeError, match="Convolution2DFunction has no attribute 'colour'"):
        node(F.convolution_2d(X, W)).colour  # noqa: B018 (the reading is what is tested)


def test_a_node_of_max_pooling_knows_where_the_largest_were():
    x = chainjax.Variable(X)
    y, indexes = F.max_pooling_2d(x, 3, 2, return_indices=True)
    np.testing.assert_array_equal(node(y).indexes, indexes)
    np.testing.assert_array_equal(indexes[0, 0], [[8, 7], [5, 4]])


def test_a_node_made_by_hand_takes_its_arguments_and_fewer_inputs():
    made = type(node(F.convolution_2d(X, W)))(2, (1, 1))
    assert (made.stride, made.sy, made.pw) == (2, 2, 1)
    (y,) = made.apply((X, W))
    np.testing.assert_array_equal(y.array, F.convolution_2d(X, W, stride=2, pad=1).array)
    assert node(y) is made


@pytest.mark.parametrize("inputs", [(X,), (X, W, W, W)])
def test_a_node_made_by_hand_refuses_a_wrong_number_of_inputs(inputs):
    made = type(node(F.convolution_2d(X, W)))()
    with pytest.raises(InvalidType, match=f"expected 2 to 3 inputs, got {len(inputs)}"):
        made.apply(inputs)


def test_some_floats_have_no_gradient():
    image = np.arange(16, dtype="f").reshape(1, 1, 4, 4)
    x, rois = chainjax.Variable(image), chainjax.Variable(np.float32([[0, 0, 3, 3]]))
    y = F.roi_average_pooling_2d(x, rois, np.int32([0]), 1, 1.0)
    gx, nothing = chainjax.grad([y], [x, rois], [chainjax.Variable(np.ones(y.shape, "f"))], enable_double_backprop=True)
    assert nothing is None
    (again,) = chainjax.grad([gx], [rois], [chainjax.Variable(image)])
    assert again is None
