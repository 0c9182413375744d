"""Functions of one number, applied to each element.

They are a table: what they compute, by which function of JAX, and whether Chainer's backward reads the input or the output.
"""

import jax.numpy as jnp

from ...differentiable import differentiable
from .._check import expect_floating


def _elementwise(fn, name, node, path, formula, example, retain=(0,), by_output=None):
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

    >>> float(F.{name}(np.array({example[0]})).array)
    {example[1]}
    """
    return differentiable(node=node, path=path, retain=retain, label=name, by_output=by_output)(body)


@differentiable(node="ExpGrad", path="math.exponential", retain=(0, 1))
def _exp_by_output(y, gy):
    return y * gy


@differentiable(node="SqrtGrad", path="math.sqrt", retain=(0, 1))
def _sqrt_by_output(y, gy):
    return gy / (y * 2)


exp = _elementwise(jnp.exp, "exp", "Exp", "math.exponential", ("Exponential", "e^x"), (0.0, 1.0), retain=(), by_output=_exp_by_output)
log = _elementwise(jnp.log, "log", "Log", "math.exponential", ("Natural logarithm", r"\log x"), (1.0, 0.0))
sqrt = _elementwise(jnp.sqrt, "sqrt", "Sqrt", "math.sqrt", ("Square root", r"\sqrt x"), (4.0, 2.0), retain=(), by_output=_sqrt_by_output)
square = _elementwise(jnp.square, "square", "Square", "math.square", ("Square", "x^2"), (3.0, 9.0))
sin = _elementwise(jnp.sin, "sin", "Sin", "math.trigonometric", ("Sine", r"\sin x"), (0.0, 0.0))
cos = _elementwise(jnp.cos, "cos", "Cos", "math.trigonometric", ("Cosine", r"\cos x"), (0.0, 1.0))
tan = _elementwise(jnp.tan, "tan", "Tan", "math.trigonometric", ("Tangent", r"\tan x"), (0.0, 0.0))


@differentiable(node="Identity", integers=True, path="math.identity")
def identity(*inputs):
    """Copies of the arrays ``*inputs``, one Variable or a tuple.

    >>> F.identity(np.float32([1])).array
    array([1.], dtype=float32)
    """
    return inputs if len(inputs) > 1 else inputs[0]
