"""Losses of classifiers of very many classes, by samples of the wrong ones."""

import numpy as np

from ... import functions as F
from ...config import get_dtype
from ...link import Link
from ...utils.walker_alias import WalkerAlias
from ...variable import Parameter, Variable


class _Sampling(Link):
    """A weight for each class, and a sampler of classes."""

    def __init__(self, in_size, weights, sample_size, initial):
        super().__init__()
        self.sampler, self.sample_size = WalkerAlias(weights), sample_size
        with self.init_scope():
            self.W = Parameter(initial, (len(weights), in_size))

    def device_resident_accept(self, visitor):
        super().device_resident_accept(visitor)
        self.sampler.device_resident_accept(visitor)


class BlackOut(_Sampling):
    """BlackOut loss: of each label against samples of wrong ones, drawn in proportion to their counts.

    See :func:`chainjax.functions.black_out`.

    Args:
        in_size: length of an input vector.
        counts: how often each class occurs.
        sample_size: how many samples there are for each label.

    Parameters:
        W: ``(len(counts), in_size)``, a vector for each class. As in Chainer it starts as NaN: fill it, or load it.

    Attributes:
        sample_data: an integer array ``(n, sample_size)`` to be taken instead of drawing; ``None``: draw.

    Source: Ji, Vishwanathan, Satish, Anderson, Dubey 2016, arXiv:1511.06909.

    >>> loss = L.BlackOut(2, [3, 1], 1)
    >>> loss.W.array[...], loss.sample_data = np.eye(2), np.int32([[0]])
    >>> round(float(loss(np.float32([[1, 2]]), np.int32([1])).array), 4)
    0.6265
    """

    sample_data = None

    def __init__(self, in_size, counts, sample_size):
        super().__init__(in_size, np.array(counts, np.float32), sample_size, None)

    def forward(self, x, t):
        """The mean loss of vectors ``(n, in_size)`` with labels ``(n,)``."""
        samples = self.sampler.sample((x.shape[0], self.sample_size)) if self.sample_data is None else self.sample_data
        return F.black_out(x, t, self.W, Variable(samples, requires_grad=False))


class NegativeSampling(_Sampling):
    r"""Negative sampling loss: of each label and of samples of wrong ones, whether it is right.

    Class :math:`i` is drawn in proportion to :math:`n_i^\alpha` if it occurs :math:`n_i` times. See
    :func:`chainjax.functions.negative_sampling`.

    Args:
        in_size: length of an input vector.
        counts: how often each class occurs, the :math:`n_i`.
        sample_size: how many samples there are for each label.
        power: the exponent :math:`\alpha`.
        dtype: in which the powers are computed; default ``config.dtype``.

    Parameters:
        W: ``(len(counts), in_size)``, a vector for each class, from 0.

    Source: Mikolov, Sutskever, Chen, Corrado, Dean 2013, arXiv:1310.4546.

    >>> loss = L.NegativeSampling(2, counts=[5, 3, 2], sample_size=4)
    >>> round(float(loss(np.float32([[1, 2]]), np.int32([1])).array), 4)  # all five are half as likely as not
    3.4657
    """

    def __init__(self, in_size, counts, sample_size, power=0.75, dtype=None):
        dtype = get_dtype(dtype)
        super().__init__(in_size, np.power(np.array(counts, dtype), dtype.type(power)), sample_size, 0)

    def forward(self, x, t, reduce="sum", *, return_samples=False):
        """The loss of vectors ``(n, in_size)`` with labels ``(n,)``.

        Args:
            x: the vectors.
            t: int32 labels; what is -1 does not count.
            reduce: ``"sum"``, or ``"no"`` for one loss per label.
            return_samples: give the samples too, ``(n, sample_size + 1)``, with the labels in front.
        """
        return F.negative_sampling(x, t, self.W, self.sampler.sample, self.sample_size, reduce, return_samples=return_samples)
