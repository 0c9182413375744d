"""Variables that links own."""

import numpy as np

from ..backends._cell import Cell, untraced
from ..backends._device import CpuDevice, get_device
from ..initializers import Constant, NaN, Zero, generate_array
from ._contents import _ARRAY_TYPES, contents_of, filled
from ._variables import Variable, _owned, _peek


class Parameter(Variable):
    """A variable that a link owns and an optimizer updates. Its shape may come later, with the first input.

    Args:
        initializer: an initializer, a number, or the array itself; default NaN.
        shape: an int or tuple; left out, the parameter stays uninitialised until :meth:`initialize`.
        name: shown in graphs.

    Attributes:
        initializer: makes the array when the shape is known.
        update_rule: what an optimizer does to this parameter; set by ``optimizer.setup(link)``.
    """

    _initializer = None
    update_rule = None
    _grad_initializer = None

    def __init__(self, initializer=None, shape=None, name=None, *, layout=None):
        if initializer is None:
            initializer = NaN()
        elif np.isscalar(initializer):
            initializer = Constant(initializer)
        if shape is not None:
            if isinstance(initializer, _ARRAY_TYPES):
                initializer = Constant(initializer)
            data = generate_array(initializer, shape, np)
            super().__init__(data, name=name, layout=layout)
            # As in Chainer the gradient is NaN until it is cleared, so that forgetting to is seen.
            self._grad = filled(self._contents.aval, np.nan)
        elif isinstance(initializer, _ARRAY_TYPES):
            super().__init__(initializer, name=name, layout=layout)
        else:
            super().__init__(name=name, _grad_valid=False, layout=layout)
            self._grad_initializer = NaN(getattr(initializer, "dtype", None))
        self.initializer, self.update_rule, self._initial_device = initializer, None, CpuDevice()

    def __copy__(self):
        return self._copy_to(Parameter())

    def __reduce__(self):
        grad = _peek(self.grad_var) if self._grad_valid else None
        args = (self._peek(), self.name, grad, self._grad_valid, self.initializer, self.update_rule, self.device)
        return _recover_parameter, args

    def _cell(self):
        return untraced(super()._cell())

    def _set_contents(self, contents):
        super()._set_contents(untraced(contents))

    def _set_grad(self, contents):
        super()._set_grad(untraced(contents))

    def _set_grad_var(self, grad):
        untraced(None if grad is None else grad._contents)
        super()._set_grad_var(grad)

    def _hold_grad(self, value):
        super()._hold_grad(untraced(value))

    @property
    def initializer(self):
        """What makes the array, or the array that the parameter was made from."""
        kept = self._initializer
        return kept.array() if kept.__class__ is Cell else kept

    @initializer.setter
    def initializer(self, initializer):
        # Its cell is kept, for the parameter itself would count as a holder of its array, which then could never be donated.
        self._initializer = contents_of(initializer) if isinstance(initializer, _ARRAY_TYPES) else initializer

    @property
    def dtype(self):
        if self._contents is not None:
            return self._contents.aval.dtype
        dtype = getattr(self.initializer, "dtype", None)
        if not hasattr(self.initializer, "dtype"):
            raise RuntimeError("the dtype of this parameter is not known yet: it is uninitialised and its initializer has none")
        return np.dtype(dtype)

    @property
    def device(self):
        return self._initial_device if self._contents is None else super().device

    def to_cpu(self):
        self.to_device(CpuDevice())

    def to_device(self, device):
        device = get_device(device)
        self._initial_device = device
        super().to_device(device)

    def to_chx(self):
        raise RuntimeError("ChainerX is not available.")

    def cleargrad(self):
        super().cleargrad()
        if self._contents is None:
            self._grad_initializer = None

    def zerograd(self):
        super().zerograd()
        if self._contents is None:
            self._grad_initializer = Zero(getattr(self.initializer, "dtype", None))

    def initialize(self, shape):
        """Make the array by the initializer, and the gradient as it was asked for meanwhile."""
        device = self._initial_device
        data = generate_array(self.initializer, shape, device.xp, device=device)
        self._set_contents(contents_of(data))
        fill = self._grad_initializer
        self._set_grad(None if fill is None else filled(self._contents.aval, fill.fill_value))

    def update(self):
        """Apply the update rule, if there is one."""
        if self.update_rule is not None:
            self.update_rule.update(self)


def _recover_parameter(data, name, grad, grad_valid, initializer, update_rule, device):
    parameter = Parameter(initializer=initializer, name=name)
    parameter.array = _owned(data)
    parameter._grad = contents_of(_owned(grad))
    parameter._grad_valid = grad_valid
    parameter.update_rule = update_rule
    parameter.to_device(device)
    return parameter
