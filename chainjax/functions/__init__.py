"""Differentiable functions, by category."""

from ..variable import Variable as _Variable
from .activation import leaky_relu as leaky_relu
from .activation import log_softmax as log_softmax
from .activation import relu as relu
from .activation import sigmoid as sigmoid
from .activation import softmax as softmax
from .activation import tanh as tanh
from .array import broadcast_to as broadcast_to
from .array import cast as cast
from .array import concat as concat
from .array import expand_dims as expand_dims
from .array import get_item as get_item
from .array import reshape as reshape
from .array import split_axis as split_axis
from .array import squeeze as squeeze
from .array import stack as stack
from .array import transpose as transpose
from .connection import convolution_2d as convolution_2d
from .connection import embed_id as embed_id
from .connection import linear as linear
from .evaluation import accuracy as accuracy
from .loss import mean_squared_error as mean_squared_error
from .loss import softmax_cross_entropy as softmax_cross_entropy
from .math import absolute as absolute
from .math import add as add
from .math import average as average
from .math import cos as cos
from .math import exp as exp
from .math import floor as floor
from .math import identity as identity
from .math import log as log
from .math import matmul as matmul
from .math import sin as sin
from .math import sqrt as sqrt
from .math import square as square
from .math import sum as sum
from .math import sum_to as sum_to
from .math import tan as tan
from .math._operators import OPERATORS as _OPERATORS
from .noise import dropout as dropout
from .normalization import batch_normalization as batch_normalization
from .normalization import fixed_batch_normalization as fixed_batch_normalization
from .pooling import average_pooling_2d as average_pooling_2d
from .pooling import max_pooling_2d as max_pooling_2d
from .rnn import lstm as lstm


def _reshape(self, *shape):
    """The variable in another shape; see :func:`reshape`."""
    return reshape(self, shape[0] if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape)


def _transpose(self, *axes):
    """The variable with its axes in another order; see :func:`transpose`."""
    if not axes:
        return transpose(self)
    return transpose(self, axes[0] if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))) else axes)


def _mean(self, axis=None, *, weights=None, keepdims=False):
    """Mean along axes; see :func:`average`."""
    return average(self, axis, weights, keepdims)


# Variables know no functions; functions give them their operators and methods.
for _name, _method in _OPERATORS.items():
    setattr(_Variable, _name, _method)
_Variable.__getitem__ = lambda x, slices: get_item(x, slices)
_Variable.reshape = _reshape
_Variable.transpose = _transpose
_Variable.mean = _mean
_Variable.T = property(lambda self: transpose(self), doc="The variable with its axes reversed.")
