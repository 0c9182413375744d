"""chainjax: Chainer's define-by-run on JAX."""

from . import engine as engine
from . import functions as functions
from .variable import Parameter as Parameter
from .variable import Variable as Variable
from .backprop import backward, grad
