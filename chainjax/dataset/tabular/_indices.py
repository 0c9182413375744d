"""Which rows and which columns: what users write, made plain, and one choice taken from another.

Rows are ``None`` (all), a slice, or a list of integers from 0 on; columns are ``None`` (all) or a tuple of integers from 0 on.
"""

import numbers

import numpy as np


def as_rows(indices, length):
    """What a user writes for rows, made plain.

    Args:
        indices: a slice, integers (below 0: from the end), or a boolean for each row.
        length: how many rows there are.
    """
    if isinstance(indices, slice):
        return indices
    if not hasattr(indices, "__len__"):
        raise TypeError(f"slice: expected a slice, integers or booleans for rows, got {indices!r}; dataset[{indices!r}] is one example")
    if len(indices) and all(isinstance(i, (bool, np.bool_)) for i in indices):
        if len(indices) != length:
            raise ValueError(f"slice: expected a boolean for each of {length} rows, got {len(indices)}")
        return np.flatnonzero(indices).tolist()
    return [_position(int(i), length, "rows") for i in indices]


def as_columns(keys, names):
    """What a user writes for columns, made plain.

    Args:
        keys: integers (below 0: from the end) or names, or ``None`` for all columns.
        names: the names of all columns.
    """
    if keys is None:
        return None
    return tuple([_position(int(k), len(names), "columns") if isinstance(k, numbers.Integral) else _named(k, names) for k in keys])


def _named(key, names):
    if key not in names:
        raise KeyError(f"slice: expected a column of {names}, got {key!r}")
    return names.index(key)


def _position(i, length, what):
    if not -length <= i < length:
        raise IndexError(f"slice: index {i} is out of range for {length} {what}")
    return i % length


def rows_of_rows(outer, inner, length):
    """The rows of a dataset that are the rows ``inner`` of its rows ``outer``.

    Args:
        outer: of the dataset, as :func:`as_rows` gives them.
        inner: of the outer ones.
        length: how many rows the dataset has.
    """
    if outer is None:
        return inner
    if inner is None:
        return outer
    if isinstance(outer, slice):
        chosen = range(length)[outer]
        return range_slice(chosen[inner]) if isinstance(inner, slice) else [chosen[i] for i in inner]
    return outer[inner] if isinstance(inner, slice) else [outer[i] for i in inner]


def columns_of_columns(outer, inner):
    """The same for columns."""
    if outer is None or inner is None:
        return inner if outer is None else outer
    return tuple([outer[i] for i in inner])


def range_slice(chosen):
    """The slice that takes a range of positions. One that runs down to position 0 has no stop, as -1 is the last one."""
    if not chosen:
        return slice(0, 0, 1)
    return slice(chosen.start, None if chosen.stop < 0 else chosen.stop, chosen.step)


def numbers_of(rows, length):
    """The positions that rows name, in their order."""
    if rows is None:
        return range(length)
    return range(length)[rows] if isinstance(rows, slice) else rows
