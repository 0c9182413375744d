"""``chainer._backprop_utils``: one step of backpropagation with gradients in lists, for code that takes it apart."""

from .. import backprop
from ..config import config
from ..functions import add


def _reduce(grad_list):
    """The sum of a list of gradients, which becomes the list's only element; ``None`` of an empty one."""
    if len(grad_list) > 1:
        grad_list[:] = [add(*grad_list)]
    return grad_list[0] if grad_list else None


def backprop_step(func, target_input_indexes, grad_outputs, grad_inputs, is_debug):
    """Go backward through one function, appending to the lists of ``grad_inputs``, a dictionary by input node."""

    def take(node):
        grads = grad_inputs[node]
        return grads.pop() if grads else None

    grads = backprop.backprop_step(func, target_input_indexes, grad_outputs, take, is_debug)
    for i, grad in zip(target_input_indexes, grads, strict=True):
        if grad is not None:
            grad_inputs[func.inputs[i]].append(grad)
    if not config.lazy_grad_sum:
        for grads in grad_inputs.values():
            _reduce(grads)
