"""Replay: when something is computed, in which tier, and that nothing grows."""

import gc
import os
import subprocess
import sys
import textwrap
import warnings

import numpy as np
import pytest

import jax

import chainjax
from chainjax import engine
from chainjax import functions as F
from chainjax.backends._verify import ReplayMismatch


def x_of(*numbers):
    return chainjax.Variable(np.float32(numbers))


class Double(chainjax.FunctionNode):
    """A user's function in NumPy."""

    def forward(self, inputs):
        return (inputs[0] * np.float32(2),)

    def backward(self, indexes, grad_outputs):
        return (grad_outputs[0] * 2,)


# When ------------------------------------------------------------------------------------------------------------------------------


def test_nothing_is_computed_until_it_is_looked_at(counted):
    x = x_of(1, 2)
    y = F.sum(F.exp(x) * 2 + 1)
    y.backward()
    assert counted()["flushes"] == 0
    assert y._contents.array is None
    assert x._grad.array is None
    assert y.shape == ()
    assert x.dtype == np.float32
    np.testing.assert_allclose(x.grad, 2 * np.exp([1, 2]), 1e-6)
    assert counted()["flushes"] == 1
    np.testing.assert_allclose(y.array, 2 * np.exp([1, 2]).sum() + 2, 1e-6)
    assert counted()["flushes"] == 0  # it was made by the same replay


@pytest.mark.parametrize(
    "look",
    [
        lambda y: y.array,
        lambda y: y.data,
        lambda y: float(y.array[0]),
        repr,
        str,
        lambda y: y.jax,
        lambda y: F.sum(y).item(),
        lambda y: Double().apply((y,)),
        lambda y: y.debug_print(),
        lambda y: engine.flush(),
    ],
)
def test_looking_computes(look, counted):
    y = x_of(1, 2) + 1
    look(y)
    assert counted()["flushes"] >= 1
    assert y._contents.__class__ is not engine.Value or y._contents.array is not None


@pytest.mark.parametrize(
    "ask", [lambda y: y.shape, lambda y: y.dtype, lambda y: y.ndim, len, lambda y: y.size, lambda y: y.creator, lambda y: y.label, id]
)
def test_asking_for_a_shape_computes_nothing(ask, counted):
    ask(x_of(1, 2) + 1)
    assert counted()["flushes"] == 0


def test_an_update_computes(quadratic, counted):
    model = quadratic()
    model.step()
    assert counted()["flushes"] == 1
    model.step_in_numpy()
    model.check()


@pytest.mark.parametrize("how", ["lazy", "debug", "hook"])
def test_eager_modes_compute_at_once(how, counted):
    class Hook(chainjax.FunctionHook):
        name = "hook"
        arrays = ()

        def forward_postprocess(self, function, in_data):
            self.arrays = in_data

    hook = Hook()
    context = hook if how == "hook" else chainjax.using_config(how, how == "debug")
    x = x_of(1, 2)
    with context:
        y = F.exp(x)
        assert y._contents.array is not None
        z = F.sum(y * 3)
        assert z._contents.array is not None
        z.backward()
    assert counted()["stepwise"] >= 3
    np.testing.assert_allclose(x.grad, 3 * np.exp([1, 2]), 1e-6)
    y = x + 1
    assert y._contents.array is None  # and lazy again after


# Tiers -----------------------------------------------------------------------------------------------------------------------------


def test_the_first_time_by_entries_then_by_one_program(quadratic, counted, forgotten):
    model = quadratic(4)
    model.step()
    found = counted()
    assert (found["whole"], found["stepwise"], found["compiles"]) == (0, 1, 0)
    assert found["kernels"] > 3
    model.step()
    found = counted()
    assert (found["whole"], found["stepwise"], found["compiles"], found["kernels"]) == (1, 0, 1, 0)
    model.step()
    found = counted()
    assert (found["whole"], found["stepwise"], found["compiles"], found["kernels"]) == (1, 0, 0, 0)
    for _ in range(3):
        model.step_in_numpy()
    model.check()


def test_a_structure_that_comes_back_now_and_then_is_compiled_once_it_came_often(counted, forgotten):
    found = []
    for n in range(2 * engine._replay.OFTEN):
        for f in (F.sin, F.cos):  # what comes in between at the same line is another
            float(f(F.exp(x_of(n, 1))).array[0])
        found.append(counted()["compiles"])
    assert found[engine._replay.OFTEN - 1] == sum(found) == 2


def test_both_tiers_agree_with_numpy(quadratic):
    for deterministic in (False, True):
        with chainjax.using_config("deterministic", deterministic):
            model = quadratic(6)
            for _ in range(5):
                loss = model.step()
                np.testing.assert_allclose(loss.array, model.step_in_numpy(), 1e-5)
            model.check()


def test_deterministic_uses_one_tier_and_repeats_bit_for_bit(quadratic, counted):
    def run(steps, model=None):
        model = model or quadratic(7)
        return model, [np.array(model.step().array).tobytes() for _ in range(steps)], model.weights().tobytes()

    with chainjax.using_config("deterministic", True):
        _, losses, weights = run(8)
        assert counted()["whole"] == 0
        _, again, weights_again = run(8)
        half, first, _ = run(4)
        _, second, resumed = run(4, half)
    assert losses == again == first + second
    assert weights == weights_again == resumed


# Nothing grows -------------------------------------------------------------------------------------------------------------------

THOUSAND_STEPS = """
    import gc, resource, sys
    import numpy as np, jax
    import chainjax
    from chainjax import engine, functions as F, links as L

    engine._replay._COMPILE = engine._replay._COMPILE_ENTRY = 0  # for so small a model it would not pay

    def resident():
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * resource.getpagesize()

    def sizes():
        gc.collect()
        caches = (len(engine._executables), len(engine._signature.signatures), len(engine.Aval._table), len(engine._replay._seen))
        return caches, len(jax.live_arrays()), len(gc.get_objects()), resident()

    model = chainjax.Sequential(L.Linear(8, 8), F.relu, L.BatchNormalization(8), L.Linear(8, 3))
    optimizer = chainjax.optimizers.Adam().setup(model)
    rng = np.random.RandomState(0)

    def step(n):
        optimizer.alpha = 0.001 / (1 + n)
        x, t = rng.rand(4, 8).astype("f"), rng.randint(0, 3, 4).astype("i")
        loss = F.softmax_cross_entropy(model(x), t)
        model.cleargrads()
        loss.backward()
        optimizer.update()
        return float(loss.array)

    for n in range(200):
        step(n)
    before = sizes()
    for n in range(200, 1000):
        step(n)
    after = sizes()
    compiles = engine.statistics()["compiles"]
    print(compiles, before[0] == after[0], after[1] - before[1], after[2] - before[2], after[3] - before[3])
"""


def in_a_new_process(program, **environment):
    code = textwrap.dedent(program)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the system does not tell how much memory a process has")
def test_a_thousand_steps_are_one_program_and_nothing_grows():
    compiles, same_caches, arrays, objects, resident = in_a_new_process(THOUSAND_STEPS)
    assert int(compiles) == 1
    assert same_caches == "True"
    assert int(arrays) <= 0
    assert int(objects) <= 100  # one object a step would be 800; JAX itself keeps some 20
    assert int(resident) < 4 << 20


STRUCTURES = """
    import gc, resource
    import numpy as np
    import chainjax
    from chainjax import engine
    from chainjax.engine import _replay

    def resident():
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * resource.getpagesize()

    functions = [lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x - y]
    x = chainjax.Variable(np.ones(3, "f"))

    def structure(n):
        ys = [x]
        for k in range(9):
            ys.append(functions[n % 3](ys[-1], ys[n % len(ys)]))
            n //= 3
        return ys[-1].array

    for n in range(200):
        structure(n)
    engine.reset_statistics()
    gc.collect()
    before, tables = resident(), len(_replay._seen)
    for n in range(200, 200 + COUNT):
        structure(n)
    gc.collect()
    found = engine.statistics()
    print(found["stepwise"], found["compiles"], len(_replay._seen) - tables, found["cache_bytes"], len(engine._executables),
          resident() - before)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="the system does not tell how much memory a process has")
def test_ten_thousand_structures_cost_their_hashes():
    count = 10_000
    found = in_a_new_process(STRUCTURES.replace("COUNT", str(count)))
    stepwise, compiles, seen, cache_bytes, programs, resident = map(int, found)
    assert stepwise == count
    assert compiles == 0
    assert count / 2 <= seen <= 1 << 14
    assert cache_bytes < 20 << 20
    assert programs < 30
    assert resident < 20 << 20


def test_executables_and_signatures_are_bounded(monkeypatch, forgotten):
    monkeypatch.setattr(engine._executables, "most_bytes", 4 << 20)
    for n in range(1, 40):
        y = chainjax.Variable(np.ones(n, np.float32)) * 2
        assert y.array.sum() == 2 * n
        assert engine._executables.bytes <= 4 << 20
    assert engine._signature.signatures.most < 1 << 16


# What is let go -----------------------------------------------------------------------------------------------------------------


def test_values_that_only_spent_nodes_hold_are_not_made_and_come_back_when_wanted(counted):
    x = x_of(0.3, 0.5)
    hidden = F.tanh(x * 2)
    node = hidden.node
    loss = F.sum(hidden * hidden)
    del hidden
    loss.backward()
    float(loss.array)
    assert node._variable() is None
    g = np.array(x.grad)
    x.cleargrad()
    loss.backward()  # a second one, through what was let go
    np.testing.assert_array_equal(x.grad, g)
    assert counted()["recovered"] == 1


def test_a_fresh_graph_above_keeps_what_lies_below(counted):
    x = x_of(0.3, 0.5)
    hidden = F.tanh(x * 2)
    one, two = F.sum(hidden * hidden), F.sum(F.exp(hidden))
    del hidden
    one.backward()
    float(one.array)
    x.cleargrad()
    two.backward()
    h = np.tanh([0.6, 1.0])
    np.testing.assert_allclose(x.grad, np.exp(h) * (1 - h * h) * 2, 1e-5)
    assert counted()["recovered"] == 0


def wanted_again(quadratic, steps):
    """The gradients that a loss gives once more after its parameters were updated, in the ``steps`` where somebody asks; and warnings."""
    model, seen = quadratic(3), []

    def step(again):
        hidden = F.tanh(F.linear(model.x, model.link.W))
        loss = F.sum(F.sigmoid(hidden * 2))
        del hidden
        model.link.cleargrads()
        loss.backward()
        model.optimizer.update()
        if again:
            model.link.cleargrads()
            loss.backward()
            seen.append(np.array(model.link.W.grad_var._peek()))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for again in steps:
            step(again)
    return seen, [str(w.message) for w in caught]


def test_the_first_time_a_recipe_has_the_parameters_as_they_were(quadratic, forgotten, counted):
    deferred, texts = wanted_again(quadratic, [True] * 4)
    counts = counted()
    with chainjax.using_config("lazy", False):
        eager, _ = wanted_again(quadratic, [True] * 4)
    assert texts == []
    np.testing.assert_allclose(deferred, eager, rtol=1e-6)
    assert counts["recovered"] == 1  # from then on nothing is let go


def test_a_recipe_whose_inputs_were_updated_warns_once_and_is_kept_from_then_on(quadratic, forgotten):
    steps = [False, False, True, True, True]  # who did not ask in the first step is not expected to
    deferred, texts = wanted_again(quadratic, steps)
    with chainjax.using_config("lazy", False):
        eager, _ = wanted_again(quadratic, steps)
    assert len(texts) == 1
    assert "test_replay.py" in texts[0]
    assert "computed with their present values" in texts[0]
    assert not np.allclose(deferred[0], eager[0], rtol=1e-3)
    np.testing.assert_allclose(deferred[1:], eager[1:], rtol=1e-6)


# verify_replay ------------------------------------------------------------------------------------------------------------------


def test_verify_replay_names_the_entry_and_line_whose_numbers_differ(monkeypatch):
    plain = engine._replay._whole

    def broken(tape, *args):
        program = plain(tape, *args)
        call = program.call

        class Off:
            needs = 0

            @staticmethod
            def call(*arrays):
                return [a + 1 if a.shape == (5,) else a for a in call(*arrays)]

        return Off

    def run():
        x = np.float32([1, 2, 3, 4, 5])
        y = F.sum(F.sin(x))
        z = F.exp(x)  # what the test finds
        return y.array, z

    with chainjax.using_config("verify_replay", True), chainjax.no_backprop_mode():
        for _ in range(3):
            run()
        monkeypatch.setattr(engine._replay, "_whole", broken)
        with pytest.raises(ReplayMismatch, match=r"exp\(\(5,\) float32\), recorded at .*test_replay.py:") as caught:
            run()
    line = int(str(caught.value).split("test_replay.py:")[1].split(":")[0].split()[0])
    with open(__file__) as f:
        assert "what the test finds" in f.readlines()[line - 1]
    engine.thread().tape = None


def test_verify_replay_accepts_what_is_right(quadratic):
    model = quadratic(4)
    with chainjax.using_config("verify_replay", True):
        for _ in range(4):
            model.step()
            model.step_in_numpy()
    model.check()


def test_live_arrays_are_let_go_with_their_variables():
    gc.collect()
    y = F.exp(chainjax.Variable(np.ones(7, np.float32)))
    engine.flush()
    n = len(jax.live_arrays())
    del y
    gc.collect()
    assert len(jax.live_arrays()) < n


def test_where_structures_change_all_the_time_two_in_a_row_are_chance(counted, forgotten):
    def step(n):
        x = x_of(1, 2, 3)
        for _ in range(n):
            x = F.tanh(x)
        return float(F.sum(x).array)

    for n in [*range(1, 60), 59, 3, 3, 4, 4]:
        step(n)
    assert counted()["compiles"] == 0
    for _ in range(6):
        step(2)
    assert counted()["compiles"] == 1


def test_a_tape_of_many_pieces_is_worth_programs_only_if_it_comes_back_often(monkeypatch, counted):
    monkeypatch.setattr(engine._tape, "LONG", 2)

    def evaluate():
        with chainjax.no_backprop_mode():
            ys = [F.exp(F.tanh(np.ones(n, np.float32))) for n in range(1, 26)]
            return [y.array for y in ys]

    for _ in range(3):
        evaluate()
    few = counted()
    assert few["bounded"] >= 3 * 10
    assert few["compiles"] <= 3
    for _ in range(6):
        evaluate()
    assert counted()["compiles"] > 3


def test_what_has_a_program_is_run_by_it_wherever_it_comes(counted, forgotten):
    x = chainjax.Variable(np.ones(7, np.float32))

    def first():
        return F.sin(F.cos(x)).array

    for _ in range(4):
        first()
    assert counted()["compiles"] == 1
    for n in range(3):
        F.sin(F.exp(np.ones(10 + n, "f"))).array  # noqa: B018  another structure each time, so that nothing comes in a row
        F.sin(F.cos(x)).array  # noqa: B018
        F.sin(F.exp(np.ones(20 + n, "f"))).array  # noqa: B018
    found = counted()
    assert (found["whole"], found["compiles"]) == (3, 0)
