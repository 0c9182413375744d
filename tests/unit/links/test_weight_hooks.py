"""Hooks that change weights: what stays, what they cost, and what happens when a call fails."""

import copy
import pickle

import numpy as np
import pytest

import chainjax
import chainjax.links as L
from chainjax import engine, link_hooks
from chainjax import functions as F
from chainjax.engine._tape import LONG

X = np.float32([[1, 2, 3]])
HOOKS = {"spectral": link_hooks.SpectralNormalization, "standardised": link_hooks.WeightStandardization}
each = pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)


def spectral(**kwargs):
    return L.Linear(3, 2).add_hook(link_hooks.SpectralNormalization(**kwargs))


def test_the_largest_singular_value_becomes_one():
    link = spectral(n_power_iteration=30)
    y = link(np.eye(3, dtype="f")).array - link.b.array
    np.testing.assert_allclose(np.linalg.norm(y, 2), 1, 1e-4)
    scaled = spectral(use_gamma=True)
    np.testing.assert_allclose(scaled.gamma.array, np.linalg.norm(scaled.W.array, 2), 1e-5)


def test_outputs_are_standardised():
    link = L.Linear(3, 2).add_hook(link_hooks.WeightStandardization(eps=0))
    w = (link(np.eye(3, dtype="f")).array - link.b.array).T
    np.testing.assert_allclose(w.mean(1), 0, atol=1e-6)
    np.testing.assert_allclose(w.std(1), 1, 1e-5)


def test_the_vector_moves_in_training_alone():
    link = spectral()
    first = link.W_u.copy()
    with chainjax.using_config("train", False):
        a, b = link(X).array, link(X).array
    np.testing.assert_array_equal(link.W_u, first)
    np.testing.assert_allclose(a, b, 1e-5)
    link(X)
    assert (link.W_u != first).any()


def test_gradients_reach_weight_and_scale():
    link = spectral(use_gamma=True)
    optimizer = chainjax.optimizers.SGD(0.1).setup(link)
    before = {name: p.array.copy() for name, p in link.namedparams()}
    optimizer.update(lambda: F.sum(link(X)))
    assert all((p.array != before[name]).any() for name, p in link.namedparams())


@each
def test_training_computes_nothing_before_it_is_looked_at(hook):
    link = L.Linear(3, 2).add_hook(hook())
    optimizer = chainjax.optimizers.SGD(0.1).setup(link)
    for _ in range(4):
        optimizer.update(lambda: F.sum(link(X)))
    engine.flush()
    before = engine.statistics()
    optimizer.update(lambda: F.sum(link(X)))
    optimizer.update(lambda: F.sum(link(X)))
    assert engine.statistics()["flushes"] - before["flushes"] == 2
    assert engine.statistics()["kernels"] == before["kernels"]


@each
def test_an_evaluation_of_watched_links_keeps_its_tape_short(hook):
    link = L.Linear(3, 3).add_hook(hook())
    with chainjax.no_backprop_mode(), chainjax.using_config("train", False):
        for _ in range(200):
            y = link(X)
            tape = engine.thread().tape
            assert tape is None or len(tape.entries) < LONG // 4
    assert np.isfinite(y.array).all()


@each
def test_a_call_that_fails_leaves_the_weight(hook):
    link = L.Linear(3, 2).add_hook(hook())
    weight = link.W
    for wrong in (np.ones((2, 5), "f"), np.ones((2, 3), "i")):
        with pytest.raises(chainjax.utils.type_check.InvalidType):
            link(wrong)
        assert link.W is weight
    assert engine.thread().calls == 0


def test_hooks_of_one_weight_work_one_after_the_other():
    np.random.seed(0)  # of some matrices 30 steps find the norm to 2e-4 only
    link = L.Linear(3, 2).add_hook(link_hooks.WeightStandardization()).add_hook(link_hooks.SpectralNormalization(n_power_iteration=30))
    weight = link.W
    w = (link(np.eye(3, dtype="f")).array - link.b.array).T
    assert link.W is weight
    np.testing.assert_allclose(w.mean(1), 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(w, 2), 1, 1e-4)


def test_a_timer_forgets_calls_that_fail():
    link, hook = L.Linear(3, 2), link_hooks.TimerHook()
    with hook:
        with pytest.raises(chainjax.utils.type_check.InvalidType):
            link(np.ones((2, 5), "f"))
        link(X)
    assert len(hook.call_history) == 1
    assert hook.total_time() == hook.call_history[0][1]


@pytest.mark.parametrize("way", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_go_on_alone(way):
    link = spectral()
    link(X)
    other = way(link)
    before = link.W_u.copy()
    np.testing.assert_array_equal(other.W_u, before)
    other(X)
    np.testing.assert_array_equal(link.W_u, before)


def test_a_process_that_knows_no_such_hook_yet_can_unpickle_it(monkeypatch):
    text = pickle.dumps(spectral())
    monkeypatch.delattr(chainjax.Link, "W_u")
    assert pickle.loads(text).W_u.shape == (2,)


def test_what_is_computed_again_is_the_same():
    one = spectral()
    two = copy.deepcopy(one)
    grads = []
    for link, call in ((one, one), (two, lambda x: F.forget(two, x))):
        x = chainjax.Variable(X)
        F.sum(call(x) ** 2).backward()
        grads.append((x.grad, link.W.grad, link.W_u))
    for a, b in zip(*grads, strict=True):
        np.testing.assert_allclose(a, b, 1e-5)


def test_removed():
    link = spectral(use_gamma=True)
    link.delete_hook("SpectralNormalization")
    assert not hasattr(link, "W_u")
    assert set(dict(link.namedparams())) == {"/W", "/b"}
    late = L.Linear(None, 2).add_hook(link_hooks.SpectralNormalization())
    late.delete_hook("SpectralNormalization")  # before it was called


@each
def test_refused(hook):
    link = L.Linear(3, 2)
    with pytest.raises(ValueError, match="no weight 'w'"):
        link.add_hook(hook(weight_name="w"))
    assert not link.local_link_hooks
    with pytest.raises(NotImplementedError, match="belongs to one link"), hook():
        pass


def test_what_has_no_singular_value_is_refused():
    with pytest.raises(ValueError, match="at least 1"):
        spectral(n_power_iteration=0)
    with pytest.raises(ValueError, match="with outputs"):
        L.Linear(3, 0).add_hook(link_hooks.SpectralNormalization())


def test_names_that_links_have_are_not_taken():
    with pytest.raises(ValueError, match="something else"):
        chainjax.link.ArrayAttribute.for_all_links("copy")
