"""Datasets side by side."""


class TupleDataset:
    """Several datasets of one length as one dataset of tuples.

    Args:
        datasets: arrays or anything else that can be indexed by integers and slices.

    Raises:
        ValueError: no datasets, or of different lengths.

    >>> chainjax.datasets.TupleDataset([8, 0, 5], [3, 1, 7])[1:]
    [(0, 1), (5, 7)]
    """

    def __init__(self, *datasets):
        self._length = _common_length("TupleDataset", dict(enumerate(datasets)))
        self._datasets = datasets

    def __getitem__(self, index):
        """An example, or the list of those of a slice."""
        parts = [d[index] for d in self._datasets]
        if isinstance(index, slice):
            return [tuple([part[i] for part in parts]) for i in range(len(parts[0]))]
        return tuple(parts)

    def __len__(self):
        """How many examples there are."""
        return self._length


class DictDataset:
    """Several datasets of one length as one dataset of dictionaries.

    Args:
        datasets: arrays or anything else that can be indexed by integers and slices, by name.

    Raises:
        ValueError: no datasets, or of different lengths.

    >>> chainjax.datasets.DictDataset(x=[8, 0, 5], t=[3, 1, 7])[1]
    {'x': 0, 't': 1}
    """

    def __init__(self, **datasets):
        self._length = _common_length("DictDataset", datasets)
        self._datasets = datasets

    def __getitem__(self, index):
        """An example, or the list of those of a slice."""
        parts = {key: d[index] for key, d in self._datasets.items()}
        if isinstance(index, slice):
            return [{key: part[i] for key, part in parts.items()} for i in range(len(next(iter(parts.values()))))]
        return parts

    def __len__(self):
        """How many examples there are."""
        return self._length


def _common_length(who, datasets):
    if not datasets:
        raise ValueError(f"{who}: expected at least one dataset, got none")
    lengths = {key: len(dataset) for key, dataset in datasets.items()}
    expected = next(iter(lengths.values()))
    for key, length in lengths.items():
        if length != expected:
            number = f"number {key}" if isinstance(key, int) else repr(key)
            raise ValueError(f"{who}: expected {expected} examples in all datasets, got {length} in {number}")
    return expected
