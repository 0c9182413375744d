"""Recurrent links with gates."""

import numpy as np

from ... import functions as F
from ...initializers import initializer_of
from ...link import Chain
from ...variable import Variable
from ..connection import Linear


class _LSTMBase(Chain):
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
            self.upward._initialize_params(int(np.prod(x.shape[1:])))
            self._initialize_params()
        gates = self.upward(x)
        return gates if h is None else gates + self.lateral(h)

    def _zero_state(self, x):
        with_device = self.device
        return Variable(with_device.send(np.zeros((x.shape[0], self.state_size), x.dtype)))


class StatelessLSTM(_LSTMBase):
    """Long short-term memory whose state is passed in and out; see :class:`LSTM` for the arguments and parameters.

    >>> c, h = L.StatelessLSTM(3, 5)(None, None, np.zeros((2, 3), np.float32))
    >>> c.shape, h.shape
    ((2, 5), (2, 5))
    """

    def forward(self, c, h, x):
        """States (``None``: zero) and input ``(n, in_size)`` to the new states ``(c, h)``."""
        gates = self._gates(h, x)
        return F.lstm(self._zero_state(x) if c is None else c, gates)


class LSTM(_LSTMBase):
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

    def __init__(self, in_size, out_size=None, lateral_init=None, upward_init=None, bias_init=None, forget_bias_init=None):
        super().__init__(in_size, out_size, lateral_init, upward_init, bias_init, forget_bias_init)
        self.reset_state()

    def device_resident_accept(self, visitor):
        super().device_resident_accept(visitor)
        for state in (self.c, self.h):
            if state is not None:
                visitor.visit_variable(state)

    def set_state(self, c, h):
        """Set the state, which moves to this link's device."""
        for state in (c, h):
            if not isinstance(state, Variable):
                raise TypeError(f"LSTM.set_state: expected Variables, got {type(state).__name__}")
            state.to_device(self.device)
        self.c, self.h = c, h

    def reset_state(self):
        """Forget the state."""
        self.c = self.h = None

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
            self.c = self._zero_state(x)
        self.c, y = F.lstm(self.c, gates)
        self.h = y if rest is None else F.concat([y, rest], axis=0)
        return y
