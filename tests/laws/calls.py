"""Calls of functions as rows describe them: drawn arguments, results, gradients, and how near two of them must be."""

import contextlib
import dataclasses
import re

import hypothesis.extra.numpy as hnp
import hypothesis.strategies as st
import numpy as np
import pytest

import chainjax
import chainjax.functions as F
from chainjax.backends import _by_numpy
from chainjax.backends._verify import TOLERANCES
from chainjax.engine import _replay
from chainjax.engine._cache import Bounded
from tests.registry.spec import Array, Number, Spec

#: Step of the difference quotient, and how near to it a gradient must be, in units of the sum of its terms: with one step of
#: Richardson's extrapolation the quotient is wrong by 1e-9 or so where slopes change fast.
STEP, NEAR = 2.0**-9, 1e-7


@dataclasses.dataclass(frozen=True)
class Case:
    """One case of a row; the first is the main one."""

    row: Spec
    number: int

    @property
    def arguments(self):
        return self.row.cases[self.number]

    @property
    def main(self):
        return self.number == 0

    def __repr__(self):
        options = ", ".join([f"{k}={v}" for k, v in self.arguments.items()]).replace("\n", "")
        # Without addresses of functions: tests are called the same in every process.
        return re.sub(r"<function (\w+) at 0x\w+>", r"\1", f"{self.row.name}({options})")

    def _repr_pretty_(self, printer, cycle):
        printer.text(repr(self))  # Hypothesis would print all fields


# Drawing ------------------------------------------------------------------------------------------------------------------------


def strategy(spec):
    """What an argument is drawn from."""
    if isinstance(spec, Number):
        return st.floats(spec.low, spec.high, width=16)
    if isinstance(spec, Array):
        return _arrays(spec)
    if _nested(spec):
        return st.tuples(*map(strategy, spec)).map(type(spec))
    return st.just(spec)


def _arrays(spec):
    if spec.kind == "whole":
        return hnp.arrays(spec.dtype, spec.shape, elements=st.integers(spec.low, spec.high))
    if spec.kind == "distinct":
        n = int(np.prod(spec.shape))
        return st.permutations(range(n)).map(lambda order: (np.array(order).reshape(spec.shape) - n // 2) / 2)
    elements = st.floats(spec.low, spec.high, width=16)
    return hnp.arrays(np.float16, spec.shape, elements=elements).map(lambda a: a.astype(float))


def arguments(case):
    """What the arguments of a case are drawn from: a dictionary, arrays in float64."""
    drawn = st.tuples(*map(strategy, case.arguments.values()))
    return drawn.map(lambda values: dict(zip(case.arguments, values, strict=True)))


def sample(case):
    """Some arguments of a case, always the same."""
    rng = np.random.default_rng(1)

    def one(spec):
        if isinstance(spec, Number):
            return spec.low + 0.75 * (spec.high - spec.low)
        if isinstance(spec, Array):
            if spec.kind == "whole":
                return rng.integers(spec.low, spec.high, spec.shape, spec.dtype, endpoint=True)
            if spec.kind == "distinct":
                n = int(np.prod(spec.shape))
                return (rng.permutation(n).reshape(spec.shape) - n // 2) / 2
            return np.asarray(np.float16(rng.uniform(spec.low, spec.high, spec.shape)), float)
        return type(spec)(map(one, spec)) if _nested(spec) else spec

    return {name: one(spec) for name, spec in case.arguments.items()}


def _nested(spec):
    return isinstance(spec, (list, tuple)) and any(isinstance(s, (Array, Number)) or _nested(s) for s in spec)


def mapped(case, args, fn):
    """The arguments, with ``fn(spec, array)`` in place of each array."""

    def one(spec, value):
        if isinstance(spec, Array):
            return fn(spec, value)
        return type(spec)(map(one, spec, value)) if _nested(spec) else value

    return {name: one(case.arguments.get(name), value) for name, value in args.items()}


def arrays(case, args, differentiable=False):
    """The arrays among the arguments, all or those that gradients flow to."""
    found = []
    mapped(case, args, lambda spec, a: found.append(a) if spec.grad or not differentiable else None)
    return found


def arrays_in(spec):
    """The descriptions of arrays in a case."""
    if isinstance(spec, Array):
        return [spec]
    parts = spec.values() if isinstance(spec, dict) else spec if isinstance(spec, (list, tuple)) else ()
    return [a for part in parts for a in arrays_in(part)]


def in_dtype(case, args, dtype):
    """The arguments, with floats in ``dtype``."""
    return mapped(case, args, lambda spec, a: a if spec.kind == "whole" else a.astype(spec.dtype or dtype))


# Calling ------------------------------------------------------------------------------------------------------------------------


def call(row, args, of=None):
    """The results of a row's function (or of the same in ``of``) as a tuple; ``numpy.random`` starts from one seed."""
    ys = _called(row, row.call or getattr(of or F, row.name), args)
    return ys if row.take is None else ys[row.take : row.take + 1]


def reference(row, args):
    """What the row's reference says."""
    with np.errstate(all="ignore"):
        return tuple([np.asarray(y) for y in _called(row, row.ref, args)])


def _called(row, fn, args):
    np.random.seed(0)
    if row.call is not None:
        ys = fn(*args.values())
    else:
        (first, value), *rest = args.items()
        ys = fn(*(value if first.startswith("*") else [value]), **dict(rest))
    return tuple(_flat(ys))


def _flat(ys):
    return [y for part in ys for y in _flat(part)] if isinstance(ys, tuple) else [ys]


def variables(case, args, module=chainjax):
    """The arguments with Variables in place of the arrays that gradients flow to, and these Variables."""
    made = []

    def one(spec, array):
        if not spec.grad:
            return array
        made.append(module.Variable(array))
        return made[-1]

    return mapped(case, args, one), made


def outputs(case, args, module=chainjax):
    """``(inputs, results)``, Variables all."""
    args, xs = variables(case, args, module)
    return xs, call(case.row, args, module.functions)


def seeds(like, salt=0):
    """For arrays, others of their shapes and dtypes to go backward from, or to go along. None of the numbers is 0."""
    rng = np.random.default_rng(salt)
    return [np.asarray(rng.choice([-1, 1], a.shape) * rng.integers(1, 9, a.shape) / 4).astype(a.dtype) for a in like]


def gradients(case, args, gys=None, module=chainjax):
    """The gradients of the inputs, as arrays; zeros where there is none."""
    xs, ys = outputs(case, args, module)
    gys = seeds(ys) if gys is None else gys
    gxs = module.grad(ys, xs, [module.Variable(g) for g in gys])
    return [np.zeros(x.shape, x.dtype) if g is None else g.array for g, x in zip(gxs, xs, strict=True)]


def second_gradients(case, args, ws, module=chainjax):
    """The gradients of ``sum(ws * gradients)`` for the inputs and for the seeds, as arrays; zeros where there is none."""
    xs, ys = outputs(case, args, module)
    gys = [module.Variable(g) for g in seeds(ys)]
    gxs = module.grad(ys, xs, gys, enable_double_backprop=True)
    weights = {}  # Chainer gives one Variable for several inputs where their gradients are equal
    for g, w in zip(gxs, ws, strict=True):
        if g is not None:
            weights[id(g)] = (g, w + weights[id(g)][1] if id(g) in weights else w)
    gxs, ws = zip(*weights.values(), strict=True)
    ggs = module.grad(gxs, xs + gys, list(map(module.Variable, ws)))
    return [np.zeros(x.shape, x.dtype) if g is None else g.array for g, x in zip(ggs, xs + gys, strict=True)]


@contextlib.contextmanager
def by_kernels():
    """One tier of replay only, whose kernels all examples and laws of a row share."""
    with chainjax.using_config("deterministic", True):
        yield


@contextlib.contextmanager
def by_numpy():
    """The first tier only, as far as it goes; what it does not know is compiled."""
    with pytest.MonkeyPatch.context() as patch, chainjax.using_config("lazy", False):
        patch.setattr(_by_numpy, "COMPUTES", True)
        patch.setattr(_replay, "executables", Bounded(most_bytes=1 << 28))
        yield


# Comparing ----------------------------------------------------------------------------------------------------------------------


def assert_close(row, actual, expected, what, scale=0.0):
    """Within the tolerance of the dtype of ``actual``; ``scale``: a magnitude that errors are measured by, if it is the larger."""
    name = actual.dtype.name
    assert actual.shape == expected.shape, f"{what}: shape {actual.shape}, expected {expected.shape}"
    if name not in TOLERANCES:
        assert np.array_equal(actual, expected), f"{what}: {actual!r}, expected {expected!r}"
        return
    rtol, atol = TOLERANCES[name]
    with np.errstate(over="ignore"):
        expected = expected.astype(name).astype(float)
    atol *= max(np.abs(expected[np.isfinite(expected)]).max(initial=0.0), scale)
    atol = max(atol, 8 * float(np.finfo(name).smallest_subnormal))  # each of a few terms may be rounded to these steps
    rtol, atol = row.widen.get(name, (rtol, atol))
    assert np.allclose(actual.astype(float), expected, rtol, atol, equal_nan=True), f"{what}: {actual!r}, expected {expected!r}"


def slope(f):
    """The derivative of ``f`` at 0, by differences."""

    def quotient(h):
        return (f(h) - f(-h)) / (2 * h)

    return (4 * quotient(STEP / 2) - quotient(STEP)) / 3


def inner(xs, ys):
    """The inner product of two lists of arrays, and the sum of the magnitudes of its terms."""
    terms = [np.asarray(x, float) * np.asarray(y, float) for x, y in zip(xs, ys, strict=True)]
    return sum(t.sum() for t in terms), sum(np.abs(t).sum() for t in terms)


def assert_slope(gradient, direction, f, what):
    """``gradient`` along ``direction`` must be the slope of ``f``, a function of the length of the way."""
    got, size = inner(gradient, direction)
    expected = slope(f)
    assert abs(got - expected) <= NEAR * max(size, abs(f(0.0)), 1.0), f"{what}: slope {got!r}, by differences {expected!r}"


def moved(case, args, direction, t):
    """The arguments, with the arrays that gradients flow to moved by ``t * direction``."""
    ways = iter(direction)
    return mapped(case, args, lambda spec, a: a + t * next(ways) if spec.grad else a)


def directions(case, args):
    """A way to go from the arguments, for each array that gradients flow to: nowhere where the slope jumps."""
    ways = seeds(arrays(case, args, differentiable=True), salt=1)
    if case.row.kinks is not None:
        smooth = np.abs(case.row.kinks(**args)) > 4 * STEP * 2
        ways = [np.where(smooth, w, 0) if w.shape == smooth.shape else w for w in ways]
    return ways


def paste(row, args):
    """A line that makes the call again."""
    name = f"F.{row.name}" if row.call is None else f"({row.name})"
    return f"{name}({', '.join(f'{k}={v!r}' for k, v in args.items())})"
