"""Datasets that are made of others: changed, one after the other, or a part."""

import warnings

import numpy as np

from ..dataset._mixin import DatasetMixin


class TransformDataset(DatasetMixin):
    """What a function makes of the examples of a dataset, each time anew.

    Args:
        dataset: the dataset.
        transform: function of an example. It must not write into it: that would change the dataset.

    >>> chainjax.datasets.TransformDataset([1, 2, 3], lambda x: x * x)[1:]
    [4, 9]
    """

    def __init__(self, dataset, transform):
        self._dataset, self._transform = dataset, transform

    def __len__(self):
        """How many examples there are."""
        return len(self._dataset)

    def get_example(self, i):
        return self._transform(self._dataset[i])


class ConcatenatedDataset(DatasetMixin):
    """Datasets one after the other.

    Args:
        datasets: any number of them.

    >>> chainjax.datasets.ConcatenatedDataset([1, 2], [3])[:]
    [1, 2, 3]
    """

    def __init__(self, *datasets):
        self._datasets = datasets

    def __len__(self):
        """How many examples there are."""
        return sum(map(len, self._datasets))

    def get_example(self, i):
        place = i
        for dataset in self._datasets:
            if 0 <= place < len(dataset):
                return dataset[place]
            place -= len(dataset)
        raise IndexError(f"{type(self).__name__}: expected an index from 0 to {len(self) - 1}, got {i}")


class SubDataset(DatasetMixin):
    """Some examples of a dataset: an interval of them, in their order or another one.

    Args:
        dataset: the dataset.
        start: where the interval begins.
        finish: where it ends; this one is not in it.
        order: a permutation of the indices of the dataset, which the interval is taken from; default their own order.

    Raises:
        ValueError: the interval leaves the dataset, or the order is that of another number of examples.

    >>> part = chainjax.datasets.SubDataset("abcde", 1, 4)
    >>> part[:], part[-1]
    (['b', 'c', 'd'], 'd')
    """

    def __init__(self, dataset, start, finish, order=None):
        if start < 0 or finish > len(dataset):
            raise ValueError(f"SubDataset: expected an interval of 0 to {len(dataset)}, got {start} to {finish}")
        if order is not None and len(order) != len(dataset):
            raise ValueError(f"SubDataset: expected an order of all {len(dataset)} examples, got {len(order)}")
        self._dataset, self._start, self._finish, self._order = dataset, start, finish, order

    def __len__(self):
        """How many examples there are."""
        return self._finish - self._start

    def get_example(self, i):
        if not -len(self) <= i < len(self):
            raise IndexError(f"SubDataset: index {i} is out of range for {len(self)} examples")
        i += self._start if i >= 0 else self._finish
        return self._dataset[i if self._order is None else self._order[i]]


def split_dataset(dataset, split_at, order=None):
    """Two parts of a dataset.

    Args:
        dataset: the dataset.
        split_at: how many examples are in the first part.
        order: a permutation of the indices, which is split; default their own order.

    Returns:
        Two of :class:`SubDataset`.

    Raises:
        TypeError: ``split_at`` is no integer.
        ValueError: ``split_at`` is below 0 or more than all, or the order is that of another number of examples.
    """
    if not isinstance(split_at, (int, np.integer)):
        raise TypeError(f"split_dataset: expected an integer split_at, got {split_at!r}")
    if not 0 <= split_at <= len(dataset):
        raise ValueError(f"split_dataset: expected split_at from 0 to {len(dataset)}, got {split_at}")
    return SubDataset(dataset, 0, split_at, order), SubDataset(dataset, split_at, len(dataset), order)


def split_dataset_random(dataset, first_size, seed=None):
    """Two parts of a dataset, drawn by lot.

    Args:
        dataset: the dataset.
        first_size: how many examples are in the first part.
        seed: an integer, for the same parts each time.

    Returns:
        Two of :class:`SubDataset`.

    >>> few, others = chainjax.datasets.split_dataset_random("abcde", 2, seed=0)
    >>> few[:], others[:]
    (['c', 'a'], ['b', 'd', 'e'])
    """
    return split_dataset(dataset, first_size, _drawn(dataset, seed))


def split_dataset_n(dataset, n, order=None):
    """Equal parts of a dataset. What is left over, less than ``n`` examples, is in none.

    Args:
        dataset: the dataset.
        n: how many parts.
        order: a permutation of the indices, which is split; default their own order.

    Returns:
        A list of :class:`SubDataset`.
    """
    size = len(dataset) // n
    return [SubDataset(dataset, size * i, size * (i + 1), order) for i in range(n)]


def split_dataset_n_random(dataset, n, seed=None):
    """Equal parts of a dataset, drawn by lot. What is left over, less than ``n`` examples, is in none.

    Args:
        dataset: the dataset.
        n: how many parts.
        seed: an integer, for the same parts each time.

    Returns:
        A list of :class:`SubDataset`.
    """
    return split_dataset_n(dataset, n, _drawn(dataset, seed))


def get_cross_validation_datasets(dataset, n_folds=None, order=None, *, n_fold=None):
    """Pairs of a part to train with and one to test with. Each example is in the second part of exactly one pair.

    Args:
        dataset: the dataset.
        n_folds: how many pairs.
        order: a permutation of the indices, which is split; default their own order. The last examples are tested first.
        n_fold: what ``n_folds`` was called.

    Returns:
        A list of pairs of :class:`SubDataset`.

    >>> [(train[:], test[:]) for train, test in chainjax.datasets.get_cross_validation_datasets("abcd", 2)]
    [(['a', 'b'], ['c', 'd']), (['c', 'd'], ['a', 'b'])]
    """
    n_folds = _folds("get_cross_validation_datasets", n_folds, n_fold)
    order = np.arange(len(dataset)) if order is None else np.array(order)
    borders = [len(dataset) * i // n_folds for i in range(n_folds + 1)]
    pairs = []
    for begin, end in zip(borders[-2::-1], borders[:0:-1], strict=True):
        pairs.append(split_dataset(dataset, len(dataset) - (end - begin), order))
        order = np.roll(order, end - begin)
    return pairs


def get_cross_validation_datasets_random(dataset, n_folds=None, seed=None, *, n_fold=None):
    """As :func:`get_cross_validation_datasets`, with the parts drawn by lot.

    Args:
        dataset: the dataset.
        n_folds: how many pairs.
        seed: an integer, for the same parts each time.
        n_fold: what ``n_folds`` was called.
    """
    n_folds = _folds("get_cross_validation_datasets_random", n_folds, n_fold)
    return get_cross_validation_datasets(dataset, n_folds, _drawn(dataset, seed))


def _folds(who, n_folds, n_fold):
    if n_fold is not None:
        warnings.warn(f"{who}: n_fold is called n_folds today", DeprecationWarning, stacklevel=3)
        return n_fold
    if n_folds is None:
        raise TypeError(f"{who}: expected n_folds, the number of pairs")
    return n_folds


def _drawn(dataset, seed):
    return np.random.RandomState(seed).permutation(len(dataset))
