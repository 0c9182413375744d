"""Transformations of optax as optimizers."""

import numpy as np
import optax
import pytest

import jax

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax import engine, optimizers

X = np.random.RandomState(1).randn(6, 3).astype("f")
T = np.int32([0, 1, 1, 0, 1, 0])
CHAIN = optax.chain(optax.clip_by_global_norm(0.5), optax.adamw(optax.linear_schedule(0.1, 0.01, 5), weight_decay=0.1))


class Net(chainjax.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.first = L.Linear(None, 4)
            self.last = L.Linear(4, 2)

    def forward(self, x, t):
        return F.softmax_cross_entropy(self.last(F.tanh(self.first(x))), t)


def net():
    np.random.seed(0)
    return Net()


def by_optax(transform, steps):
    """The parameters that optax itself comes to."""
    link = net()
    link(X, T)
    params, apply = chainjax.functional(link)
    state = transform.init(params)
    for _ in range(steps):
        grads = jax.grad(lambda p: apply(p, X, T)[0])(params)
        updates, state = transform.update(grads, state, params)
        params = optax.apply_updates(params, updates)
    return params


def test_steps_are_those_of_optax():
    link = net()
    optimizer = optimizers.Optax(CHAIN).setup(link)
    for _ in range(4):
        optimizer.update(link, X, T)
    with jax.numpy_dtype_promotion("standard"):
        expected = by_optax(CHAIN, 4)
    for path, param in link.namedparams():
        np.testing.assert_allclose(param.array, expected[path], 1e-4, 1e-6, err_msg=path)
    assert optimizer.t == link.first.W.update_rule.t == 4
    assert optimizer.state[1][0].count == 4


def test_a_step_compiles_nothing_and_reads_nothing():
    link = net()
    optimizer = optimizers.Optax(CHAIN).setup(link)
    for _ in range(3):
        optimizer.update(link, X, T)
    engine.reset_statistics()
    optimizer.update(link, X, T)
    counts = engine.statistics()
    assert counts["kernels"] == counts["compiles"] == 0
    assert counts["flushes"] == 1  # that of update


@pytest.mark.parametrize("suffix", ["npz", "hdf5"])
def test_the_state_is_saved_and_loaded(suffix, tmp_path):
    link, other = net(), net()
    optimizer, loaded = optimizers.Optax(CHAIN).setup(link), optimizers.Optax(CHAIN).setup(other)
    other(X, T)  # it has its shapes then
    for _ in range(2):
        optimizer.update(link, X, T)
    for name, saved, into in (("link", link, other), ("optimizer", optimizer, loaded)):
        getattr(chainjax.serializers, f"save_{suffix}")(tmp_path / name, saved)
        getattr(chainjax.serializers, f"load_{suffix}")(tmp_path / f"{name}{'.npz' * (suffix == 'npz')}", into)
    for _ in range(2):
        optimizer.update(link, X, T)
        loaded.update(other, X, T)
    for (path, p), (_, q) in zip(link.namedparams(), other.namedparams(), strict=True):
        np.testing.assert_array_equal(p.array, q.array, err_msg=path)


def test_a_state_that_does_not_fit_changes_nothing(tmp_path):
    link, other = net(), net()
    optimizer = optimizers.Optax(optax.sgd(0.1)).setup(link)
    optimizer.update(link, X, T)
    chainjax.serializers.save_npz(tmp_path / "o.npz", optimizer)
    other(X, T)
    loaded = optimizers.Optax(optax.adam(0.1)).setup(other)
    with pytest.raises(KeyError, match="optax/0"):
        chainjax.serializers.load_npz(tmp_path / "o.npz", loaded)
    assert loaded.t == 0
    assert loaded.state is None


def test_disabled_parameters_stay_and_hooks_are_called():
    link, seen = net(), []
    optimizer = optimizers.Optax(optax.sgd(0.1)).setup(link)
    optimizer.update(link, X, T)
    link.first.disable_update()
    link.last.W.update_rule.add_hook(lambda rule, param: seen.append(param.name), "see")
    optimizer.add_hook(chainjax.optimizer_hooks.WeightDecay(0.1))
    before, other = link.first.W.array.copy(), link.last.b.array.copy()
    optimizer.update(link, X, T)
    np.testing.assert_array_equal(link.first.W.array, before)
    assert (link.last.b.array != other).any()
    assert seen == ["W"]


def test_a_parameter_that_comes_later_is_said_to_be_unknown():
    link = net()
    optimizer = optimizers.Optax(optax.sgd(0.1)).setup(link)
    optimizer.update(link, X, T)
    link.add_link("more", L.Linear(2, 2))
    for param in link.more.params():
        param.update_rule = optimizer.create_update_rule()
    with pytest.raises(RuntimeError, match="call setup again"):
        optimizer.update(link, X, T)


def test_wants_a_transformation():
    with pytest.raises(TypeError, match="with init and update"):
        optimizers.Optax(0.1)
