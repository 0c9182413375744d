"""Functions of the graph: what users derive from, and what built-in ones look like to code that walks graphs."""

import traceback
import weakref

import numpy as np

from . import engine
from .backends._device import get_device_from_array, using_device
from .config import config
from .function_hook import FunctionHook
from .utils import type_check
from .variable import Variable, as_variable, get_array_types, is_arrays_compatible


class _Fallback:
    def __repr__(self):
        return "Fallback"


#: What ``forward_chainerx`` gives to say that it does not do it.
Fallback = _Fallback()


class FunctionNode:
    """A differentiable function and its place in the graph; derive from it to write one with NumPy code.

    Define ``forward(inputs)`` (or ``forward_cpu``, ``forward_gpu``), arrays to a tuple of arrays, calling ``retain_inputs`` and
    ``retain_outputs`` for what backward needs; and ``backward(indexes, grad_outputs)``, Variables to Variables, written with
    differentiable functions, so that gradients of gradients come for free. Each call makes a new object: ``F().apply((x,))``.

    The arrays are concrete: what was recorded so far is computed first.

    Attributes:
        inputs: the nodes of the input variables.
        outputs: weak references to the nodes of the output variables.
        rank: the longest way from a leaf to here.
        stack: in debug mode, where it was called.
    """

    inputs = None
    outputs = None
    rank = 0
    stack = None
    lazy_grad_sum = False
    is_elementwise = False
    chainerx_device = None
    _output_count = None
    _retained_inputs = None
    _retained_outputs = None
    _retained_output_data = None
    _input_layouts = _output_layouts = None
    _hooks = None
    ran = False  # whether a backward pass has gone through
    plain = False  # whether backward is one entry of the tape

    @property
    def label(self):
        """A short name, for drawing."""
        return type(self).__name__

    @property
    def _impl_name(self):
        return type(self).__name__

    @property
    def local_function_hooks(self):
        """Hooks of this function alone, by name."""
        if self._hooks is None:
            self._hooks = {}
        return self._hooks

    @property
    def _n_local_function_hooks(self):
        return len(self._hooks or ())

    def active_hooks(self):
        """The hooks of the thread and of this function."""
        hooks = engine.thread().hooks
        return list({**hooks, **self._hooks}.values() if self._hooks else hooks.values())

    @property
    def input_layouts(self):
        return self._input_layouts

    @property
    def output_layouts(self):
        return self._output_layouts

    @output_layouts.setter
    def output_layouts(self, layouts):
        self._output_layouts = layouts

    @property
    def output_data(self):
        """The retained output arrays, ``None`` where not retained."""
        if self._retained_output_data is None:
            raise RuntimeError("retained output data is gone")
        data = [None] * self._output_count
        for i, array in zip(self._retained_outputs, self._retained_output_data, strict=True):
            data[i] = array
        return tuple(data)

    def __call__(self, *args, **kwargs):
        raise RuntimeError(
            f"{type(self).__name__} is a FunctionNode, which is not called but applied: {type(self).__name__}(...).apply((x, ...))"
        )

    # forward ------------------------------------------------------------------------------------------------------------

    def apply(self, inputs):
        """Compute the outputs and make them part of the graph.

        Args:
            inputs: a tuple of Variables and arrays.

        Returns:
            A tuple of Variables.
        """
        arrays = tuple([x.array if isinstance(x, Variable) else x for x in inputs])
        if not is_arrays_compatible(arrays):
            raise TypeError(f"{self.label}: expected arrays of one device, got {', '.join(str(type(a)) for a in arrays)}")
        thread = engine.thread()
        if thread.debug:
            self.stack = traceback.extract_stack()
        variables = [as_variable(x) for x in inputs]
        self._input_layouts = (None,) * len(variables)
        if config.type_check:
            self._check_types(arrays)
        self.check_layout_forward(variables)
        hooks = self.active_hooks()
        for hook in hooks:
            hook.forward_preprocess(self, arrays)
        self._retained_inputs = self._retained_outputs = None
        with using_device(get_device_from_array(*arrays)):
            outputs = self.forward(arrays)
        self._check_outputs(outputs)
        for hook in hooks:
            hook.forward_postprocess(self, arrays)
        if thread.debug:
            self.check_nan(outputs, "forward")
        self._output_count = len(outputs)
        if self._output_layouts is None:
            self._output_layouts = (None,) * len(outputs)
        requires_grad = any(x.requires_grad for x in variables)
        results = tuple([Variable(y, requires_grad=requires_grad) for y in outputs])
        if thread.backprop:
            self._join_graph(variables, results, outputs)
        return results

    def _join_graph(self, variables, results, outputs):
        self.rank = max([x.rank for x in variables], default=0)
        for y in results:
            y.creator_node = self
        self.inputs = tuple([x.node for x in variables])
        self.outputs = tuple([weakref.ref(y.node) for y in results])
        for i in self._retained_inputs or ():
            variables[i].retain_data()
        if self._retained_outputs is not None:
            for i in self._retained_outputs:
                results[i].retain_data()
            self._retained_output_data = tuple([outputs[i] for i in self._retained_outputs])
        self.lazy_grad_sum = config.lazy_grad_sum

    def _check_types(self, arrays):
        try:
            with type_check.light_mode:
                self.check_type_forward(type_check.get_light_types(arrays))
        except type_check.InvalidType:
            # Checked again with expressions instead of numbers, for a message that shows what was compared.
            with type_check.get_function_check_context(self):
                self.check_type_forward(type_check.get_types(arrays, "in_types", False))

    def _check_outputs(self, outputs):
        if not isinstance(outputs, tuple):
            raise TypeError(f"forward output must be a tuple ({self.label})\nActual: {type(outputs)}")
        if self.is_elementwise and len({y.shape for y in outputs}) > 1:
            raise RuntimeError(f"{self.label} is elementwise but gave outputs of shapes {', '.join(str(y.shape) for y in outputs)}")
        if not is_arrays_compatible(outputs):
            kinds = ", ".join(str(type(y)) for y in outputs)
            if all(isinstance(y, get_array_types()) for y in outputs):
                raise TypeError(f"incompatible array types are mixed in the forward output ({self.label}).\nActual: {kinds}")
            raise TypeError(f"forward output must be a tuple of ndarrays.\nFunction: {self.label}\nActual output types: {kinds}")

    def check_nan(self, arrays, direction):
        """Raise if an array holds NaN, naming this function."""
        for array in arrays:
            if array is not None and array.dtype.kind in "fc" and np.isnan(np.asarray(array)).any():
                raise RuntimeError(f"NaN is detected on {direction} computation of {self.label}")

    def check_type_forward(self, in_types):
        """Override to check shapes and dtypes with :mod:`chainjax.utils.type_check`."""

    def check_layout_forward(self, inputs):
        """Memory layouts are XLA's affair: nothing to check."""

    def forward(self, inputs):
        """Arrays to a tuple of arrays; by default ``forward_gpu`` or ``forward_cpu``, by where the first input is."""
        if not inputs or isinstance(inputs[0], np.ndarray):
            return self.forward_cpu(inputs)
        return self.forward_gpu(inputs)

    def forward_cpu(self, inputs):
        """NumPy arrays to a tuple of NumPy arrays."""
        raise NotImplementedError(f"{type(self).__name__} must define forward or forward_cpu")

    def forward_gpu(self, inputs):
        """Arrays of an accelerator to a tuple of such."""
        raise NotImplementedError(f"{type(self).__name__} must define forward or forward_gpu")

    def forward_chainerx(self, inputs):
        """Never called: there is no ChainerX."""
        return Fallback

    def retain_inputs(self, indexes):
        """Say in ``forward`` which inputs backward needs."""
        self._retained_inputs = indexes

    def retain_outputs(self, indexes):
        """Say in ``forward`` which outputs backward needs."""
        self._retained_outputs = indexes

    # backward -----------------------------------------------------------------------------------------------------------

    def backward(self, target_input_indexes, grad_outputs):
        """Gradients of the inputs named, as Variables or ``None``, from those of the outputs (``None``: zero)."""
        return (None,) * len(target_input_indexes)

    def backward_accumulate(self, target_input_indexes, grad_outputs, grad_inputs):
        """Gradients of the inputs named, added to ``grad_inputs`` where these are not ``None``."""
        grads = self._backward_target_inputs(target_input_indexes, grad_outputs)
        return tuple([new if old is None else old if new is None else new + old for new, old in zip(grads, grad_inputs, strict=True)])

    def _backward_target_inputs(self, target_input_indexes, grad_outputs):
        grads = self.backward(target_input_indexes, grad_outputs)
        if len(grads) == len(self.inputs):
            return tuple([grads[i] for i in target_input_indexes])
        return grads

    def get_retained_inputs(self):
        """The retained inputs, as Variables of the graph."""
        if self._retained_inputs is None or self.inputs is None:
            return ()
        nodes = [self.inputs[i] for i in self._retained_inputs]
        return tuple([None if node._contents is None else node.get_variable() for node in nodes])

    def get_retained_outputs(self):
        """The retained outputs, as Variables of the graph."""
        if self._retained_outputs is None or self.outputs is None:
            return ()
        if self._retained_output_data is None:
            raise ValueError(self._describe("retain_outputs is not called in forward."))
        outputs, variables = list(self.outputs), []
        for i, data in zip(self._retained_outputs, self._retained_output_data, strict=True):
            node = outputs[i]()
            if node is None:
                variable = Variable(data)
                variable.creator_node = self
                outputs[i] = weakref.ref(variable.node)
            else:
                variable = node.get_variable()
            variables.append(None if variable._contents is None else variable)
        self.outputs = tuple(outputs)
        return tuple(variables)

    def unchain(self):
        """Take this function out of the graph."""
        for ref in self.outputs or ():
            node = ref()
            if node is not None:
                node.unchain()
        self.inputs = self.outputs = None

    def _describe(self, message):
        lines = [message, f"  function={self._impl_name} ({self.label})"]
        lines += [f"    input {i}: shape={x.shape} dtype={x.dtype}" for i, x in enumerate(self.inputs or ())]
        for i, ref in enumerate(self.outputs or ()):
            y = ref()
            lines.append(f"    output {i}: " + ("not available" if y is None else f"shape={y.shape} dtype={y.dtype}"))
        return "\n".join(lines)

    _get_error_message = _describe

    # hooks --------------------------------------------------------------------------------------------------------------

    def add_hook(self, hook, name=None):
        """Let a :class:`FunctionHook` see this function."""
        if not isinstance(hook, FunctionHook):
            raise TypeError(f"add_hook: expected a FunctionHook, got {type(hook).__name__}")
        name = hook.name if name is None else name
        if name in self.local_function_hooks:
            raise KeyError(f"this function has a hook named {name} already")
        self.local_function_hooks[name] = hook
        hook.added(self)

    def delete_hook(self, name):
        """Remove a hook."""
        if name not in self.local_function_hooks:
            raise KeyError(f"this function has no hook named {name}")
        self.local_function_hooks[name].deleted(self)
        del self.local_function_hooks[name]
