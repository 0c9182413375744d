"""The one place that tells what happened, and because of which line."""

import inspect

import numpy as np

import chainjax
from chainjax import engine
from chainjax import functions as F


def line():
    return inspect.currentframe().f_back.f_lineno


def test_every_flush_names_its_line(counted, quadratic):
    y = chainjax.Variable(np.ones(2, np.float32)) + 1
    y.array.sum()
    read = f"{__file__}:{line() - 1}"
    z = y * 2
    repr(z)
    shown = f"{__file__}:{line() - 1}"
    engine.flush("because")
    w = z + 1
    engine.flush("because")
    flushed = f"{__file__}:{line() - 1}"
    found = counted()
    assert found["lines"] == {("read", read): 1, ("read", shown): 1, ("because", flushed): 1}
    assert found["flushes"] == 3
    del w


def test_updates_and_long_tapes_are_named(counted, quadratic):
    model = quadratic()
    for _ in range(3):
        model.step()
    y = model.x
    for _ in range(2 * engine._tape.LONG):
        y = F.sin(y)
    assert {reason: n for (reason, _), n in counted()["lines"].items()} == {"update": 3, "bound": 1}


def test_counts(counted):
    x = chainjax.Variable(np.ones(11, np.float32))
    for _ in range(3):
        y = F.sum(F.exp(F.cos(x)))  # noqa: F841  without it there is nothing to compute
        engine.flush()
    found = counted()
    assert (found["flushes"], found["whole"] + found["stepwise"], found["entries"]) == (3, 3, 9)
    assert found["compile_seconds"] > 0
    assert counted()["flushes"] == 0
    assert set(engine._statistics.COUNTS) < set(found)


def test_printed_as_a_table(counted):
    (chainjax.Variable(np.ones(2, np.float32)) + 1).array.sum()
    text = str(counted())
    rows = [row.split() for row in text.splitlines()]
    assert ["flushes", "1"] in rows
    assert any(row[:2] == ["1", "read"] and "test_statistics.py" in row[-1] for row in rows)


def test_there_is_a_bound_on_lines(counted, monkeypatch):
    monkeypatch.setattr(engine._statistics, "_MOST_LINES", 5)
    for n in range(20):
        engine._statistics.recorder.flush("test", (compile("\n" * n + "pass", "file", "exec"), 0))
    assert len(engine._statistics.recorder.lines) == 5


def test_a_line_of_no_frame():
    assert engine._statistics.line_of(None) == "<unknown>"
