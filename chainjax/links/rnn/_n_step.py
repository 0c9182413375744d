"""Stacked recurrent networks over sequences of any lengths."""

from ... import functions as F
from ...initializers import initializer_of
from ...link import ChainList, Link
from ...utils.argument import parse_kwargs
from ...variable import Parameter
from .._args import InvalidArgument
from .._args import argsort_list_descent as argsort_list_descent
from .._args import permutate_list as permutate_list
from ._family import zeros


class NStepRNNBase(ChainList):
    """Stacked recurrent layers, each a child with parameters ``w0, b0, w1, b1, ...``; back in time too where the class says so.

    A class of this family has ``n_weights`` of them in a layer, ``n_cells`` kinds of state, ``use_bi_direction``, and calls its
    function as ``rnn(n_layers, dropout, *states, ws, bs, xs)``.

    Attributes:
        ws: for each layer (and direction) the list of its weights.
        bs: the same of biases.
        direction: 2 if also back in time, else 1.
    """

    n_weights = 2
    n_cells = 1
    use_bi_direction = False

    def __init__(self, n_layers, in_size, out_size, dropout, *, initialW=None, initial_bias=None, **kwargs):
        who = type(self).__name__
        gone = {name: f"{who} takes no {name}; there is a class of its own" for name in ("use_bi_direction", "activation")}
        parse_kwargs(kwargs, use_cudnn=f"{who} takes no use_cudnn; use using_config('use_cudnn', ...)", **gone)
        directions = 2 if self.use_bi_direction else 1
        initialW, initial_bias = initializer_of(initialW), initializer_of(initial_bias, 0)
        super().__init__(
            *[
                _layer(self.n_weights, size, out_size, initialW, initial_bias)
                for size in [in_size] * directions + [directions * out_size] * (directions * (n_layers - 1))
            ]
        )
        self.n_layers, self.dropout, self.out_size, self.direction = n_layers, dropout, out_size, directions
        self._list_parameters()

    def _list_parameters(self):
        self.ws, self.bs = ([[getattr(layer, f"{kind}{j}") for j in range(self.n_weights)] for layer in self] for kind in "wb")

    def copy(self, mode="share"):
        new = super().copy(mode)
        new._list_parameters()
        return new

    def init_hx(self, xs):
        """States of zeros, ``(layers * directions, len(xs), out_size)``, for a list of sequences."""
        return zeros(self, (self.n_layers * self.direction, len(xs), self.out_size), xs[0].dtype)

    def rnn(self, *args):
        """Call the function of the class."""
        raise NotImplementedError(f"{type(self).__name__} must define rnn")

    def forward(self, hx, xs, **kwargs):
        """The states at the end and the outputs.

        Args:
            hx: the states ``(layers * directions, sequences, out_size)`` at the start; ``None``: 0.
            xs: a list of sequences ``(length, in_size)``, in any order; none of them is empty.

        Returns:
            ``(hy, ys)``: of the shape of ``hx``, and a list of Variables ``(length, directions * out_size)``.
        """
        (hy,), ys = self._call([hx], xs, **kwargs)
        return hy, ys

    def _call(self, states, xs, **kwargs):
        """Sort the sequences by length, longest first, let the function loop over time, and restore the order."""
        parse_kwargs(kwargs, train=f"{type(self).__name__} takes no train; use using_config('train', ...)")
        if not isinstance(xs, (list, tuple)):
            raise InvalidArgument(f"{type(self).__name__}: expected xs as a list of sequences, got {type(xs).__name__}")
        if not xs and any(s is None for s in states):
            raise IndexError(f"{type(self).__name__}: expected xs with a sequence, got none, which has no dtype for states; give them")
        if any(len(x) == 0 for x in xs):
            raise IndexError(f"{type(self).__name__}: expected sequences of 1 step or more, got one of none; leave it out")
        order = argsort_list_descent(xs)
        xs = permutate_list(xs, order, inv=False)
        states = [self.init_hx(xs) if s is None else F.permutate(s, order, axis=1, inv=False) for s in states]
        *states, ys = self.rnn(self.n_layers, self.dropout, *states, self.ws, self.bs, F.transpose_sequence(xs))
        states = [F.permutate(s, order, axis=1, inv=True) for s in states]
        return states, permutate_list(F.transpose_sequence(ys), order, inv=True)


def _layer(n_weights, in_size, out_size, initialW, initial_bias):
    layer = Link()
    with layer.init_scope():
        for j in range(n_weights):
            setattr(layer, f"w{j}", Parameter(initialW, (out_size, in_size if j < n_weights // 2 else out_size)))
            setattr(layer, f"b{j}", Parameter(initial_bias, out_size))
    return layer


class NStepLSTMBase(NStepRNNBase):
    """Layers of long short-term memory."""

    n_weights = 8
    n_cells = 2

    def forward(self, hx, cx, xs, **kwargs):
        """The states at the end and the outputs.

        Args:
            hx: the states ``(layers * directions, sequences, out_size)`` at the start; ``None``: 0.
            cx: the same of the cells.
            xs: a list of sequences ``(length, in_size)``, in any order; none of them is empty.

        Returns:
            ``(hy, cy, ys)``: of the shape of ``hx``, and a list of Variables ``(length, directions * out_size)``.
        """
        (hy, cy), ys = self._call([hx, cx], xs, **kwargs)
        return hy, cy, ys


class NStepGRUBase(NStepRNNBase):
    """Layers of gated recurrent units."""

    n_weights = 6


class NStepGRU(NStepGRUBase):
    """Layers of gated recurrent units over sequences.

    See :func:`chainjax.functions.n_step_gru` for the formula, and :class:`NStepLSTM` for the arguments and shapes.

    Parameters:
        i/w0: weight of the input, and so on to ``w2``.
        i/w3: weight of the state, and so on to ``w5``.
        i/b0: a bias to each weight.

    >>> rnn = L.NStepGRU(2, in_size=3, out_size=4, dropout=0.1)
    >>> hy, ys = rnn(None, [np.ones((2, 3), np.float32), np.ones((5, 3), np.float32)])
    >>> hy.shape, [y.shape for y in ys]
    ((2, 2, 4), [(2, 4), (5, 4)])
    """

    def rnn(self, *args):
        """:func:`chainjax.functions.n_step_gru`."""
        return F.n_step_gru(*args)


class NStepLSTM(NStepLSTMBase):
    """Layers of long short-term memory over sequences.

    See :func:`chainjax.functions.n_step_lstm` for the formula. Sequences are given as they are, in any order.

    Args:
        n_layers: the number of layers.
        in_size: length of an input vector.
        out_size: number of units.
        dropout: the ratio of :func:`chainjax.functions.dropout` between layers.
        initialW: initializer of each weight; default ``LeCunNormal()``.
        initial_bias: initializer of each bias; default 0.

    Parameters:
        i/w0: ``(out_size, in_size)`` for the input, and so on to ``w3``; ``i`` counts layers, in links that go both ways each
            forth then back. After the first layer the input has its ``out_size`` units, or those of both ways.
        i/w4: ``(out_size, out_size)`` for the state, and so on to ``w7``.
        i/b0: ``(out_size,)``, a bias to each weight.

    >>> rnn = L.NStepLSTM(2, in_size=3, out_size=4, dropout=0.1)
    >>> hy, cy, ys = rnn(None, None, [np.ones((2, 3), np.float32), np.ones((5, 3), np.float32)])
    >>> hy.shape, [y.shape for y in ys]
    ((2, 2, 4), [(2, 4), (5, 4)])
    """

    def rnn(self, *args):
        """:func:`chainjax.functions.n_step_lstm`."""
        return F.n_step_lstm(*args)


class NStepRNNReLU(NStepRNNBase):
    """Layers of simple recurrent units with ReLU over sequences.

    See :func:`chainjax.functions.n_step_rnn` for the formula, and :class:`NStepLSTM` for the arguments and shapes.

    Parameters:
        i/w0: weight of the input.
        i/w1: weight of the state.
        i/b0: a bias to each weight.

    >>> rnn = L.NStepRNNReLU(2, in_size=3, out_size=4, dropout=0.1)
    >>> hy, ys = rnn(None, [np.ones((2, 3), np.float32), np.ones((5, 3), np.float32)])
    >>> hy.shape, [y.shape for y in ys]
    ((2, 2, 4), [(2, 4), (5, 4)])
    """

    def rnn(self, *args):
        """:func:`chainjax.functions.n_step_rnn`."""
        return F.n_step_rnn(*args, activation="relu")


class NStepRNNTanh(NStepRNNBase):
    """Layers of simple recurrent units with tanh over sequences.

    See :func:`chainjax.functions.n_step_rnn` for the formula, and :class:`NStepLSTM` for the arguments and shapes.

    Parameters:
        i/w0: weight of the input.
        i/w1: weight of the state.
        i/b0: a bias to each weight.

    >>> rnn = L.NStepRNNTanh(2, in_size=3, out_size=4, dropout=0.1)
    >>> hy, ys = rnn(None, [np.ones((2, 3), np.float32), np.ones((5, 3), np.float32)])
    >>> hy.shape, [y.shape for y in ys]
    ((2, 2, 4), [(2, 4), (5, 4)])
    """

    def rnn(self, *args):
        """:func:`chainjax.functions.n_step_rnn`."""
        return F.n_step_rnn(*args, activation="tanh")


class NStepBiGRU(NStepGRUBase):
    """Layers of gated recurrent units over sequences, forth and back in time.

    See :func:`chainjax.functions.n_step_bigru` for the formula, and :class:`NStepLSTM` for the arguments and shapes.

    Parameters:
        i/w0: weight of the input, and so on to ``w2``.
        i/w3: weight of the state, and so on to ``w5``.
        i/b0: a bias to each weight.

    >>> rnn = L.NStepBiGRU(2, in_size=3, out_size=4, dropout=0.1)
    >>> hy, ys = rnn(None, [np.ones((2, 3), np.float32), np.ones((5, 3), np.float32)])
    >>> hy.shape, [y.shape for y in ys]
    ((4, 2, 4), [(2, 8), (5, 8)])
    """

    use_bi_direction = True

    def rnn(self, *args):
        """:func:`chainjax.functions.n_step_bigru`."""
        return F.n_step_bigru(*args)


class NStepBiLSTM(NStepLSTMBase):
    """Layers of long short-term memory over sequences, forth and back in time.

    See :func:`chainjax.functions.n_step_bilstm` for the formula, and :class:`NStepLSTM` for the arguments and shapes.

    Parameters:
        i/w0: weight of the input, and so on to ``w3``.
        i/w4: weight of the state, and so on to ``w7``.
        i/b0: a bias to each weight.

    >>> rnn = L.NStepBiLSTM(2, in_size=3, out_size=4, dropout=0.1)
    >>> hy, cy, ys = rnn(None, None, [np.ones((2, 3), np.float32), np.ones((5, 3), np.float32)])
    >>> hy.shape, [y.shape for y in ys]
    ((4, 2, 4), [(2, 8), (5, 8)])
    """

    use_bi_direction = True

    def rnn(self, *args):
        """:func:`chainjax.functions.n_step_bilstm`."""
        return F.n_step_bilstm(*args)


class NStepBiRNNReLU(NStepRNNBase):
    """Layers of simple recurrent units with ReLU over sequences, forth and back in time.

    See :func:`chainjax.functions.n_step_birnn` for the formula, and :class:`NStepLSTM` for the arguments and shapes.

    Parameters:
        i/w0: weight of the input.
        i/w1: weight of the state.
        i/b0: a bias to each weight.

    >>> rnn = L.NStepBiRNNReLU(2, in_size=3, out_size=4, dropout=0.1)
    >>> hy, ys = rnn(None, [np.ones((2, 3), np.float32), np.ones((5, 3), np.float32)])
    >>> hy.shape, [y.shape for y in ys]
    ((4, 2, 4), [(2, 8), (5, 8)])
    """

    use_bi_direction = True

    def rnn(self, *args):
        """:func:`chainjax.functions.n_step_birnn`."""
        return F.n_step_birnn(*args, activation="relu")


class NStepBiRNNTanh(NStepRNNBase):
    """Layers of simple recurrent units with tanh over sequences, forth and back in time.

    See :func:`chainjax.functions.n_step_birnn` for the formula, and :class:`NStepLSTM` for the arguments and shapes.

    Parameters:
        i/w0: weight of the input.
        i/w1: weight of the state.
        i/b0: a bias to each weight.

    >>> rnn = L.NStepBiRNNTanh(2, in_size=3, out_size=4, dropout=0.1)
    >>> hy, ys = rnn(None, [np.ones((2, 3), np.float32), np.ones((5, 3), np.float32)])
    >>> hy.shape, [y.shape for y in ys]
    ((4, 2, 4), [(2, 8), (5, 8)])
    """

    use_bi_direction = True

    def rnn(self, *args):
        """:func:`chainjax.functions.n_step_birnn`."""
        return F.n_step_birnn(*args, activation="tanh")
