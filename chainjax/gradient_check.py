"""Gradients compared with differences of outputs.

A whole gradient is not compared number by number but along one random direction: the slope of ``sum(gy * f(x + delta * d))``
at ``delta = 0`` must be ``sum(gx * d)``. Two evaluations are enough for that, whatever the size of the inputs.
"""

import warnings

import numpy as np

from . import testing
from .backends._device import get_device_from_array, to_numpy, using_device
from .backprop import backward
from .config import using_config
from .utils import force_array
from .utils.error import _format_array_props
from .variable import Parameter, Variable, get_array_types, is_arrays_compatible


class NondifferentiableError(Exception):
    """The point is one where a function has no derivative, so there is nothing to compare a gradient with."""


def assert_allclose(x, y, atol=1e-5, rtol=1e-4, verbose=True):
    """The same as :func:`chainjax.testing.assert_allclose`; deprecated here."""
    warnings.warn("gradient_check.assert_allclose is deprecated; use testing.assert_allclose", DeprecationWarning, stacklevel=2)
    testing.assert_allclose(x, y, atol, rtol, verbose)


def numerical_grad(f, inputs, grad_outputs, eps=1e-3, detect_nondifferentiable=False, diff_atol=0, diff_rtol=1e-2, center_outputs=None):
    """Gradients by central differences, one number of the inputs after the other.

    Args:
        f: a function without arguments to a tuple of arrays, computed from ``inputs``, which are changed in place meanwhile.
        inputs: float arrays.
        grad_outputs: an array or number for each output; ``None`` for outputs that do not count.
        eps: the step.
        detect_nondifferentiable: also check that a parabola fits five points within ``eps``.
        diff_atol, diff_rtol: how far it may miss: this much, and this part of the range of the output.
        center_outputs: taken for Chainer's sake.

    Returns:
        A list of arrays, like ``inputs``.

    Raises:
        NondifferentiableError: no parabola fits.

    >>> x = np.float64([1, 2])
    >>> numerical_grad(lambda: (x * x,), [x], [1])[0].round(6)
    array([2., 4.])
    """
    assert eps > 0, f"numerical_grad: expected eps above 0, got {eps}"
    for x in inputs:
        if x.dtype.kind != "f":
            raise RuntimeError(f"numerical_grad: expected inputs of float dtypes, got {_format_array_props(inputs)}")
    if not is_arrays_compatible([a for a in (*inputs, *grad_outputs) if not np.isscalar(a)]):
        raise RuntimeError("numerical_grad: expected inputs and grad_outputs on one device, got a mix")
    gys = [None if g is None else to_numpy(g).astype(np.float64) for g in grad_outputs]

    def outputs():
        ys = [None if y is None else np.array(to_numpy(force_array(y)), np.float64) for y in f()]
        assert len(ys) == len(gys), f"numerical_grad: expected {len(gys)} outputs, as grad_outputs, got {len(ys)}"
        for y, g in zip(ys, gys, strict=True):
            assert g is None or (y is not None and g.shape in ((), y.shape)), (
                "numerical_grad: expected grad_outputs of the shapes of the outputs"
            )
        return ys

    # Weights of the outputs at eps times these steps.
    stencil = {-1: 1 / 6, -0.5: -8 / 6, 0: 0, 0.5: 8 / 6, 1: -1 / 6} if detect_nondifferentiable else {-1: -0.5, 1: 0.5}
    grads = []
    with using_config("type_check", False):
        center = outputs() if detect_nondifferentiable else None
        for i_in, x in enumerate(inputs):
            start, grad = x.copy(), np.zeros(x.shape)
            for place in np.ndindex(x.shape):
                values = []
                for step in stencil:
                    x[place] = float(start[place]) + eps * step
                    values.append(outputs() if step else center)
                x[place] = start[place]
                if detect_nondifferentiable:
                    _check_differentiable(values, diff_atol, diff_rtol, f"input {i_in} at {place}: x = {start[place]}, eps = {eps}")
                for weight, ys in zip(stencil.values(), values, strict=True):
                    grad[place] += sum(weight / eps * np.sum(y * g) for y, g in zip(ys, gys, strict=True) if weight and g is not None)
            grads.append(get_device_from_array(x).send(grad.astype(x.dtype)))
    return grads


_PARABOLAS = np.linalg.qr(np.vander(np.linspace(-1, 1, 5), 3))[0]


def _check_differentiable(values, atol, rtol, where):
    """Raise unless a parabola goes through five points of each output, numbers that are not finite apart."""
    outputs = [np.stack(ys) for ys in zip(*values, strict=True) if ys[0] is not None]
    for i, ys in enumerate(outputs):
        finite = np.isfinite(ys)
        if (finite != finite[0]).any():
            raise NondifferentiableError(f"numerical_grad: output {i} is not finite on one side only of {where}; outputs:\n{ys}")
    if not all(np.isfinite(ys).all() for ys in outputs):
        return
    for i, ys in enumerate(outputs):
        flat = (ys - ys[2]).reshape(len(ys), -1)
        miss = np.sqrt(np.square(flat - _PARABOLAS @ (_PARABOLAS.T @ flat)).mean(0))
        most = atol + rtol * np.ptp(flat, 0)
        if ((miss > most) & (np.ptp(flat, 0) > 0)).any():
            raise NondifferentiableError(
                f"numerical_grad: output {i} has no derivative near {where}: a parabola misses it by {miss}, allowed is "
                f"{atol} + {rtol} * range = {most}; outputs:\n{ys}"
            )


def check_backward(
    func, x_data, y_grad, params=(), eps=1e-3, atol=1e-5, rtol=1e-4, no_grads=None, dtype=None, detect_nondifferentiable=False
):
    """Raise ``AssertionError`` unless the gradients of a function agree with differences of its outputs.

    Args:
        func: Variables to a Variable or a tuple of them.
        x_data: an input array or a tuple of them.
        y_grad: gradients of the outputs; ``None`` for a loss, a single output without axes.
        params: Variables that ``func`` uses, whose gradients are checked too.
        eps: the step.
        atol, rtol: how much may differ.
        no_grads: for each input whether it shall have no gradient; by default those not of float dtype.
        dtype: a float dtype to compute the differences in; float64 makes narrow tolerances possible.
        detect_nondifferentiable: raise :class:`NondifferentiableError` where there is no derivative.

    Raises:
        ValueError: ``y_grad`` does not fit the outputs.
        RuntimeError: an input of ``no_grads`` got a gradient.

    >>> check_backward(lambda x: x * x, np.float32([1, 2]), np.float32([1, 1]), dtype=np.float64)
    """
    _CheckBackward(func, x_data, y_grad, _as_tuple(params), eps, atol, rtol, no_grads, dtype, detect_nondifferentiable, False).run()


def _check_backward_with_params(
    func, x_data, y_grad, params=(), eps=1e-3, atol=1e-5, rtol=1e-4, no_grads=None, dtype=None, detect_nondifferentiable=False
):
    """The same for ``func(inputs, params)``, with parameters made anew from the arrays ``params`` at each call."""
    _CheckBackward(func, x_data, y_grad, _as_tuple(params), eps, atol, rtol, no_grads, dtype, detect_nondifferentiable, True).run()


def _as_tuple(xs):
    return tuple(xs) if isinstance(xs, (tuple, list)) else (xs,)


class _CheckBackward:
    """One check. ``explicit``: parameters are arrays, and given to the function; else Variables that it knows."""

    def __init__(self, func, xs, gys, params, eps, atol, rtol, no_gxs, dtype, detect_nondifferentiable, explicit):
        if dtype is not None and np.dtype(dtype).kind != "f":
            raise ValueError(f"check_backward: expected a float dtype, got {np.dtype(dtype)}")
        if explicit and not all(isinstance(p, get_array_types()) for p in params):
            raise ValueError(f"check_backward: expected params to be arrays, got {', '.join(str(type(p)) for p in params)}")
        self.func, self.xs, self.params, self.explicit = func, _as_tuple(xs), params, explicit
        self.gys = None if gys is None else _as_tuple(gys)
        self.no_gxs = [x is not None and x.dtype.kind != "f" for x in self.xs] if no_gxs is None else no_gxs
        if len(self.no_gxs) != len(self.xs):
            raise ValueError(f"check_backward: expected {len(self.xs)} no_grads, one for each input, got {len(self.no_gxs)}")
        self.eps, self.atol, self.rtol, self.dtype, self.detect_nondifferentiable = eps, atol, rtol, dtype, detect_nondifferentiable
        self.device = get_device_from_array(*self.xs)
        self.param_arrays = [p if explicit else p.array for p in params]

    def run(self):
        with using_device(self.device):
            try:
                self._run()
            finally:
                if not self.explicit:
                    for p, array in zip(self.params, self.param_arrays, strict=True):
                        p.array = array

    def _run(self):
        xs = [None if x is None else Variable(x, requires_grad=x.dtype.kind == "f") for x in self.xs]
        ys, params = self._call(xs, self.param_arrays)
        # Parameters without a shape have got theirs by now.
        self.param_arrays = [p.array if array is None else array for p, array in zip(params, self.param_arrays, strict=True)]
        _clear_grads((*xs, *params))  # what the function itself made, if it is a gradient
        self._check_grad_outputs(ys)
        backward(ys, [None if g is None else Variable(g.copy(), requires_grad=False) for g in self.gys])
        for i, (x, no_gx) in enumerate(zip(xs, self.no_gxs, strict=True)):
            if no_gx and x.grad is not None:
                raise RuntimeError(f"check_backward: expected input {i} ({x.dtype}) to have no gradient, got one")
        checked = [x for x, no_gx in zip(self.xs, self.no_gxs, strict=True) if not no_gx] + self.param_arrays
        directions = self._sample_directions(checked)
        variables = [x for x, no_gx in zip(xs, self.no_gxs, strict=True) if not no_gx] + list(params)
        grads = [None if v is None or v.grad is None else to_numpy(v.grad).astype(np.float64) for v in variables]
        slope = sum((np.sum(g * d) for g, d in zip(grads, directions, strict=True) if g is not None), np.float64(0))
        # Last, since it moves parameters that the graph still looks at.
        self._compare(self._numeric_slope(checked, directions), slope, directions)

    def _call(self, xs, param_arrays):
        """The outputs for inputs and arrays of parameters, and the Variables that hold the gradients of these."""
        if self.explicit:
            params = tuple([Parameter(a) for a in param_arrays])
            return _as_tuple(self.func(xs, params)), params
        for p, array in zip(self.params, param_arrays, strict=True):
            p.array = array
        _clear_grads(self.params)
        return _as_tuple(self.func(*xs)), self.params

    def _check_grad_outputs(self, ys):
        if self.gys is None:
            if len(ys) != 1 or ys[0].shape != ():
                raise ValueError(
                    f"check_backward: expected a single output without axes, as y_grad is None, got {_format_array_props(ys)}; give y_grad"
                )
            self.gys = (self.device.send(np.ones((), ys[0].dtype)),)
        else:
            _check_fit(ys, self.gys)
        self.gys = tuple([None if y is None else g for y, g in zip(ys, self.gys, strict=True)])

    def _sample_directions(self, arrays):
        sizes = [0 if a is None else a.size for a in arrays]
        parts = np.split(self._sample_unit_vector(sum(sizes), np), np.cumsum(sizes)[:-1]) if sizes else []
        return [None if a is None else part.reshape(a.shape) for a, part in zip(arrays, parts, strict=True)]

    @staticmethod
    def _sample_unit_vector(size, xp):
        """A random direction in which no coordinate is nearly 0: a wrong gradient in any place must show."""
        direction = np.random.normal(size=size)
        if size:
            square = np.square(direction)
            direction = np.copysign(np.sqrt(0.99 * square / square.sum() + 0.01 / size), direction)
        return xp.asarray(direction)

    def _numeric_slope(self, arrays, directions):
        arrays = [a if a is None or self.dtype is None else a.astype(self.dtype, copy=False) for a in map(to_numpy, arrays)]
        delta = np.zeros(())

        def moved(array, direction):
            if array is None:
                return None
            return self.device.send(force_array((array + delta * direction).astype(array.dtype)))

        def outputs():
            points = iter([moved(a, d) for a, d in zip(arrays, directions, strict=True)])
            xs = [self._fixed(x) if no_gx else _variable(next(points)) for x, no_gx in zip(self.xs, self.no_gxs, strict=True)]
            ys, _ = self._call(xs, list(points))
            return tuple([None if y is None else y.array for y in ys])

        gys = [None if g is None else to_numpy(g) for g in self.gys]
        return numerical_grad(outputs, (delta,), gys, self.eps, self.detect_nondifferentiable, 0, self.rtol)[0]

    def _fixed(self, x):
        if self.dtype is not None and x.dtype.kind == "f":
            x = x.astype(self.dtype, copy=False)
        return Variable(x, requires_grad=False)

    def _compare(self, expected, slope, directions):
        try:
            testing.assert_allclose(expected, slope, atol=self.atol, rtol=self.rtol)
        except AssertionError as exc:
            rows = [
                f"check_backward: expected the gradients to agree with differences (eps={self.eps}, atol={self.atol}, rtol={self.rtol})"
            ]
            rows.append(f"slope by differences: {expected}\nslope by backward:    {slope}")
            for name, arrays in (
                ("inputs", self.xs),
                ("params", self.param_arrays),
                ("grad_outputs", self.gys),
                ("directions", directions),
            ):
                rows += [f"{name}[{i}]: {'' if a is None else _format_array_props([a])}\n{a}" for i, a in enumerate(arrays)]
            raise AssertionError("\n".join([*rows, f"x: by differences, y: by backward\n{exc}"])) from None


def _variable(array):
    return None if array is None else Variable(array)


def _clear_grads(variables):
    for x in variables:
        if x is not None:
            x.grad_var = None


def _check_fit(ys, gys):
    if len(ys) != len(gys):
        problem = "as many gradients as outputs"
    elif any(_differ(y, g) for y, g in zip(ys, gys, strict=True) if g is not None):
        problem = "gradients of the shapes and dtypes of the outputs"
    else:
        return
    raise ValueError(f"gradient_check: expected {problem}, got outputs {_format_array_props(ys)} and gradients {_format_array_props(gys)}")


def _differ(y, g):
    return bool(np.any(to_numpy(g))) if y is None else y.shape != g.shape or y.dtype != g.dtype


def check_double_backward(
    func,
    x_data,
    y_grad,
    x_grad_grad,
    params=(),
    params_grad_grad=(),
    eps=1e-3,
    atol=1e-4,
    rtol=1e-3,
    no_grads=None,
    dtype=None,
    detect_nondifferentiable=False,
):
    """Raise ``AssertionError`` unless the gradients of the gradients of a function agree with differences of its gradients.

    Args:
        func: Variables to a Variable or a tuple of them.
        x_data: an input array or a tuple of them.
        y_grad: gradients of the outputs.
        x_grad_grad: gradients of the gradients of the float inputs.
        params: Variables that ``func`` uses.
        params_grad_grad: gradients of the gradients of these.
        eps, atol, rtol, dtype, detect_nondifferentiable: as of :func:`check_backward`.
        no_grads: as there, for the inputs followed by the gradients of the outputs.

    >>> one = np.ones(2, np.float32)
    >>> check_double_backward(lambda x: x * x * x, np.float32([1, 2]), one, one, dtype=np.float64)
    """
    xs, params = _as_tuple(x_data), _as_tuple(params)

    def gradients(*inputs):
        from .functions import cast

        xs_, gys = inputs[: len(xs)], inputs[len(xs) :]
        ys = _as_tuple(func(*xs_))
        if len(ys) == len(gys):
            gys = [None if g is None else cast(g, y.dtype) for y, g in zip(ys, gys, strict=True)]
        _check_fit(ys, gys)
        backward(ys, gys, enable_double_backprop=True)
        gxs = []
        for i, x in enumerate(xs_):
            if x.dtype.kind == "f":
                gxs.append(x.grad_var)
            elif x.grad_var is not None:
                raise RuntimeError(f"check_double_backward: expected input {i} ({x.dtype}) to have no gradient, got one")
        return (*gxs, *[p.grad_var for p in params])

    try:
        check_backward(
            gradients,
            (*xs, *_as_tuple(y_grad)),
            (*_as_tuple(x_grad_grad), *_as_tuple(params_grad_grad)),
            params,
            eps,
            atol,
            rtol,
            no_grads,
            dtype,
            detect_nondifferentiable,
        )
    except AssertionError as exc:
        raise AssertionError(
            f"check_double_backward: the gradients, taken as a function of inputs and their own gradients, fail:\n{exc}"
        ) from None
