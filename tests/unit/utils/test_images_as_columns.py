"""Columns of images against loops written out."""

import itertools

import numpy as np
import pytest

import chainjax
from chainjax import utils
from chainjax.utils import conv, conv_nd, imgproc

CASES = [
    dict(zip(("k", "s", "p", "d", "cover"), case, strict=True))
    for case in [((3, 2), (2, 1), (1, 0), (1, 1), False), ((2, 3), (3, 2), (0, 2), (2, 1), True), ((1, 1), (2, 2), (0, 0), (1, 1), True)]
]


def by_loops(img, k, s, p, d, cover):
    n, c, h, w = img.shape
    outs = [utils.get_conv_outsize(size, *args[:3], cover, args[3]) for size, *args in zip((h, w), k, s, p, d, strict=True)]
    col = np.zeros((n, c, *k, *outs), img.dtype)
    for ky, kx, oy, ox in itertools.product(*map(range, (*k, *outs))):
        y, x = oy * s[0] + ky * d[0] - p[0], ox * s[1] + kx * d[1] - p[1]
        if 0 <= y < h and 0 <= x < w:
            col[:, :, ky, kx, oy, ox] = img[:, :, y, x]
    return col


def arguments(case):
    return *case["k"], *case["s"], *case["p"]


@pytest.mark.parametrize("case", CASES)
def test_im2col(case):
    img = np.random.rand(2, 3, 7, 8).astype(np.float32)
    col = conv.im2col(img, *arguments(case), cover_all=case["cover"], dy=case["d"][0], dx=case["d"][1])
    np.testing.assert_array_equal(col, by_loops(img, **case))
    assert col.dtype == img.dtype


@pytest.mark.parametrize("case", CASES)
def test_col2im_is_the_transpose_of_im2col(case):
    img = np.random.rand(2, 3, 7, 8)
    shape = by_loops(img, **case).shape
    col = np.random.rand(*shape)
    back = conv.col2im(col, *case["s"], *case["p"], 7, 8, *case["d"])
    assert back.shape == img.shape
    np.testing.assert_allclose((back * img).sum(), (col * by_loops(img, **case)).sum())


def test_columns_of_padding_and_of_a_given_size():
    img = np.zeros((1, 1, 2, 2), np.float32)
    assert conv.im2col_cpu(img, 1, 1, 1, 1, 1, 1, pval=7)[0, 0, 0, 0].tolist() == [[7] * 4, [7, 0, 0, 7], [7, 0, 0, 7], [7] * 4]
    assert conv.im2col_cpu(img, 2, 2, 1, 1, 0, 0, out_h=1, out_w=1).shape == (1, 1, 2, 2, 1, 1)


@pytest.mark.parametrize("ndim", [1, 3])
def test_any_number_of_axes(ndim):
    dims, k, s, p = (6, 5, 4)[:ndim], (3, 2, 1)[:ndim], (2, 1, 2)[:ndim], (1, 0, 1)[:ndim]
    img = np.random.rand(2, 3, *dims)
    col = conv_nd.im2col_nd(img, k, s, p)
    assert col.shape == (2, 3, *k, *map(utils.get_conv_outsize, dims, k, s, p))
    other = np.random.rand(*col.shape)
    np.testing.assert_allclose((conv_nd.col2im_nd(other, s, p, dims) * img).sum(), (col * other).sum())


def test_accelerator_arrays_stay_where_they_are():
    device = chainjax.get_device("@jax:cpu:0")
    img = np.random.rand(1, 1, 4, 4)
    col = conv.im2col(device.send(img), 2, 2, 1, 1, 0, 0)
    assert device.is_array_supported(col)
    np.testing.assert_array_equal(col.get(), conv.im2col(img, 2, 2, 1, 1, 0, 0))


def test_wrong_sizes_are_refused():
    img = np.zeros((1, 1, 2, 2))
    with pytest.raises(AssertionError, match="should be positive"):
        conv.im2col(img, 3, 3, 1, 1, 0, 0)
    with pytest.raises(AssertionError, match="expected 2 numbers"):
        conv_nd.im2col_nd(img, (1,), (1, 1), (0, 0))


@pytest.mark.parametrize("cover", [False, True])
def test_deconvolution_sizes_undo_convolution_sizes(cover):
    for size, k, s, p, d in itertools.product((3, 5), (2, 3), (1, 2), (0, 1), (1, 2)):
        out = utils.get_deconv_outsize(size, k, s, p, cover, d)
        assert utils.get_conv_outsize(out, k, s, p, cover, d) == size


def test_oversample():
    image = np.arange(2 * 4 * 5).reshape(2, 4, 5)
    crops = imgproc.oversample([image, image + 1], (2, 3))
    assert crops.shape == (20, 2, 2, 3)
    np.testing.assert_array_equal(crops[3], image[:, 2:, 2:])
    np.testing.assert_array_equal(crops[4], image[:, 1:3, 1:4])
    np.testing.assert_array_equal(crops[5:10], crops[:5, :, :, ::-1])
    np.testing.assert_array_equal(crops[10:], crops[:10] + 1)
