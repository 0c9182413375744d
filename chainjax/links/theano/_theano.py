"""Graphs of Theano as links."""

import importlib

from ...functions.theano import theano_function
from ...link import Link


class TheanoFunction(Link):
    """A graph of Theano, differentiated and compiled by Theano, which must be installed.

    Args:
        inputs: the variables of Theano that it starts from, one or a list.
        outputs: the variables that it gives, one or a list.

    Parameters:
        none.

    >>> issubclass(L.TheanoFunction, chainjax.Link)
    True
    """

    def __init__(self, inputs, outputs):
        try:
            theano = importlib.import_module("theano")
        except ImportError:
            raise RuntimeError("TheanoFunction: theano is not installed; it is needed to compile the graph") from None
        super().__init__()
        inputs, outputs = _variables(theano, "inputs", inputs), _variables(theano, "outputs", outputs)
        given = [y.type(f"g{i}") for i, y in enumerate(outputs)]
        known = dict(zip(outputs, given, strict=True))
        grads = theano.tensor.grad(cost=None, wrt=inputs, known_grads=known, disconnected_inputs="ignore")
        self.forward_func = theano.function(inputs=inputs, outputs=outputs)
        self.backward_func = theano.function(inputs=[*inputs, *given], outputs=grads, on_unused_input="ignore")

    def forward(self, *args):
        """One array or Variable for each input, to a Variable or tuple of them."""
        return theano_function(self.forward_func, self.backward_func, *args)


def _variables(theano, name, given):
    kind = theano.tensor.TensorVariable
    found = (given,) if isinstance(given, kind) else tuple(given) if hasattr(given, "__iter__") else None
    if found is None or not all(isinstance(v, kind) for v in found):
        raise TypeError(f"TheanoFunction: expected {name} to be a TensorVariable or a list of them, got {given!r}")
    return found
