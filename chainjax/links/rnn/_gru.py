"""Gated recurrent units."""

from ... import functions as F
from ...config import get_dtype
from ...link import Chain
from ..connection import Linear
from ._family import Stateful, zeros


class GRUBase(Chain):
    """The parameters of gated recurrent units; see :class:`StatefulGRU`."""

    def __init__(self, in_size, out_size, init=None, inner_init=None, bias_init=None):
        super().__init__()
        with self.init_scope():
            for gate in ("_r", "_z", ""):
                setattr(self, f"W{gate}", Linear(in_size, out_size, initialW=init, initial_bias=bias_init))
                setattr(self, f"U{gate}", Linear(out_size, out_size, initialW=inner_init, initial_bias=bias_init))


class StatelessGRU(GRUBase):
    """Gated recurrent units whose state is passed in and out; see :class:`StatefulGRU` for the arguments and parameters.

    >>> h = np.zeros((1, 2), np.float32)
    >>> for x in np.zeros((4, 1, 3), np.float32):
    ...     h = L.StatelessGRU(3, 2)(h, x)
    >>> h.array
    array([[0., 0.]], dtype=float32)
    """

    def forward(self, h, x):
        """State ``(n, out_size)`` and input ``(n, in_size)`` to the new state."""
        r = F.sigmoid(self.W_r(x) + self.U_r(h))
        z = F.sigmoid(self.W_z(x) + self.U_z(h))
        return F.linear_interpolate(z, F.tanh(self.W(x) + self.U(r * h)), h)


class StatefulGRU(Stateful, GRUBase):
    r"""Gated recurrent units that keep their state between calls.

    .. math::
        r = \sigma(W_r x + U_r h'), \quad z = \sigma(W_z x + U_z h'), \quad h = z \tanh(W x + U (r h')) + (1 - z) h'

    Args:
        in_size: length of an input vector; ``None`` waits for the first call.
        out_size: number of units.
        init: initializer of the input's weights.
        inner_init: initializer of the state's weights.
        bias_init: initializer of all biases; default 0.

    Parameters:
        W_r/W: ``(out_size, in_size)``.
        W_r/b: ``(out_size,)``.
        U_r/W: ``(out_size, out_size)``.
        U_r/b: ``(out_size,)``.
        W_z/W: ``(out_size, in_size)``.
        W_z/b: ``(out_size,)``.
        U_z/W: ``(out_size, out_size)``.
        U_z/b: ``(out_size,)``.
        W/W: ``(out_size, in_size)``.
        W/b: ``(out_size,)``.
        U/W: ``(out_size, out_size)``.
        U/b: ``(out_size,)``.

    Attributes:
        h: the output of the last call, ``None`` at the start. Without one the first call does without :math:`U, U_r, U_z` and
            :math:`W_r`; their biases too.

    Source: Cho et al. 2014, arXiv:1409.1259; Chung et al. 2014, arXiv:1412.3555.

    >>> gru = L.StatefulGRU(3, 2)
    >>> for x in np.zeros((4, 1, 3), np.float32):
    ...     h = gru(x)
    >>> h.array
    array([[0., 0.]], dtype=float32)
    """

    def __init__(self, in_size, out_size, init=None, inner_init=None, bias_init=0):
        super().__init__(in_size, out_size, init, inner_init, bias_init)
        self.state_size = out_size
        self.reset_state()

    def set_state(self, h):
        """Set the state, which moves to this link's device."""
        self._keep(h=h)

    def forward(self, x):
        """``(n, in_size)`` to ``(n, out_size)``."""
        z, new, h = self.W_z(x), self.W(x), self.h
        if h is None:
            self.h = F.sigmoid(z) * F.tanh(new)
            return self.h
        r = F.sigmoid(self.W_r(x) + self.U_r(h))
        self.h = F.linear_interpolate(F.sigmoid(z + self.U_z(h)), F.tanh(new + self.U(r * h)), h)
        return self.h


class GRU(StatefulGRU):
    """Another name of :class:`StatefulGRU`, which see for the arguments; before Chainer 2 it was that of :class:`StatelessGRU`.

    >>> L.GRU(3, 2)(np.zeros((1, 3), np.float32)).shape
    (1, 2)
    """

    def forward(self, *args):
        """``(n, in_size)`` to ``(n, out_size)``."""
        if len(args) != 1:
            hint = ": L.GRU keeps its state since Chainer 2; use L.StatelessGRU to pass it" if len(args) == 2 else ""
            raise ValueError(f"GRU: expected one input, got {len(args)}{hint}")
        return super().forward(*args)


class MGUBase(Chain):
    """The parameters of minimal gated units; see :class:`StatefulMGU`."""

    def __init__(self, n_inputs, n_units):
        super().__init__()
        with self.init_scope():
            self.W_f = Linear(n_inputs + n_units, n_units)
            self.W_h = Linear(n_inputs + n_units, n_units)

    def _call_mgu(self, h, x):
        f = F.sigmoid(self.W_f(F.concat([h, x])))
        return F.linear_interpolate(f, F.tanh(self.W_h(F.concat([f * h, x]))), h)


class StatelessMGU(MGUBase):
    """Minimal gated units whose state is passed in and out; see :class:`StatefulMGU` for formula and parameters.

    Args:
        n_inputs: length of an input vector.
        n_units: number of units.

    >>> L.StatelessMGU(3, 2)(np.zeros((1, 2), np.float32), np.zeros((1, 3), np.float32)).array
    array([[0., 0.]], dtype=float32)
    """

    def forward(self, h, x):
        """State ``(n, n_units)`` and input ``(n, n_inputs)`` to the new state."""
        return self._call_mgu(h, x)


class StatefulMGU(Stateful, MGUBase):
    r"""Minimal gated units that keep their state between calls.

    .. math:: f = \sigma(W_f [h', x]), \quad h = f \tanh(W_h [f h', x]) + (1 - f) h'

    Args:
        in_size: length of an input vector.
        out_size: number of units.

    Parameters:
        W_f/W: ``(out_size, out_size + in_size)``.
        W_f/b: ``(out_size,)``.
        W_h/W: ``(out_size, out_size + in_size)``.
        W_h/b: ``(out_size,)``.

    Attributes:
        h: the output of the last call, ``None`` at the start: 0 in the dtype of ``config.dtype``.

    Source: Zhou, Wu, Zhang, Zhou 2016, arXiv:1603.09420.

    >>> L.StatefulMGU(3, 2)(np.zeros((1, 3), np.float32)).array
    array([[0., 0.]], dtype=float32)
    """

    def __init__(self, in_size, out_size):
        super().__init__(in_size, out_size)
        self._state_size = out_size
        self.reset_state()

    def set_state(self, h):
        """Set the state, which moves to this link's device."""
        self._keep(h=h)

    def forward(self, x):
        """``(n, in_size)`` to ``(n, out_size)``."""
        self.h = self._call_mgu(zeros(self, (len(x), self._state_size), get_dtype()) if self.h is None else self.h, x)
        return self.h
