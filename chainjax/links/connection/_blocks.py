"""Links of several convolutions or affine maps."""

import itertools

from ... import functions as F
from ...config import get_dtype
from ...link import Chain, ChainList
from ...utils.argument import check_unexpected_kwargs, parse_kwargs
from .._args import InvalidArgument
from ..normalization import BatchNormalization
from ._convolution import Convolution2D
from ._linear import Linear

_NO_WSCALE = "MLPConvolution2D takes no wscale; give conv_init and bias_init, initializers of that scale"


class Highway(Chain):
    r"""A layer that lets part of its input through, :math:`y = t \odot a(W_h x + b_h) + (1 - t) \odot x`.

    How much goes through the layer, :math:`t = \sigma(W_t x + b_t)`, is learnt too.

    Args:
        in_out_size: length of the vectors.
        nobias: leave the biases out.
        activate: the function :math:`a`.
        init_Wh: initializer of ``plain/W``; default ``LeCunNormal()``.
        init_Wt: initializer of ``transform/W``; default ``LeCunNormal()``.
        init_bh: initializer of ``plain/b``; default 0.
        init_bt: initializer of ``transform/b``; default -1, so that most goes past at first.

    Parameters:
        plain/W: ``(in_out_size, in_out_size)``, :math:`W_h`.
        plain/b: ``(in_out_size,)``, or ``None``.
        transform/W: ``(in_out_size, in_out_size)``, :math:`W_t`.
        transform/b: ``(in_out_size,)``, or ``None``.

    Source: Srivastava et al. 2015, Highway Networks, arXiv:1505.00387.

    >>> L.Highway(1, init_Wh=2, init_Wt=0, init_bt=0)(np.float32([[1]])).array
    array([[1.5]], dtype=float32)
    """

    def __init__(self, in_out_size, nobias=False, activate=F.relu, init_Wh=None, init_Wt=None, init_bh=None, init_bt=-1):
        super().__init__()
        self.activate = activate
        with self.init_scope():
            self.plain = Linear(in_out_size, in_out_size, nobias, init_Wh, init_bh)
            self.transform = Linear(in_out_size, in_out_size, nobias, init_Wt, init_bt)

    def forward(self, x):
        """``(n, in_out_size)`` to the same."""
        through = F.sigmoid(self.transform(x))
        return self.activate(self.plain(x)) * through + x * (1 - through)


class MLPConvolution2D(ChainList):
    """A convolution followed by convolutions of one pixel: a small network slides over the image.

    Args:
        in_channels: ``None`` waits for the first call. ``MLPConvolution2D(o, k)`` means ``MLPConvolution2D(None, o, k)``.
        out_channels: a tuple, the channels that each convolution puts out.
        ksize: size of the window of the first, an int or ``(kh, kw)``.
        stride: of the first, an int or pair.
        pad: of the first, an int or pair.
        activation: the function between two convolutions.
        args: nothing; old releases had ``wscale`` here.
        conv_init: initializer of the weights; default ``LeCunNormal()``.
        bias_init: initializer of the biases; default 0.

    Source: Lin et al. 2013, Network in Network, arXiv:1312.4400.

    >>> L.MLPConvolution2D(3, (8, 2), 3)(np.zeros((1, 3, 5, 5), "f")).shape
    (1, 2, 3, 3)
    """

    def __init__(self, in_channels, out_channels, ksize=None, stride=1, pad=0, activation=F.relu, *args, **kwargs):
        if args:
            raise TypeError(_NO_WSCALE)
        check_unexpected_kwargs(kwargs, wscale=_NO_WSCALE)
        conv_init, bias_init, _ = parse_kwargs(kwargs, ("conv_init", None), ("bias_init", None), ("use_cudnn", None))
        if ksize is None:
            in_channels, out_channels, ksize = None, in_channels, out_channels
        if not len(out_channels):
            raise InvalidArgument("MLPConvolution2D: expected out_channels to be a tuple of at least one number, got none")
        initials = {"initialW": conv_init, "initial_bias": bias_init}
        first = Convolution2D(in_channels, out_channels[0], ksize, stride, pad, **initials)
        pairs = itertools.pairwise(out_channels)
        super().__init__(first, *[Convolution2D(n_in, n_out, 1, **initials) for n_in, n_out in pairs])
        self.activation = activation

    def forward(self, x):
        """``(n, in_channels, h, w)`` to ``(n, out_channels[-1], oh, ow)``."""
        for conv in self[:-1]:
            x = self.activation(conv(x))
        return self[-1](x)


class Inception(Chain):
    """The block of GoogLeNet: convolutions of 1, 3 and 5 pixels and the maximum of 3, side by side.

    Args:
        in_channels: ``None`` waits for the first call.
        out1: channels of the convolution of 1 pixel.
        proj3: channels to which a convolution of 1 pixel reduces the input of the next.
        out3: channels of the convolution of 3 pixels.
        proj5: as ``proj3``, for the next.
        out5: channels of the convolution of 5 pixels.
        proj_pool: channels to which the maximum is reduced.
        conv_init: initializer of the weights; default ``LeCunNormal()``.
        bias_init: initializer of the biases; default 0.

    Source: Szegedy et al. 2014, Going Deeper with Convolutions, arXiv:1409.4842.

    >>> L.Inception(3, 1, 2, 3, 2, 4, 5)(np.zeros((1, 3, 4, 4), "f")).shape
    (1, 13, 4, 4)
    """

    def __init__(self, in_channels, out1, proj3, out3, proj5, out5, proj_pool, conv_init=None, bias_init=None):
        super().__init__()

        def conv(n_in, n_out, ksize):
            return Convolution2D(n_in, n_out, ksize, pad=ksize // 2, initialW=conv_init, initial_bias=bias_init)

        with self.init_scope():
            self.conv1 = conv(in_channels, out1, 1)
            self.proj3 = conv(in_channels, proj3, 1)
            self.conv3 = conv(proj3, out3, 3)
            self.proj5 = conv(in_channels, proj5, 1)
            self.conv5 = conv(proj5, out5, 5)
            self.projp = conv(in_channels, proj_pool, 1)

    def forward(self, x):
        """``(n, in_channels, h, w)`` to ``(n, out1 + out3 + out5 + proj_pool, h, w)``."""
        parts = (
            self.conv1(x),
            self.conv3(F.relu(self.proj3(x))),
            self.conv5(F.relu(self.proj5(x))),
            self.projp(F.max_pooling_2d(x, 3, stride=1, pad=1)),
        )
        return F.relu(F.concat(parts, axis=1))


class InceptionBN(Chain):
    """The block of GoogLeNet with batch normalization after each convolution, and two of 3 pixels in place of one of 5.

    Args:
        in_channels: ``None`` waits for the first call.
        out1: channels of the convolution of 1 pixel; 0 for none.
        proj3: channels to which a convolution of 1 pixel reduces the input of the next.
        out3: channels of the convolution of 3 pixels.
        proj33: as ``proj3``, for the next.
        out33: channels of the two convolutions of 3 pixels.
        pooltype: ``"max"`` or ``"avg"``.
        proj_pool: channels to which what is pooled is reduced; ``None`` leaves them.
        stride: of all that see several pixels.
        conv_init: initializer of the weights; default ``LeCunNormal()``.
        dtype: of the normalizations; default ``config.dtype``.

    Source: Ioffe, Szegedy 2015, Batch Normalization, arXiv:1502.03167.

    >>> L.InceptionBN(3, 0, 2, 3, 2, 4, "max", stride=2)(np.zeros((1, 3, 4, 4), "f")).shape
    (1, 10, 2, 2)
    """

    def __init__(self, in_channels, out1, proj3, out3, proj33, out33, pooltype, proj_pool=None, stride=1, conv_init=None, dtype=None):
        super().__init__()
        if pooltype not in ("max", "avg"):
            raise NotImplementedError(f"InceptionBN: expected pooltype 'max' or 'avg', got {pooltype!r}")
        if out1 > 0 and (stride != 1 or proj_pool is None):
            raise InvalidArgument(f"InceptionBN: with out1 > 0, expected stride 1 and a proj_pool, got {stride} and {proj_pool}")
        self.out1, self.proj_pool, self.stride, self.pooltype = out1, proj_pool, stride, pooltype
        dtype = get_dtype(dtype)
        with self.init_scope():
            self.proj3 = _conv(in_channels, proj3, 1, 1, conv_init)
            self.conv3 = _conv(proj3, out3, 3, stride, conv_init)
            self.proj33 = _conv(in_channels, proj33, 1, 1, conv_init)
            self.conv33a = _conv(proj33, out33, 3, 1, conv_init)
            self.conv33b = _conv(out33, out33, 3, stride, conv_init)
            self.proj3n = BatchNormalization(proj3, dtype=dtype)
            self.conv3n = BatchNormalization(out3, dtype=dtype)
            self.proj33n = BatchNormalization(proj33, dtype=dtype)
            self.conv33an = BatchNormalization(out33, dtype=dtype)
            self.conv33bn = BatchNormalization(out33, dtype=dtype)
            if out1 > 0:
                self.conv1 = _conv(in_channels, out1, 1, 1, conv_init)
                self.conv1n = BatchNormalization(out1, dtype=dtype)
            if proj_pool is not None:
                self.poolp = _conv(in_channels, proj_pool, 1, 1, conv_init)
                self.poolpn = BatchNormalization(proj_pool, dtype=dtype)

    def _steps(self, x, *names):
        """``x`` through convolutions, each with its normalization."""
        for name in names:
            x = F.relu(self[name + "n"](self[name](x)))
        return x

    def forward(self, x):
        """``(n, in_channels, h, w)`` to ``(n, out1 + out3 + out33 + what is pooled, oh, ow)``."""
        parts = [self._steps(x, "conv1")] if self.out1 > 0 else []
        parts += [self._steps(x, "proj3", "conv3"), self._steps(x, "proj33", "conv33a", "conv33b")]
        if self.pooltype == "max":
            pooled = F.max_pooling_2d(x, 3, self.stride, 1, cover_all=False)
        else:
            pooled = F.average_pooling_2d(x, 3, self.stride, 1)
        parts.append(pooled if self.proj_pool is None else self._steps(pooled, "poolp"))
        return F.concat(parts, axis=1)


def _conv(n_in, n_out, ksize, stride, initialW):
    return Convolution2D(n_in, n_out, ksize, stride, ksize // 2, nobias=True, initialW=initialW)
