"""Nonlinearities, elementwise or along an axis."""

from ._rectifiers import leaky_relu as leaky_relu
from ._rectifiers import relu as relu
from ._sigmoids import sigmoid as sigmoid
from ._sigmoids import tanh as tanh
from ._softmax import log_softmax as log_softmax
from ._softmax import softmax as softmax
