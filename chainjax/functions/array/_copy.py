"""From one device to another."""

import jax.numpy as jnp

from ...backends._device import get_device, get_device_from_array
from ...backends.cuda import DummyDevice
from ...differentiable import differentiable
from ...function_node import FunctionNode
from ...variable import Variable


def copy(x, dst):
    """A copy on a device; the gradient comes back to the device of ``x``.

    Args:
        x: array of any shape and dtype.
        dst: the device or its specifier, such as ``"@jax:gpu:0"`` or ``"@numpy"``; see :func:`chainjax.get_device`.

    Returns:
        Variable of the shape and dtype of ``x``.

    >>> F.copy(np.float32([1, 2]), "@numpy").array
    array([1., 2.], dtype=float32)
    """
    source = x.device if isinstance(x, Variable) else get_device_from_array(x)
    target = get_device("@numpy" if dst is DummyDevice else dst)
    return _copy(x) if source == target else Copy(source, target).apply((x,))[0]


@differentiable(node="Copy", integers=True, path="array.copy")
def _copy(x):
    return jnp.copy(x)


class Copy(FunctionNode):
    """The place in the graph of a copy to another device."""

    def __init__(self, in_device, out_device):
        self._in_device, self.out_device = in_device, out_device

    def forward(self, inputs):
        """The array on the other device. That ends what is recorded so far: a program runs on one device."""
        return (self.out_device.send(inputs[0]),)

    def backward(self, indexes, grad_outputs):
        """The gradient on the first device."""
        return Copy(self.out_device, self._in_device).apply(grad_outputs)
