"""Long short-term memory over trees."""

from ... import functions as F
from ...functions.rnn._lstm import child_sum_tree_lstm
from ...link import Chain
from .._args import InvalidArgument
from ..connection import Linear
from ._family import zeros


class _Tree(Chain):
    """States of children and an input, any of which may be ``None``, to the state of their parent."""

    def __init__(self, in_size, out_size):
        super().__init__()
        self.in_size, self.state_size = in_size, out_size

    def _sorted_out(self, cshsx):
        """The states ``c`` and ``h`` of the children, and the input; zeros for an input that is ``None``."""
        *states, x = cshsx
        cs, hs = states[: len(states) // 2], states[len(states) // 2 :]
        if x is None:
            given = [state for state in states if state is not None]
            if not given:
                raise ValueError(f"{type(self).__name__}: expected a state or the input, but all of them are None")
            x = zeros(self, (given[0].shape[0], self.in_size), given[0].dtype)
        return cs, hs, x

    def _filled(self, states, x):
        return [zeros(self, (x.shape[0], self.state_size), x.dtype) if state is None else state for state in states]


class ChildSumTreeLSTM(_Tree):
    r"""Long short-term memory of a node of a tree with any number of children, whose order says nothing.

    With :math:`(a, i, o, f) = W_x x`, each of ``out_size`` units, and :math:`(a', i', o') = W_{aio} \sum_k h_k`:

    .. math::
        c = \sigma(i + i') \tanh(a + a') + \sum_k \sigma(f + W_f h_k) c_k, \quad h = \sigma(o + o') \tanh(c)

    Args:
        in_size: length of an input vector; ``None`` waits for the first call.
        out_size: number of units.

    Parameters:
        W_x/W: ``(4 * out_size, in_size)``.
        W_x/b: ``(4 * out_size,)``.
        W_h_aio/W: ``(3 * out_size, out_size)``.
        W_h_f/W: ``(out_size, out_size)``.

    Source: Tai, Socher, Manning 2015, arXiv:1503.00075.

    >>> tree, x = L.ChildSumTreeLSTM(3, 2), np.ones((1, 3), np.float32)
    >>> c1, h1 = tree(x)  # a leaf
    >>> c2, h2 = tree(x)
    >>> c, h = tree(c1, c2, h1, h2, None)
    >>> h.shape
    (1, 2)
    """

    def __init__(self, in_size, out_size):
        super().__init__(in_size, out_size)
        with self.init_scope():
            self.W_x = Linear(in_size, 4 * out_size)
            self.W_h_aio = Linear(out_size, 3 * out_size, nobias=True)
            self.W_h_f = Linear(out_size, out_size, nobias=True)

    def forward(self, *cshsx):
        """States ``c`` of the children, then their ``h``, ``(n, out_size)``, then the input ``(n, in_size)``, to ``(c, h)``."""
        if len(cshsx) % 2 == 0:
            raise InvalidArgument(f"ChildSumTreeLSTM: expected c and h of each child, and the input; got {len(cshsx)} arguments")
        cs, hs, x = self._sorted_out(cshsx)
        gates = self.W_x(x)
        if not hs:
            return child_sum_tree_lstm((), gates)
        hs, cs = self._filled(hs, x), self._filled(cs, x)
        aio, fs = self.W_h_aio(_sum(hs)), self.W_h_f(F.concat(hs, axis=0))
        return child_sum_tree_lstm(cs, gates, aio, fs)


def _sum(xs):
    return F.add(*xs) if len(xs) > 1 else xs[0]


class NaryTreeLSTM(_Tree):
    r"""Long short-term memory of a node of a tree with a fixed number of children, each of its own weights.

    .. math::
        (a, i, o, f_1, ..., f_N) = W_x x + \sum_k W_k h_k, \quad
        c = \sigma(i) \tanh(a) + \sum_k \sigma(f_k) c_k, \quad h = \sigma(o) \tanh(c)

    Args:
        in_size: length of an input vector; ``None`` waits for the first call.
        out_size: number of units.
        n_ary: the number of children :math:`N`.

    Parameters:
        W_x/W: ``((3 + n_ary) * out_size, in_size)``.
        W_x/b: ``((3 + n_ary) * out_size,)``.
        W_h1/W: ``((3 + n_ary) * out_size, out_size)`` of the first child.
        W_h2/W: the same of the second, and so on.

    Source: Tai, Socher, Manning 2015, arXiv:1503.00075; with weights of the input for each child's forget gate: Bowman et al. 2016,
    arXiv:1603.06021.

    >>> tree, x = L.NaryTreeLSTM(3, 2), np.ones((1, 3), np.float32)
    >>> c1, h1 = tree(None, None, None, None, x)  # a leaf
    >>> c, h = tree(c1, None, h1, None, x)  # one with a first child alone
    >>> h.shape
    (1, 2)
    """

    def __init__(self, in_size, out_size, n_ary=2):
        if n_ary < 1:
            raise InvalidArgument(f"NaryTreeLSTM: expected n_ary at least 1, got {n_ary}")
        super().__init__(in_size, out_size)
        self.n_ary = n_ary
        with self.init_scope():
            self.W_x = Linear(in_size, (3 + n_ary) * out_size)
            for k in range(1, n_ary + 1):
                setattr(self, f"W_h{k}", Linear(out_size, (3 + n_ary) * out_size, nobias=True))

    def forward(self, *cshsx):
        """States ``c`` of the children, then their ``h``, ``(n, out_size)``, then the input ``(n, in_size)``, to ``(c, h)``."""
        if len(cshsx) != 2 * self.n_ary + 1:
            raise InvalidArgument(f"NaryTreeLSTM: expected c and h of {self.n_ary} children, and the input; got {len(cshsx)} arguments")
        cs, hs, x = self._sorted_out(cshsx)
        gates = [self.W_x(x)] + [getattr(self, f"W_h{k}")(h) for k, h in enumerate(hs, 1) if h is not None]
        return F.tree_lstm(*self._filled(cs, x), _sum(gates))
