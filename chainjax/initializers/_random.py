"""Random initializers. Each draws once, of the full shape, in float64, and casts: the order of Chainer's draws."""

import math

import numpy as np

from ..initializer import Initializer, get_fans
from ..utils.argument import parse_kwargs


class _Random(Initializer):
    """``draw`` fills from ``rng``, by default ``numpy.random``, whose seed is then the seed of the weights."""

    def __init__(self, scale, dtype=None, **kwargs):
        (self.rng,) = parse_kwargs(kwargs, ("rng", None))
        self.scale = scale
        super().__init__(dtype)

    def __call__(self, array):
        self._expect_own_dtype(array)
        array[...] = self.draw(np.random if self.rng is None else self.rng, array.shape)

    def draw(self, rng, shape):
        raise NotImplementedError


class Normal(_Random):
    """Normal with mean 0 and deviation ``scale``."""

    def __init__(self, scale=0.05, dtype=None, **kwargs):
        super().__init__(scale, dtype, **kwargs)

    def draw(self, rng, shape):
        return rng.normal(loc=0.0, scale=self.width(shape), size=shape)

    def width(self, shape):
        return self.scale


class Uniform(_Random):
    """Uniform on ``[-scale, scale]``."""

    def __init__(self, scale=0.05, dtype=None, **kwargs):
        super().__init__(scale, dtype, **kwargs)

    def draw(self, rng, shape):
        width = self.width(shape)
        return rng.uniform(low=-width, high=width, size=shape)

    def width(self, shape):
        return self.scale


class LeCunNormal(Normal):
    r"""Normal with deviation :math:`s \sqrt{1 / fan_{in}}`. Source: LeCun et al. 1998, Efficient BackProp."""

    def __init__(self, scale=1.0, dtype=None, **kwargs):
        super().__init__(scale, dtype, **kwargs)

    def width(self, shape):
        return self.scale * np.sqrt(1.0 / get_fans(shape)[0])


class GlorotNormal(Normal):
    r"""Normal with deviation :math:`s \sqrt{2 / (fan_{in} + fan_{out})}`. Source: Glorot, Bengio 2010."""

    def __init__(self, scale=1.0, dtype=None, **kwargs):
        super().__init__(scale, dtype, **kwargs)

    def width(self, shape):
        return self.scale * np.sqrt(2.0 / sum(get_fans(shape)))


class HeNormal(Normal):
    r"""Normal with deviation :math:`s \sqrt{2 / fan}`. Source: He et al. 2015, arXiv:1502.01852.

    Args:
        scale: factor :math:`s`.
        dtype: dtype of the arrays made.
        fan_option: ``"fan_in"`` keeps the variance forward, ``"fan_out"`` backward.
    """

    def __init__(self, scale=1.0, dtype=None, fan_option="fan_in", **kwargs):
        self.fan_option = fan_option
        super().__init__(scale, dtype, **kwargs)

    def width(self, shape):
        if self.fan_option not in ("fan_in", "fan_out"):
            raise ValueError(f"HeNormal: expected fan_option 'fan_in' or 'fan_out', got {self.fan_option!r}")
        return self.scale * np.sqrt(2.0 / get_fans(shape)[self.fan_option == "fan_out"])


class LeCunUniform(Uniform):
    r"""Uniform on :math:`\pm s \sqrt{3 / fan_{in}}`. Source: LeCun et al. 1998, Efficient BackProp."""

    def __init__(self, scale=1.0, dtype=None, **kwargs):
        super().__init__(scale, dtype, **kwargs)

    def width(self, shape):
        return self.scale * np.sqrt(3.0 / get_fans(shape)[0])


class GlorotUniform(Uniform):
    r"""Uniform on :math:`\pm s \sqrt{6 / (fan_{in} + fan_{out})}`. Source: Glorot, Bengio 2010."""

    def __init__(self, scale=1.0, dtype=None, **kwargs):
        super().__init__(scale, dtype, **kwargs)

    def width(self, shape):
        return self.scale * np.sqrt(6.0 / sum(get_fans(shape)))


class HeUniform(Uniform):
    r"""Uniform on :math:`\pm s \sqrt{6 / fan_{in}}`. Source: He et al. 2015, arXiv:1502.01852."""

    def __init__(self, scale=1.0, dtype=None, **kwargs):
        super().__init__(scale, dtype, **kwargs)

    def width(self, shape):
        return self.scale * np.sqrt(6.0 / get_fans(shape)[0])


class Orthogonal(_Random):
    """A random (semi-)orthogonal matrix times ``scale``; the first axis is the output. Source: Saxe et al. 2014, arXiv:1312.6120.

    Args:
        scale: factor.
        dtype: dtype of the arrays made.
        mode: ``"projection"`` refuses more outputs than inputs, ``"embedding"`` fewer, ``"basis"`` both, ``"auto"`` neither.
    """

    _REFUSES = {"auto": (False, False), "projection": (False, True), "embedding": (True, False), "basis": (True, True)}

    def __init__(self, scale=1.1, dtype=None, mode="auto", **kwargs):
        if mode not in self._REFUSES:
            raise ValueError(f"Orthogonal: expected mode to be one of {', '.join(self._REFUSES)}, got {mode!r}")
        self.mode = mode
        super().__init__(scale, dtype, **kwargs)

    def draw(self, rng, shape):
        if not shape:
            return self.scale * (2 * int(rng.randint(2)) - 1)
        if not math.prod(shape):
            raise ValueError(f"Orthogonal: expected an array that is not empty, got shape {shape}")
        outputs, inputs = shape[0], math.prod(shape[1:])
        no_wide, no_tall = self._REFUSES[self.mode]
        if (inputs > outputs and no_wide) or (inputs < outputs and no_tall):
            raise ValueError(f"Orthogonal: shape {shape} has {inputs} inputs and {outputs} outputs, which is no {self.mode}")
        matrix = rng.normal(size=(outputs, inputs))
        wide = inputs > outputs
        q, r = np.linalg.qr(matrix.T if wide else matrix)
        q = q * np.copysign(self.scale, np.diag(r))
        return (q.T if wide else q).reshape(shape)
