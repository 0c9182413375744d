"""Sums of products by the names of axes.

Inside, ``@`` stands for the axes that an ellipsis covers.
"""

import string

import jax.numpy as jnp

from ...differentiable import ALL, differentiable
from .._check import expect, expect_floating

_LETTERS = string.ascii_uppercase + string.ascii_lowercase


def einsum(*operands):
    """Sum of products over named axes: Einstein's convention.

    Args:
        operands: ``"ij,jk->ik", x0, x1``: a letter for each axis of each array, then those of the result; or ``x0, [0, 1], x1, [1, 2],
            [0, 2]``: numbers for the letters. An ellipsis (``...``) covers any axes, equal in all arrays. Without ``->``, the result
            has the letters that come once, in their order. As ``*operands``; the names are static.

    Returns:
        Variable of the widest dtype.

    Raises:
        InvalidType: an array has not as many axes as names, or lengths that differ.
        ValueError: the names make no sense, or an ellipsis would be summed over.
        TypeError: a list holds something other than ints and ``Ellipsis``.

    >>> F.einsum("ij,j->i", np.float32([[1, 2], [3, 4]]), np.float32([1, 1])).array
    array([3., 7.], dtype=float32)
    """
    if not operands:
        raise ValueError("einsum: expected subscripts or arrays, got nothing")
    if isinstance(operands[0], str):
        subscripts, arrays = _checked(operands[0].replace(" ", "")), operands[1:]
    else:
        arrays, lists = operands[: len(operands) // 2 * 2 : 2], operands[1::2]
        subscripts = ",".join(map(_word, lists)) + ("->" + _word(operands[-1]) if len(operands) % 2 else "")
    before, arrow, after = subscripts.partition("->")
    if not arrow:
        names = before.replace(",", "")
        after = "".join(c for c in sorted(set(names)) if c == "@" or names.count(c) == 1)
    for c in after:
        if c not in before:
            raise ValueError(f"einsum: expected the names of the result among those of the arrays, got {c.replace('@', '...')!r}")
    if before.count(",") + 1 != len(arrays):
        raise ValueError(f"einsum: expected names for each of {len(arrays)} arrays, got {before.replace('@', '...')!r}")
    return _einsum(*arrays, in_subs=before, out_sub=after)


def _checked(subscripts):
    for c in subscripts:
        if c not in ".,->" and c not in _LETTERS:
            raise ValueError(f"einsum: expected letters for axes, got {c!r}")
    names = subscripts.replace("...", "@")
    if any(c in names.replace("->", "", 1) for c in "->."):
        raise ValueError(f"einsum: expected letters, '...' and at most one '->', got {subscripts!r}")
    return names


def _word(numbers):
    for n in numbers:
        if n is not Ellipsis and not isinstance(n, int):
            raise TypeError(f"einsum: expected ints and Ellipsis for axes, got {n!r}")
    return "".join("@" if n is Ellipsis else _LETTERS[n] for n in numbers)


@differentiable(node="EinSum", path="math.einsum", attrs=("in_subs", "out_sub"), retain=ALL, static=("in_subs", "out_sub"))
def _einsum(*arrays, in_subs, out_sub):
    sizes = _sizes(arrays, in_subs)
    if "@" not in out_sub:
        if sizes.get("@"):
            raise ValueError("einsum: expected the ellipsis in the result; axes that have no name are not summed over")
        in_subs = in_subs.replace("@", "")
    dtype = max((x.dtype for x in arrays), key=lambda dtype: dtype.itemsize)
    return jnp.einsum(f"{in_subs}->{out_sub}".replace("@", "..."), *[x.astype(dtype) for x in arrays])


def _sizes(arrays, in_subs):
    """The length of each named axis, the lengths of those under the ellipsis; ``InvalidType`` where two differ."""
    sizes = {}
    for i, (x, names) in enumerate(zip(arrays, in_subs.split(","), strict=True)):
        expect_floating("einsum", **{f"x{i}": x})
        before, ellipsis, after = names.partition("@")
        fits = x.ndim >= len(before + after) if ellipsis else x.ndim == len(before)
        expect(fits, "einsum", f"an axis for each of {names.replace('@', '...')!r}", **{f"x{i}": x})
        end = x.ndim - len(after)
        lengths = [*zip(before, x.shape, strict=False), *zip(after, x.shape[end:], strict=True)]
        for name, length in [*lengths, ("@", x.shape[len(before) : end])] if ellipsis else lengths:
            known = sizes.setdefault(name, length)
            expect(known == length, "einsum", f"length {known} for {name.replace('@', '...')!r}", **{f"x{i}": x})
    return sizes
