"""The registry is complete, and the tools of the laws find what they are there to find."""

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import chainjax
from chainjax import Initializer
from tests.laws import calls
from tests.laws.calls import Case
from tests.registry import APART, DISTRIBUTIONS, FUNCTIONS, HOOKS, INITIALIZERS, LINKS, OPERATORS, OPTIMIZERS
from tests.registry.spec import Bad, Number, Spec, distinct, elementwise, real, whole


def public(module, wanted):
    return {name for name, thing in vars(module).items() if not name.startswith("_") and wanted(thing)}


def is_function(thing):
    return callable(thing) and not isinstance(thing, type) and thing.__module__.startswith("chainjax.")


def is_a(base):
    return lambda thing: isinstance(thing, type) and issubclass(thing, base)


@pytest.mark.parametrize(
    ("module", "wanted", "rows"),
    [
        (chainjax.functions, is_function, FUNCTIONS),
        (chainjax.links, is_a(chainjax.Link), LINKS),
        (chainjax.distributions, is_a(chainjax.Distribution), DISTRIBUTIONS),
        (chainjax.optimizers, is_a(chainjax.Optimizer), OPTIMIZERS),
        (chainjax.optimizer_hooks, lambda thing: isinstance(thing, type), HOOKS),
        (chainjax.initializers, is_a(Initializer), INITIALIZERS),
    ],
    ids=["functions", "links", "distributions", "optimizers", "optimizer_hooks", "initializers"],
)
def test_a_row_for_each_public_name(module, wanted, rows):
    names, rows = public(module, wanted) - APART, {row.name for row in rows}
    assert names - rows == set(), f"public in {module.__name__}, but without a row in tests/registry"
    assert rows - names == set(), f"rows in tests/registry, but no such name in {module.__name__}"


def test_function_rows_are_named_once():
    names = [row.name for row in [*FUNCTIONS, *OPERATORS]]
    assert len(set(names)) == len(names)


def test_a_wider_tolerance_needs_its_reason():
    with pytest.raises(ValueError, match="reason come together"):
        Spec("f", np.sin, elementwise(), widen={"float32": (1, 1)})


# The tools ----------------------------------------------------------------------------------------------------------------------

ROW = Spec("square", np.square, elementwise())


@chainjax.jax_function
def _wrong_by_a_permille(x):
    return x * x * 1.001


@pytest.mark.parametrize("factor", [1.001, 0.0, -1.0])
def test_a_wrong_gradient_is_no_slope(factor):
    case = Case(ROW, 0)
    args = calls.sample(case)
    way = calls.directions(case, args)
    right = [2 * args["x"]]

    def f(t):
        return calls.reference(ROW, calls.moved(case, args, way, t))[0].sum()

    calls.assert_slope(right, way, f, "right")
    with pytest.raises(AssertionError, match="slope"):
        calls.assert_slope([factor * g for g in right], way, f, "wrong")


def test_a_wrong_result_is_not_close():
    case = Case(ROW, 0)
    args = calls.sample(case)
    wrong = Spec("wrong", np.square, ROW.cases, call=_wrong_by_a_permille)
    _, (y,) = calls.outputs(Case(wrong, 0), args)
    with pytest.raises(AssertionError, match="expected"):
        calls.assert_close(wrong, y.array, calls.reference(ROW, args)[0], "wrong")
    for bad in (np.zeros(3), np.full((3, 2), np.nan)):
        with pytest.raises(AssertionError):
            calls.assert_close(ROW, bad, args["x"], "bad")
    calls.assert_close(ROW, args["x"].astype("f"), args["x"], "right")


def test_wider_tolerances_are_used():
    row = Spec("f", np.sin, elementwise(), widen={"float32": (0.1, 0)}, because="a test")
    calls.assert_close(row, np.float32([1.05]), np.array([1.0]), "wide")
    with pytest.raises(AssertionError):
        calls.assert_close(row, np.float32([1.2]), np.array([1.0]), "too wide")


def test_differences_keep_away_from_kinks():
    row = Spec("absolute", np.abs, elementwise(), kinks=lambda x: x)
    args = {"x": np.array([[0.0, 1.0], [1e-3, -1.0], [0.0, 2.0]])}
    (way,) = calls.directions(Case(row, 0), args)
    assert not way[:, 0].any()
    assert way[:, 1].any()


def test_gradients_do_not_vanish_where_they_are_compared():
    """A direction or seed of zeros would make a law that cannot fail."""
    for row in FUNCTIONS:
        for n in range(len(row.cases) if row.orders else 0):
            case = Case(row, n)
            for way in calls.directions(case, calls.sample(case)):
                assert way.all() if row.kinks is None else way.any() or not way.size, case


@pytest.mark.parametrize(
    ("spec", "reached"),
    [
        (real(3, 2), lambda a: (a == 0).any()),
        (real(3, 2), lambda a: (a == -4).any() or (a == 4).any()),
        (real(3, 2, low=0.25), lambda a: (a != np.round(a)).any()),
        (whole(3, low=-1, high=2), lambda a: (a == -1).any()),
        (whole(3, low=-1, high=2), lambda a: (a == 2).any()),
        (Number(-2, 2), lambda a: a < 0),
        (distinct(3, 2), lambda a: a.argmax() == 5),
    ],
)
def test_strategies_reach_their_corners(spec, reached):
    hypothesis.find(calls.strategy(spec), reached, settings=hypothesis.settings(max_examples=2000, database=None))


@hypothesis.given(st.data())
def test_strategies_keep_to_their_domain(data):
    a = data.draw(calls.strategy(real(3, 2, low=-1, high=2)))
    assert (a.shape, a.dtype) == ((3, 2), float)
    assert -1 <= a.min() <= a.max() <= 2
    np.testing.assert_array_equal(a, a.astype(np.float16))  # so that all dtypes see the same numbers
    b = data.draw(calls.strategy(distinct(2, 4)))
    assert np.diff(np.sort(b, None)).min() >= 0.5
    c, d = data.draw(calls.strategy((whole(2, high=3), Number(0, 1))))
    assert c.dtype == np.int32
    assert 0 <= c.min() <= c.max() <= 3
    assert 0 <= d <= 1
    assert data.draw(calls.strategy(())) == ()


def test_empty_arrays_and_scalars_are_among_the_cases():
    shapes = {a.shape for row in FUNCTIONS for args in row.cases for a in calls.arrays_in(args)}
    assert () in shapes
    assert any(0 in s for s in shapes)
    assert any(1 in s for s in shapes)


def test_a_refusal_must_happen_to_count():
    bad = Bad("square: expected x to be floating point", TypeError, x=np.float32([1]))
    with pytest.raises(pytest.fail.Exception), pytest.raises(bad.error):
        calls.call(ROW, bad.arguments)
