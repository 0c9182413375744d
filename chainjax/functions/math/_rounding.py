"""Functions that jump from one constant to another. Their slope is 0 wherever there is one, so they are no part of the graph."""

import numpy as np

import jax.numpy as jnp

from ...differentiable import differentiable
from ...variable import Variable, use


def _steps(fn, name, path, summary, formula, example):
    def body(x):
        return fn(x) if jnp.issubdtype(x.dtype, jnp.floating) or fn is jnp.sign else x

    body.__name__ = name
    op = differentiable(node=name.capitalize(), path=path, has_gradient=False)(body)

    def function(x):
        y = op(use(x._contents) if isinstance(x, Variable) else np.asarray(x) if np.isscalar(x) else x)
        y.unchain()
        return y

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""{summary}, elementwise: :math:`y = {formula}`. It is no part of the graph: no gradient flows through it.

    Args:
        x: array of any shape ``(*s)`` and dtype.

    Returns:
        Variable of shape ``(*s)`` and the dtype of ``x``.

    >>> F.{name}(np.float32([-1.5, 0.5])).array
    {example}
    """
    return function


floor = _steps(
    jnp.floor, "floor", "math.floor", "The largest whole number not above ``x``", r"\lfloor x \rfloor", "array([-2.,  0.], dtype=float32)"
)
ceil = _steps(
    jnp.ceil, "ceil", "math.ceil", "The smallest whole number not below ``x``", r"\lceil x \rceil", "array([-1.,  1.], dtype=float32)"
)
fix = _steps(
    jnp.trunc, "fix", "math.fix", "The whole number next to ``x`` towards 0", r"\mathrm{fix}(x)", "array([-1.,  0.], dtype=float32)"
)
sign = _steps(
    jnp.sign, "sign", "math.sign", "-1, 0 or 1 as ``x`` is below, at or above 0", r"\mathrm{sgn}(x)", "array([-1.,  1.], dtype=float32)"
)
