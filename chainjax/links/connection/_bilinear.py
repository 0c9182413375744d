"""Products of two vectors."""

from ... import functions as F
from ...initializers import initializer_of
from ...link import Link
from ...variable import Parameter
from .._args import expect_shape


class Bilinear(Link):
    r"""Bilinear map of pairs of vectors, :math:`y_k = \sum_{ij} a_i c_j W_{ijk} + \sum_i a_i V^1_{ik} + \sum_j c_j V^2_{jk} + b_k`.

    Args:
        left_size: length of a first vector.
        right_size: length of a second vector.
        out_size: length of an output vector.
        nobias: leave ``V1``, ``V2`` and ``b`` out.
        initialW: initializer of ``W``; default ``LeCunNormal()``.
        initial_bias: a tuple of the initializers of ``V1``, ``V2`` and ``b``; default ``LeCunNormal()``, ``LeCunNormal()`` and 0.

    Parameters:
        W: ``(left_size, right_size, out_size)``.
        V1: ``(left_size, out_size)``, unless ``nobias``.
        V2: ``(right_size, out_size)``, unless ``nobias``.
        b: ``(out_size,)``, unless ``nobias``.

    Source: Socher et al. 2013, Reasoning With Neural Tensor Networks for Knowledge Base Completion.

    >>> L.Bilinear(2, 1, 1, nobias=True, initialW=1)(np.float32([[1, 2]]), np.float32([[3]])).array
    array([[9.]], dtype=float32)
    """

    def __init__(self, left_size, right_size, out_size, nobias=False, initialW=None, initial_bias=None):
        super().__init__()
        self.in_sizes, self.nobias = (left_size, right_size), nobias
        if initial_bias is not None and not isinstance(initial_bias, tuple):
            raise ValueError(f"Bilinear: expected initial_bias to be a tuple of three or None, got {type(initial_bias).__name__}")
        initials = (initialW, *((None, None, 0) if initial_bias is None else initial_bias))
        shapes = (left_size, right_size, out_size), (left_size, out_size), (right_size, out_size), (out_size,)
        made = dict(zip(("W",) if nobias else ("W", "V1", "V2", "b"), zip(initials, shapes, strict=True), strict=False))
        expect_shape("Bilinear", **made)
        with self.init_scope():
            for name, (initial, shape) in made.items():
                setattr(self, name, Parameter(initializer_of(initial), shape))

    def forward(self, e1, e2):
        """``(n, left_size)`` and ``(n, right_size)`` to ``(n, out_size)``."""
        return F.bilinear(e1, e2, self.W) if self.nobias else F.bilinear(e1, e2, self.W, self.V1, self.V2, self.b)

    def zero_grads(self):
        """The same as ``zerograds``."""
        self.zerograds()
