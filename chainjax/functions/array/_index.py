"""Indexing."""

from ...backends._index import parse, taken
from ...differentiable import differentiable


def get_item(x, slices):
    """``x[slices]``, with NumPy's rules.

    Args:
        x: array of any shape and dtype.
        slices: an int, slice, ``...``, ``None``, array of ints or booleans, or a tuple or list of them. Where a slice starts and the
            numbers in ints and arrays are traced: another index of the same form is the same program.

    Returns:
        Variable, a copy.

    Raises:
        TooManyIndices: more than axes (an ``IndexError`` and ``InvalidType``).
        OutOfRange: one is out of range (an ``IndexError`` and ``ValueError``).

    >>> F.get_item(np.arange(6.0).reshape(2, 3), (1, slice(0, 2))).array
    array([3., 4.])
    """
    form, starts, arrays = parse("get_item", x.shape, slices)
    return _get_item(x, arrays, starts, form)


@differentiable(node="GetItem", integers=True, path="array.get_item", attrs=("slices",), static=("form",))
def _get_item(x, arrays=0, starts=0, form=()):
    return taken(x, arrays, starts, form)
