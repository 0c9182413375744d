"""Nonlinearities with parameters."""

from ._linear import Maxout as Maxout
from ._linear import SimplifiedDropconnect as SimplifiedDropconnect
from ._slopes import PReLU as PReLU
from ._slopes import Swish as Swish
