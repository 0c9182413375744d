"""Convolution over images by columns: each column holds the pixels that one position of the window sees."""

from .conv_nd import col2im_nd_cpu, im2col_nd_cpu, on_host
from .conv_nd import get_conv_outsize as get_conv_outsize


def get_deconv_outsize(size, k, s, p, cover_all=False, d=1):
    """Length of the output of a transposed convolution along one axis.

    Args:
        size: length of the input.
        k: length of the window.
        s: stride.
        p: padding at each end.
        cover_all: whether the convolution that it transposes covers all of its input.
        d: distance between neighbours in the window.

    >>> get_deconv_outsize(4, 3, 2, 1)
    7
    """
    size = s * (size - 1) + (k - 1) * d + 1 - 2 * p
    return size - s + 1 if cover_all else size


def im2col_cpu(img, kh, kw, sy, sx, ph, pw, pval=0, cover_all=False, dy=1, dx=1, out_h=None, out_w=None):
    """Columns of images: ``(n, c, h, w)`` to ``(n, c, kh, kw, out_h, out_w)``.

    Args:
        img: NumPy array of images.
        kh, kw: size of the window.
        sy, sx: stride.
        ph, pw: padding at each end.
        pval: what to pad with.
        cover_all: let windows reach over the far end, so that every pixel is in one.
        dy, dx: distance between neighbours in the window.
        out_h, out_w: number of positions, where it is not what follows from the rest.
    """
    return im2col_nd_cpu(img, (kh, kw), (sy, sx), (ph, pw), pval, cover_all, (dy, dx), (out_h, out_w))


def col2im_cpu(col, sy, sx, ph, pw, h, w, dy=1, dx=1):
    """Images from columns: each pixel is the sum of all places where :func:`im2col_cpu` put it."""
    return col2im_nd_cpu(col, (sy, sx), (ph, pw), (h, w), (dy, dx))


def im2col(img, kh, kw, sy, sx, ph, pw, cover_all=False, dy=1, dx=1, out_h=None, out_w=None):
    """:func:`im2col_cpu` for arrays of any device."""
    return on_host(im2col_cpu, img, kh, kw, sy, sx, ph, pw, 0, cover_all, dy, dx, out_h, out_w)


def col2im(col, sy, sx, ph, pw, h, w, dy=1, dx=1):
    """:func:`col2im_cpu` for arrays of any device."""
    return on_host(col2im_cpu, col, sy, sx, ph, pw, h, w, dy, dx)


im2col_gpu, col2im_gpu = im2col, col2im
