"""Which buffers an update may consume, and that none is consumed that a handle can reach."""

import gc
import threading

import numpy as np
import pytest

import chainjax
from chainjax import engine
from chainjax import functions as F
from chainjax.engine import _tape
from chainjax.variable import _variable

SIDE = 24


@pytest.fixture(autouse=True)
def _small_spares(monkeypatch):
    monkeypatch.setattr(_tape, "SPARE", 1 << 10)


class Two:
    """Two matrices of one shape, MomentumSGD, and the same steps in NumPy: the loss is half the mean square of ``x A B``."""

    def __init__(self, device=None):
        rng = np.random.RandomState(0)
        self.A, self.B = rng.uniform(-1, 1, (2, SIDE, SIDE)).astype(np.float32)
        self.x = rng.uniform(-1, 1, (3, SIDE)).astype(np.float32)
        self.link = chainjax.Link()
        with self.link.init_scope():
            self.link.A, self.link.B = chainjax.Parameter(self.A.copy()), chainjax.Parameter(self.B.copy())
        if device:
            self.link.to_device(device)
            self.x = chainjax.get_device(device).send(self.x)
        self.optimizer = chainjax.optimizers.MomentumSGD(0.1).setup(self.link)
        self.reference = [self.A.astype(float), self.B.astype(float), 0.0, 0.0]

    def loss(self):
        return 0.5 * F.sum(F.matmul(F.matmul(self.x, self.link.A), self.link.B) ** 2)

    def step(self, between=lambda loss: None):
        loss = self.loss()
        self.link.cleargrads()
        loss.backward()
        kept = between(loss)
        self.optimizer.update()
        self.step_in_numpy()
        return kept

    def step_in_numpy(self):
        A, B, v, w = self.reference
        x = np.asarray(self.x.get() if hasattr(self.x, "get") else self.x, float)
        y = x @ A @ B
        gB, gA = (x @ A).T @ y, x.T @ (y @ B.T)
        v, w = 0.9 * v - 0.1 * gA / 100, 0.9 * w - 0.1 * gB / 100
        self.reference = [A + v, B + w, v, w]

    def check(self):
        np.testing.assert_allclose(np.asarray(self.link.A._peek()), self.reference[0], 1e-4, 1e-5)
        np.testing.assert_allclose(np.asarray(self.link.B._peek()), self.reference[1], 1e-4, 1e-5)

    def addresses(self):
        """Where the parameters and states are in memory."""
        cells = [p._contents for p in self.link.params()]
        cells += [p.update_rule.state.held("v") for p in self.link.params()]
        return {c.content.array.unsafe_buffer_pointer() for c in cells}


@pytest.fixture(params=[None, "@jax:cpu:0"])
def two(request):
    model = Two(request.param)
    model.optimizer.lr = 0.001
    return model


def test_parameters_and_states_are_updated_in_place(two, counted):
    for _ in range(3):
        two.step()
    counted()
    before = two.addresses()
    for _ in range(4):
        two.step()
        assert two.addresses() == before
    assert counted()["donated"] == 16
    two.check()


def test_the_first_step_donates_too(two, counted, monkeypatch):
    """Entry by entry; small arrays of the host are no buffers of JAX yet."""
    monkeypatch.setattr(engine._replay._let_go, "get", lambda structure: True)  # it is known that nobody wants again what is let go
    for p in two.link.params():
        engine.fetch((p * 1)._contents)
    two.step()
    found = counted()
    assert found["stepwise"] >= 1
    assert found["donated"] == (0 if two.link.A.device.xp is np else 4)
    two.step()
    assert counted()["donated"] == 4
    two.check()


def test_a_value_that_was_consumed_says_so(two):
    for _ in range(3):
        two.step()
    old = two.link.A._contents.content
    homes = [old.home]
    del old
    tape_args = two.link.A._contents.content
    two.step()
    assert not tape_args.array.is_deleted()
    assert homes[0]() is two.link.A._contents
    two.check()


@pytest.mark.parametrize("hold", ["jax", "array", "view", "variable", "state"])
def test_what_somebody_holds_is_not_donated(two, hold, counted):
    """A handle on the numbers of a step keeps them as they were (or, where it shares the cell, as Chainer shows them)."""
    for _ in range(3):
        two.step()
    param = two.link.A
    handle = {
        "jax": lambda: param.jax,
        "array": lambda: param.array,
        "view": lambda: param.array[1:] if two.link.A.device.xp is np else param.array[1:].jax,
        "variable": lambda: param + 0,
        "state": lambda: param.update_rule.state["v"],
    }[hold]()
    was = np.array(handle.array if hold == "variable" else np.asarray(handle))
    counted()
    two.step()
    two.step()
    now = np.asarray(handle.array if hold == "variable" else handle)
    follows = hold in ("array", "state") or (hold == "view" and two.link.A.device.xp is np)
    expected = {"array": two.reference[0], "view": two.reference[0][1:], "state": two.reference[2]}[hold] if follows else was
    np.testing.assert_allclose(now, expected, 1e-4, 1e-5)
    two.check()
    if hold == "array":
        assert handle is param.array
    del handle, now
    for _ in range(3):
        two.step()
    counted()
    two.step()
    assert counted()["donated"] == 4  # and once it is gone all is as before
    two.check()


def test_an_old_graph_that_is_fresh_keeps_its_numbers(two):
    """A loss whose backward has not run yet: what its functions saved is made and kept; parameters are read as they are then."""
    for _ in range(3):
        two.step()
    x = np.asarray(two.x.get() if hasattr(two.x, "get") else two.x, float)
    for _ in range(3):
        old = np.tanh(x @ np.array(two.link.A._peek(), float))
        other = F.sum(F.tanh(F.matmul(two.x, two.link.A)))
        two.step()
        two.link.cleargrads()
        other.backward()
        np.testing.assert_allclose(np.asarray(two.link.A.grad_var._peek()), x.T @ (1 - old**2), 1e-4, 1e-4)
        np.testing.assert_allclose(np.asarray(other._peek()), old.sum(), 1e-4, 1e-4)
        two.check()


# Made and replaced on one tape ------------------------------------------------------------------------------------------------


def test_two_updates_on_one_tape(counted):
    two = Two()
    two.optimizer.lr = 0.001

    def step():
        for _ in range(2):
            loss = two.loss()
            two.link.cleargrads()
            loss.backward()
            for p in two.link.params():
                p.update()
            two.step_in_numpy()
        engine.flush()

    for _ in range(5):
        step()
        two.check()
    found = counted()
    assert found["compiles"] <= 2
    assert found["donated"] >= 4 * 3


def test_what_is_made_and_replaced_on_one_tape_is_no_result_of_its_program(monkeypatch):
    """The parameters of between two updates are not made for their own sake, and entry by entry their buffers are used again."""
    two, lives, gives = Two(), [], []
    plan, run = engine._replay._plan, engine._replay._run

    def planned(tape, where):
        made = plan(tape, where)
        lives.append([u[2].slot in made.live for u in tape.updates])
        return made

    def ran(sig, give, *args):
        if sig.name == "update":
            gives.append(len(give))
        return run(sig, give, *args)

    monkeypatch.setattr(engine._replay, "_plan", planned)
    monkeypatch.setattr(engine._replay, "_run", ran)
    for deterministic in (True, True, False, False):
        with chainjax.using_config("deterministic", deterministic):
            for _ in range(2):
                loss = two.loss()
                two.link.cleargrads()
                loss.backward()
                for p in two.link.params():
                    p.update()
            engine.flush()
    first = [False] * 4 + [True] * 4  # of each update: a parameter and its state
    assert lives[1:] == [first] * 3
    assert gives[4:8] == [2] * 4


def test_two_updates_and_what_was_between_is_wanted():
    """The parameter of after the first update, held by a Variable, a pending use or a snapshot, outlives the second."""
    two = Two()
    two.optimizer.lr = 0.001
    for _ in range(5):
        seen = []
        for n in range(2):
            loss = two.loss()
            two.link.cleargrads()
            loss.backward()
            for p in two.link.params():
                p.update()
            two.step_in_numpy()
            if n == 0:
                seen = [two.link.A + 0, F.sum(two.link.B), two.link.A.jax, two.reference[0], two.reference[1].sum()]
        engine.flush()
        np.testing.assert_allclose(seen[0].array, seen[3], 1e-4, 1e-5)
        np.testing.assert_allclose(seen[1].array, seen[4], 1e-3, 1e-3)
        np.testing.assert_allclose(np.asarray(seen[2]), seen[3], 1e-4, 1e-5)
        two.check()


def test_one_value_that_two_parameters_got_is_consumed_once():
    """``copydata`` of one result into two parameters, which one update then replaces: a buffer cannot be donated twice."""
    two = Two()
    two.optimizer.lr = 0.0
    for p in two.link.params():
        p.update_rule.hyperparam.momentum = 0.0
    source = chainjax.Variable(np.full((SIDE, SIDE), 0.5, np.float32))
    for _ in range(4):
        new = source * 3
        loss = two.loss()
        two.link.cleargrads()
        loss.backward()
        two.link.A.copydata(new)
        two.link.B.copydata(new)
        del new
        two.optimizer.update()
        assert (two.link.A._peek() == 1.5).all()
        assert (two.link.B._peek() == 1.5).all()


def test_a_parameter_that_is_its_own_gradient():
    """On a device ``p.grad = p.array`` shares: one buffer goes into the update twice, and may be consumed once."""
    two = Two("@jax:cpu:0")
    two.optimizer = chainjax.optimizers.SGD(0.5).setup(two.link)
    A = two.A.copy()
    for _ in range(4):
        two.link.cleargrads()
        two.link.A.grad = two.link.A.array
        two.optimizer.update()
        A *= 0.5
        np.testing.assert_allclose(two.link.A.array.get(), A)


@pytest.mark.parametrize("deterministic", [True, False])
@pytest.mark.parametrize("updates", [1, 2])
def test_a_later_entry_of_the_tape_reads_what_the_update_replaced(updates, deterministic, monkeypatch):
    """The update is not the last use of the old numbers, so it must not consume them; and who uses them last has no use for the buffer."""
    two = Two()
    monkeypatch.setattr(engine.thread(), "deterministic", deterministic)
    two.optimizer.lr = 0.001
    for _ in range(4):
        for _ in range(updates):
            loss = two.loss()
            two.link.cleargrads()
            loss.backward()
            old = _variable(two.link.A._contents.content)
            for p in two.link.params():
                p.update()
            expected = two.reference[0].sum()
            two.step_in_numpy()
        with chainjax.no_backprop_mode():
            late = F.sum(old)
        del old, loss
        engine.flush()
        np.testing.assert_allclose(late.array, expected, 1e-4, 1e-3)
        for p, r in zip(two.link.params(), two.reference, strict=False):
            np.testing.assert_allclose(p._peek(), r, 1e-4, 1e-5)


# Spare buffers ------------------------------------------------------------------------------------------------------------------


def spares_used(monkeypatch):
    """How many spare buffers each replay has used, as a list that grows."""
    used, plain = [], engine._replay._usable

    def usable(*args):
        found = plain(*args)
        used.append(len(found))
        return found

    monkeypatch.setattr(engine._replay, "_usable", usable)
    return used


def test_gradients_are_written_where_the_last_ones_were(two, monkeypatch, counted):
    used = spares_used(monkeypatch)
    for _ in range(6):
        two.step()
        two.check()
    assert used[-3:] == [2, 2, 2]
    assert counted()["compiles"] <= 2
    addresses = {p._grad.array.unsafe_buffer_pointer() for p in two.link.params()}
    two.step()
    assert {p._grad.array.unsafe_buffer_pointer() for p in two.link.params()} == addresses


@pytest.mark.parametrize("holder", ["jax", "grad_var", "array", "pending", "recipe", "view", "other thread"])
def test_a_gradient_that_somebody_can_reach_is_not_spare(two, holder):
    for _ in range(4):
        two.step()
    x = chainjax.Variable(two.link.A.array if two.link.A.device.xp is not np else np.array(two.link.A._peek()))
    for _ in range(4):
        grad = np.array(two.link.A._grad.array)
        keep, expected = None, grad
        if holder == "jax":
            keep = two.link.A._grad.array
        elif holder == "grad_var":
            keep = two.link.A.grad_var
        elif holder == "array":
            keep = two.link.A.grad
        elif holder == "view":
            keep = np.asarray(two.link.A._grad.array)[1:]
            expected = grad[1:]
        elif holder == "pending":
            keep, expected = two.link.A.grad_var * 2, grad * 2
        elif holder == "recipe":
            # The replay that has let y go keeps its inputs: y is wanted after the gradient was offered.
            y = F.matmul(x, two.link.A.grad_var)
            z = F.sum(y * y)
            z.backward()
            float(z.array)
            keep, expected = y, np.asarray(x._peek()) @ grad
            del z
        elif holder == "other thread":
            keep = Elsewhere(two.link.A.grad_var)
            expected = grad * 3
        two.step()
        two.check()
        if isinstance(keep, Elsewhere):
            keep = keep.result()
        keep = keep.array if isinstance(keep, chainjax.Variable) else keep
        np.testing.assert_allclose(np.asarray(keep), expected, 1e-4, 1e-5)
        del keep


class Elsewhere:
    """Another thread has recorded a use of a variable and computes it when asked."""

    def __init__(self, variable):
        self.recorded, self.asked, self.found = threading.Event(), threading.Event(), None
        self.thread = threading.Thread(target=self.run, args=(variable,))
        self.thread.start()
        self.recorded.wait()

    def run(self, variable):
        y = variable * 3
        self.recorded.set()
        self.asked.wait()
        self.found = np.asarray(y._peek())

    def result(self):
        self.asked.set()
        self.thread.join()
        return self.found


def test_reading_now_one_gradient_now_another_makes_few_programs(monkeypatch, counted):
    """Which gradients are spare changes from step to step where the user looks at some: that must not be new programs each time."""
    link = chainjax.Link()
    with link.init_scope():
        for name in "abcdef":
            setattr(link, name, chainjax.Parameter(np.full((SIDE, SIDE), 0.1, np.float32)))
    optimizer = chainjax.optimizers.SGD(0.001).setup(link)
    params = list(link.params())

    def step(n):
        y = params[0]
        for p in params[1:]:
            y = F.matmul(y, p)
        loss = F.sum(y)
        link.cleargrads()
        loss.backward()
        optimizer.update()
        for i, p in enumerate(params):
            if n >> i & 1:
                assert np.isfinite(p.grad).all()

    for n in range(64):
        step(n)
    found = counted()
    assert found["compiles"] <= 3, found


def test_spares_that_fit_nothing_are_let_go():
    import weakref

    x = chainjax.Variable(np.ones((SIDE, SIDE), np.float32))
    F.sum(x * x).backward()
    engine.flush()
    grad = weakref.ref(x._grad)
    x.cleargrad()
    assert grad() is not None
    (chainjax.Variable(np.ones(3, np.float32)) + 1).array.sum()
    gc.collect()
    assert grad() is None


def test_offers_without_a_replay_do_not_accumulate_beyond_the_gradients_there_were():
    x = chainjax.Variable(np.ones((SIDE, SIDE), np.float32))
    for _ in range(20):
        F.sum(x * x).backward()
        engine.flush()
        x.cleargrad()
    assert len(engine.thread().tape.spares) == 1
