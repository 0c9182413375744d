"""Indexing for datasets that can only give one example at a time."""

import numpy as np


class DatasetMixin:
    """Gives a class with ``get_example`` and ``__len__`` the indexing of a list.

    >>> class Squares(chainjax.dataset.DatasetMixin):
    ...     def __len__(self):
    ...         return 5
    ...     def get_example(self, i):
    ...         return i * i
    >>> squares = Squares()
    >>> squares[3], squares[1:3], squares[[4, 0]]
    (9, [1, 4], [16, 0])
    """

    def __getitem__(self, index):
        """An example, or the list of those that a slice, a list or an array of integers names."""
        if isinstance(index, slice):
            return [self.get_example(i) for i in range(*index.indices(len(self)))]
        if isinstance(index, (list, np.ndarray)):
            return [self.get_example(i) for i in index]
        return self.get_example(index)

    def __len__(self):
        """How many examples there are."""
        raise NotImplementedError(f"{type(self).__name__} must say how many examples it has")

    def get_example(self, i):
        """Example number ``i``; ``IndexError`` where there is none.

        Args:
            i: an integer. Slices and lists are taken apart before; negative numbers are not made positive.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how an example is made")
