"""Links of one product or sum, and nonlinearities with parameters: what their rows cannot say."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
import chainjax.links as L

X = np.float32([[1, -2, 3]])


@pytest.mark.parametrize("make", [L.Bias, L.Scale])
def test_as_many_operands_as_there_are_no_parameters_for(make):
    with pytest.raises(ValueError, match="expected 2 inputs, got 1"):
        make()(X)
    with pytest.raises(ValueError, match="expected 1 input, as it has its own parameter, got 2"):
        make(1, (3,))(X, X)


def test_a_bias_without_weights_needs_a_shape():
    with pytest.raises(ValueError, match="expected bias_shape"):
        L.Scale(bias_term=True)


def test_a_parameter_keeps_its_array_and_ignores_volatile():
    array = np.float32([1, 2])
    link = L.Parameter(array)
    assert link.W.array is array
    np.testing.assert_array_equal(link(volatile="on").array, array)
    device = chainjax.get_device("@jax:cpu:0")
    assert L.Parameter(device.send(array)).device == device


def test_initial_biases_of_bilinear():
    given = np.ones((3, 2), "f"), np.full((3, 2), 2, "f"), np.float32([3, 4])
    link = L.Bilinear(3, 3, 2, initialW=0, initial_bias=given)
    np.testing.assert_array_equal(link(X, X).array, [[2 + 4 + 3, 2 + 4 + 4]])
    with pytest.raises(ValueError, match="a tuple of three or None, got int"):
        L.Bilinear(3, 3, 2, initial_bias=0)
    with pytest.raises(ValueError, match=r"expected V1 of shape \(3, 2\), got \(2, 2\)"):
        L.Bilinear(3, 3, 2, initial_bias=(given[0][:2], *given[1:]))
    with pytest.raises(ValueError, match="expected W of shape"):
        L.Bilinear(3, 3, 2, nobias=True, initialW=np.ones((3, 2, 3), "f"))


def test_zero_grads_of_bilinear():
    link = L.Bilinear(3, 3, 2)
    with pytest.warns(DeprecationWarning, match="cleargrads"):
        link.zero_grads()
    assert all(not p.grad.any() for p in link.params())


def test_highway_with_another_function():
    link = L.Highway(3, nobias=True, activate=F.tanh, init_Wh=np.eye(3, dtype="f"), init_Wt=0)
    np.testing.assert_allclose(link(X).array, (np.tanh(X) + X) / 2, rtol=1e-6)
    assert link.plain.b is None


def test_an_id_may_be_ignored():
    link = L.EmbedID(3, 2, initialW=1, ignore_label=-1)
    np.testing.assert_array_equal(link(np.int32([0, -1])).array, [[1, 1], [0, 0]])
    np.testing.assert_array_equal(L.EmbedID.from_params(link.W, -1)(np.int32([-1])).array, [[0, 0]])
    with pytest.raises(ValueError, match="at least 0"):
        link(np.int32([-2]))


W = np.arange(12, dtype="f").reshape(2, 2, 3)


def by_pools(array):
    array[...] = W


@pytest.mark.parametrize("initial", [W, by_pools], ids=["array", "function"])
def test_maxout_sees_its_weights_by_pools(initial):
    b = np.float32([[0, 100], [0, -100]])
    link = L.Maxout(3, 2, 2, initial, b)
    np.testing.assert_array_equal(link.linear.W.array, W.reshape(4, 3))
    np.testing.assert_array_equal(link(X).array, (X @ W.reshape(4, 3).T + b.ravel()).reshape(1, 2, 2).max(axis=2))


def test_maxout_refuses_weights_of_other_axes():
    with pytest.raises(ValueError, match="expected initialW with 3 axes"):
        L.Maxout(3, 2, 2, W[0])
    with pytest.raises(ValueError, match="expected initial_bias with 2 axes"):
        L.Maxout(3, 2, 2, initial_bias=np.zeros(4, "f"))
    assert L.Maxout(3, 2, 2, initial_bias=None).linear.b is None
    assert L.Maxout(3, 2, 2, chainjax.initializers.Orthogonal()).linear.W.shape == (4, 3)


def test_a_given_mask_is_used_and_the_first_is_kept():
    link = L.SimplifiedDropconnect(3, 2, initialW=1)
    mask = np.array([[True, False, False], [False, True, True]])[None]
    expected = 2 * np.float32([[1, -2 + 3]])
    np.testing.assert_array_equal(link(X, mask=mask).array, expected)
    link(X, mask=~mask)
    assert link.mask is mask
    assert "mask" in link._persistent
    np.testing.assert_array_equal(link(X, train=False).array, [[2, 2]])


@pytest.mark.parametrize("shape", [(), (3,)])
def test_slopes_have_the_shape_that_is_asked_for(shape):
    assert L.PReLU(shape, 0.5).W.shape == shape
    np.testing.assert_array_equal(L.PReLU(shape, 0.5)(X).array, [[1, -1, 3]])
    assert L.Swish(shape).beta.shape == shape
