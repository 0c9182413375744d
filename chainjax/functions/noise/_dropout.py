"""Noise that keeps networks from relying on single units."""

import numpy as np

import jax
import jax.numpy as jnp

from ... import engine
from ...backends._random import uniform
from ...config import config, using_config
from ...differentiable import differentiable
from ...utils.argument import parse_kwargs
from ...variable import Variable, as_variable
from .._check import expect, expect_broadcastable, expect_floating, expect_ndim, expect_same_dtype, value_now
from .._draw import at_least, draw


def dropout(x, ratio=0.5, **kwargs):
    r"""Zeros in random places: :math:`y = m x` with :math:`m = 0` with probability ``ratio``, else :math:`1 / (1 - ratio)`.

    Outside of training (``config.train``) it gives ``x`` back. On ``@numpy`` the mask is drawn by ``numpy.random.rand``, so a seed
    of NumPy gives the same one as in Chainer.

    Args:
        x: float array, any shape ``(*s)``.
        ratio: the probability of zero, from 0 to 1, 1 excluded. Traced.
        mask: the mask to use instead of a random one, an array ``(*s)``.
        return_mask: give ``(y, mask)``; the mask is ``None`` outside of training.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.
        ValueError: ``ratio`` is no such number.

    >>> with chainjax.using_config("train", False):
    ...     F.dropout(np.float32([1, 2])).array
    array([1., 2.], dtype=float32)
    """
    mask, return_mask = parse_kwargs(
        kwargs, ("mask", None), ("return_mask", False), train="dropout takes no train; use using_config('train', ...)"
    )
    if not config.train:
        return (as_variable(x), None) if return_mask else as_variable(x)
    if not 0.0 <= ratio < 1.0:
        raise ValueError(f"dropout: expected ratio at least 0 and below 1, got {ratio}")
    if mask is not None:
        y = _dropout_masked(x, value_now(mask))
        return (y, mask) if return_mask else y
    device = x._aval.device if isinstance(x, Variable) else value_now(x).aval.device
    if device is not None and device is not engine.TRACED:
        keep = uniform(x.shape, device)
        y, scaled = _dropout_drawn(x, keep, ratio)
        return (y, Variable(engine.fetch(scaled[0]))) if return_mask else y
    keep = np.asarray(np.random.rand(*x.shape) >= ratio)  # for no axes NumPy draws a bare float
    scale = np.dtype(x.dtype).type(1.0 / (1 - ratio))
    y = _dropout(x, engine.own(keep), float(scale))
    return (y, keep * scale) if return_mask else y


def _mask(node):
    """What the input was multiplied by."""
    if node._sig is None:
        return node.__dict__.get("_mask")
    if "keep" in node._op.names:  # drawn on the host
        return node.argument("keep") * node._sig.avals[0].dtype.type(node.argument("scale"))
    return node.argument("mask")


def _apply(node, inputs):
    """Drop with one mask in all calls, whether or not something is trained: so does Chainer's class."""
    args, kwargs = node._arguments
    given = {**dict(zip(("dropout_ratio", "mask"), args, strict=False)), **kwargs}
    with using_config("train", True):
        mask = node.__dict__.get("_mask", given.get("mask"))
        y, node._mask = dropout(inputs[0], given["dropout_ratio"], mask=mask, return_mask=True)
    return (y,)


@differentiable(
    node="Dropout", path="noise.dropout", attrs=("dropout_ratio",), members={"mask": property(_mask), "apply": _apply}, by_row=(0, 1)
)
def _dropout(x, keep=0, scale=1.0):
    expect_floating("dropout", x=x)
    return jnp.where(keep, x * scale, 0).astype(x.dtype)


@differentiable(node="Dropout", path="noise.dropout", attrs=("dropout_ratio",))
def _dropout_masked(x, mask=0):
    expect_floating("dropout", x=x)
    expect(mask.shape == x.shape, "dropout", "a mask of the shape of x", x=x, mask=mask)
    return x * mask.astype(x.dtype)


@differentiable(node="Dropout", path="noise.dropout", attrs=("dropout_ratio",), states=1)
def _dropout_drawn(x, drawn=0, ratio=0.5):
    expect_floating("dropout", x=x)
    mask = jnp.where(drawn >= ratio, 1 / (1 - ratio), 0).astype(x.dtype)
    return x * mask, mask


def simplified_dropconnect(x, W, b=None, ratio=0.5, train=True, mask=None, use_batchwise_mask=True):
    r"""Affine map with zeros in random places of the weights: :math:`y = (m \circ W) x / (1 - \mathrm{ratio}) + b`.

    On ``@numpy`` the mask :math:`m` is drawn by ``numpy.random.rand``, so a seed of NumPy gives the same one as in Chainer.

    Args:
        x: float array ``(n, *s)``.
        W: float array ``(m, prod(s))`` of weights.
        b: array ``(m,)`` of biases, of the dtype of ``x``, or ``None``.
        ratio: the probability of zero, below 1. Traced.
        train: with ``False`` the ratio is 0.
        mask: the mask to use instead of a random one, an array ``(n, m, prod(s))`` or, if all rows share it, ``(m, prod(s))``.
        use_batchwise_mask: whether each row has its own mask.

    Returns:
        Variable of shape ``(n, m)`` and the dtype of ``x``.

    Raises:
        InvalidType: shapes or dtypes do not fit.

    Source: Wan, Zeiler, Zhang, LeCun, Fergus 2013, Regularization of neural networks using DropConnect. (There the mean over masks
    is drawn anew where nothing is trained, and not here.)

    >>> F.simplified_dropconnect(np.float32([[1, 2]]), np.float32([[3, 4]]), train=False).array
    array([[11.]], dtype=float32)
    """
    ratio = ratio if train else 0
    shape = (*x.shape[:1], *W.shape) if use_batchwise_mask else W.shape
    expect(mask is None or mask.shape == shape, "simplified_dropconnect", f"a mask of shape {shape}", x=x, W=W, mask=mask)
    scale = 1.0 / (1 - ratio)
    if mask is None:
        mask = draw(x, lambda: np.random.rand(*shape) >= ratio, shape, at_least, ratio=float(ratio))
    return _simplified_dropconnect(x, W, b, value_now(mask), scale)


@differentiable(
    node="SimplifiedDropconnect", path="noise.simplified_dropconnect", attrs=("ratio", "mask", "use_batchwise_mask"), retain=(0, 1)
)
def _simplified_dropconnect(x, W, b=None, mask=0, scale=1.0):
    who = "simplified_dropconnect"
    expect_floating(who, x=x, W=W)
    expect_ndim(who, 2, W=W)
    expect(x.ndim >= 2 and x.size == x.shape[0] * W.shape[1], who, f"x with rows of {W.shape[1]} numbers, as W has columns", x=x, W=W)
    if b is not None:
        expect_same_dtype(who, x=x, b=b)
        expect(b.shape == W.shape[:1], who, f"b of shape {W.shape[:1]}, for the rows of W", b=b, W=W)
    wide = jnp.promote_types(x.dtype, W.dtype)
    rows, W = x.reshape(x.shape[0], -1).astype(wide), (W * scale).astype(wide)
    y = (rows @ _masked(W, mask).T if mask.ndim == 2 else _by_row(W, mask, rows)).astype(x.dtype)
    return y if b is None else y + b[None]


def _masked(W, mask):
    return jnp.where(mask, W, 0) if mask.dtype == bool else W * mask.astype(W.dtype)


def _by_row(W, masks, rows):
    # On a CPU one row after the other: all masks of (100, 100, 200) at once took 10 ms, forward and backward, against 1.2.
    size = None if jax.default_backend() == "cpu" else max(len(rows), 1)
    return jax.lax.map(lambda of: _masked(W, of[0]) @ of[1], (masks, rows), batch_size=size)


def zoneout(h, x, ratio=0.5, **kwargs):
    r"""Old numbers in random places: :math:`h` with probability ``ratio``, else :math:`x`.

    Outside of training (``config.train``) it gives ``x`` back. On ``@numpy`` the places are drawn by ``numpy.random.rand``, so a
    seed of NumPy gives the same ones as in Chainer.

    Args:
        h: array ``(*s)``: the state so far.
        x: array ``(*s)``: the new state.
        ratio: the probability of the old number.

    Returns:
        Variable of shape ``(*s)``.

    Raises:
        InvalidType: the shapes do not broadcast.

    Source: Krueger et al. 2016, arXiv:1606.01305.

    >>> F.zoneout(np.float32([1, 2]), np.float32([3, 4]), ratio=1.0).array
    array([1., 2.], dtype=float32)
    """
    parse_kwargs(kwargs, train="zoneout takes no train; use using_config('train', ...)")
    if not config.train:
        return x
    return _zoneout(h, x, value_now(draw(x, lambda: np.random.rand(*x.shape) >= ratio, x.shape, at_least, ratio=float(ratio))))


_FLAGS = {"flag_x": property(lambda node: node.argument("new")), "flag_h": property(lambda node: ~node.argument("new"))}


@differentiable(node="Zoneout", path="noise.zoneout", attrs=("zoneout_ratio",), members=_FLAGS)
def _zoneout(h, x, new=0):
    expect_broadcastable("zoneout", h=h, x=x)
    new, h, x = jnp.broadcast_arrays(new, h, x)
    dtype = jnp.promote_types(h.dtype, x.dtype)
    return jnp.where(new, x.astype(dtype), h.astype(dtype))
