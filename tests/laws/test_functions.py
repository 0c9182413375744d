"""Laws of functions: law x row of the registry.

Hypothesis draws numbers; shapes and static options come from the rows, so that a row compiles a dozen small kernels and no more.
"""

import inspect
import re
import warnings

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import jax

import chainjax
import chainjax.functions as F
from chainjax import engine
from tests.laws import calls
from tests.laws.calls import Case, assert_close, by_kernels, paste
from tests.registry import FUNCTIONS, OPERATORS

ROWS = [*FUNCTIONS, *OPERATORS]
CASES = [Case(row, n) for row in ROWS for n in range(len(row.cases))]
PUBLIC = [row for row in ROWS if row.call is None]

every_case = pytest.mark.parametrize("case", CASES, ids=repr)
every_row = pytest.mark.parametrize("row", ROWS, ids=repr)


def dtypes(case):
    """The main case is tested in all dtypes, others in the widest."""
    return case.row.dtypes if case.main else case.row.dtypes[:1]


def result_dtype(row, dtype, n=0):
    """The dtype of result number ``n``."""
    return np.dtype((row.result if isinstance(row.result, str) else row.result[n]) if row.result else dtype)


@every_case
@given(data=st.data())
def test_forward_is_the_reference(case, data):
    args = data.draw(calls.arguments(case))
    expected = calls.reference(case.row, args)
    for dtype in dtypes(case):
        with by_kernels():
            _, ys = calls.outputs(case, calls.in_dtype(case, args, dtype))
        assert len(ys) == len(expected)
        for n, (y, e) in enumerate(zip(ys, expected, strict=True)):
            assert (y.dtype, y.shape) == (result_dtype(case.row, dtype, n), e.shape)
            assert_close(case.row, y.array, e, f"{paste(case.row, args)} in {dtype}")


@pytest.mark.parametrize("case", [c for c in CASES if c.row.orders], ids=repr)
@given(data=st.data())
def test_gradient_is_the_slope(case, data):
    args, row = data.draw(calls.arguments(case)), case.row
    way, what = calls.directions(case, args), paste(case.row, args)
    with by_kernels():
        gradient = calls.gradients(case, args)
        gys = calls.seeds([y.astype(result_dtype(row, float)) for y in calls.reference(row, args)])
        calls.assert_slope(gradient, way, lambda t: calls.inner(calls.reference(row, calls.moved(case, args, way, t)), gys)[0], what)
        for dtype in dtypes(case)[1:]:
            narrow = calls.gradients(case, calls.in_dtype(case, args, dtype))
            for g, e in zip(narrow, gradient, strict=True):
                assert g.dtype == dtype
                assert_close(row, g, e, f"gradient of {what} in {dtype}", scale=max(np.abs(gy).max(initial=0) for gy in gys))


@pytest.mark.parametrize("case", [c for c in CASES if c.main and c.row.orders > 1], ids=repr)
@given(data=st.data())
def test_second_gradient_is_the_slope_of_the_gradient(case, data):
    args, what = data.draw(calls.arguments(case)), f"gradient of {case.row}"
    with by_kernels():
        way = calls.directions(case, args)
        gys = calls.seeds(calls.outputs(case, args)[1])
        ways_of_gys = calls.seeds(gys, salt=2)

        def along(t):
            there = [np.asarray(g + t * w, g.dtype) for g, w in zip(gys, ways_of_gys, strict=True)]
            return calls.inner(calls.gradients(case, calls.moved(case, args, way, t), there), way)[0]

        calls.assert_slope(calls.second_gradients(case, args, way), way + ways_of_gys, along, f"{what}: {paste(case.row, args)}")


@every_row
@pytest.mark.parametrize("tier", [by_kernels, calls.by_numpy], ids=["by kernels", "by NumPy"])
def test_extremes_stay_numbers(row, tier):
    """A branch that is not taken must not spoil the gradient (inf * 0), and nothing that has a finite value may overflow on the way."""
    case = Case(row, 0)
    for dtype in row.dtypes:
        info = np.finfo(dtype)
        numbers = [0.0, -0.0] if row.extremes else [info.max, -info.max, 0.0, -0.0, info.tiny, -info.tiny]

        def extreme(spec, array, numbers=numbers):
            return np.resize(numbers, array.shape) if spec.grad else array

        args = calls.mapped(case, calls.sample(case), extreme)
        expected = calls.reference(row, args)
        what = f"{paste(row, args)} in {dtype}"
        with tier(), np.errstate(all="ignore"):
            args = calls.in_dtype(case, args, dtype)
            _, ys = calls.outputs(case, args)
            valid = [np.isfinite(e.astype(y.dtype)) for y, e in zip(ys, expected, strict=True)]
            for y, e, ok in zip(ys, expected, valid, strict=True):
                assert np.isfinite(y.array[ok]).all(), f"{what}: {y.array}, expected {e}"
                assert not np.isnan(y.array[~np.isnan(e)]).any(), f"{what}: {y.array}, expected {e}"
            if not row.orders or row.zero:
                continue
            for g in calls.gradients(case, args, [np.ones(y.shape, y.dtype) for y in ys]):
                ok = valid[0] if g.shape == valid[0].shape and len(valid) == 1 else all(v.all() for v in valid)
                seen = np.asarray(g)[np.broadcast_to(ok, g.shape)]
                assert not np.isnan(seen).any() if row.extremes else np.isfinite(seen).all(), f"gradient of {what}: {g}"


def _step(case, args):
    """Results and gradients of one pass, looked at after all is recorded."""
    xs, ys = calls.outputs(case, args)
    gxs = []
    if case.row.orders:
        gxs = chainjax.grad(ys, xs, [chainjax.Variable(g) for g in calls.seeds(ys)])
        gxs = [g for g in gxs if g is not None]
    return [v.array.copy() for v in (*gxs, *ys)]


def _compiled():
    counts = engine.statistics()
    return counts["kernels"] + counts["compiles"]


@every_row
def test_deferred_eager_and_compiled_are_the_same(row):
    case = Case(row, 0)
    args = calls.in_dtype(case, calls.sample(case), "float32")
    with by_kernels():
        first = _step(case, args)
        before = _compiled()
        again = _step(case, args)
    with chainjax.using_config("lazy", False):
        eager = _step(case, args)
    assert _compiled() == before, "the second call, or the eager one, compiled anew"
    for a, b, c in zip(first, again, eager, strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(a, c)
    for n in range(4):
        if n == 3:
            before = _compiled()
        whole = _step(case, args)
    assert _compiled() == before, "a structure that came back thrice compiled once more"
    for w, a in zip(whole, first, strict=True):
        assert_close(row, w, a, f"as one program: {paste(row, args)}", scale=2.0)


@every_case
def test_kernels_by_numpy_are_the_same(case):
    """The first tier computes the same within rounding; the second tier, compiled, is what all other laws test."""
    for dtype in [d for d in dtypes(case) if d != "float16"]:
        args = calls.in_dtype(case, calls.sample(case), dtype)
        with by_kernels():
            expected = _step(case, args)
        with calls.by_numpy():
            actual = _step(case, args)
        for a, e in zip(actual, expected, strict=True):
            assert a.dtype == e.dtype
            assert_close(case.row, a, e, f"by NumPy: {paste(case.row, args)} in {dtype}", scale=2.0)


@every_row
def test_arrays_do_for_variables_and_stay_as_they_are(row):
    case = Case(row, 0)
    args = calls.in_dtype(case, calls.sample(case), "float32")
    kept = calls.mapped(case, args, lambda _, a: a.copy())
    with by_kernels():
        _, ys = calls.outputs(case, args)
        expected = [y.array.copy() for y in ys]
        if row.orders:
            calls.gradients(case, args)
        with chainjax.no_backprop_mode():
            _, others = calls.outputs(case, args)
            assert all(y.creator is None for y in others)
        results = [others]
        if row.numpy:
            results.append(calls.call(row, args))
        for ys in results:
            for y, e in zip(ys, expected, strict=True):
                assert isinstance(y, chainjax.Variable)
                np.testing.assert_array_equal(y.array, e)
        for y in others:
            y.array[...] = 7  # what came out is the caller's: no input sees it
    for a, k in zip(calls.arrays(case, args), calls.arrays(case, kept), strict=True):
        np.testing.assert_array_equal(a, k)


@every_row
def test_traced_by_jax_is_the_same(row):
    case = Case(row, 0)
    args = calls.in_dtype(case, calls.sample(case), "float32")
    with by_kernels():
        expected = _step(case, args)
    arrays = [x.array for x in calls.variables(case, args)[1]]

    def function(*xs):
        waiting = iter(xs)
        traced = calls.mapped(case, args, lambda spec, a: chainjax.Variable(next(waiting)) if spec.grad else a)
        return [y.jax for y in calls.call(row, traced)]

    def step(xs, gys):
        if not row.orders:
            return function(*xs)
        ys, pull = jax.vjp(function, *xs)
        return [*pull(gys), *ys]

    got = jax.jit(step)(arrays, calls.seeds(expected[len(arrays) if row.orders else 0 :]))
    for g, e in zip(got, expected, strict=True):
        assert_close(row, np.asarray(g), e, f"under jax.jit: {paste(row, args)}", scale=2.0)


@pytest.mark.parametrize(("row", "bad"), [pytest.param(row, bad, id=f"{row}-{bad.message}"[:70]) for row in ROWS for bad in row.errors])
def test_refuses(row, bad):
    case = Case(row, 0)
    args = {**calls.in_dtype(case, calls.sample(case), "float32"), **bad.arguments}
    engine.flush()
    with pytest.raises(bad.error, match=re.escape(bad.message)):
        calls.call(row, args)
    tape = engine.thread().tape
    assert bad.late or tape is None or not tape.entries, "something was recorded before the error"


@pytest.mark.parametrize("row", PUBLIC, ids=repr)
def test_docstring(row):
    function = getattr(F, row.name)
    doc = inspect.getdoc(function)
    assert ">>> " in doc, "an example that is run"
    for name in inspect.signature(function).parameters:
        if name != "kwargs":
            assert re.search(rf"^    {name}: |``\*?{name}``", doc, re.MULTILINE), f"{row}: what is {name}?"
    assert "Args:" not in doc or "Returns:" in doc


@every_case
def test_real_chainer_says_the_same(case, oracle):
    row = case.row
    if case.number in row.oracle:
        pytest.skip(row.oracle[case.number])
    args = calls.sample(case)
    for dtype in dtypes(case):
        narrow = calls.in_dtype(case, args, dtype)
        with by_kernels(), _quiet():
            _, ours = calls.outputs(case, narrow)
            _, theirs = calls.outputs(case, narrow, oracle)
            for y, e in zip(ours, theirs, strict=True):
                assert (y.dtype, y.shape) == (e.dtype, e.shape)
                assert_close(row, y.array, e.array, paste(row, narrow))
    with by_kernels(), _quiet():
        pairs = []
        if row.orders:
            pairs += zip(calls.gradients(case, args), calls.gradients(case, args, module=oracle), strict=True)
        if row.orders > 1 and case.main:
            ways = calls.directions(case, args)
            pairs += zip(calls.second_gradients(case, args, ways), calls.second_gradients(case, args, ways, oracle), strict=True)
    for g, e in pairs:
        assert g.dtype == e.dtype
        assert_close(row, g, e, f"gradients of {paste(row, args)}", scale=2.0)


def _quiet():
    return warnings.catch_warnings(action="ignore")


@pytest.mark.parametrize("row", [row for row in FUNCTIONS if row.name in ("linear", "embed_id")], ids=repr)
def test_what_goes_by_row_does(row):
    """Functions that say so treat each example of their first input alone."""
    case = Case(row, 0)
    args = calls.in_dtype(case, calls.sample(case), "float64")
    name = next(iter(args))
    with by_kernels():
        _, (whole,) = calls.outputs(case, args)
        assert whole.creator._op.by_row
        for n in range(len(args[name])):
            (one,) = calls.call(row, {**args, name: args[name][n : n + 1]})
            np.testing.assert_allclose(one.array, whole.array[n : n + 1], 1e-12)
