"""Backpropagation: a walk down the graph, which appends the gradient of each function to the tape and computes nothing itself.

Gradients on the way are Values as long as only built-in functions see them, and Variables where a user's function does or where
they are to have graphs of their own.
"""

import warnings
from heapq import heappop, heappush

from . import engine
from .backends._device import using_device
from .config import using_config
from .engine import Value
from .engine._statistics import site
from .engine._tape import cut_if_long
from .function_node import FunctionNode
from .utils.argument import parse_kwargs
from .variable import Variable, _variable, add, as_variable, check_grad_type, full, stack_of, use


def backward(outputs, grad_outputs=None, **kwargs):
    """Run backpropagation from several variables at once, adding to the gradients of the leaves.

    Args:
        outputs: Variables.
        grad_outputs: their gradients, ``None`` for those that have none; by default their own ``grad_var``, which are taken.
        enable_double_backprop: let the gradients have graphs, so that they can be differentiated again.
    """
    (double,) = parse_kwargs(
        kwargs,
        ("enable_double_backprop", False),
        retain_grad="chainer.backward takes no retain_grad; Variable.backward does",
        loss_scale="chainer.backward takes no loss_scale; Variable.backward does",
    )
    if not isinstance(outputs, (tuple, list)):
        raise TypeError(f"outputs must be a tuple or a list, not {type(outputs)}.")
    for y in outputs:
        if not isinstance(y, Variable):
            raise TypeError(f"each output must be a Variable, not {type(y)}")
    if grad_outputs is None:
        grad_outputs = [y.grad_var for y in outputs]
        if any(g is None for g in grad_outputs) or len({id(y) for y in outputs}) < len(outputs):
            warnings.warn(
                "backward: an output has no gradient, or is given twice; unlike Variable.backward this sets none",
                RuntimeWarning,
                stacklevel=2,
            )
        seen = set()
        for i, y in enumerate(outputs):
            y.grad_var = None
            if id(y) in seen:
                grad_outputs[i] = None
            seen.add(id(y))
    else:
        _check_pairs(outputs, "outputs", grad_outputs, "grad_outputs")
    _Walk(double).run([(y._node, g) for y, g in zip(outputs, grad_outputs, strict=True) if g is not None])


def backward_from(variable, retain_grad, enable_double_backprop, loss_scale):
    """What ``Variable.backward`` does."""
    if variable._grad_var is None and variable._grad is None and variable.size == 1:
        if variable.ndim != 0:
            warnings.warn(
                "backward from a variable of one number that has axes is deprecated: make it a scalar by F.squeeze, or set its grad",
                DeprecationWarning,
                stacklevel=3,
            )
        grad = full(variable._aval, 1 if loss_scale is None else loss_scale)
        grad = _variable(grad) if retain_grad or enable_double_backprop else grad
    else:
        grad = variable.grad_var
        creator = variable.creator_node
        if grad is None and variable.requires_grad and creator is not None and creator.plain and len(creator.outputs) == 1:
            raise TypeError(f"backward: a variable of shape {variable.shape} has no gradient to start from; set its grad first")
    variable._set_grad_var(None)
    _Walk(enable_double_backprop, retain_grad, loss_scale).run([(variable._node, grad)])


class _Walk:
    """One pass of backpropagation: the gradients so far, and the functions still to go through, highest rank first."""

    #: Whether gradients that users gave to variables which the pass does not come to, other outputs of a function, count.
    takes_given = True

    def __init__(self, double, retain_grad=False, loss_scale=None):
        self.double, self.retain_grad, self.loss_scale = double, retain_grad, loss_scale
        self.grads, self.leaves = {}, {}
        self.heap, self.seen = [], {}

    def run(self, outputs):
        thread = engine.thread()
        self.where = thread.where or site()
        self.by_variables = self.double or thread.debug or bool(thread.hooks)
        for node, grad in outputs:
            self.accumulate(node, grad)
        heap = self.heap
        while heap:
            self.step(heappop(heap)[2], thread)
        for node in self.leaves:
            self.settle(node)
        # Only now: until the pass is over, what lies ahead of it is still needed.
        for func in self.seen:
            func.ran = True

    def accumulate(self, node, grad):
        """Add a gradient, a Value or Variable, to what a node has; the function that made it is then to go through."""
        grads = self.grads
        creator = node._creator_node
        if creator is not None:
            seen = self.seen
            if creator not in seen:
                heappush(self.heap, (-creator.rank, len(seen), creator))
                seen[creator] = None
        elif node not in self.leaves:
            self.reach(node)
        old = grads.get(node)
        grads[node] = grad if old is None else self.sum(old, grad)

    def reach(self, node):
        """A leaf is reached: new gradients are added to its own."""
        if node._old_style_grad_generator is not None:
            node._check_old_style_gradient()
        self.leaves[node] = None
        grad = self.given(node)
        if grad is not None:
            self.grads[node] = grad

    def given(self, node):
        """The gradient that the variable of a node holds."""
        variable = node._variable()
        if variable is None or (variable._grad is None and variable._grad_var is None):
            return None
        return variable.grad_var if self.double or variable._grad_var is not None else variable._grad_value()

    def take(self, node):
        """The gradient that a node has so far, as a Variable; it is forgotten here."""
        if node._creator_node is None and node not in self.leaves:
            self.reach(node)
        grad = self.grads.pop(node, None)
        return None if grad is None else _as_variable(grad)

    def sum(self, old, new):
        if self.double:
            with using_config("enable_backprop", True):
                return _as_variable(old) + _as_variable(new)
        return add(_as_value(old), _as_value(new), self.where)

    def settle(self, node):
        """Give a leaf its gradient."""
        variable = node._variable()
        grad = self.grads.pop(node, None)
        if variable is None:
            return
        if grad.__class__ is Value:
            variable._hold_grad(grad)
        else:
            variable._set_grad_var(grad)
        variable._grad_valid = True
        variable._loss_scale = self.loss_scale

    def step(self, func, thread):
        """Go through one function."""
        inputs, grads = func.inputs, self.grads
        targets = tuple([i for i, x in enumerate(inputs) if x._requires_grad])
        outputs = [ref() for ref in func.outputs]
        gys = [None if y is None or y._creator_node is None else grads.pop(y, None) for y in outputs]
        if self.takes_given and len(gys) > 1:
            gys = [
                self.given(y) if g is None and y is not None and y._creator_node is not None else g
                for y, g in zip(outputs, gys, strict=True)
            ]
        if targets:
            if self.by_variables or not func.plain or func._hooks:
                self.step_by_variables(func, targets, gys, thread)
            else:
                wanted, new = func.pull(targets, [g if g is None or g.__class__ is Value else _as_value(g) for g in gys], self.where)
                for i, grad in zip(wanted, new, strict=True):
                    self.accumulate(inputs[i], grad)
        if self.retain_grad:
            for y, grad in zip(outputs, gys, strict=True):
                variable = None if y is None else y._variable()
                if variable is not None:
                    variable._set_grad_var(None if grad is None else _as_variable(grad))
        cut_if_long(thread)

    def step_by_variables(self, func, targets, gys, thread):
        """The way for functions of users, hooks, debug mode and gradients with graphs."""
        gys = tuple([None if g is None else _as_variable(g) for g in gys])
        inputs = func.inputs
        hooks = func.active_hooks()
        arrays = [x.data for x in inputs] if hooks else []
        grad_arrays = [None if g is None else g.array for g in gys] if hooks else []
        # Functions that backward calls make a graph only if gradients are to have one.
        with using_device(_device_of(inputs, gys)), using_config("enable_backprop", self.double):
            for hook in hooks:
                hook.backward_preprocess(func, tuple(arrays), tuple(grad_arrays))
            grads = backprop_step(func, targets, gys, self.take, thread.debug)
            for hook in hooks:
                hook.backward_postprocess(func, tuple(arrays), tuple(grad_arrays))
        for i, grad in zip(targets, grads, strict=True):
            if grad is not None:
                check_grad_type(func, inputs[i], grad)
                self.accumulate(inputs[i], grad)


def backprop_step(func, targets, gys, take, debug):
    """The gradients of one function for ``targets``.

    A function with its own ``backward_accumulate`` is given what is there already: ``take(node)`` gives that, a Variable or
    ``None``, and forgets it.
    """
    inputs = func.inputs
    try:
        if type(func).backward_accumulate is not FunctionNode.backward_accumulate:
            return func.backward_accumulate(targets, gys, tuple([take(inputs[i]) for i in targets]))
        grads = func.backward(targets, gys)
    except Exception as exc:
        if func.stack is not None and exc.args:
            exc.args = (f"{exc.args[0]}\n{stack_of(func)}", *exc.args[1:])
        raise
    if debug:
        for g in grads:
            if not (g is None or isinstance(g, Variable)):
                raise ValueError(func._describe(f"type of gradients returned from backward is incorrect: {type(g)} != expected {Variable}"))
    if len(grads) == len(inputs):
        grads = tuple([grads[i] for i in targets])
    elif len(grads) != len(targets):
        expected = " or ".join(map(str, sorted({len(inputs), len(targets)}, reverse=True)))
        raise ValueError(func._describe(f"number of gradients returned from backward is incorrect: {len(grads)} != expected {expected}"))
    grads = [None if g is None or g._contents is None else g for g in grads]
    if debug:
        _check_debug(func, targets, grads)
    return grads


def _check_debug(func, targets, grads):
    for i, g in zip(targets, grads, strict=True):
        x = func.inputs[i]
        if g is None:
            continue
        for what in ("shape", "dtype"):
            if getattr(g, what) != getattr(x, what):
                difference = f"input-index={i}, actual {getattr(g, what)} != expected {getattr(x, what)}"
                raise ValueError(func._describe(f"{what} of gradients returned from backward is incorrect: {difference}"))
    func.check_nan([None if g is None else g._peek() for g in grads], "backward")


def _as_variable(grad):
    return grad if isinstance(grad, Variable) else _variable(grad)


def _as_value(grad):
    return use(grad._contents) if isinstance(grad, Variable) else grad


def _device_of(inputs, gys):
    for x in (*inputs, *[g._node for g in gys if g is not None]):
        if x._aval is not None and x._aval.device is not None:
            return x.get_variable().device
    return "@numpy"


def grad(
    outputs,
    inputs,
    grad_outputs=None,
    grad_inputs=None,
    set_grad=False,
    retain_grad=False,
    enable_double_backprop=False,
    loss_scale=None,
):
    """Gradients of ``outputs`` with respect to ``inputs``, through nothing but what lies between them.

    Args:
        outputs: Variables.
        inputs: Variables.
        grad_outputs: gradients of the outputs; ``None`` (all or one of them) stands for ones.
        grad_inputs: gradients that those of the inputs are added to.
        set_grad: also store the results in the inputs.
        retain_grad: also store the gradients of the variables on the way.
        enable_double_backprop: let the gradients have graphs, so that they can be differentiated again.
        loss_scale: factor of the gradients that stand for ``None``.

    Returns:
        A list of Variables, ``None`` for an input that the outputs do not depend on.

    >>> x = chainjax.Variable(np.array(3.0))
    >>> (gx,) = chainjax.grad([x * x * x], [x], enable_double_backprop=True)
    >>> (ggx,) = chainjax.grad([gx], [x])
    >>> float(gx.array), float(ggx.array)
    (27.0, 18.0)
    """
    _check_list(outputs, "outputs")
    _check_list(inputs, "inputs")
    _check_pairs(outputs, "outputs", grad_outputs, "grad_outputs")
    _check_pairs(inputs, "inputs", grad_inputs, "grad_inputs")
    between = _between(outputs, inputs)
    walk = _Between(between, {x._node for x in inputs}, enable_double_backprop, retain_grad, loss_scale)
    starts = []
    for y, gy in zip(outputs, grad_outputs or [None] * len(outputs), strict=True):
        starts.append((y._node, full(y._aval, 1 if loss_scale is None else loss_scale) if gy is None else as_variable(gy)))
    for x, gx in zip(inputs, grad_inputs or [None] * len(inputs), strict=True):
        if gx is not None:
            walk.grads[x._node] = gx
    walk.run(starts)
    results = [None if (g := walk.results.get(x._node)) is None else _as_variable(g) for x in inputs]
    if set_grad:
        for x, g in zip(inputs, results, strict=True):
            x.grad_var = g
    return results


class _Between(_Walk):
    """A walk that goes only where it must and leaves the gradients of leaves alone."""

    takes_given = False

    def __init__(self, between, inputs, *args):
        super().__init__(*args)
        self.between, self.inputs, self.results = between, inputs, {}

    def accumulate(self, node, grad):
        self.leaves[node] = None  # no leaf is reached: their own gradients stay out of it
        super().accumulate(node, grad)

    def settle(self, node):
        pass

    def run(self, outputs):
        super().run(outputs)
        for node in self.inputs:
            if node not in self.results and node in self.grads:
                self.results[node] = self.grads[node]

    def step(self, func, thread):
        for ref in func.outputs:
            y = ref()
            if y in self.inputs and y in self.grads:
                self.results[y] = self.grads[y]
        hidden = [x for x in func.inputs if x not in self.between and x._requires_grad]
        for x in hidden:
            x._requires_grad = False
        try:
            super().step(func, thread)
        finally:
            for x in hidden:
                x._requires_grad = True


def _between(outputs, inputs):
    """The variable nodes on ways from ``inputs`` to ``outputs``, which a gradient must go through."""
    for y in outputs:
        y._node._check_old_style_gradient()
    users, waiting, seen = {}, [y.creator_node for y in outputs if y.creator_node is not None], set()
    while waiting:
        func = waiting.pop()
        if func in seen:
            continue
        seen.add(func)
        for x in func.inputs:
            x._check_old_style_gradient()
            if x._requires_grad:
                users.setdefault(x, []).append(func)
                if x._creator_node is not None:
                    waiting.append(x._creator_node)
    between, waiting = set(), [x._node for x in inputs]
    while waiting:
        x = waiting.pop()
        if x in between:
            continue
        between.add(x)
        for func in users.get(x, ()):
            waiting.extend([y for ref in func.outputs if (y := ref()) is not None and y in users])
    return between


def _check_list(given, name):
    if not isinstance(given, (tuple, list)):
        raise TypeError(f"{name} must be a tuple or a list, not {type(given)}.")


def _check_pairs(first, first_name, second, second_name):
    if second is None:
        return
    if not isinstance(second, (tuple, list)):
        raise TypeError(f"{second_name} must be a tuple or a list or None, not {type(second)}.")
    if len(first) != len(second):
        raise ValueError(f"{second_name} must be of the same length as {first_name}: got {len(second)} and {len(first)}.")
