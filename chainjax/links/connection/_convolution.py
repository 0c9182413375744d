"""Convolutions and their transposes. One mechanism for any number of axes."""

from ... import functions as F
from ...differentiable import ignoring
from ...functions._args import pair, per_axis
from ...initializers import HeNormal, initializer_of
from ...link import Link
from ...utils.argument import parse_kwargs
from ...variable import Parameter, as_array
from .._args import expect_shape

_NO_DETERMINISTIC = "the argument deterministic is gone; use using_config('cudnn_deterministic', True)"


class _Convolution(Link):
    """What convolutions share: weights that may wait for the channels of the first input, and the bias."""

    _transposed = False
    _ndim = 2  # how many axes there are after the channels, where the class says it
    groups = 1

    def _make(self, in_channels, out_channels, ksize, nobias, initialW, initial_bias):
        self.ksize, self.out_channels = ksize, out_channels
        expect_shape(type(self).__name__, initial_bias=(initial_bias, (out_channels,)))
        with self.init_scope():
            self.W = Parameter(initializer_of(initialW))
            if in_channels is not None:
                self._initialize_params(in_channels)
            self.b = None if nobias else Parameter(initializer_of(initial_bias, 0), out_channels)

    def _initialize_params(self, in_channels):
        for what, channels in (("output", self.out_channels), ("input", in_channels)):
            if channels % self.groups:
                raise ValueError(
                    f"{type(self).__name__}: the number of {what} channels, {channels}, must be divisible by groups, {self.groups}"
                )
        whole, parted = (in_channels, self.out_channels) if self._transposed else (self.out_channels, in_channels)
        self.W.initialize((whole, parted // self.groups, *per_axis(self.ksize, self._ndim or len(self.ksize))))

    @classmethod
    def from_params(cls, W, b=None, stride=1, pad=0, nobias=False, **kwargs):
        """A link of given arrays; other arguments of the constructor by name."""
        whole, parted, *ksize = W.shape
        parted *= kwargs.get("groups", 1)
        in_channels, out_channels = (whole, parted) if cls._transposed else (parted, whole)
        if b is not None and out_channels != b.size:
            raise ValueError(f"{cls.__name__}: expected b of length {out_channels}, to fit W, got {b.size}")
        arrays = {"initialW": as_array(W), "initial_bias": as_array(b)}
        axes = () if cls._ndim else (len(ksize),)
        return cls(*axes, in_channels, out_channels, tuple(ksize), stride=stride, pad=pad, nobias=nobias, **arrays, **kwargs)

    def forward(self, x):
        """``(n, in_channels, ...)`` to ``(n, out_channels, ...)``."""
        if not self.W.is_initialized:
            self._initialize_params(x.shape[1])
        return self._convolve(x)


def _sizes(in_channels, out_channels, ksize):
    """Two numbers are the last two."""
    return (None, in_channels, out_channels) if ksize is None else (in_channels, out_channels, ksize)


class Convolution2D(_Convolution):
    """Two-dimensional convolution; see :func:`chainjax.functions.convolution_2d`.

    Args:
        in_channels: ``None`` waits for the first call. ``Convolution2D(o, k)`` means ``Convolution2D(None, o, k)``.
        out_channels: channels of the output.
        ksize: size of the window, an int or ``(kh, kw)``.
        stride: an int or pair.
        pad: an int or pair.
        nobias: leave ``b`` out.
        initialW: initializer of ``W``; default ``LeCunNormal()``.
        initial_bias: initializer of ``b``; default 0.
        dilate: an int or pair.
        groups: into how many independent parts the channels fall.

    Parameters:
        W: ``(out_channels, in_channels / groups, kh, kw)``.
        b: ``(out_channels,)``, or ``None``.

    >>> conv = L.Convolution2D(None, 16, ksize=3, pad=1)
    >>> conv(np.zeros((2, 3, 8, 8), np.float32)).shape, conv.W.shape
    ((2, 16, 8, 8), (16, 3, 3, 3))
    """

    def __init__(self, in_channels, out_channels, ksize=None, stride=1, pad=0, nobias=False, initialW=None, initial_bias=None, **kwargs):
        super().__init__()
        dilate, groups, _ = parse_kwargs(kwargs, ("dilate", 1), ("groups", 1), ("use_cudnn", None), deterministic=_NO_DETERMINISTIC)
        in_channels, out_channels, ksize = _sizes(in_channels, out_channels, ksize)
        self.stride, self.pad, self.dilate = pair(stride), pair(pad), pair(dilate)
        self.in_channels, self.groups = in_channels, int(groups)
        self._make(in_channels, out_channels, ksize, nobias, initialW, initial_bias)

    @property
    def printable_specs(self):
        for name in ("in_channels", "out_channels", "ksize", "stride", "pad"):
            yield name, getattr(self, name)
        yield from (("nobias", self.b is None), ("dilate", self.dilate), ("groups", self.groups))

    def _convolve(self, x):
        return F.convolution_2d(x, self.W, self.b, self.stride, self.pad, dilate=self.dilate, groups=self.groups)


class DilatedConvolution2D(_Convolution):
    """:class:`Convolution2D` with ``dilate`` among its first arguments; see there for the arguments and parameters.

    Parameters:
        W: ``(out_channels, in_channels, kh, kw)``.
        b: ``(out_channels,)``, or ``None``.

    >>> L.DilatedConvolution2D(1, 1, 2, dilate=2, initialW=1)(np.ones((1, 1, 3, 3), "f")).array
    array([[[[4.]]]], dtype=float32)
    """

    @ignoring("use_cudnn")
    def __init__(self, in_channels, out_channels, ksize=None, stride=1, pad=0, dilate=1, nobias=False, initialW=None, initial_bias=None):
        super().__init__()
        in_channels, out_channels, ksize = _sizes(in_channels, out_channels, ksize)
        self.stride, self.pad, self.dilate = pair(stride), pair(pad), pair(dilate)
        self._make(in_channels, out_channels, ksize, nobias, initialW, initial_bias)

    def _convolve(self, x):
        return F.dilated_convolution_2d(x, self.W, self.b, self.stride, self.pad, self.dilate)


class ConvolutionND(_Convolution):
    """Convolution over ``ndim`` axes; see :func:`chainjax.functions.convolution_nd`.

    Args:
        ndim: how many axes come after the channels.
        in_channels: ``None`` waits for the first call. ``ConvolutionND(n, o, k)`` means ``ConvolutionND(n, None, o, k)``.
        out_channels: channels of the output.
        ksize: size of the window, an int or a tuple of ``ndim``.
        stride: an int or tuple.
        pad: an int or tuple.
        nobias: leave ``b`` out.
        initialW: initializer of ``W``; default ``LeCunNormal()``.
        initial_bias: initializer of ``b``; default 0.
        cover_all: let the last window stick out, so that every element is in one.
        dilate: an int or tuple.
        groups: into how many independent parts the channels fall.

    Parameters:
        W: ``(out_channels, in_channels / groups, k1, k2, ...)``.
        b: ``(out_channels,)``, or ``None``.

    >>> L.ConvolutionND(1, 1, 1, 2, initialW=1)(np.float32([[[1, 2, 3]]])).array
    array([[[3., 5.]]], dtype=float32)
    """

    _ndim = None

    @ignoring("use_cudnn")
    def __init__(
        self, ndim, in_channels, out_channels, ksize=None, stride=1, pad=0, nobias=False, initialW=None, initial_bias=None,
        cover_all=False, dilate=1, groups=1,
    ):  # fmt: skip
        super().__init__()
        in_channels, out_channels, ksize = _sizes(in_channels, out_channels, ksize)
        self.stride, self.pad, self.cover_all, self.dilate, self.groups = stride, pad, cover_all, per_axis(dilate, ndim), int(groups)
        self._make(in_channels, out_channels, per_axis(ksize, ndim), nobias, initialW, initial_bias)

    def _convolve(self, x):
        return F.convolution_nd(x, self.W, self.b, self.stride, self.pad, self.cover_all, self.dilate, self.groups)


class Convolution1D(ConvolutionND):
    """:class:`ConvolutionND` over one axis; see there for the arguments.

    Parameters:
        W: ``(out_channels, in_channels / groups, k)``.
        b: ``(out_channels,)``, or ``None``.

    >>> L.Convolution1D(1, 1, 2, initialW=1)(np.float32([[[1, 2, 3]]])).array
    array([[[3., 5.]]], dtype=float32)
    """

    _ndim = 1

    def __init__(
        self, in_channels, out_channels, ksize, stride=1, pad=0, nobias=False, initialW=None, initial_bias=None, cover_all=False,
        dilate=1, groups=1,
    ):  # fmt: skip
        super().__init__(
            1, in_channels, out_channels, ksize, stride, pad, nobias, initialW, initial_bias, cover_all, dilate, groups
        )  # fmt: skip


class Convolution3D(ConvolutionND):
    """:class:`ConvolutionND` over three axes; see there for the arguments.

    Parameters:
        W: ``(out_channels, in_channels / groups, k1, k2, k3)``.
        b: ``(out_channels,)``, or ``None``.

    >>> L.Convolution3D(1, 1, 2, initialW=1)(np.ones((1, 1, 2, 2, 2), "f")).array
    array([[[[[8.]]]]], dtype=float32)
    """

    _ndim = 3

    def __init__(
        self, in_channels, out_channels, ksize, stride=1, pad=0, nobias=False, initialW=None, initial_bias=None, cover_all=False,
        dilate=1, groups=1,
    ):  # fmt: skip
        super().__init__(
            3, in_channels, out_channels, ksize, stride, pad, nobias, initialW, initial_bias, cover_all, dilate, groups
        )  # fmt: skip


class DepthwiseConvolution2D(_Convolution):
    """Convolution of each channel by itself; see :func:`chainjax.functions.depthwise_convolution_2d`.

    Args:
        in_channels: ``None`` waits for the first call.
        channel_multiplier: windows for each channel.
        ksize: size of the window, an int or ``(kh, kw)``.
        stride: an int or pair.
        pad: an int or pair.
        nobias: leave ``b`` out.
        initialW: initializer of ``W``; default ``HeNormal(2 ** -0.5)``.
        initial_bias: initializer of ``b``; default 0.

    Parameters:
        W: ``(channel_multiplier, in_channels, kh, kw)``.
        b: ``(channel_multiplier * in_channels,)``, or ``None``.

    >>> L.DepthwiseConvolution2D(2, 3, 1)(np.zeros((1, 2, 4, 4), "f")).shape
    (1, 6, 4, 4)
    """

    from_params = Link.from_params

    def __init__(self, in_channels, channel_multiplier, ksize, stride=1, pad=0, nobias=False, initialW=None, initial_bias=None):
        super().__init__()
        self.ksize, self.stride, self.pad = ksize, pair(stride), pair(pad)
        self.channel_multiplier, self.nobias = channel_multiplier, nobias
        with self.init_scope():
            self.W = Parameter(initializer_of(initialW, HeNormal(2**-0.5)))
            self.b = None if nobias else Parameter(initializer_of(initial_bias, 0))
        if in_channels is not None:
            self._initialize_params(in_channels)

    def _initialize_params(self, in_channels):
        self.W.initialize((self.channel_multiplier, in_channels, *pair(self.ksize)))
        if self.b is not None:
            self.b.initialize(self.channel_multiplier * in_channels)

    def _convolve(self, x):
        return F.depthwise_convolution_2d(x, self.W, self.b, self.stride, self.pad)


class Deconvolution2D(_Convolution):
    """Transposed two-dimensional convolution; see :func:`chainjax.functions.deconvolution_2d`.

    Args:
        in_channels: ``None`` waits for the first call. ``Deconvolution2D(o, k)`` means ``Deconvolution2D(None, o, k)``.
        out_channels: channels of the output.
        ksize: size of the window, an int or ``(kh, kw)``.
        stride: an int or pair.
        pad: an int or pair.
        nobias: leave ``b`` out.
        outsize: size of the output, ``(h, w)``; by default the smallest that fits.
        initialW: initializer of ``W``; default ``LeCunNormal()``.
        initial_bias: initializer of ``b``; default 0.
        dilate: an int or pair.
        groups: into how many independent parts the channels fall.

    Parameters:
        W: ``(in_channels, out_channels / groups, kh, kw)``.
        b: ``(out_channels,)``, or ``None``.

    >>> L.Deconvolution2D(1, 1, 2, stride=2, initialW=1)(np.float32([[[[1, 2]]]])).array
    array([[[[1., 1., 2., 2.],
             [1., 1., 2., 2.]]]], dtype=float32)
    """

    _transposed = True

    def __init__(
        self, in_channels, out_channels, ksize=None, stride=1, pad=0, nobias=False, outsize=None, initialW=None, initial_bias=None,
        **kwargs,
    ):  # fmt: skip
        super().__init__()
        dilate, groups, _ = parse_kwargs(kwargs, ("dilate", 1), ("groups", 1), ("use_cudnn", None), deterministic=_NO_DETERMINISTIC)
        in_channels, out_channels, ksize = _sizes(in_channels, out_channels, ksize)
        self.stride, self.pad, self.dilate, self.groups = pair(stride), pair(pad), pair(dilate), int(groups)
        self.outsize = (None, None) if outsize is None else outsize
        self._make(in_channels, out_channels, ksize, nobias, initialW, initial_bias)

    def _convolve(self, x):
        return F.deconvolution_2d(x, self.W, self.b, self.stride, self.pad, self.outsize, dilate=self.dilate, groups=self.groups)


class DeconvolutionND(_Convolution):
    """Transposed convolution over ``ndim`` axes; see :func:`chainjax.functions.deconvolution_nd`.

    Args:
        ndim: how many axes come after the channels.
        in_channels: ``None`` waits for the first call. ``DeconvolutionND(n, o, k)`` means ``DeconvolutionND(n, None, o, k)``.
        out_channels: channels of the output.
        ksize: size of the window, an int or a tuple of ``ndim``.
        stride: an int or tuple.
        pad: an int or tuple.
        nobias: leave ``b`` out.
        outsize: size of the output, a tuple; by default the smallest that fits.
        initialW: initializer of ``W``; default ``LeCunNormal()``.
        initial_bias: initializer of ``b``; default 0.
        dilate: an int or tuple.
        groups: into how many independent parts the channels fall.

    Parameters:
        W: ``(in_channels, out_channels / groups, k1, k2, ...)``.
        b: ``(out_channels,)``, or ``None``.

    >>> L.DeconvolutionND(1, 1, 1, 2, initialW=1)(np.float32([[[1, 2]]])).array
    array([[[1., 3., 2.]]], dtype=float32)
    """

    _transposed, _ndim = True, None

    @ignoring("use_cudnn")
    def __init__(
        self, ndim, in_channels, out_channels, ksize=None, stride=1, pad=0, nobias=False, outsize=None, initialW=None,
        initial_bias=None, dilate=1, groups=1,
    ):  # fmt: skip
        super().__init__()
        in_channels, out_channels, ksize = _sizes(in_channels, out_channels, ksize)
        self.stride, self.pad, self.outsize, self.dilate, self.groups = stride, pad, outsize, per_axis(dilate, ndim), int(groups)
        self._make(in_channels, out_channels, per_axis(ksize, ndim), nobias, initialW, initial_bias)

    def _convolve(self, x):
        return F.deconvolution_nd(x, self.W, self.b, self.stride, self.pad, self.outsize, self.dilate, self.groups)


class Deconvolution1D(DeconvolutionND):
    """:class:`DeconvolutionND` over one axis; see there for the arguments.

    Parameters:
        W: ``(in_channels, out_channels / groups, k)``.
        b: ``(out_channels,)``, or ``None``.

    >>> L.Deconvolution1D(1, 1, 2, initialW=1)(np.float32([[[1, 2]]])).array
    array([[[1., 3., 2.]]], dtype=float32)
    """

    _ndim = 1

    def __init__(
        self, in_channels, out_channels, ksize, stride=1, pad=0, nobias=False, outsize=None, initialW=None, initial_bias=None,
        dilate=1, groups=1,
    ):  # fmt: skip
        super().__init__(1, in_channels, out_channels, ksize, stride, pad, nobias, outsize, initialW, initial_bias, dilate, groups)


class Deconvolution3D(DeconvolutionND):
    """:class:`DeconvolutionND` over three axes; see there for the arguments.

    Parameters:
        W: ``(in_channels, out_channels / groups, k1, k2, k3)``.
        b: ``(out_channels,)``, or ``None``.

    >>> L.Deconvolution3D(1, 1, 2, initialW=1)(np.ones((1, 1, 1, 1, 1), "f")).shape
    (1, 1, 2, 2, 2)
    """

    _ndim = 3

    def __init__(
        self, in_channels, out_channels, ksize, stride=1, pad=0, nobias=False, outsize=None, initialW=None, initial_bias=None,
        dilate=1, groups=1,
    ):  # fmt: skip
        super().__init__(3, in_channels, out_channels, ksize, stride, pad, nobias, outsize, initialW, initial_bias, dilate, groups)
