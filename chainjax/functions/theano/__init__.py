"""Functions written in Theano."""

from ._theano import TheanoFunction as TheanoFunction
from ._theano import theano_function as theano_function
