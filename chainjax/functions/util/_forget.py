"""Memory for time: functions whose inner results backward computes again."""

from jax import lax

from ... import engine
from ...backprop import backward
from ...config import config, using_config
from ...differentiable import differentiable
from ...function_node import FunctionNode
from ...variable import Variable, _variable, use


def forget(func, *xs):
    """Call a function and forget what it computed on its way; backward calls it again.

    Args:
        func: a function of Variables that gives one or a tuple of them. It must give the same each time: no dropout.
        xs: its arguments, Variables or arrays.

    Returns:
        What it gives.

    Raises:
        RuntimeError: ``func`` gives something else, or the gradient is to have a graph.

    >>> x = chainjax.Variable(np.array(2, "f"))
    >>> y = F.forget(lambda x: x * x * x, x)
    >>> y.backward()
    >>> x.grad
    array(12., dtype=float32)
    """
    ys = Forget(func).apply([x if isinstance(x, Variable) else Variable(x) for x in xs])
    return ys if len(ys) > 1 else ys[0]


class Forget(FunctionNode):
    """The node that :func:`forget` leaves in graphs. It computes no array itself: what ``func`` does is recorded as ever."""

    def __init__(self, func):
        if not callable(func):
            raise TypeError(f"forget: expected a function, got {func!r}")
        self.func = func

    def apply(self, inputs):
        with using_config("enable_backprop", False), using_config("_will_recompute", True):
            outputs = self._call([_variable(use(x._contents)) for x in inputs])
        requires_grad = any(x.requires_grad for x in inputs)
        results = tuple([_variable(use(y._contents), requires_grad) for y in outputs])
        if engine.thread().backprop:
            self.retain_inputs(range(len(inputs)))
            self._join_graph(inputs, results, None)
        return results

    def backward(self, target_input_indexes, grad_outputs):
        if config.enable_backprop:
            raise RuntimeError("forget: a gradient of a gradient cannot go through it")
        xs = self.get_retained_inputs()
        anew = _anew(*xs, *[g for g in grad_outputs if g is not None])
        xs = [_variable(use(y._contents), x.requires_grad) for x, y in zip(xs, anew, strict=False)]
        with using_config("enable_backprop", True), using_config("in_recomputing", True):
            outputs = self._call(xs)
        backward(outputs, grad_outputs)
        return tuple([x.grad_var for x in xs])

    def _call(self, xs):
        outputs = self.func(*xs)
        if isinstance(outputs, Variable):
            return (outputs,)
        if not isinstance(outputs, tuple):
            raise RuntimeError(f"forget: expected func to give a Variable or a tuple of them, got {type(outputs)}")
        for i, y in enumerate(outputs):
            if not isinstance(y, Variable):
                raise RuntimeError(f"forget: expected func to give Variables, but the {_ordinal(i + 1)} is {type(y)}")
        return outputs


@differentiable(node="Anew", has_gradient=False)
def _anew(*arrays):
    # XLA must not see that it computes from these what it computed before, nor begin before the gradients are there.
    return lax.optimization_barrier(arrays)


def _ordinal(n):
    suffixes = {} if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}
    return f"{n}{suffixes.get(n % 10, 'th')}"
