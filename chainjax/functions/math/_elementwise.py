"""Functions of one number, applied to each element.

They are a table: what they compute, by which function of JAX, and whether Chainer's backward reads the input or the output.
"""

import functools

import numpy as np

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect_floating
from . import _circular


def wide(fn):
    """``fn`` with its last argument in float32 at least, the result in the dtype of that."""

    @functools.wraps(fn)
    def call(*args):
        x = args[-1]
        return fn(*args[:-1], x.astype(np.promote_types(x.dtype, np.float32))).astype(x.dtype)

    return call


def elementwise(fn, name, node, path, formula, example, retain=(0,), by_output=None):
    """The function ``name`` of Variables that applies ``fn``; ``by_output(y, gy)``: its gradient where Chainer's backward reads ``y``."""

    def body(x):
        expect_floating(name, x=x)
        return fn(x)

    body.__name__ = body.__qualname__ = name
    body.__doc__ = f"""{formula[0]}, elementwise: :math:`y = {formula[1]}`.

    Args:
        x: float array, any shape ``(*s)``.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    Raises:
        InvalidType: ``x`` is not floating point.

    >>> round(float(F.{name}(np.array({example[0]})).array), 6)
    {example[1]}
    """
    if by_output is not None:
        by_output = differentiable(node=f"{node}Grad", path=path, retain=(0, 1))(by_output)
        retain = ()
    return differentiable(node=node, path=path, retain=retain, label=name, by_output=by_output)(body)


_EXP, _TRIGONOMETRIC, _HYPERBOLIC = "math.exponential", "math.trigonometric", "math.hyperbolic"

exp = elementwise(jnp.exp, "exp", "Exp", _EXP, ("Exponential", "e^x"), (0.0, 1.0), by_output=lambda y, gy: y * gy)
expm1 = elementwise(
    jnp.expm1,
    "expm1",
    "Expm1",
    "math.exponential_m1",
    ("Exponential less one", "e^x - 1"),
    (0.0, 0.0),
    by_output=lambda y, gy: (y + 1) * gy,
)
log = elementwise(jnp.log, "log", "Log", _EXP, ("Natural logarithm", r"\log x"), (1.0, 0.0))
log1p = elementwise(jnp.log1p, "log1p", "Log1p", "math.logarithm_1p", ("Logarithm of one more", r"\log(1 + x)"), (0.0, 0.0))
log2 = elementwise(
    wide(lambda x: jnp.log(x) / np.log(2.0).astype(x.dtype)), "log2", "Log2", _EXP, ("Binary logarithm", r"\log_2 x"), (8.0, 3.0)
)
log10 = elementwise(wide(jnp.log10), "log10", "Log10", _EXP, ("Decimal logarithm", r"\log_{10} x"), (1000.0, 3.0))
sqrt = elementwise(jnp.sqrt, "sqrt", "Sqrt", "math.sqrt", ("Square root", r"\sqrt x"), (4.0, 2.0), by_output=lambda y, gy: gy / (y * 2))
square = elementwise(jnp.square, "square", "Square", "math.square", ("Square", "x^2"), (3.0, 9.0))
sin = elementwise(_circular.sin, "sin", "Sin", _TRIGONOMETRIC, ("Sine", r"\sin x"), (0.0, 0.0))
cos = elementwise(_circular.cos, "cos", "Cos", _TRIGONOMETRIC, ("Cosine", r"\cos x"), (0.0, 1.0))
tan = elementwise(_circular.tan, "tan", "Tan", _TRIGONOMETRIC, ("Tangent", r"\tan x"), (0.0, 0.0))
arcsin = elementwise(_circular.arcsin, "arcsin", "Arcsin", _TRIGONOMETRIC, ("Inverse sine", r"\arcsin x"), (1.0, 1.570796))
arccos = elementwise(_circular.arccos, "arccos", "Arccos", _TRIGONOMETRIC, ("Inverse cosine", r"\arccos x"), (1.0, 0.0))
arctan = elementwise(_circular.arctan, "arctan", "Arctan", _TRIGONOMETRIC, ("Inverse tangent", r"\arctan x"), (1.0, 0.785398))
sinh = elementwise(jnp.sinh, "sinh", "Sinh", _HYPERBOLIC, ("Hyperbolic sine", r"\sinh x"), (0.0, 0.0))
cosh = elementwise(jnp.cosh, "cosh", "Cosh", _HYPERBOLIC, ("Hyperbolic cosine", r"\cosh x"), (0.0, 1.0))
arctanh = elementwise(
    jnp.arctanh, "arctanh", "Arctanh", "math.arctanh", ("Inverse hyperbolic tangent", r"\mathrm{artanh}\, x"), (0.5, 0.549306)
)


@differentiable(node="Identity", integers=True, path="math.identity")
def identity(*inputs):
    """Copies of the arrays ``*inputs``, one Variable or a tuple.

    >>> F.identity(np.float32([1])).array
    array([1.], dtype=float32)
    """
    return inputs if len(inputs) > 1 else inputs[0]
