"""Sums and products with parameters, and a parameter alone."""

from ... import functions as F
from ... import variable
from ...backends._device import get_device_from_array
from ...link import Chain, Link
from .._args import InvalidArgument


def _operands(who, xs, own):
    """The two operands of a link that has one of them, ``own``, or gets both."""
    n = 2 if own is None else 1
    if len(xs) != n:
        raise InvalidArgument(f"{who}: expected {n} {'inputs' if n > 1 else 'input, as it has its own parameter'}, got {len(xs)}")
    return (*xs, own) if n == 1 else xs


class Bias(Link):
    """A sum with a parameter, or with a second input; see :func:`chainjax.functions.bias`.

    Args:
        axis: the first axis of the input that the parameter has.
        shape: of the parameter; ``None`` if there is none, and the link is called with both operands.

    Parameters:
        b: ``shape``, from 0; none without ``shape``.

    >>> bias = L.Bias(shape=(2,))
    >>> bias.b.array[...] = [1, 2]
    >>> bias(np.zeros((1, 2), "f")).array
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, axis=1, shape=None):
        super().__init__()
        self.axis = axis
        if shape is not None:
            with self.init_scope():
                self.b = variable.Parameter(0, shape)

    def forward(self, *xs):
        """The sum. With a parameter of its own it takes one input, else two."""
        x, y = _operands("Bias", xs, getattr(self, "b", None))
        return F.bias(x, y, self.axis)


class Scale(Chain):
    """A product with a parameter, or with a second input, and a sum; see :func:`chainjax.functions.scale`.

    Args:
        axis: the first axis of the input that the parameters have.
        W_shape: shape of ``W``; ``None`` if there is none, and the link is called with both operands.
        bias_term: whether to add a :class:`Bias`.
        bias_shape: shape of its parameter; needed without ``W_shape``.

    Parameters:
        W: ``W_shape``, from 1; none without ``W_shape``.
        bias/b: of the shape of ``W``, or ``bias_shape``; none without ``bias_term``.

    >>> L.Scale(W_shape=(2,), bias_term=True)(np.float32([[3, 4]])).array
    array([[3., 4.]], dtype=float32)
    """

    def __init__(self, axis=1, W_shape=None, bias_term=False, bias_shape=None):
        super().__init__()
        self.axis = axis
        if W_shape is None and bias_term and bias_shape is None:
            raise ValueError("Scale: expected bias_shape, as there is a bias and W is an input; got None")
        with self.init_scope():
            if W_shape is not None:
                self.W = variable.Parameter(1, W_shape)
            if bias_term:
                self.bias = Bias(axis, bias_shape if W_shape is None else W_shape)

    def forward(self, *xs):
        """The product and sum. With a parameter ``W`` of its own it takes one input, else two."""
        x, y = _operands("Scale", xs, getattr(self, "W", None))
        z = F.scale(x, y, self.axis)
        return self.bias(z) if hasattr(self, "bias") else z


class Parameter(Link):
    """A parameter that is a link by itself: called with nothing, it gives the array.

    Args:
        array: what it starts from.

    Parameters:
        W: ``array``.

    >>> L.Parameter(np.float32([1, 2]))().array
    array([1., 2.], dtype=float32)
    """

    def __init__(self, array):
        super().__init__()
        self.add_param("W", array.shape, dtype=array.dtype)
        self.W.array = array
        self.to_device(get_device_from_array(array))

    def forward(self, volatile="off"):
        """The array as a Variable.

        Args:
            volatile: of releases before Chainer 2; it has no effect.
        """
        return F.identity(self.W)
