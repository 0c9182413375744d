"""What recurrent links share."""

import numpy as np

from ...link import Chain
from ...variable import Variable


def zeros(link, shape, dtype):
    """A state to start from, where the link lives."""
    return Variable(link.device.send(np.zeros(shape, dtype)))


class Stateful(Chain):
    """A chain that keeps Variables between calls. They move with it; neither files nor optimizers know them.

    Attributes:
        _state: the names of the attributes that hold them, ``None`` at the start.
    """

    _state = ("h",)

    def device_resident_accept(self, visitor):
        super().device_resident_accept(visitor)
        for name in self._state:
            if getattr(self, name) is not None:
                visitor.visit_variable(getattr(self, name))

    def reset_state(self):
        """Forget the state."""
        for name in self._state:
            setattr(self, name, None)

    def _keep(self, **states):
        for name, state in states.items():
            if not isinstance(state, Variable):
                raise TypeError(f"{type(self).__name__}.set_state: expected a Variable as {name}, got {type(state).__name__}")
        for name, state in states.items():
            state.to_device(self.device)
            setattr(self, name, state)
