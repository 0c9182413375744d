"""Sums of products over windows."""

import numpy as np

import jax.numpy as jnp
from jax import lax

from ...differentiable import differentiable
from ...utils.argument import parse_kwargs
from .._args import out_size, padding, pair
from .._check import expect, expect_floating, expect_ndim, expect_same_dtype


def convolution_2d(x, W, b=None, stride=1, pad=0, cover_all=False, **kwargs):
    r"""Two-dimensional convolution (cross-correlation), :math:`y_{noij} = \sum_{ckl} x_{n,c,s_y i + k,s_x j + l} W_{ockl} + b_o`.

    Args:
        x: float array ``(n, c, h, w)``.
        W: float array ``(o, c / groups, kh, kw)``.
        b: float array ``(o,)`` of the dtype of ``x``, or ``None``.
        stride: an int or ``(sy, sx)``. Static, as all below.
        pad: zeros on each side, an int or ``(ph, pw)``.
        cover_all: let the last window stick out, so that every element is in one.
        dilate: distance of the elements of a window, an int or ``(dy, dx)``.
        groups: into how many independent parts the channels fall.

    Returns:
        Variable ``(n, o, oh, ow)`` of the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    >>> F.convolution_2d(np.ones((1, 1, 3, 3), "f"), np.ones((1, 1, 2, 2), "f")).array
    array([[[[4., 4.],
             [4., 4.]]]], dtype=float32)
    """
    dilate, groups, _ = parse_kwargs(
        kwargs,
        ("dilate", 1),
        ("groups", 1),
        ("cudnn_fast", False),
        deterministic="convolution_2d takes no deterministic; use using_config('cudnn_deterministic', True)",
    )
    return _convolution_2d(x, W, b, pair(stride), pair(pad), bool(cover_all), pair(dilate), groups)


@differentiable(
    node="Convolution2DFunction",
    path="connection.convolution_2d",
    attrs=("stride", "pad", "cover_all", "dilate", "groups"),
    retain=(0, 1),
    static=("stride", "pad", "cover_all", "dilate", "groups"),
)
def _convolution_2d(x, W, b=None, stride=(1, 1), pad=(0, 0), cover_all=False, dilate=(1, 1), groups=1):
    who = "convolution_2d"
    if min(dilate) < 1:
        raise ValueError(f"{who}: expected dilate at least 1, got {dilate}")
    expect_floating(who, x=x, W=W)
    expect_ndim(who, 4, x=x, W=W)
    expect(x.shape[1] == W.shape[1] * groups, who, f"x with {W.shape[1] * groups} channels, to fit W in {groups} group(s)", x=x, W=W)
    sizes, ks = x.shape[2:], W.shape[2:]
    outs = [out_size(*of, cover_all, d) for *of, d in zip(sizes, ks, stride, pad, dilate, strict=True)]
    if min(outs) < 1:
        raise RuntimeError(f"{who}: expected an output of positive size, got {tuple(outs)} from x {x.shape} and W {W.shape}")
    dtype = np.promote_types(x.dtype, W.dtype)
    y = lax.conv_general_dilated(
        x.astype(dtype),
        W.astype(dtype),
        stride,
        padding(sizes, ks, stride, pad, cover_all, dilate),
        rhs_dilation=dilate,
        feature_group_count=groups,
    ).astype(x.dtype)
    if b is not None:
        expect_same_dtype(who, x=x, b=b)
        expect(b.shape == W.shape[:1], who, f"b of shape {W.shape[:1]}, to fit W", b=b, W=W)
        y = y + b[None, :, None, None]
    return jnp.asarray(y)
