"""Sparse matrices by coordinates."""

import numpy as np

from ..backends import _device


class CooMatrix:
    """A sparse matrix, or a batch of them, as values with their rows and columns.

    Args:
        data: the values, ``(nnz,)`` or ``(batch, nnz)``.
        row, col: their places, of the same shape; below zero where there is nothing (padding).
        shape: of the matrix.
        order: ``"C"`` if the values come row by row, ``"F"`` column by column, ``"other"``; ``None`` finds out.
        requires_grad: whether gradients of the values are wanted.

    >>> to_coo(np.float32([[0, 2], [3, 0]])).col
    array([1, 0], dtype=int32)
    """

    def __init__(self, data, row, col, shape, order=None, requires_grad=False):
        from ..variable import Variable  # it is built on this package

        if data.ndim not in (1, 2):
            raise ValueError(f"ndim of data must be 1 or 2: CooMatrix got data of shape {data.shape}")
        if not data.ndim == row.ndim == col.ndim:
            raise ValueError(f"ndim of data, row and col must be the same: CooMatrix got shapes {data.shape}, {row.shape} and {col.shape}")
        if len(shape) != 2 or min(shape) <= 0:
            raise ValueError(f"CooMatrix: expected two sizes greater than 0 as shape, got {shape}")
        if order not in ("C", "F", "other", None):
            raise ValueError(f"order must be 'C', 'F', 'other' or None: CooMatrix got {order!r}")
        self.data = Variable(data, requires_grad=requires_grad)
        self.row, self.col, self.shape = row, col, shape
        self.order = get_order(row, col) if order is None else order

    def to_dense(self):
        """The matrix, or ``(batch, *shape)``, as an array."""
        data, row, col = (_device.to_numpy(a) for a in (self.data.array, self.row, self.col))
        dense = np.zeros((*data.shape[:-1], *self.shape), data.dtype)
        batch = np.indices(data.shape)[:-1]  # () for one matrix
        there = (row >= 0) & (col >= 0)
        np.add.at(dense, tuple(i[there] for i in (*batch, row, col)), data[there])
        return self.data.device.send(dense)


def to_coo(x, ldnz=None, requires_grad=False):
    """The sparse form of a matrix, or of a batch ``(batch, rows, columns)``.

    Args:
        x: an array.
        ldnz: how many values to make room for, at least; the rest is padding.
        requires_grad: whether gradients of the values are wanted.
    """
    if x.ndim not in (2, 3):
        raise ValueError(f"ndim of x must be 2 or 3: to_coo got shape {x.shape}")
    device, x = _device.get_device_from_array(x), _device.to_numpy(x)
    batch = x if x.ndim == 3 else x[None]
    room = max([ldnz or 0, *[np.count_nonzero(m) for m in batch]])
    data = np.zeros((len(batch), room), x.dtype)
    row, col = np.full(data.shape, -1, np.int32), np.full(data.shape, -1, np.int32)
    for i, m in enumerate(batch):
        r, c = np.nonzero(m)
        data[i, : len(r)], row[i, : len(r)], col[i, : len(r)] = m[r, c], r, c
    data, row, col = (device.send(a if x.ndim == 3 else a[0]) for a in (data, row, col))
    return CooMatrix(data, row, col, x.shape[-2:], requires_grad=requires_grad)


def get_order(row, col):
    """``"C"`` if places come row by row, ``"F"`` if column by column, else ``"other"``; of a batch, if all of it does."""
    row, col = _device.to_numpy(row), _device.to_numpy(col)
    if row.shape != col.shape:
        raise ValueError(f"shape of row and col must be the same: get_order got {row.shape} and {col.shape}")
    if ((row < 0) != (col < 0)).any():
        raise ValueError("invalid index combination of row and col: where one is below zero (padding) the other must be")
    if _ascends(row, col):
        return "C"
    return "F" if _ascends(col, row) else "other"


def _ascends(first, then):
    if first.ndim > 1:
        return all(_ascends(*pair) for pair in zip(first, then, strict=True))
    first, then = first[first >= 0], then[then >= 0]
    steps = np.diff(first)
    return bool((steps >= 0).all() and (np.diff(then)[steps == 0] >= 0).all())
