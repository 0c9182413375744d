"""Links written in Theano."""

from ._theano import TheanoFunction as TheanoFunction
