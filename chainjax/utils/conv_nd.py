"""Columns of images with any number of axes; see :mod:`chainjax.utils.conv` for those with two."""

import itertools

import numpy as np


def get_conv_outsize(size, k, s, p, cover_all=False, d=1):
    """Length of the output of a convolution along one axis.

    Args:
        size: length of the input.
        k: length of the window.
        s: stride.
        p: padding at each end.
        cover_all: let windows reach over the far end, so that every element is in one.
        d: distance between neighbours in the window.

    >>> get_conv_outsize(7, 3, 2, 1), get_conv_outsize(8, 3, 2, 1, cover_all=True)
    (4, 5)
    """
    room = size + 2 * p - ((k - 1) * d + 1)
    return (room + s - 1 if cover_all else room) // s + 1


def as_tuple(x, n):
    """``x`` as a tuple of ``n``: itself, or that number ``n`` times."""
    if hasattr(x, "__getitem__"):
        assert len(x) == n, f"expected {n} numbers, got {x}"
        return tuple(x)
    return (x,) * n


def im2col_nd_cpu(img, ksize, stride, pad, pval=0, cover_all=False, dilate=1, outs=None):
    """Columns of images: ``(n, c, *dims)`` to ``(n, c, *ksize, *outs)``.

    Args:
        img: NumPy array of images.
        ksize: size of the window along each axis.
        stride, pad: of each axis.
        pval: what to pad with.
        cover_all: let windows reach over the far end, so that every pixel is in one.
        dilate: distance between neighbours in the window, of each axis or all.
        outs: number of positions along each axis, ``None`` where it follows from the rest.
    """
    dims = img.shape[2:]
    dilate = _check_lengths(len(dims), dilate, ksize, stride, pad)
    outs = [
        get_conv_outsize(*sizes, cover_all, d) if out is None else out
        for out, *sizes, d in zip(outs or [None] * len(dims), dims, ksize, stride, pad, dilate, strict=True)
    ]
    assert all(out > 0 for out in outs), (
        f"Output sizes should be positive: got {tuple(outs)} for images of {dims} and windows of {tuple(ksize)}"
    )
    padding = [(p, p + s - 1) for p, s in zip(pad, stride, strict=True)]
    img = np.pad(img, [(0, 0), (0, 0), *padding], constant_values=pval)
    col = np.empty((*img.shape[:2], *ksize, *outs), img.dtype)
    for offset, pixels in _windows(ksize, stride, dilate, outs):
        col[(slice(None), slice(None), *offset)] = img[pixels]
    return col


def col2im_nd_cpu(col, stride, pad, dims, dilate=1):
    """Images of size ``dims`` from columns: each pixel is the sum of all places where :func:`im2col_nd_cpu` put it."""
    ndim = col.ndim // 2 - 1
    ksize, outs = col.shape[2 : 2 + ndim], col.shape[2 + ndim :]
    dilate = _check_lengths(len(outs), dilate, ksize, stride, pad, dims)
    img = np.zeros((*col.shape[:2], *[n + 2 * p + s - 1 for n, p, s in zip(dims, pad, stride, strict=True)]), col.dtype)
    for offset, pixels in _windows(ksize, stride, dilate, outs):
        img[pixels] += col[(slice(None), slice(None), *offset)]
    return img[(slice(None), slice(None), *[slice(p, p + n) for p, n in zip(pad, dims, strict=True)])]


def _check_lengths(ndim, dilate, *others):
    assert all(len(x) == ndim for x in others), f"expected {ndim} numbers for each argument, got {', '.join(map(str, others))}"
    return as_tuple(dilate, ndim)


def _windows(ksize, stride, dilate, outs):
    """Each offset in the window, and the index of the pixels that it falls on over all positions."""
    for offset in itertools.product(*map(range, ksize)):
        first = [k * d for k, d in zip(offset, dilate, strict=True)]
        yield offset, (slice(None), slice(None), *[slice(i, i + s * n, s) for i, s, n in zip(first, stride, outs, strict=True)])


def on_host(fn, array, *args):
    """``fn(array, *args)`` for an array of any device: there by way of the host."""
    from ..backends._device import get_device_from_array, to_numpy

    return get_device_from_array(array).send(fn(to_numpy(array), *args))


def im2col_nd(img, ksize, stride, pad, cover_all=False, dilate=1):
    """:func:`im2col_nd_cpu` for arrays of any device."""
    return on_host(im2col_nd_cpu, img, ksize, stride, pad, 0, cover_all, dilate)


def col2im_nd(col, stride, pad, dims, dilate=1):
    """:func:`col2im_nd_cpu` for arrays of any device."""
    return on_host(col2im_nd_cpu, col, stride, pad, dims, dilate)


im2col_nd_gpu, col2im_nd_gpu = im2col_nd, col2im_nd
