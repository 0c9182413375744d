"""Losses of very many classes: trees, samplers, labels."""

import collections

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax import engine

X = np.float32([[1, 2], [0.5, -1]])


def looks():
    """How often something had to be computed because it was looked at; a tape that grows long runs by itself."""
    statistics = engine.statistics()
    return statistics["flushes"] - statistics["bounded"]


def test_huffman_trees_are_chainers():
    tree = L.BinaryHierarchicalSoftmax.create_huffman_tree
    assert tree({"x": 8, "y": 6, "z": 5, "w": 4, "v": 3}) == (("z", "y"), (("v", "w"), "x"))
    assert tree({0: 1, 1: 1, 2: 1, 3: 1, 4: 1}) == ((2, 3), (4, (0, 1)))
    assert tree({7: 1}) == 7
    with pytest.raises(ValueError, match="expected counts of one class at least"):
        tree({})


def test_probabilities_of_a_tree_add_up_to_one():
    loss = L.BinaryHierarchicalSoftmax(2, ((0, 1), ((2, 3), 4)))
    p = [np.exp(-loss(X[:1], np.int32([i])).array) for i in range(5)]
    np.testing.assert_allclose(sum(p), 1, 1e-6)


def test_words_counted_in_arrays_make_a_tree():
    counts = collections.Counter(np.int32([0, 1, 1, 2, 2, 2]))  # NumPy integers are the keys
    loss = L.BinaryHierarchicalSoftmax(2, L.BinaryHierarchicalSoftmax.create_huffman_tree(counts))
    x = np.ones((2, 2), "f")
    pending = F.broadcast_to(chainjax.Variable(np.int32([2])), (2,))
    assert loss(x, pending).array == loss(x, np.int32([2, 2])).array
    outside = F.broadcast_to(chainjax.Variable(np.int32([3])), (2,))
    with pytest.raises(IndexError, match="below 3"):
        loss(x, outside).array  # noqa: B018


def test_classes_that_are_no_leaf_cost_nothing():
    loss = L.BinaryHierarchicalSoftmax(2, (0, 2))
    assert loss(X, np.int32([1, 1])).array == 0
    assert loss.W.shape == (1, 2)


def test_a_tree_may_be_deep():
    tree = 0
    for i in range(1, 3000):
        tree = (i, tree)
    loss = L.BinaryHierarchicalSoftmax(2, tree)
    loss.W.array[...] = 0
    np.testing.assert_allclose(loss(X[:1], np.int32([0])).array, 2999 * np.log(2), 1e-5)


@pytest.mark.parametrize(("tree", "message"), [((0, 1, 2), "got a node of 3 children"), (((0,), 1), "got a node of 1 children")])
def test_trees_are_of_pairs(tree, message):
    with pytest.raises(ValueError, match=message):
        L.BinaryHierarchicalSoftmax(2, tree)


def test_labels_must_be_leaves():
    loss = L.BinaryHierarchicalSoftmax(2, (0, (1, 2)))
    with pytest.raises(IndexError, match=r"BinaryHierarchicalSoftmax: expected labels at least 0 and below 3, got 3"):
        loss(X, np.int32([0, 3]))


def test_codes_can_be_replaced():
    loss = L.BinaryHierarchicalSoftmax(2, (0, 1))
    left = loss(X[:1], np.int32([0])).array
    loss._func.codes = -loss._func.codes
    assert loss(X[:1], np.int32([1])).array == left


def test_a_tree_moves_with_its_link():
    loss = L.BinaryHierarchicalSoftmax(2, (0, 1)).to_device("@jax:cpu:0")
    assert all(isinstance(getattr(loss._func, name), chainjax.ndarray) for name in ("paths", "codes", "begins"))


@pytest.mark.parametrize("make", [lambda: L.NegativeSampling(2, [1, 2, 3], 2), lambda: L.BlackOut(2, [1, 2, 3], 2)])
def test_a_sampler_moves_with_its_link(make):
    loss = make().to_device("@jax:cpu:0")
    assert isinstance(loss.sampler.sample((2,)), chainjax.ndarray)


def test_blackout_starts_from_nothing_and_takes_samples_given():
    loss = L.BlackOut(2, [1, 2, 3], 2)
    assert np.isnan(loss.W.array).all()
    loss.W.array[...] = 0
    loss.sample_data = np.int32([[0, 0], [2, 2]])
    state = np.random.get_state()[2]
    np.testing.assert_allclose(loss(X, np.int32([1, 0])).array, -np.log(1 / 3) - 2 * np.log(2 / 3), 1e-6)
    assert np.random.get_state()[2] == state


def test_negative_sampling_gives_its_samples():
    _, samples = L.NegativeSampling(2, [1, 0, 3], 2)(X, np.int32([1, -1]), return_samples=True)
    assert samples.shape == (2, 3)
    assert samples[:, 0].tolist() == [1, -1]
    assert not (samples[:, 1:] == 1).any()


def test_the_best_labels_of_sequences_in_any_order():
    crf = L.CRF1d(2, initial_cost=np.float32([[0, 3], [0, 0]]))
    xs = [np.float32([[1, 0]]), np.float32([[1, 0], [2, 0]])]
    score, path = crf.argmax(xs, transpose=True)
    np.testing.assert_array_equal(score.array, [4, 1])
    assert [p.tolist() for p in path] == [[0], [0, 1]]


@pytest.mark.parametrize(
    "make",
    [lambda: L.NegativeSampling(2, [1, 2, 3], 2), lambda: L.BlackOut(2, [1, 2, 3], 2), lambda: L.BinaryHierarchicalSoftmax(2, (0, (1, 2)))],
)
def test_nothing_is_computed_before_it_is_looked_at(make):
    loss = make()
    before = looks()
    y = loss(X, np.int32([0, 1]))
    y.backward()
    assert looks() == before
