"""Variables as text: how they are shown, and what errors say of functions."""

import traceback

import numpy as np

import jax


def variable_repr(var):
    """What ``repr`` of a variable shows: like NumPy's, named ``variable``."""
    return f"{_prefix(var)}({_text(var, ', ')})"


def variable_str(var):
    """What ``str`` of a variable shows: like NumPy's, named ``variable``."""
    return f"{_prefix(var)}({_text(var, ' ')})"


def _prefix(var):
    return f"variable {var.name}" if var.name else "variable"


def _text(var, separator):
    array = var._peek()
    if array is None:
        return "None"
    if isinstance(array, jax.core.Tracer):
        return str(array)
    array = np.asarray(array)
    if array.size == 0 and array.shape != (0,) and separator == ", ":
        return f"[], shape={array.shape}"
    return np.array2string(array, separator=separator, prefix=_prefix(var) + "(")


def grad_error(func, message):
    if func is None:
        return message
    return f"Function `{func._impl_name}` ({func.label}) has a bug.\n{stack_of(func)}{message}"


def stack_of(func):
    """Where a function was called, as text, if debug mode has kept it."""
    return "Stacktrace of the function is below:\n" + "".join(traceback.format_list(func.stack[:-1])) if func.stack else ""
