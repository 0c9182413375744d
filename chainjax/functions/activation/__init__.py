"""Nonlinearities, elementwise or along an axis."""

from ._rectifiers import clipped_relu as clipped_relu
from ._rectifiers import crelu as crelu
from ._rectifiers import elu as elu
from ._rectifiers import leaky_relu as leaky_relu
from ._rectifiers import prelu as prelu
from ._rectifiers import relu as relu
from ._rectifiers import relu6 as relu6
from ._rectifiers import rrelu as rrelu
from ._rectifiers import selu as selu
from ._sigmoids import hard_sigmoid as hard_sigmoid
from ._sigmoids import sigmoid as sigmoid
from ._sigmoids import softplus as softplus
from ._sigmoids import swish as swish
from ._sigmoids import tanh as tanh
from ._softmax import log_softmax as log_softmax
from ._softmax import softmax as softmax
