"""A bug in somebody's dataset is shown at its line, with the number of the example."""

import traceback

import pytest

from chainjax import datasets
from chainjax.dataset import DatasetMixin
from chainjax.iterators import MultiprocessIterator, MultithreadIterator, SerialIterator


class Plain:
    def __len__(self):
        return 8

    def __getitem__(self, i):
        return 1 / (int(i) - 5)  # the bug


class Mixed(DatasetMixin):
    def __len__(self):
        return 8

    def get_example(self, i):
        return 1 / (int(i) - 5)  # the bug


def shown(error):
    return "".join(traceback.format_exception(error))


@pytest.mark.parametrize("dataset", [Plain(), Mixed()], ids=lambda d: type(d).__name__)
@pytest.mark.parametrize("iterator", [SerialIterator, MultithreadIterator, MultiprocessIterator])
def test_iterators(iterator, dataset):
    with iterator(dataset, 4, repeat=False, shuffle=False) as it:
        assert len(next(it)) == 4
        with pytest.raises(ZeroDivisionError) as caught:
            next(it)
    text = shown(caught.value)
    assert "# the bug" in text
    assert f"example 5 of {type(dataset).__name__}\n" in text


@pytest.mark.parametrize("index", [5, slice(3, 7), [1, 5]])
def test_indexing(index):
    with pytest.raises(ZeroDivisionError) as caught:
        Mixed()[index]
    assert caught.value.__notes__ == ["example 5 of Mixed"]
    assert "# the bug" in shown(caught.value)


def test_each_dataset_around_it_says_which_example_it_wanted():
    inner = datasets.TransformDataset(datasets.SubDataset(Mixed(), 2, 7, [7, 6, 0, 1, 5, 2, 3, 4]), lambda x: x)
    with pytest.raises(ZeroDivisionError) as caught:
        SerialIterator(inner, 3, shuffle=False).next()
    assert caught.value.__notes__ == ["example 5 of Mixed", "example 2 of SubDataset", "example 2 of TransformDataset"]
