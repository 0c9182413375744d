"""What parameters start from. The random ones draw from ``numpy.random`` as Chainer's do: equal seeds, equal weights."""

import numpy as np

from ..backends._device import CpuDevice, get_device
from ..config import get_dtype
from ._constant import Constant as Constant
from ._constant import Identity as Identity
from ._constant import NaN as NaN
from ._constant import One as One
from ._constant import Zero as Zero
from ._filters import DownsamplingConvFilter as DownsamplingConvFilter
from ._filters import UpsamplingDeconvFilter as UpsamplingDeconvFilter
from ._random import GlorotNormal as GlorotNormal
from ._random import GlorotUniform as GlorotUniform
from ._random import HeNormal as HeNormal
from ._random import HeUniform as HeUniform
from ._random import LeCunNormal as LeCunNormal
from ._random import LeCunUniform as LeCunUniform
from ._random import Normal as Normal
from ._random import Orthogonal as Orthogonal
from ._random import Uniform as Uniform


def generate_array(initializer, shape, xp, dtype=None, device=None):
    """An array of ``shape`` filled by ``initializer``.

    Args:
        initializer: called with the array; its ``dtype`` counts if it has one.
        shape: an int or tuple.
        xp: the array module, which must be that of ``device``.
        dtype: must not contradict that of the initializer; default ``config.dtype``.
        device: where; default ``@numpy``, or the current device where ``xp`` is another module.
    """
    own = getattr(initializer, "dtype", None)
    if dtype is not None and own is not None and np.dtype(dtype) != np.dtype(own):
        raise ValueError(f"generate_array: the initializer makes {np.dtype(own)}, but {np.dtype(dtype)} is asked for")
    if device is not None and get_device(device).xp is not xp:
        raise ValueError(f"generate_array: xp is {xp.__name__}, which is not the module of {device}")
    # Initializers are NumPy code; what they make is sent on, so that a seed gives the same weights on every device.
    array = np.empty(shape, get_dtype(own if dtype is None else dtype))
    initializer(array)
    if device is None:
        return array if xp is np else xp.asarray(array)
    return array if isinstance(get_device(device), CpuDevice) else get_device(device).send(array)


def initializer_of(spec, default=None):
    """The initializer that an ``initialW=``-like argument means: an initializer, a number, an array, or ``None`` for the default."""
    if spec is None:
        return LeCunNormal() if default is None else initializer_of(default)
    if np.isscalar(spec) or hasattr(spec, "__array__"):
        return Constant(spec)
    if not callable(spec):
        raise TypeError(f"expected an initializer, a number or an array, got {type(spec)}")
    return spec


_get_initializer = initializer_of  # links written for Chainer call it so
