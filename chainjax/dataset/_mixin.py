"""Indexing for datasets that can only give one example at a time."""

import functools
import operator

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
            try:
                return self.get_example(index)
            except Exception as exc:
                name_example(exc, self, index)
                raise
        return read_examples(self, index, self.get_example)

    def __len__(self):
        """How many examples there are."""
        raise NotImplementedError(f"{type(self).__name__} must say how many examples it has")

    def get_example(self, i):
        """Example number ``i``; ``IndexError`` where there is none.

        Args:
            i: an integer. Slices and lists are taken apart before; negative numbers are not made positive.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how an example is made")


def read_examples(dataset, indices, get=None):
    """The list of examples with given numbers. What is raised gets a note with the number and the class of the dataset.

    Args:
        dataset: whose examples they are.
        indices: their numbers.
        get: function of a number that gives the example; default the dataset's indexing.

    >>> class Halves:
    ...     def __getitem__(self, i):
    ...         return 1 / (i - 2)
    >>> read_examples(Halves(), [1, 2])
    Traceback (most recent call last):
        ...
    ZeroDivisionError: division by zero
    example 2 of Halves
    """
    get = functools.partial(operator.getitem, dataset) if get is None else get
    examples = []
    for i in indices:
        try:
            examples.append(get(i))
        except Exception as exc:
            name_example(exc, dataset, i)
            raise
    return examples


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
