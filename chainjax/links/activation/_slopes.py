"""Rectifiers whose slope is learnt."""

from ... import functions as F
from ...initializers import Constant
from ...link import Link
from ...variable import Parameter


class PReLU(Link):
    """Rectifier whose slope below zero is learnt; see :func:`chainjax.functions.prelu`.

    Args:
        shape: of ``W``, to fit the axes of the input from the second on; by default one number for all.
        init: initializer of ``W``.

    Parameters:
        W: ``shape``.

    Source: He et al. 2015, Delving Deep into Rectifiers, arXiv:1502.01852.

    >>> L.PReLU()(np.float32([-4, 4])).array
    array([-1.,  4.], dtype=float32)
    """

    def __init__(self, shape=(), init=0.25):
        super().__init__()
        with self.init_scope():
            self.W = Parameter(init, shape)

    def forward(self, x):
        """The input, times ``W`` where it is negative."""
        return F.prelu(x, self.W)


class Swish(Link):
    r"""Swish, :math:`y = x \sigma(\beta x)`, whose :math:`\beta` is learnt; see :func:`chainjax.functions.swish`.

    Args:
        beta_shape: shape of ``beta``, to fit the axes of the input from the second on; ``None`` takes that of the first input.
        beta_init: the number that ``beta`` starts from.

    Parameters:
        beta: ``beta_shape``.

    Source: Ramachandran et al. 2017, Searching for Activation Functions, arXiv:1710.05941.

    >>> L.Swish((), 0)(np.float32([[2, 4]])).array
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, beta_shape, beta_init=1.0):
        super().__init__()
        with self.init_scope():
            self.beta = Parameter(Constant(beta_init)) if beta_shape is None else Parameter(beta_init, beta_shape)

    def forward(self, x):
        """The input, times a sigmoid of it."""
        if not self.beta.is_initialized:
            self.beta.initialize(x.shape[1:])
        return F.swish(x, self.beta)
