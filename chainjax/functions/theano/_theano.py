"""Functions that Theano computes, on the host."""

import numpy as np

from ...backends._device import CpuDevice, get_device_from_array
from ...function import Function
from .._check import expect


class TheanoFunction(Function):
    """A function whose numbers and gradients two compiled functions of Theano give.

    Args:
        forward_func: arrays to a list of arrays. Where it has an attribute ``indices``, that says what it takes.
        backward_func: those arrays and the gradients of the outputs, to the gradients of the arrays.

    >>> TheanoFunction(lambda x: [2 * x], lambda x, g: [2 * g])(np.float32([3])).array
    array([6.], dtype=float32)
    """

    def __init__(self, forward_func, backward_func):
        self.forward_func, self.backward_func = forward_func, backward_func

    def forward(self, inputs):
        """Arrays to a tuple of arrays."""
        if hasattr(self.forward_func, "indices"):
            kinds = [taken.variable.type for taken, *_ in self.forward_func.indices]
            expect(len(inputs) == len(kinds), "TheanoFunction", f"{len(kinds)} inputs", inputs=len(inputs))
            for i, (x, kind) in enumerate(zip(inputs, kinds, strict=True)):
                fits = x.ndim == kind.ndim and x.dtype == kind.numpy_dtype
                expect(fits, "TheanoFunction", f"x{i} with {kind.ndim} axes of {kind.numpy_dtype}", **{f"x{i}": x})
        return _on_host(self.forward_func, inputs)

    def backward(self, inputs, grads):
        """The gradients of the inputs; ``None`` for integers."""
        gxs = _on_host(self.backward_func, inputs, grads)
        return tuple(gx.astype(x.dtype) if x.dtype.kind == "f" else None for x, gx in zip(inputs, gxs, strict=True))


def _on_host(fn, inputs, grads=()):
    device, host = get_device_from_array(*inputs), CpuDevice()
    return tuple(device.send(np.asarray(y)) for y in fn(*map(host.send, (*inputs, *grads))))


def theano_function(forward_func, backward_func, *inputs):
    """:class:`TheanoFunction` of ``forward_func`` and ``backward_func`` at ``inputs``.

    >>> theano_function(lambda x: [2 * x], lambda x, g: [2 * g], np.float32([3])).array
    array([6.], dtype=float32)
    """
    return TheanoFunction(forward_func, backward_func)(*inputs)
