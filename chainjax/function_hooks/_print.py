"""What goes through functions, in print."""

import sys
import warnings

from ..backends._device import get_array_module
from ..function_hook import FunctionHook
from ..variable import Variable


class PrintHook(FunctionHook):
    """Prints label, inputs and gradients of the outputs of each function before it runs.

    Args:
        sep: deprecated.
        end: written after each line.
        file: where to.
        flush: flush the file after each function.
    """

    name = "PrintHook"

    def __init__(self, sep=None, end="\n", file=sys.stdout, flush=True):
        if sep is not None:
            warnings.warn("PrintHook: sep is deprecated, it does nothing; leave it out", DeprecationWarning, stacklevel=2)
        self.sep, self.end, self.file, self.flush = sep, end, file, flush

    def _print(self, lines):
        for line in lines:
            self.file.write(line + self.end)

    def forward_preprocess(self, function, in_data):
        self._print([f"function\t{function.label}", "input data"])
        self._print("(removed)" if x is None else Variable(x).debug_print() for x in in_data)
        self._end()

    def backward_preprocess(self, function, in_data, out_grad):
        self.forward_preprocess(function, in_data)
        self._print(["output gradient"])
        self._print(_with_grad(g).debug_print() for g in out_grad)
        self._end()

    def _end(self):
        if self.flush and hasattr(self.file, "flush"):
            self.file.flush()


def _with_grad(grad):
    return Variable() if grad is None else Variable(get_array_module(grad).zeros_like(grad), grad=grad)
