"""Long short-term memory."""

import math

from ... import functions as F
from ...initializers import initializer_of
from ...link import Chain
from ...utils.argument import parse_kwargs
from ..connection import Linear
from ._family import Stateful, zeros


class LSTMBase(Chain):
    """The parameters of long short-term memory; see :class:`LSTM`."""

    def __init__(self, in_size, out_size=None, lateral_init=None, upward_init=None, bias_init=None, forget_bias_init=None):
        if out_size is None:
            in_size, out_size = None, in_size
        super().__init__()
        self.state_size = out_size
        self.lateral_init, self.upward_init = lateral_init, upward_init
        self.bias_init = 0 if bias_init is None else bias_init
        self.forget_bias_init = 1 if forget_bias_init is None else forget_bias_init
        with self.init_scope():
            self.upward = Linear(in_size, 4 * out_size, initialW=0)
            self.lateral = Linear(out_size, 4 * out_size, initialW=0, nobias=True)
            if in_size is not None:
                self._initialize_params()

    def _initialize_params(self):
        # Gate by gate, lateral before upward: the order of Chainer's draws.
        lateral, upward, n = self.lateral.W.array, self.upward.W.array, self.state_size
        for start in range(0, 4 * n, n):
            initializer_of(self.lateral_init)(lateral[start : start + n])
            initializer_of(self.upward_init)(upward[start : start + n])
        gates = self.upward.b.array.reshape(1, n, 4, 1)
        for gate, init in enumerate((self.bias_init, self.bias_init, self.forget_bias_init, self.bias_init)):
            initializer_of(init)(gates[:, :, gate])

    def _gates(self, h, x):
        if not self.upward.W.is_initialized:
            self.upward._initialize_params(math.prod(x.shape[1:]))
            self._initialize_params()
        gates = self.upward(x)
        return gates if h is None else gates + self.lateral(h)


class StatelessLSTM(LSTMBase):
    """Long short-term memory whose state is passed in and out; see :class:`LSTM` for the arguments and parameters.

    >>> c, h = L.StatelessLSTM(3, 5)(None, None, np.zeros((2, 3), np.float32))
    >>> c.shape, h.shape
    ((2, 5), (2, 5))
    """

    def forward(self, c, h, x):
        """States (``None``: zero) and input ``(n, in_size)`` to the new states ``(c, h)``."""
        gates = self._gates(h, x)
        return F.lstm(zeros(self, (x.shape[0], self.state_size), x.dtype) if c is None else c, gates)


class LSTM(Stateful, LSTMBase):
    """Long short-term memory that keeps its state between calls.

    Args:
        in_size: length of an input vector; ``None`` waits for the first call. ``LSTM(n)`` means ``LSTM(None, n)``.
        out_size: number of units.
        lateral_init: initializer of the recurrent weights, applied to each gate.
        upward_init: initializer of the input's weights, applied to each gate.
        bias_init: initializer of the biases; default 0.
        forget_bias_init: initializer of the forget gate's biases; default 1.

    Parameters:
        upward/W: ``(4 * out_size, in_size)``, gates interleaved; see :func:`chainjax.functions.lstm`.
        upward/b: ``(4 * out_size,)``.
        lateral/W: ``(4 * out_size, out_size)``.

    Attributes:
        c: the state of the cell, ``None`` at the start.
        h: the output of the last call, ``None`` at the start.

    >>> lstm = L.LSTM(3, 5)
    >>> for x in np.zeros((4, 2, 3), np.float32):  # 4 steps of a batch of 2
    ...     h = lstm(x)
    >>> h.shape, lstm.c.shape
    ((2, 5), (2, 5))
    """

    _state = ("c", "h")

    def __init__(self, in_size, out_size=None, lateral_init=None, upward_init=None, bias_init=None, forget_bias_init=None):
        super().__init__(in_size, out_size, lateral_init, upward_init, bias_init, forget_bias_init)
        self.reset_state()

    def set_state(self, c, h):
        """Set the state, which moves to this link's device."""
        self._keep(c=c, h=h)

    def forward(self, x):
        """``(n, in_size)`` to ``(n, out_size)``. A batch smaller than the state updates its first rows: the others have ended."""
        h, rest, n = self.h, None, x.shape[0]
        if h is not None and h.shape[0] < n:
            raise TypeError(
                f"LSTM: expected at most {h.shape[0]} rows, as many as the state has, got {n}; call reset_state for a new batch"
            )
        if h is not None and h.shape[0] > n:
            h, rest = F.split_axis(h, [n], axis=0)
        gates = self._gates(h if n else None, x)
        if self.c is None:
            self.c = zeros(self, (n, self.state_size), x.dtype)
        self.c, y = F.lstm(self.c, gates)
        self.h = y if rest is None else F.concat([y, rest], axis=0)
        return y


class StatefulPeepholeLSTM(Stateful):
    r"""Long short-term memory whose gates see the state of the cell; it keeps its state between calls.

    With :math:`(a, i, f, o) = W x + L h'`:

    .. math::
        c = \sigma(i + P_i c') \tanh(a) + \sigma(f + P_f c') c', \quad h = \sigma(o + P_o c) \tanh(c)

    Args:
        in_size: length of an input vector; ``None`` waits for the first call.
        out_size: number of units.

    Parameters:
        upward/W: ``(4 * out_size, in_size)``, gates interleaved; see :func:`chainjax.functions.lstm`.
        upward/b: ``(4 * out_size,)``.
        lateral/W: ``(4 * out_size, out_size)``, :math:`L`.
        peep_i/W: ``(out_size, out_size)``, :math:`P_i`.
        peep_f/W: ``(out_size, out_size)``, :math:`P_f`.
        peep_o/W: ``(out_size, out_size)``, :math:`P_o`.

    Attributes:
        c: the state of the cell, ``None`` at the start.
        h: the output of the last call, ``None`` at the start.

    Source: Gers, Schmidhuber 2000, Recurrent nets that time and count.

    >>> L.StatefulPeepholeLSTM(3, 2)(np.zeros((1, 3), np.float32)).array
    array([[0., 0.]], dtype=float32)
    """

    _state = ("c", "h")

    def __init__(self, in_size, out_size):
        super().__init__()
        self.state_size = out_size
        self.reset_state()
        with self.init_scope():
            self.upward = Linear(in_size, 4 * out_size)
            self.lateral = Linear(out_size, 4 * out_size, nobias=True)
            self.peep_i, self.peep_f, self.peep_o = (Linear(out_size, out_size, nobias=True) for _ in range(3))

    def forward(self, x):
        """``(n, in_size)`` to ``(n, out_size)``."""
        a, i, f, o = _gates(self, x)
        c = zeros(self, (len(x), self.state_size), x.dtype) if self.c is None else self.c
        i, f = F.sigmoid(i + self.peep_i(c)), F.sigmoid(f + self.peep_f(c))
        self.c = F.tanh(a) * i + f * c
        self.h = F.sigmoid(o + self.peep_o(self.c)) * F.tanh(self.c)
        return self.h


class StatefulZoneoutLSTM(Stateful):
    """Long short-term memory of which some units stay as they are at each step of training; it keeps its state between calls.

    Args:
        in_size: length of an input vector; ``None`` waits for the first call.
        out_size: number of units.
        c_ratio: how likely the state of a cell stays; see :func:`chainjax.functions.zoneout`.
        h_ratio: how likely an output stays.

    Parameters:
        upward/W: ``(4 * out_size, in_size)``, gates interleaved; see :func:`chainjax.functions.lstm`.
        upward/b: ``(4 * out_size,)``.
        lateral/W: ``(4 * out_size, out_size)``.

    Attributes:
        c: the state of the cell, ``None`` at the start.
        h: the output of the last call, ``None`` at the start.

    Source: Krueger et al. 2016, arXiv:1606.01305.

    >>> zoneout = L.StatefulZoneoutLSTM(3, 2, h_ratio=1.0)
    >>> zoneout(np.ones((1, 3), np.float32)).array
    array([[0., 0.]], dtype=float32)
    """

    _state = ("c", "h")

    def __init__(self, in_size, out_size, c_ratio=0.5, h_ratio=0.5, **kwargs):
        parse_kwargs(kwargs, train="StatefulZoneoutLSTM takes no train; use using_config('train', ...)")
        super().__init__()
        self.state_size, self.c_ratio, self.h_ratio = out_size, c_ratio, h_ratio
        self.reset_state()
        with self.init_scope():
            self.upward = Linear(in_size, 4 * out_size)
            self.lateral = Linear(out_size, 4 * out_size, nobias=True)

    def set_state(self, c, h):
        """Set the state, which moves to this link's device."""
        self._keep(c=c, h=h)

    def forward(self, x):
        """``(n, in_size)`` to ``(n, out_size)``."""
        a, i, f, o = _gates(self, x)
        c, h = (zeros(self, (len(x), self.state_size), x.dtype) if s is None else s for s in (self.c, self.h))
        new = F.tanh(a) * F.sigmoid(i) + F.sigmoid(f) * c
        self.c = F.zoneout(c, new, self.c_ratio)
        self.h = F.zoneout(h, F.sigmoid(o) * F.tanh(new), self.h_ratio)
        return self.h


def _gates(link, x):
    """The gates of the input and of the last output, taken apart."""
    gates = link.upward(x) if link.h is None else link.upward(x) + link.lateral(link.h)
    return F.separate(F.reshape(gates, (len(gates), gates.shape[1] // 4, 4)), axis=2)
