"""Conditional random fields."""

from ... import functions as F
from ...initializers import initializer_of
from ...link import Link
from ...variable import Parameter
from .._args import argsort_list_descent, permutate_list


class CRF1d(Link):
    r"""Loss of sequences of labels under a linear-chain conditional random field, which learns the scores of transitions.

    .. math:: -\log \frac{e^{s(y)}}{\sum_{y'} e^{s(y')}}, \quad s(y) = \sum_t x_{t, y_t} + \sum_t c_{y_{t - 1}, y_t}

    See :func:`chainjax.functions.crf1d`.

    Args:
        n_label: how many labels there are.
        initial_cost: initializer of ``cost``; default 0.

    Parameters:
        cost: ``(n_label, n_label)``: the scores :math:`c` of going from one label (first axis) to another.

    Source: Lafferty, McCallum, Pereira 2001, Conditional random fields.

    >>> crf, xs = L.CRF1d(2), [np.float32([[1, 0]]), np.float32([[1, 0], [2, 0]])]  # of 1 and of 2 times
    >>> round(float(crf(xs, [np.int32([0]), np.int32([0, 1])], transpose=True).array), 3)
    1.377
    >>> crf.argmax(xs, transpose=True)[1]
    [array([0], dtype=int32), array([0, 0], dtype=int32)]
    """

    def __init__(self, n_label, initial_cost=None):
        super().__init__()
        with self.init_scope():
            self.cost = Parameter(initializer_of(initial_cost, 0), (n_label, n_label))

    def forward(self, xs, ys, reduce="mean", transpose=False):
        """The loss.

        Args:
            xs: for each time the scores of labels ``(n_t, n_label)`` of the sequences that last so long, longest first.
            ys: for each time their labels ``(n_t,)``.
            reduce: ``"mean"``, or ``"no"`` for one loss per sequence, longest first.
            transpose: whether ``xs`` and ``ys`` are lists of sequences in any order instead.
        """
        if transpose:
            order = argsort_list_descent(xs)
            xs, ys = [F.transpose_sequence(permutate_list(a, order, inv=False)) for a in (xs, ys)]
        return F.crf1d(self.cost, xs, ys, reduce)

    def argmax(self, xs, transpose=False):
        """The scores of the most likely sequences of labels, longest first, and a list of their labels, in the order of ``xs``."""
        if not transpose:
            return F.argmax_crf1d(self.cost, xs)
        order = argsort_list_descent(xs)
        score, path = F.argmax_crf1d(self.cost, F.transpose_sequence(permutate_list(xs, order, inv=False)))
        return score, permutate_list([labels.array for labels in F.transpose_sequence(path)], order, inv=True)
