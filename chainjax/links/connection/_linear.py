"""Affine maps and lookups."""

import math

from ... import functions as F
from ...initializers import Normal, initializer_of
from ...link import Link
from ...variable import Parameter, as_array


class Linear(Link):
    r"""Affine map of vectors, :math:`y = x W^\top + b`.

    Args:
        in_size: length of an input vector; ``None`` waits for the first call. ``Linear(n)`` means ``Linear(None, n)``.
        out_size: length of an output vector.
        nobias: leave ``b`` out.
        initialW: initializer of ``W``; default ``LeCunNormal()``, of deviation ``in_size ** -0.5``.
        initial_bias: initializer of ``b``; default 0.

    Parameters:
        W: ``(out_size, in_size)``.
        b: ``(out_size,)``, or ``None``.

    >>> L.Linear(3, initialW=1, initial_bias=0.5)(np.float32([[1, 2]])).array
    array([[3.5, 3.5, 3.5]], dtype=float32)
    """

    def __init__(self, in_size, out_size=None, nobias=False, initialW=None, initial_bias=None):
        super().__init__()
        if out_size is None:
            in_size, out_size = None, in_size
        self.in_size, self.out_size = in_size, out_size
        with self.init_scope():
            self.W = Parameter(initializer_of(initialW))
            if in_size is not None:
                self._initialize_params(in_size)
            self.b = None if nobias else Parameter(initializer_of(initial_bias, 0), out_size)

    def _initialize_params(self, in_size):
        self.W.initialize((self.out_size, in_size))

    @classmethod
    def from_params(cls, W, b=None, nobias=False):
        """A link of given arrays."""
        if b is not None and len(W) != b.size:
            raise ValueError(f"Linear: expected b of length {len(W)}, to fit W, got {b.size}")
        return cls(W.shape[1], W.shape[0], nobias, as_array(W), as_array(b))

    @property
    def printable_specs(self):
        yield from (("in_size", self.in_size), ("out_size", self.out_size), ("nobias", self.b is None))

    def forward(self, x, n_batch_axes=1):
        """``(*batch, ...)`` to ``(*batch, out_size)`` with ``n_batch_axes`` batch axes."""
        if not self.W.is_initialized:
            self._initialize_params(math.prod(x.shape[n_batch_axes:]))
        return F.linear(x, self.W, self.b, n_batch_axes)


class EmbedID(Link):
    r"""Vectors for ids, :math:`y_i = W_{x_i}`.

    Args:
        in_size: how many ids.
        out_size: length of a vector.
        initialW: initializer of ``W``; default ``Normal(1)``.
        ignore_label: the id that gives zeros.

    Parameters:
        W: ``(in_size, out_size)``.

    >>> L.EmbedID(3, 2, initialW=np.float32([[0, 1], [2, 3], [4, 5]]))(np.int32([2, 0])).array
    array([[4., 5.],
           [0., 1.]], dtype=float32)
    """

    ignore_label = None

    def __init__(self, in_size, out_size, initialW=None, ignore_label=None):
        super().__init__()
        self.ignore_label = ignore_label
        with self.init_scope():
            self.W = Parameter(initializer_of(initialW, Normal(1.0)), (in_size, out_size))

    @classmethod
    def from_params(cls, W, ignore_label=None):
        """A link of a given array."""
        return cls(*W.shape, as_array(W), ignore_label)

    def forward(self, x):
        """Integers ``(*s)`` to vectors ``(*s, out_size)``."""
        return F.embed_id(x, self.W, self.ignore_label)
