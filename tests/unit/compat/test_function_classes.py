"""Functions as classes, as older releases of Chainer had them."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
from chainjax.compat import _habits
from chainjax.compat._function_classes import CLASSES, OldFunction, has_other_arguments
from chainjax.differentiable import node_classes

X = np.float32([[-1, 2]])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (lambda x: F.ReLU()(x), F.relu),
        (lambda x: F.ReLU(use_cudnn=False)(x), F.relu),
        (lambda x: F.LeakyReLU(0.5)(x), lambda x: F.leaky_relu(x, 0.5)),
        (lambda x: F.Softmax(True, axis=0)(x), lambda x: F.softmax(x, axis=0)),
        (lambda x: F.Concat(axis=0)(x, x), lambda x: F.concat([x, x], axis=0)),
        (lambda x: F.Sum(axis=1)(x), lambda x: F.sum(x, axis=1)),
    ],
)
def test_a_class_is_its_function(old, new):
    y, expected = old(chainjax.Variable(X)), new(chainjax.Variable(X))
    np.testing.assert_array_equal(y.array, expected.array)
    assert type(y.creator) is type(expected.creator)


def test_dropout_draws_as_the_function_does():
    np.random.seed(0)
    expected = F.dropout(X, 0.25).array
    np.random.seed(0)
    np.testing.assert_array_equal(F.Dropout(0.25)(X).array, expected)


def test_nodes_are_instances_of_the_class():
    y = F.relu(chainjax.Variable(X))
    assert isinstance(y.creator, F.ReLU)
    assert not isinstance(y.creator, F.Sigmoid)
    assert isinstance(F.ReLU(), F.ReLU)


def test_forward_and_backward_of_arrays():
    f = F.Sigmoid()
    (y,) = f.forward((X,))
    assert type(y) is np.ndarray
    (gx,) = f.backward((X,), (np.ones_like(X),))
    np.testing.assert_allclose(gx, y * (1 - y), rtol=1e-6)
    np.testing.assert_array_equal(f.forward_cpu((X,))[0], y)


def test_a_node_whose_arguments_are_not_those_of_its_body_is_made_by_the_function():
    np.random.seed(0)
    expected = F.dropout(X, 0.25).array
    node = type(F.dropout(chainjax.Variable(X)).creator)(0.25)
    np.random.seed(0)
    (y,) = node.apply((X,))
    np.testing.assert_array_equal(y.array, expected)


def test_batch_normalization_as_a_node():
    x, one, zero = np.float32([[1], [3]]), np.ones(1, "f"), np.zeros(1, "f")
    mean, var = np.zeros(1, "f"), np.ones(1, "f")
    node = type(F.batch_normalization(chainjax.Variable(x), one, zero).creator)
    (y,) = node(1e-12, mean, var, 0.5).apply((x, one, zero))
    np.testing.assert_allclose(y.array, [[-1], [1]], rtol=1e-5)
    np.testing.assert_allclose(mean, [1])


def test_each_node_can_be_made():
    for name, cls in node_classes.items():
        if cls._op.path is not None and has_other_arguments(cls):
            assert cls._made_by is not None, f"{name}: its arguments are not those of its body; name its function in _function_classes"


def test_arguments_of_other_names_are_refused():
    with pytest.raises(TypeError, match="slope"):
        F.ReLU(slope=1)


@pytest.mark.parametrize("name", _habits._LINKS)
def test_links_with_parameters_are_among_the_functions(name):
    assert getattr(F, name) is getattr(chainjax.links, name)


def test_rows_are_named_once_and_sorted():
    names = [line.split()[0] for line in CLASSES.strip().splitlines()]
    assert names == sorted(set(names))
    assert all(issubclass(getattr(F, name), OldFunction) for name in names if hasattr(F, name))


def test_a_class_has_the_label_of_its_nodes():
    assert F.Sqrt().label == F.sqrt(np.float32([4])).creator.label == "sqrt"
    assert F.ReLU().label == "ReLU"


def test_arguments_are_attributes():
    assert (F.Sum.keepdims, F.Sum(keepdims=True).keepdims) == (False, True)
    assert F.SoftmaxCrossEntropy.normalize is True
    assert F.SoftmaxCrossEntropy(ignore_label=3).ignore_label == 3
    assert F.BinaryAccuracy.ignore_label == F.SigmoidCrossEntropy.ignore_label == -1
    assert F.Dropout(0.25).dropout_ratio == 0.25


def test_shape_of_the_output_of_crelu():
    x = np.zeros((2, 3, 4), "f")
    assert F.CReLU(1).get_output_shape(x.shape) == F.crelu(x, 1).shape


def test_descriptors_of_cudnn_are_refused():
    with pytest.raises(NotImplementedError, match="MaxPooling2D: its descriptor"):
        F.MaxPooling2D(2).create_pool_desc()


def test_pyramid_of_a_class():
    x = np.arange(32, dtype="f").reshape(1, 2, 4, 4)
    expected = F.spatial_pyramid_pooling_2d(x, 2, "max").array
    for y in (
        F.SpatialPyramidPooling2D(x.shape[1:], 2, F.MaxPooling2D)(x),
        F.spatial_pyramid_pooling_2d(x, 2, F.MaxPooling2D),
        F.spatial_pyramid_pooling_2d(x, 2, pooling_class=F.MaxPooling2D),
    ):
        np.testing.assert_array_equal(y.array, expected)
    with pytest.raises(ValueError, match="AveragePooling2D"):
        F.spatial_pyramid_pooling_2d(x, 2, F.AveragePooling2D)
