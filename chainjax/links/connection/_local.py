"""Convolutions whose windows do not share weights, or that move."""

from ... import functions as F
from ...functions._args import out_size, pair
from ...initializers import Zero, initializer_of
from ...link import Chain, Link
from ...variable import Parameter
from ._convolution import Convolution2D


class LocalConvolution2D(Link):
    """Convolution with weights of their own for each window; see :func:`chainjax.functions.local_convolution_2d`.

    Args:
        in_channels: ``None`` waits for the first call.
        out_channels: channels of the output.
        in_size: size of the images, an int or ``(h, w)``; ``None`` waits for the first call.
        ksize: size of the window, an int or ``(kh, kw)``.
        stride: an int or pair.
        nobias: leave ``b`` out.
        initialW: initializer of ``W``; default ``LeCunNormal()``.
        initial_bias: initializer of ``b``; default 0.

    Parameters:
        W: ``(out_channels, oh, ow, in_channels, kh, kw)``.
        b: ``(out_channels, oh, ow)``, or ``None``.

    Differs from Chainer, whose link counts the windows as if ``stride`` were 1 and fails where it is not.

    >>> L.LocalConvolution2D(1, 1, (1, 3), (1, 2), initialW=1)(np.float32([[[[1, 2, 3]]]])).array
    array([[[[3., 5.]]]], dtype=float32)
    """

    def __init__(
        self, in_channels, out_channels, in_size=None, ksize=None, stride=1, nobias=False, initialW=None, initial_bias=None, **kwargs
    ):
        super().__init__()
        self.ksize, self.stride, self.nobias, self.out_channels = ksize, pair(stride), nobias, out_channels
        with self.init_scope():
            self.W = Parameter(initializer_of(initialW))
            self.b = None if nobias else Parameter(initializer_of(initial_bias, 0))
        if in_channels is not None and in_size is not None:
            self._initialize_params(in_channels, pair(in_size))

    def _initialize_params(self, in_channels, in_size):
        window = pair(self.ksize)
        places = tuple(out_size(size, k, s, 0) for size, k, s in zip(in_size, window, self.stride, strict=True))
        self.W.initialize((self.out_channels, *places, in_channels, *window))
        if self.b is not None:
            self.b.initialize((self.out_channels, *places))

    def forward(self, x):
        """``(n, in_channels, h, w)`` to ``(n, out_channels, oh, ow)``."""
        if not self.W.is_initialized:
            self._initialize_params(x.shape[1], x.shape[2:])
        return F.local_convolution_2d(x, self.W, self.b, self.stride)


class DeformableConvolution2D(Chain):
    """Convolution whose windows look at places that are moved as another convolution says.

    See :func:`chainjax.functions.deformable_convolution_2d_sampler`.

    Args:
        in_channels: ``None`` waits for the first call.
        out_channels: channels of the output.
        ksize: size of the window, an int or ``(kh, kw)``.
        stride: an int or pair.
        pad: an int or pair.
        offset_nobias: leave the bias of ``offset_conv`` out.
        offset_initialW: initializer of the weights of ``offset_conv``; default ``LeCunNormal()``.
        offset_initial_bias: initializer of the bias of ``offset_conv``; default 0.
        deform_nobias: leave the bias of ``deform_conv`` out.
        deform_initialW: initializer of the weights of ``deform_conv``; default 0.
        deform_initial_bias: initializer of the bias of ``deform_conv``; default 0.

    Parameters:
        offset_conv/W: ``(2 * kh * kw, in_channels, kh, kw)``.
        offset_conv/b: ``(2 * kh * kw,)``, or ``None``.
        deform_conv/W: ``(out_channels, in_channels, kh, kw)``.
        deform_conv/b: ``(out_channels,)``, or ``None``.

    Source: Dai et al. 2017, Deformable Convolutional Networks, arXiv:1703.06211.

    >>> L.DeformableConvolution2D(2, 3, 2)(np.ones((1, 2, 4, 4), "f")).shape
    (1, 3, 3, 3)
    """

    def __init__(
        self, in_channels, out_channels, ksize, stride=1, pad=0, offset_nobias=False, offset_initialW=None, offset_initial_bias=None,
        deform_nobias=False, deform_initialW=None, deform_initial_bias=None,
    ):  # fmt: skip
        super().__init__()
        kh, kw = pair(ksize)
        offset = (offset_nobias, offset_initialW, offset_initial_bias)
        deform = (deform_nobias, deform_initialW, deform_initial_bias)
        with self.init_scope():
            self.offset_conv = Convolution2D(in_channels, 2 * kh * kw, ksize, stride, pad, *offset)
            self.deform_conv = DeformableConvolution2DSampler(in_channels, out_channels, ksize, stride, pad, *deform)

    def forward(self, x):
        """``(n, in_channels, h, w)`` to ``(n, out_channels, oh, ow)``."""
        return self.deform_conv(x, self.offset_conv(x))


class DeformableConvolution2DSampler(Link):
    """The part of :class:`DeformableConvolution2D` that is moved; called with the images and the offsets."""

    def __init__(self, in_channels, out_channels, ksize, stride=1, pad=0, nobias=False, initialW=None, initial_bias=None):
        super().__init__()
        self.ksize, self.stride, self.pad, self.out_channels, self.initialW = ksize, pair(stride), pair(pad), out_channels, initialW
        with self.init_scope():
            self.W = Parameter(initializer_of(initialW, Zero()))
            self.b = None if nobias else Parameter(initializer_of(initial_bias, 0))
        if in_channels is not None:
            self._initialize_params(in_channels)

    def _initialize_params(self, in_channels):
        self.W.initialize((self.out_channels, in_channels, *pair(self.ksize)))
        if self.b is not None:
            self.b.initialize(self.out_channels)

    def forward(self, x, offset):
        """Images and offsets to images."""
        if not self.W.is_initialized:
            self._initialize_params(x.shape[1])
        return F.deformable_convolution_2d_sampler(x, offset, self.W, self.b, self.stride, self.pad)
