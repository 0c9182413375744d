"""Optimizers: users' own rules, hyperparameters of single parameters, gradients that are missing."""

import copy
import pickle

import numpy as np
import pytest

import chainjax
import chainjax.links as L
from chainjax import optimizers as O
from chainjax.optimizer import GradientMethod, Hyperparameter, UpdateRule


@pytest.fixture
def link():
    link = chainjax.Link(a=(2,), b=(2,))
    for p in link.params():
        p.array[...] = 1
        p.grad = np.ones(2, "f")
    return link


class Halving(UpdateRule):
    def init_state(self, param):
        self.state["count"] = np.zeros(1)

    def update_core_cpu(self, param):
        self.state["count"] += 1
        param.data[...] /= 2


class Halver(GradientMethod):
    def create_update_rule(self):
        return Halving(self.hyperparam)


def test_a_rule_in_numpy(link):
    optimizer = Halver().setup(link)
    optimizer.update()
    optimizer.update()
    np.testing.assert_array_equal(link.a.array, [0.25, 0.25])
    assert link.a.update_rule.state["count"] == 2
    assert link.a.update_rule.t == optimizer.t == 2


def test_one_rule_in_numpy_among_built_in_ones(link):
    optimizer = O.SGD(0.5).setup(link)
    link.b.update_rule = Halving()
    link.a.grad, link.b.grad = np.float32([1, 2]), np.float32([1, 2])
    optimizer.update()
    np.testing.assert_array_equal(link.a.array, [0.5, 0])
    np.testing.assert_array_equal(link.b.array, [0.5, 0.5])


def test_a_parameter_may_have_its_own_hyperparameters(link):
    optimizer = O.SGD(1).setup(link)
    link.a.update_rule.hyperparam.lr = 0.5
    optimizer.update()
    np.testing.assert_array_equal(link.a.array, [0.5, 0.5])
    np.testing.assert_array_equal(link.b.array, [0, 0])
    optimizer.lr = 2
    assert (link.a.update_rule.hyperparam.lr, link.b.update_rule.hyperparam.lr) == (0.5, 2)


def test_hyperparameters_fall_back_on_their_parent():
    parent = Hyperparameter()
    parent.x, parent.y = 1, 2
    child = Hyperparameter(parent)
    child.y = 3
    assert child.get_dict() == {"x": 1, "y": 3}
    assert repr(child) == "Hyperparameter(x=1, y=3)"
    with pytest.raises(AttributeError):
        child.z  # noqa: B018  reading is what fails


def test_whoever_holds_an_array_sees_the_update(link):
    held = link.a.array
    O.SGD(1).setup(link).update()
    assert link.a.array is held
    np.testing.assert_array_equal(held, [0, 0])


def test_a_parameter_without_gradient_stays(link):
    link.b.cleargrad()
    O.SGD(1).setup(link).update()
    np.testing.assert_array_equal(link.b.array, [1, 1])
    np.testing.assert_array_equal(link.a.array, [0, 0])


def test_needs_a_link_and_a_setup(link):
    with pytest.raises(TypeError, match="expected a link"):
        O.SGD().setup(3)
    with pytest.raises(RuntimeError, match="not set up"):
        O.SGD().update()
    with pytest.raises(TypeError, match="no hyperparameters"):
        O.SGD.rule(rate=1)


def test_update_of_a_loss_makes_the_gradients_itself(link):
    O.SGD(1).setup(link).update(lambda x: chainjax.functions.sum(link.a * x), np.float32([2, 3]))
    np.testing.assert_array_equal(link.a.array, [-1, -2])
    np.testing.assert_array_equal(link.b.array, [1, 1])


def test_half_precision_through_single():
    link = chainjax.Link()
    with link.init_scope():
        link.w = chainjax.Parameter(np.float16([1]))
    optimizer = O.SGD(2.0**-12)
    optimizer.use_fp32_update()
    optimizer.setup(link)
    for _ in range(8):  # each step alone is below the resolution of float16 at 1
        link.w.grad = np.float16([1])
        optimizer.update()
    assert link.w.array == np.float16(1 - 2.0**-9)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda link: pickle.loads(pickle.dumps(link))])
@pytest.mark.parametrize("device", ["@numpy", "@jax"])
def test_a_link_in_training_can_be_copied_with_the_states_of_its_rules(device, copied):
    link = L.Linear(2, 1)
    link.to_device(device)
    optimizer = O.Adam().setup(link)
    for param in link.params():
        param.grad = param.xp.ones_like(param.array)
    optimizer.update()
    other = copied(link)
    for rule, same in zip((p.update_rule for p in link.params()), (p.update_rule for p in other.params()), strict=True):
        assert same.t == 1
        np.testing.assert_array_equal(np.asarray(same.state["m"]), np.asarray(rule.state["m"]))
    for p in other.params():
        p.grad = p.xp.ones_like(p.array)
        p.update()
        assert p.update_rule.t == 2


def test_overflow_is_looked_for_by_one_number_and_named_by_parameter(link):
    optimizer = O.SGD(1).setup(link)
    optimizer.loss_scaling()

    def update(factor):
        optimizer.update(lambda: chainjax.functions.sum((link.a + link.b) * np.full(2, factor, "f")))

    for _ in range(3):
        update(1)
    chainjax.engine.reset_statistics()
    update(1)
    assert chainjax.engine.statistics()["flushes"] == 2
    assert link.a._grad_var is None  # nobody has asked for the gradients themselves
    was = link.a.array.copy(), optimizer.t, link.a.update_rule.t, optimizer._loss_scale
    with pytest.warns(UserWarning, match="gradient of /[ab] is not finite") as warned:
        update(np.inf)
    assert [str(w.message)[:17] for w in warned] == ["the gradient of /", "the gradient of /"]
    np.testing.assert_array_equal(link.a.array, was[0])
    assert (optimizer.t, link.a.update_rule.t, optimizer._loss_scale) == (was[1] + 1, was[2], was[3] / 2)


def test_an_update_that_does_not_begin_is_not_counted(link, monkeypatch):
    optimizer = O.Adam().setup(link)

    def interrupted(param):
        raise KeyboardInterrupt

    with monkeypatch.context() as m:
        m.setattr(link.b.update_rule, "init_state", interrupted)
        with pytest.raises(KeyboardInterrupt):
            optimizer.update()
    assert (optimizer.t, link.a.update_rule.t) == (0, 0)
    optimizer.update()
    assert (optimizer.t, link.a.update_rule.t, link.b.update_rule.t) == (1, 1, 1)
