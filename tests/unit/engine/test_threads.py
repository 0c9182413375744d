"""Threads have tapes of their own; values cross between them."""

import threading

import numpy as np

import chainjax
from chainjax import engine
from chainjax import functions as F


def in_thread(fn, *args):
    """What ``fn`` gives in a thread that has ended by now; its error is raised here."""
    found = []

    def run():
        try:
            found.append((fn(*args), None))
        except BaseException as exc:
            found.append((None, exc))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    result, error = found[0]
    if error is not None:
        raise error
    return result


def one():
    return chainjax.Variable(np.ones(3, np.float32))


def test_threads_record_on_their_own_tapes():
    y = one() + 1
    mine = engine.thread().tape

    def other():
        z = one() * 3
        return engine.thread().tape, engine.thread(), z

    theirs, thread, z = in_thread(other)
    assert theirs is not mine
    assert thread is not engine.thread()
    assert len(mine.entries) == len(theirs.entries) == 1
    assert z.array.tolist() == [3, 3, 3]  # the tape of a thread that has ended
    assert not mine.done
    assert y.array.tolist() == [2, 2, 2]


def test_a_value_that_crosses_is_replayed_first():
    y = one() + 1
    assert in_thread(lambda: (y * 2).array.tolist()) == [4, 4, 4]
    z = in_thread(lambda: y * 5)
    w = z + y
    assert w.array.tolist() == [12, 12, 12]


def test_gradients_go_back_through_what_another_thread_recorded():
    x = one()
    y = in_thread(lambda: F.sum(F.exp(x * 2)))
    y.backward()
    np.testing.assert_allclose(x.grad, 2 * np.exp(2.0), 1e-5)
    x.cleargrad()
    z = F.sum(F.exp(x * 3))
    in_thread(z.backward)
    np.testing.assert_allclose(x.grad, 3 * np.exp(3.0), 1e-5)


def test_settings_are_the_threads_own():
    with chainjax.using_config("lazy", False), chainjax.using_config("enable_backprop", False):
        y = in_thread(lambda: one() + 1)
        assert y.creator is not None
        z = in_thread(lambda: (one() + 1)._contents.array)
        assert z is None
    chainjax.global_config.lazy = False
    try:
        assert in_thread(lambda: (one() + 1)._contents.array) is not None
    finally:
        chainjax.global_config.lazy = True


def test_two_threads_train_two_models_at_once(quadratic):
    models = [quadratic(6, chainjax.optimizers.SGD(0.1)), quadratic(9, chainjax.optimizers.SGD(0.1))]
    errors, start = [], threading.Barrier(2)

    def train(model):
        try:
            start.wait()
            for n in range(60):
                loss = model.step()
                expected = model.step_in_numpy()
                if n % 7 == 0:
                    np.testing.assert_allclose(loss.array, expected, 1e-4)
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=train, args=(m,)) for m in models]
    for t in threads:
        t.start()
    for t in threads:
        t.join(120)
    assert not errors
    for m in models:
        m.check()


def test_two_threads_ask_for_one_value_at_once():
    for _ in range(20):
        y = F.sum(F.exp(one() * 2))
        found, start = [], threading.Barrier(3)

        def read(y=y, found=found, start=start):
            start.wait()
            found.append(float(y.array))

        threads = [threading.Thread(target=read) for _ in range(3)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(60)
        np.testing.assert_allclose(found, [3 * np.exp(2.0)] * 3, 1e-5)


def test_one_model_evaluated_by_threads_while_it_trains(quadratic):
    """Values in use by another thread are not donated: each evaluation sees the weights of some step, whole."""
    model = quadratic(8)
    errors, done = [], threading.Event()
    sums = [float(np.sum(model.W))]

    def evaluate():
        try:
            while not done.is_set():
                with chainjax.no_backprop_mode():
                    y = F.sum(model.link.W) * 1
                assert min(abs(float(y.array) - s) for s in list(sums)) < 1e-2
        except BaseException as exc:
            errors.append(exc)

    thread = threading.Thread(target=evaluate)
    thread.start()
    try:
        for _ in range(40):
            model.step_in_numpy()
            sums.append(float(np.sum(model.W)))
            model.step()
    finally:
        done.set()
        thread.join(60)
    assert not errors
    model.check()


def test_an_error_in_one_thread_is_none_of_anothers():
    y = one() + 1

    def bad():
        z = one() * 2
        try:
            F.linear(np.ones((2, 3), np.float32), np.ones((4, 5), np.float32))
        except chainjax.utils.type_check.InvalidType:
            return z.array.tolist()

    assert in_thread(bad) == [2, 2, 2]
    assert y.array.tolist() == [2, 2, 2]
