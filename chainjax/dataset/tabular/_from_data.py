"""Tables made from lists, arrays and functions."""

import itertools

from ._tabular import TabularDataset

_unnamed = itertools.count()


def from_data(data, *, size=None):
    """A table made from lists, arrays and functions of a row's number.

    Args:
        data: one column, or several in a tuple (examples are tuples) or a dictionary (examples are dictionaries, keys are names).
            A column is a list or an array; ``(name, list, array or function)``; or ``((name, ...), function)`` for several
            columns that one function makes as a tuple or a dictionary. Columns of lists and arrays without a name get one.
        size: how many rows there are; needed if all columns are made by functions.

    Returns:
        A :class:`~chainjax.dataset.TabularDataset`.

    Raises:
        ValueError: a function without a name or a size, or columns of different lengths.
        TypeError: a column is something else.

    >>> table = from_data({"n": [3, 5, 7], "square": lambda i: (2 * i + 3) ** 2})
    >>> table[1]
    {'n': 5, 'square': 25}
    >>> from_data(("half", lambda i: i / 2), size=4).fetch()
    [0.0, 0.5, 1.0, 1.5]
    """
    if isinstance(data, dict):
        return _joined(list(data.items()), size).asdict()
    if not isinstance(data, tuple):
        return _column(None, data, size)
    if len(data) == 2 and _is_name(data[0]):
        return _column(*data, size)
    return _joined([d if isinstance(d, tuple) else (None, d) for d in data], size).astuple()


def _is_name(key):
    return isinstance(key, str) or (isinstance(key, tuple) and all(isinstance(k, str) for k in key))


def _joined(columns, size):
    if not columns:
        raise ValueError("from_data: expected at least one column, got none")
    if size is None:
        size = next((len(data) for _, data in columns if hasattr(data, "__len__")), None)
    first, *others = [_column(key, data, size) for key, data in columns]
    return first.join(*others)


def _column(key, data, size):
    from ...variable import get_array_types  # not above: see _as_array

    if isinstance(data, (list, *get_array_types())):
        return _Column(f"_{next(_unnamed)}" if key is None else key, data)
    if not callable(data):
        raise TypeError(f"from_data: expected a list, an array or a function for column {key!r}, got {type(data).__name__}")
    if key is None or size is None:
        missing = "a name; write (name, function)" if key is None else "size"
        raise ValueError(f"from_data: a column made by a function needs {missing}")
    return _Column("index", range(size)).transform(key, data)


class _Column(TabularDataset):
    """One list, array or range."""

    keys = mode = None

    def __init__(self, key, data):
        self.keys = (key,)
        self._data = data

    def __len__(self):
        return len(self._data)

    def get_examples(self, indices, key_indices):
        data = self._data
        if isinstance(indices, list) and isinstance(data, (list, range)):
            data = [data[i] for i in indices]
        elif indices is not None:
            data = data[indices]
        return (data,) * (1 if key_indices is None else len(key_indices))
