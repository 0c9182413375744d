"""Small helpers under Chainer's names: sizes of convolutions, columns of images, sparse matrices, type checks. NumPy code all."""

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
from .sparse import CooMatrix as CooMatrix
from .sparse import get_order as get_order
from .sparse import to_coo as to_coo


def __getattr__(name):
    # A sampler lives on a device, and devices are built on this package.
    if name == "WalkerAlias":
        from .walker_alias import WalkerAlias

        return WalkerAlias
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
