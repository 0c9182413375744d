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
        if not datasets:
            raise ValueError("TupleDataset: expected at least one dataset, got none")
        lengths = [len(d) for d in datasets]
        for i, length in enumerate(lengths):
            if length != lengths[0]:
                raise ValueError(f"TupleDataset: expected {lengths[0]} examples in all datasets, got {length} in number {i}")
        self._datasets, self._length = datasets, lengths[0]

    def __getitem__(self, index):
        """An example, or the list of those of a slice."""
        parts = [d[index] for d in self._datasets]
        if isinstance(index, slice):
            return [tuple([part[i] for part in parts]) for i in range(len(parts[0]))]
        return tuple(parts)

    def __len__(self):
        """How many examples there are."""
        return self._length
