"""Old-style functions: backward takes and gives arrays, so that their gradients cannot be differentiated again."""

import warnings
import weakref

import numpy as np

from .backends._device import get_device_from_array, using_device
from .config import using_config
from .function_hook import FunctionHook as FunctionHook
from .function_node import FunctionNode
from .variable import Variable, check_grad_type


def no_backprop_mode():
    """Context manager: inside, no graph is made, so nothing can be differentiated and memory is freed early."""
    return using_config("enable_backprop", False)


def force_backprop_mode():
    """Context manager: inside, graphs are made also within :func:`no_backprop_mode`."""
    return using_config("enable_backprop", True)


class FunctionAdapter(FunctionNode):
    """The place in the graph of an old-style function."""

    _function = None

    def __init__(self, function):
        super().__init__()
        # The function owns its node until it is called; then the node, which the graph keeps alive, owns the function.
        self._weak_function = weakref.ref(function)
        function._owned_node = self

    @property
    def function(self):
        """The :class:`Function`."""
        return self._function if self._function is not None else self._weak_function and self._weak_function()

    @property
    def label(self):
        return self.function.label

    @property
    def _impl_name(self):
        return type(self.function).__name__

    def check_type_forward(self, in_types):
        self._function.check_type_forward(in_types)

    def forward(self, inputs):
        self.retain_inputs(range(len(inputs)))
        return self._function.forward(inputs)

    def backward(self, target_input_indexes, grad_outputs):
        in_data = [None] * len(self.inputs)
        for i, x in zip(self._retained_inputs, self.get_retained_inputs(), strict=True):
            in_data[i] = None if x is None else x.array
        in_data = tuple(in_data)
        grads = tuple([None if g is None else g.array for g in grad_outputs])
        with using_device(get_device_from_array(*in_data, *grads)):
            gxs = self._function.backward(in_data, grads)
        for x, gx in zip(self.inputs, gxs, strict=False):
            if gx is not None:
                check_grad_type(self, x, gx)
        results = []
        for i in target_input_indexes:
            g = None if gxs[i] is None else Variable(gxs[i])
            if g is not None:
                g.node._old_style_grad_generator = self._function.label
            results.append(g)
        return tuple(results)


class Function:
    """An old-style function; derive from it and define ``forward`` and ``backward`` (or their ``_cpu`` and ``_gpu`` variants).

    ``forward(inputs)`` takes and gives tuples of arrays; ``backward(inputs, grad_outputs)`` gives one gradient per input, or
    ``None``. All inputs are retained unless ``forward`` says otherwise. The object is called with Variables or arrays.
    """

    _node = None
    _owned_node = None

    def __call__(self, *inputs):
        node = self.node
        node._function = self
        node._weak_function = None
        self._node, self._owned_node = weakref.ref(node), None
        outputs = node.apply(inputs)
        return outputs[0] if len(outputs) == 1 else outputs

    @property
    def node(self):
        """The place in the graph."""
        node = self._node and self._node()
        if node is None:
            node = self._owned_node
        return FunctionAdapter(self) if node is None else node

    @property
    def inputs(self):
        """The nodes of the input variables."""
        return self.node.inputs

    @property
    def outputs(self):
        """Weak references to the nodes of the output variables."""
        return self.node.outputs

    @property
    def rank(self):
        """The longest way from a leaf to here."""
        return self.node.rank

    @property
    def stack(self):
        """In debug mode, where it was called."""
        return self.node.stack

    @property
    def label(self):
        """A short name, for drawing."""
        return type(self).__name__

    @property
    def output_data(self):
        """The retained output arrays."""
        return self.node.output_data

    @property
    def local_function_hooks(self):
        """Hooks of this function alone, by name."""
        return self.node.local_function_hooks

    def check_type_forward(self, in_types):
        """Override to check shapes and dtypes with :mod:`chainjax.utils.type_check`."""

    def forward(self, inputs):
        """Arrays to a tuple of arrays."""
        return self.forward_cpu(inputs) if _on_host(inputs) else self.forward_gpu(inputs)

    def forward_cpu(self, inputs):
        """NumPy arrays to a tuple of NumPy arrays."""
        raise NotImplementedError(f"{type(self).__name__} must define forward or forward_cpu")

    def forward_gpu(self, inputs):
        """Arrays of an accelerator to a tuple of such."""
        raise NotImplementedError(f"{type(self).__name__} must define forward or forward_gpu")

    def backward(self, inputs, grad_outputs):
        """Gradients of all inputs, from input arrays and gradients of outputs (``None``: zero)."""
        return self.backward_cpu(inputs, grad_outputs) if _on_host(inputs + grad_outputs) else self.backward_gpu(inputs, grad_outputs)

    def backward_cpu(self, inputs, grad_outputs):
        """As :meth:`backward`, with NumPy arrays."""
        return (None,) * len(inputs)

    def backward_gpu(self, inputs, grad_outputs):
        """As :meth:`backward`, with arrays of an accelerator."""
        return (None,) * len(inputs)

    def retain_inputs(self, indexes):
        """Say in ``forward`` which inputs backward needs; without it, all."""
        self.node.retain_inputs(indexes)

    def retain_outputs(self, indexes, retain_after_backward=False):
        """Say in ``forward`` which outputs backward needs."""
        if retain_after_backward:
            warnings.warn("retain_after_backward has no effect", DeprecationWarning, stacklevel=2)
        self.node.retain_outputs(indexes)

    def unchain(self):
        """Take this function out of the graph."""
        self.node.unchain()

    def add_hook(self, hook, name=None):
        """Let a :class:`FunctionHook` see this function."""
        self.node.add_hook(hook, name)

    def delete_hook(self, name):
        """Remove a hook."""
        self.node.delete_hook(name)


def _on_host(arrays):
    return all(a is None or isinstance(a, np.ndarray) for a in arrays)
