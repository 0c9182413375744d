"""Convolutions."""

from ... import functions as F
from ...functions._args import pair
from ...initializers import initializer_of
from ...link import Link
from ...utils.argument import parse_kwargs
from ...variable import Parameter, as_array


class Convolution2D(Link):
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
        dilate, groups = parse_kwargs(
            kwargs,
            ("dilate", 1),
            ("groups", 1),
            deterministic="Convolution2D takes no deterministic; use using_config('cudnn_deterministic', True)",
        )
        if ksize is None:
            in_channels, out_channels, ksize = None, in_channels, out_channels
        self.ksize, self.stride, self.pad, self.dilate = ksize, pair(stride), pair(pad), pair(dilate)
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, int(groups)
        with self.init_scope():
            self.W = Parameter(initializer_of(initialW))
            if in_channels is not None:
                self._initialize_params(in_channels)
            self.b = None if nobias else Parameter(initializer_of(initial_bias, 0), out_channels)

    def _initialize_params(self, in_channels):
        for what, channels in (("output", self.out_channels), ("input", in_channels)):
            if channels % self.groups:
                raise ValueError(f"Convolution2D: the number of {what} channels, {channels}, must be divisible by groups, {self.groups}")
        self.W.initialize((self.out_channels, in_channels // self.groups, *pair(self.ksize)))

    @classmethod
    def from_params(cls, W, b=None, stride=1, pad=0, nobias=False, **kwargs):
        """A link of given arrays."""
        dilate, groups = parse_kwargs(kwargs, ("dilate", 1), ("groups", 1))
        out_channels, in_channels, *ksize = W.shape
        if b is not None and out_channels != b.size:
            raise ValueError(f"Convolution2D: expected b of length {out_channels}, to fit W, got {b.size}")
        arrays = {"initialW": as_array(W), "initial_bias": as_array(b)}
        return cls(in_channels * groups, out_channels, tuple(ksize), stride, pad, nobias, **arrays, dilate=dilate, groups=groups)

    @property
    def printable_specs(self):
        for name in ("in_channels", "out_channels", "ksize", "stride", "pad"):
            yield name, getattr(self, name)
        yield from (("nobias", self.b is None), ("dilate", self.dilate), ("groups", self.groups))

    def forward(self, x):
        """``(n, in_channels, h, w)`` to ``(n, out_channels, oh, ow)``."""
        if not self.W.is_initialized:
            self._initialize_params(x.shape[1])
        return F.convolution_2d(x, self.W, self.b, self.stride, self.pad, dilate=self.dilate, groups=self.groups)
