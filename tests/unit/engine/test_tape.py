"""Recording: bounded tapes, the record as it was, lines."""

import numpy as np
import pytest

import chainjax
from chainjax import engine
from chainjax import functions as F
from chainjax.engine._tape import LONG, SHORT


def one():
    return chainjax.Variable(np.ones(2, np.float32))


def entries():
    tape = engine.thread().tape
    return 0 if tape is None else len(tape.entries)


def test_a_long_tape_is_replayed_in_pieces_anywhere(counted):
    y = one()
    longest = 0
    for _ in range(5 * LONG):
        y = y + 1
        longest = max(longest, entries())
    assert longest < 2 * LONG
    assert counted()["bounded"] == 2
    assert y.array.tolist() == [1 + 5 * LONG] * 2


def test_a_long_tape_is_cut_where_the_outermost_link_call_ends(counted):
    class Inner(chainjax.Link):
        def forward(self, y):
            for _ in range(LONG + 10):
                y = y + 1
            return y

    class Outer(chainjax.Chain):
        def __init__(self):
            super().__init__()
            with self.init_scope():
                self.inner = Inner()

        def forward(self, y):
            y = self.inner(y)
            self.inside = entries()
            return y * 2

    outer = Outer()
    y = outer(one())
    assert outer.inside == LONG + 10  # not inside
    assert entries() == 0
    assert counted()["bounded"] == 1
    assert y.array.tolist() == [2 * (LONG + 11)] * 2


def test_an_evaluation_loop_does_not_accumulate(counted):
    link = chainjax.links.Linear(2, 2)
    longest, total = 0, 0
    with chainjax.no_backprop_mode():
        for _ in range(300):
            total = total + F.sum(link(np.ones((3, 2), np.float32)))
            longest = max(longest, entries())
    assert longest <= SHORT + 4
    assert counted()["bounded"] >= 300 * 3 // (SHORT + 3) - 2
    np.testing.assert_allclose(total.array, 300 * link(np.ones((3, 2), np.float32)).array.sum(), 1e-4)


def test_the_pieces_of_an_evaluation_share_one_program(counted, forgotten):
    link, x = chainjax.links.Linear(3, 3), np.ones((2, 3), "f")
    with chainjax.no_backprop_mode():
        results = [link(x + i) for i in range(6 * SHORT)]
        found = counted()
    assert found["bounded"] == 6
    assert (found["stepwise"], found["whole"], found["compiles"]) == (3, 3, 1)
    for i, y in enumerate(results):
        np.testing.assert_allclose(y.array, (x + i) @ link.W.array.T, rtol=1e-5)


def test_long_backward_passes_are_cut_too(counted):
    x = one()
    y = x
    for _ in range(LONG):
        y = F.sin(y)
    F.sum(y).backward()
    assert entries() < 2 * LONG
    expected, slope = np.ones(2), np.ones(2)
    for _ in range(LONG):
        slope, expected = slope * np.cos(expected), np.sin(expected)
    np.testing.assert_allclose(x.grad, slope, 1e-3)
    np.testing.assert_allclose(y.array, expected, 1e-4)


def test_long_loops_that_come_back_are_compiled_by_pieces(counted, forgotten):
    def run():
        y = one()
        for _ in range(4 * LONG + 5):
            y = y * 0.999
        return y.array

    first = run()
    counted()
    second = run()
    third = run()
    found = counted()
    assert found["compiles"] <= 3
    np.testing.assert_allclose(first, second, 1e-4)
    np.testing.assert_allclose(second, third, 1e-6)


def test_an_error_while_recording_leaves_nothing_behind():
    x = one()
    y = x + 1
    n = entries()
    with pytest.raises(chainjax.utils.type_check.InvalidType, match=r"(?i)add"):
        x + chainjax.Variable(np.ones(3, np.float32))
    assert entries() == n
    assert y.array.tolist() == [2, 2]


def test_an_error_while_recording_ends_in_the_users_line():
    x = chainjax.Variable(np.ones((2, 3), np.float32))
    w = np.ones((4, 5), np.float32)
    with pytest.raises(chainjax.utils.type_check.InvalidType) as caught:
        F.linear(x, w)  # here
    lines = [(t.path, t.lineno) for t in caught.traceback]
    assert any(str(path).endswith("test_tape.py") for path, _ in lines)
    message = str(caught.value)
    assert "linear" in message.lower()
    assert "5" in message
    assert "(2, 3)" in message


def test_what_was_recorded_is_of_that_moment():
    a = np.ones(3, np.float32)
    y = F.sin(a)
    x = chainjax.Variable(a)
    z = x * 2
    a[:] = 5
    assert np.allclose(y.array, np.sin(1))
    assert z.array.tolist() == [2, 2, 2]
    assert (x * 2).array.tolist() == [10, 10, 10]


def test_backward_takes_what_retained_variables_hold_when_it_runs():
    x = chainjax.Variable(np.float32([3]))
    y = x * x
    x.array[...] = 2
    y.grad = np.ones(1, np.float32)
    y.backward()
    assert x.grad.tolist() == [4]


def test_entries_know_the_line_that_recorded_them():
    y = F.exp(one())
    where = engine.thread().tape.entries[-1][5]
    assert engine._statistics.line_of(where) == f"{__file__}:{test_entries_know_the_line_that_recorded_them.__code__.co_firstlineno + 1}"
    del y
