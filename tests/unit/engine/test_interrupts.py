"""Interrupts at random moments: parameters are before or after an update as a whole, and training on gives the right numbers.

``CHAINJAX_INTERRUPTS`` is how many there are in each case (1000 once in a while; the default takes a second).
"""

import gc
import os
import random
import signal
import sys
import threading
import time

import numpy as np
import pytest

import chainjax
from chainjax import engine
from chainjax import functions as F
from chainjax import links as L
from chainjax.engine import _interrupts
from chainjax.engine._interrupts import held

COUNT = int(os.environ.get("CHAINJAX_INTERRUPTS", "60"))

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timers that interrupt")


class Interrupted(Exception):
    """An ordinary exception, as timeouts raise it: it must not be taken for the failure of a program."""


class Stopped(KeyboardInterrupt):
    pass


@pytest.fixture
def alarms(monkeypatch):
    """``alarms(error)`` lets the alarm raise it."""
    old, errors = signal.getsignal(signal.SIGALRM), []
    # The collector of garbage calls back into Python; what an alarm raises in there is shown and lost.
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: None)

    def raising(number, frame):
        raise errors[-1]

    def start(error):
        errors.append(error)
        signal.signal(signal.SIGALRM, raising)

    yield start
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, old)


class Training:
    """A model with two layers, and what its weights are after each step where nothing interrupts it."""

    def __init__(self, optimizer, steps, size):
        self.make, self.size = optimizer, size
        self.x = np.linspace(-1, 1, 4 * size).reshape(4, size).astype(np.float32)
        self.restart()
        self.expected = [self.weights()]
        for _ in range(steps):
            self.step()
            self.expected.append(self.weights())
        self.restart()

    def restart(self):
        np.random.seed(0)
        self.link = chainjax.Sequential(L.Linear(self.size, self.size), F.tanh, L.Linear(self.size, self.size))
        self.optimizer, self.done = self.make().setup(self.link), 0

    def step(self):
        loss = F.average(self.link(self.x) ** 2)
        self.link.cleargrads()
        loss.backward()
        self.optimizer.update()
        self.done += 1

    def weights(self):
        return [np.array(p._peek()) for p in self.link.params()]

    def is_at(self, n):
        return all(np.allclose(a, b, 1e-3, 1e-5) for a, b in zip(self.weights(), self.expected[n], strict=True))


@pytest.mark.parametrize("error", [Interrupted, Stopped])
@pytest.mark.parametrize(
    ("optimizer", "held_arrays"), [(chainjax.optimizers.SGD, 0), (chainjax.optimizers.Adam, 0), (chainjax.optimizers.Adam, 2)]
)
def test_training_survives_interrupts_at_any_moment(optimizer, held_arrays, error, alarms):
    training, rng, handler = Training(lambda: optimizer(0.05), 200, 8), random.Random(0), signal.getsignal(signal.SIGINT)
    alarms(error)
    hits = between = 0
    while hits < COUNT:
        if training.done > 150:
            training.restart()
        # From what nobody has compiled yet to the loop that is one program.
        if hits % 20 == 0:
            engine._executables.clear()
        kept = [p.array for p in training.link.params()][:held_arrays]
        stop = time.perf_counter() + 0.5
        try:
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, 4e-3))
            while time.perf_counter() < stop:
                training.step()
        except error:
            hits += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        before, after = training.is_at(training.done), training.is_at(training.done + 1)
        assert before or after
        assert all(a is p.array for a, p in zip(kept, training.link.params(), strict=False))
        between += after
        training.done += not before
        assert signal.getsignal(signal.SIGINT) is handler
    while training.done < 200:
        training.step()
    assert training.is_at(200)


@pytest.mark.parametrize("whole", [False, True])
def test_every_line_of_a_replay_can_be_interrupted(whole, alarms):
    """Not at random: an interrupt at each line of the engine that a step runs, one after another."""
    training = Training(lambda: chainjax.optimizers.MomentumSGD(0.05), 120, 3)
    for _ in range(4 if whole else 0):
        training.step()
    files = {_interrupts.__file__, engine._replay.__file__, engine._tape.__file__}
    lines, n = [0], 0

    def trace(frame, event, arg):
        if frame.f_code.co_filename not in files:
            return None
        if event == "line" and "held" not in frame.f_code.co_qualname:
            lines[0] += 1
            if lines[0] == n and signal.getsignal(signal.SIGINT) is handler:
                raise Stopped
        return trace

    handler = signal.getsignal(signal.SIGINT)
    start = training.done
    for n in range(1, 2000, 7):
        if training.done > 100:
            training.restart()
            for _ in range(start):
                training.step()
        if not whole:
            engine._replay._last_at.clear()
        training.link.cleargrads()
        loss = F.average(training.link(training.x) ** 2)
        loss.backward()
        lines[0] = 0
        sys.settrace(trace)
        try:
            training.optimizer.update()
        except Stopped:
            pass
        finally:
            sys.settrace(None)
        now = training.done
        assert training.is_at(now) or training.is_at(now + 1), n
        training.done += not training.is_at(now)
        if lines[0] < n:
            break
    assert lines[0] < n, "a step has more lines than were tried"
    assert n > 100


class Counted:
    """A handler that counts, and can raise."""

    def __init__(self, error=None):
        self.calls, self.error = 0, error

    def __call__(self, number, frame):
        self.calls += 1
        if self.error:
            raise self.error


@pytest.fixture
def handlers():
    """``handlers({number: handler})`` sets them until the test ends."""
    olds = {}

    def put(given):
        for number, handler in given.items():
            olds.setdefault(number, signal.signal(number, handler))

    yield put
    for number, old in olds.items():
        signal.signal(number, old)


def test_signals_wait_and_are_handled_in_order(handlers):
    seen = []
    handlers({number: lambda number, frame: seen.append(number) for number in (signal.SIGUSR1, signal.SIGUSR2)})
    with held():
        signal.raise_signal(signal.SIGUSR2)
        signal.raise_signal(signal.SIGUSR1)
        assert seen == []
    assert seen == [signal.SIGUSR2, signal.SIGUSR1]


def test_a_handler_that_raises_at_the_end_keeps_no_other_from_being_called_and_given_back(handlers):
    one, two = Counted(Stopped), Counted()
    handlers({signal.SIGUSR1: one, signal.SIGUSR2: two})

    def both():
        with held():
            signal.raise_signal(signal.SIGUSR1)
            signal.raise_signal(signal.SIGUSR2)

    with pytest.raises(Stopped):
        both()
    assert (one.calls, two.calls) == (1, 1)
    assert (signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGUSR2)) == (one, two)


def test_a_signal_while_signals_are_being_held_leaves_no_handler_behind(handlers, monkeypatch):
    """One that comes between two handlers being replaced must not cost the first: Ctrl-C would never work again."""
    one, two = Counted(), Counted(Stopped)
    handlers({signal.SIGUSR1: one, signal.SIGUSR2: two})
    plain = _interrupts.set_handler

    def set_handler(number, handler):
        plain(number, handler)
        if number == signal.SIGUSR1 and not two.calls:
            signal.raise_signal(signal.SIGUSR2)

    monkeypatch.setattr(_interrupts, "set_handler", set_handler)
    with pytest.raises(Stopped), held():
        pytest.fail("the signal came before")
    assert (signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGUSR2)) == (one, two)


def test_a_signal_while_handlers_are_given_back_does_not_keep_the_rest(handlers, monkeypatch):
    one, two = Counted(), Counted(Stopped)
    handlers({signal.SIGUSR1: one, signal.SIGUSR2: two})
    plain = _interrupts.set_handler

    def set_handler(number, handler):
        plain(number, handler)
        if handler is two and not two.calls:
            signal.raise_signal(signal.SIGUSR2)

    with pytest.raises(Stopped), held():
        monkeypatch.setattr(_interrupts, "set_handler", set_handler)
    assert (signal.getsignal(signal.SIGUSR1), signal.getsignal(signal.SIGUSR2)) == (one, two)
    assert two.calls == 1


def test_other_threads_hold_nothing(handlers):
    one = Counted()
    handlers({signal.SIGUSR1: one})
    found = []

    def run():
        with held():
            found.append(signal.getsignal(signal.SIGUSR1))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [one]


def test_an_error_of_a_handler_is_no_error_of_the_program(handlers, quadratic, counted):
    """Raised while a program runs, it comes out as it is, and the step is not done again or lost."""
    handlers({signal.SIGUSR1: Counted(Interrupted)})
    model = quadratic()
    for _ in range(3):
        model.step()
        model.step_in_numpy()
    loss = model.loss()
    model.link.cleargrads()
    loss.backward()
    plain = engine._replay._tried

    def tried(box, fn, *args):
        def interrupted(*args):
            signal.raise_signal(signal.SIGUSR1)
            return fn(*args)

        return plain(box, interrupted, *args)

    engine._replay._tried = tried
    try:
        with pytest.raises(Interrupted):
            model.optimizer.update()
    finally:
        engine._replay._tried = plain
    model.step_in_numpy()
    model.check()
    model.step()
    model.step_in_numpy()
    model.check()
    gc.collect()


def test_half_a_state_is_none(handlers):
    """An interrupt while the state of a rule is being made: the next update makes it anew, all of it."""
    handlers({signal.SIGUSR1: Counted(Stopped)})

    class Rule(type(chainjax.optimizers.Adam().create_update_rule())):
        interrupted = False

        def init_state(self, param):
            super().init_state(param)
            if not Rule.interrupted:
                Rule.interrupted = True
                del self._state["v"]
                signal.raise_signal(signal.SIGUSR1)

    param = chainjax.Parameter(np.ones(2, np.float32))
    param.grad = np.ones(2, np.float32)
    param.update_rule = Rule(chainjax.optimizers.Adam(0.5).hyperparam)
    with pytest.raises(Stopped):
        param.update()
    param.update_rule.t = 0
    param.update()
    np.testing.assert_allclose(param.array, 0.5, 1e-4)
