"""Laws of optimizers and their hooks: law x row of the registry."""

import inspect

import numpy as np
import pytest

import chainjax
from chainjax import engine
from chainjax.backends._verify import TOLERANCES
from tests.conformance.registry import numbers
from tests.laws.calls import by_kernels
from tests.registry import HOOKS, OPTIMIZERS

every = pytest.mark.parametrize("row", OPTIMIZERS, ids=lambda row: f"{row}-{'-'.join(row.kwargs)}")
every_hook = pytest.mark.parametrize("hook", HOOKS, ids=repr)


def made(row, **kwargs):
    return getattr(chainjax.optimizers, row.name)(**(kwargs or row.kwargs))


def step(optimizer, link, grads):
    link.p.grad, link.q.grad = (g.copy() for g in grads)
    with by_kernels():
        optimizer.update()


def replay(row, params, grads, kwargs, states=None, t=0):
    """The rule of the row on NumPy arrays in float64."""
    states = [{} for _ in params] if states is None else states
    for n, gs in enumerate(grads):
        params = [row.rule(p, g.astype(float), s, t + n + 1, **kwargs) for p, g, s in zip(params, gs, states, strict=True)]
    return params, states


@every
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_steps_follow_the_rule(row, dtype):
    link, grads = numbers.model_of(chainjax, dtype)
    optimizer = made(row).setup(link)
    params = [link.p.array.astype(float), link.q.array.astype(float)]
    for gs in grads:
        step(optimizer, link, gs)
    expected, _ = replay(row, params, grads, row.kwargs)
    rtol, atol = TOLERANCES[dtype]
    for param, e in zip((link.p, link.q), expected, strict=True):
        assert param.dtype == dtype
        np.testing.assert_allclose(param.array.astype(float), e, rtol, atol * 4)


@every
def test_steps_are_chainers(row):
    with by_kernels():
        got = numbers.of_optimizer(chainjax, row)
    expected = numbers.golden(row)
    assert expected, "the numbers of this row are yet to be made"
    for name, array in expected.items():
        np.testing.assert_allclose(got[name], array, 1e-5, 1e-6, err_msg=name)


@every_hook
def test_hooks_are_chainers(hook):
    with by_kernels():
        got = numbers.of_hook(chainjax, hook)
    expected = numbers.golden(hook)
    assert expected, "the numbers of this row are yet to be made"
    for name, array in expected.items():
        np.testing.assert_allclose(got[name], array, 1e-5, 1e-6, err_msg=name)


@every_hook
def test_hooks_follow_their_rule(hook):
    link, grads = numbers.model_of(chainjax)
    optimizer = chainjax.optimizers.SGD(0.5).setup(link)
    optimizer.add_hook(getattr(chainjax.optimizer_hooks, hook.name)(*hook.args))
    params = [link.p.array.astype(float), link.q.array.astype(float)]
    np.random.seed(6)
    expected = []
    for t, gs in enumerate(grads):
        new = hook.rule(params, [g.astype(float) for g in gs], t, *hook.args)
        params = [p - 0.5 * g for p, g in zip(params, new, strict=True)]
        expected.append(params)
    np.random.seed(6)
    for gs, (p, q) in zip(grads, expected, strict=True):
        step(optimizer, link, gs)
        np.testing.assert_allclose(link.p.array, p, 1e-4, 1e-5)
        np.testing.assert_allclose(link.q.array, q, 1e-4, 1e-5)


@every
def test_finds_the_minimum_of_a_parabola(row):
    link = chainjax.Link(x=(2,))
    link.x.array[...] = [1, -2]
    optimizer, least = made(row, **row.parabola).setup(link), np.float32([0.5, 0.25])
    for _ in range(100):
        link.x.grad = link.x.array - least
        with by_kernels():
            optimizer.update()
    assert np.abs(link.x.array - least).max() < 0.05


@every
@pytest.mark.parametrize("suffix", ["npz", "hdf5"])
def test_state_is_saved_and_loaded(row, suffix, tmp_path):
    (link, grads), (other, _) = numbers.model_of(chainjax), numbers.model_of(chainjax)
    optimizer, loaded = made(row).setup(link), made(row).setup(other)
    for gs in grads[:2]:
        step(optimizer, link, gs)
    for name, saved, into in (("link", link, other), ("optimizer", optimizer, loaded)):
        path = tmp_path / f"{name}.{suffix}"
        getattr(chainjax.serializers, f"save_{suffix}")(path, saved)
        getattr(chainjax.serializers, f"load_{suffix}")(path, into)
    assert loaded.t == 2
    for gs in grads[2:]:
        step(optimizer, link, gs)
        step(loaded, other, gs)
    np.testing.assert_array_equal(other.p.array, link.p.array)
    np.testing.assert_array_equal(other.q.array, link.q.array)


@every
def test_a_new_hyperparameter_counts_at_once_and_compiles_nothing(row):
    name, number = row.change
    link, grads = numbers.model_of(chainjax)
    optimizer, params = made(row).setup(link), [link.p.array.astype(float), link.q.array.astype(float)]
    for gs in grads[:2]:
        step(optimizer, link, gs)
    params, states = replay(row, params, grads[:2], row.kwargs)
    before = _compiled()
    setattr(optimizer, name, number)
    assert getattr(link.p.update_rule.hyperparam, name) == number
    for gs in grads[2:]:
        step(optimizer, link, gs)
    assert _compiled() == before
    expected, _ = replay(row, params, grads[2:], {**row.kwargs, name: number}, states, t=2)
    np.testing.assert_allclose(link.p.array, expected[0], 1e-4, 1e-5)


def _compiled():
    counts = engine.statistics()
    return counts["kernels"] + counts["compiles"]


@every
def test_all_parameters_are_updated_in_one_entry(row):
    link, grads = numbers.model_of(chainjax)
    optimizer = made(row).setup(link)
    step(optimizer, link, grads[0])
    before = engine.statistics()["entries"]
    step(optimizer, link, grads[1])
    assert engine.statistics()["entries"] == before + 1


@every
def test_hyperparameters_are_attributes_with_the_defaults_of_the_rule(row):
    optimizer = made(row, **{row.change[0]: row.change[1]})
    for name, parameter in inspect.signature(type(optimizer)).parameters.items():
        default = type(optimizer).rule.defaults[name]
        assert parameter.default == default
        expected = row.change[1] if name == row.change[0] else default
        assert getattr(optimizer, name) == getattr(optimizer.hyperparam, name) == expected


def test_hooks_run_in_order_around_the_update():
    link, grads = numbers.model_of(chainjax)
    optimizer, seen = chainjax.optimizers.SGD(0.5).setup(link), []
    start = link.p.array.copy()

    def hook(name):
        return lambda opt: seen.append((name, np.array_equal(opt.target.p.array, start)))

    for name, timing in (("a", "post"), ("b", "pre"), ("c", "auto"), ("d", "post")):
        optimizer.add_hook(hook(name), name, timing)
    step(optimizer, link, grads[0])
    assert seen == [("b", True), ("c", True), ("a", False), ("d", False)]
    with pytest.raises(KeyError, match="already exists"):
        optimizer.add_hook(hook("a"), "a")
    optimizer.remove_hook("c")
    step(optimizer, link, grads[1])
    assert [name for name, _ in seen[4:]] == ["b", "a", "d"]
