"""Small helpers under Chainer's names: sizes of convolutions, columns of images, sparse matrices, type checks. NumPy code all."""

import importlib
from collections import abc as collections_abc  # Chainer code of the time of Python 2 takes it from here

from ._temporary import tempdir as tempdir
from .array import force_array as force_array
from .array import force_type as force_type
from .array import size_of_shape as size_of_shape
from .array import sum_to as sum_to
from .conv import get_conv_outsize as get_conv_outsize
from .conv import get_deconv_outsize as get_deconv_outsize
from .experimental import experimental as experimental
from .meta import enable_final as enable_final
from .meta import final as final
from .nondeterministic import nondeterministic as nondeterministic

_ON_DEVICES = {"WalkerAlias": "walker_alias", "CooMatrix": "sparse", "get_order": "sparse", "to_coo": "sparse"}


def __getattr__(name):
    # Samplers and sparse matrices live on devices, and devices are built on this package.
    if name in _ON_DEVICES:
        return getattr(importlib.import_module(f"{__name__}.{_ON_DEVICES[name]}"), name)
    if name in _ON_DEVICES.values():
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
