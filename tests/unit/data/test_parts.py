"""Datasets made of others, and splits."""

import warnings

import numpy as np
import pytest

from chainjax import datasets


def test_concatenated_datasets_have_no_negative_indices():
    whole = datasets.ConcatenatedDataset([1], [], [2, 3])
    assert whole[::-1] == [3, 2, 1]
    for i in (-1, 3):
        with pytest.raises(IndexError, match=f"expected an index from 0 to 2, got {i}"):
            whole[i]


def test_parts_count_from_both_ends():
    part = datasets.SubDataset("abcdef", 1, 5, [5, 4, 3, 2, 1, 0])
    assert [part[i] for i in (*range(4), -1, -4)] == [*"edcb", "b", "e"]
    assert part[::2] == ["e", "c"]
    for i in (4, -5):
        with pytest.raises(IndexError, match=f"index {i} is out of range for 4 examples"):
            part[i]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda d: datasets.SubDataset(d, -1, 2), ValueError, "expected an interval of 0 to 5, got -1 to 2"),
        (lambda d: datasets.SubDataset(d, 0, 6), ValueError, "expected an interval of 0 to 5, got 0 to 6"),
        (lambda d: datasets.SubDataset(d, 0, 2, [0]), ValueError, "an order of all 5 examples, got 1"),
        (lambda d: datasets.split_dataset(d, 2.0), TypeError, r"expected an integer split_at, got 2\.0"),
        (lambda d: datasets.split_dataset(d, 6), ValueError, "from 0 to 5, got 6"),
        (lambda d: datasets.get_cross_validation_datasets(d), TypeError, "expected n_folds"),
        (lambda d: datasets.DictDataset(), ValueError, "DictDataset: expected at least one dataset, got none"),
        (lambda d: datasets.DictDataset(x=d, y=[1]), ValueError, "expected 5 examples in all datasets, got 1 in 'y'"),
    ],
)
def test_errors(call, error, message):
    with pytest.raises(error, match=message):
        call("abcde")


def test_chance_is_that_of_chainer():
    """What 7.8.1 gives for these seeds."""
    few, others = datasets.split_dataset_random(range(10), np.int64(4), seed=7)
    assert (few[:], others[:]) == ([8, 5, 0, 2], [1, 9, 7, 3, 6, 4])
    assert [p[:] for p in datasets.split_dataset_n_random(range(7), 3, seed=1)] == [[6, 2], [1, 0], [4, 3]]
    pairs = datasets.get_cross_validation_datasets_random(range(5), 2, seed=0)
    assert [(a[:], b[:]) for a, b in pairs] == [([2, 0], [1, 3, 4]), ([1, 3, 4], [2, 0])]


@pytest.mark.parametrize("make", [datasets.get_cross_validation_datasets, datasets.get_cross_validation_datasets_random])
def test_the_name_of_former_times(make):
    with pytest.warns(DeprecationWarning, match="n_fold is called n_folds") as seen:
        pairs = make([1, 2, 3], n_fold=3)
    assert seen[0].filename == __file__
    assert sorted(test[0] for _, test in pairs) == [1, 2, 3]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(make([1, 2, 3], 3)) == 3


def test_more_folds_than_examples():
    pairs = datasets.get_cross_validation_datasets([1, 2], 3)
    assert sorted(len(test) for _, test in pairs) == [0, 1, 1]


def test_dictionaries_of_slices():
    assert datasets.DictDataset(x=np.arange(4), y="abcd")[1:3] == [{"x": 1, "y": "b"}, {"x": 2, "y": "c"}]
