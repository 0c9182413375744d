"""Indexing for datasets that can only give one example at a time."""

import numpy as np


class DatasetMixin:
    """Gives a class with ``get_example`` and ``__len__`` the indexing of a list.

    What ``get_example`` raises names the example, and the class of each dataset around it.

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
            index = range(*index.indices(len(self)))
        elif not isinstance(index, (list, np.ndarray)):
            return read_example(self, index, self.get_example)
        return [read_example(self, i, self.get_example) for i in index]

    def __len__(self):
        """How many examples there are."""
        raise NotImplementedError(f"{type(self).__name__} must say how many examples it has")

    def get_example(self, i):
        """Example number ``i``; ``IndexError`` where there is none.

        Args:
            i: an integer. Slices and lists are taken apart before; negative numbers are not made positive.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how an example is made")


def read_example(dataset, i, get=None):
    """An example. What is raised gets a note with its number and the class of the dataset.

    Args:
        dataset: whose example it is.
        i: its number.
        get: function of a number that gives the example; default the dataset's indexing.

    >>> class Halves:
    ...     def __getitem__(self, i):
    ...         return 1 / (i - 2)
    >>> read_example(Halves(), 2)
    Traceback (most recent call last):
        ...
    ZeroDivisionError: division by zero
    example 2 of Halves
    """
    try:
        return dataset[i] if get is None else get(i)
    except Exception as exc:
        name_example(exc, dataset, i)
        raise


def name_example(exc, dataset, i):
    """Add to an exception in the making of which example it was raised.

    Args:
        exc: the exception.
        dataset: of the example.
        i: its number.
    """
    note = f"example {i} of {type(dataset).__name__}"
    if note not in getattr(exc, "__notes__", ()):  # an iterator asks the mixin, which has said it already
        exc.add_note(note)
