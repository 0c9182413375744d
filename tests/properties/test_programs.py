"""Nothing that a program can observe depends on when and how its numbers are made.

Random programs (``programs.py``) are run in several ways, and all that they look at must agree. Where only rounding may
differ, programs compute in float64 and the engine's table says how near is near; its absolute tolerance is in units of the
largest number that came up in the program, since sums of large numbers may cancel. Where nothing may differ it is float32.

``HYPOTHESIS_PROFILE=deep`` and ``CHAINJAX_PROGRAMS=10000`` run that many of each kind instead of a few. ``CHAINJAX_ORACLE``
names a folder with ``real_chainer.py``, a module that has real Chainer 7.8.1 as ``chainer``.
"""

import importlib
import os
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import chainjax
from chainjax import _together, engine
from chainjax.backends._verify import TOLERANCES

from . import kits, model, programs

# Programs whose numbers grow beyond this are not compared: errors grow with them, in powers of powers.
LARGE = 1e4

LET_GO = "was let go after its backward pass"


def several(share=1.0):
    """Settings for a law that is tried on a share of the usual number of programs."""
    n = int(os.environ.get("CHAINJAX_PROGRAMS", 0)) or 3 * settings().max_examples
    return settings(max_examples=max(int(n * share), 1), suppress_health_check=list(HealthCheck))


def run(text, **switches):
    """What chainjax shows a program.

    A value that was let go, and is wanted again after its parameters were updated, is made with their present values; that is
    said in a warning, and does not happen to the same program again. So a program that is warned is run again.
    """
    for _ in range(20):
        with using(switches):
            seen, warned = programs.run(text, kits.ChainerKit(chainjax))
        if not any(LET_GO in message for message in warned):
            return seen
    raise AssertionError(f"the warning that something was let go comes again and again:\n{text}")


class using:
    """Several settings at once."""

    def __init__(self, switches):
        self.contexts = [chainjax.using_config(*item) for item in switches.items()]

    def __enter__(self):
        for context in self.contexts:
            context.__enter__()

    def __exit__(self, *exc):
        for context in reversed(self.contexts):
            context.__exit__(*exc)


def modelled(text):
    """What the model shows a program, and the largest number that came up."""
    model.State.largest = 0.0
    seen, _ = programs.run(text, kits.ModelKit())
    return seen, model.State.largest


def compare(text, actual, expected, near):
    """Raise if two runs of a program have seen different things, naming the line."""
    lines = text.splitlines()
    assert len(actual) == len(expected)
    for (line, x), (_, y) in zip(actual, expected, strict=True):
        same = x is y if x is None or y is None else x.shape == y.shape and x.dtype == y.dtype and near(x, y)
        assert same, f"line {line}, {lines[line - 1]}:\n{x!r}, expected\n{y!r}\nin\n{text}"


def near_in(largest):
    rtol, atol = TOLERANCES["float64"]
    atol *= max(largest, 1.0)
    return lambda x, y: np.allclose(x, y, rtol, atol, equal_nan=True)


def equal(x, y):
    return np.array_equal(x, y, equal_nan=True)


@several()
@given(programs.programs())
def test_deferred_programs_see_what_the_model_says(text):
    expected, largest = modelled(text)
    if largest < LARGE:
        compare(text, run(text), expected, near_in(largest))


@several(0.5)
@given(programs.programs())
def test_programs_whose_parameters_are_packed_see_what_the_model_says(text):
    expected, largest = modelled(text)
    if largest < LARGE:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_together, "MANY", 2)
            compare(text, run(text), expected, near_in(largest))


@several()
@given(programs.programs())
def test_eager_programs_see_what_the_model_says(text):
    expected, largest = modelled(text)
    if largest < LARGE:
        compare(text, run(text, lazy=False), expected, near_in(largest))


@several(0.25)
@given(programs.programs())
def test_programs_that_come_back_see_the_same_again(text):
    expected, largest = modelled(text)
    if largest < LARGE:
        for _ in range(3):
            compare(text, run(text), expected, near_in(largest))


@several(0.5)
@given(programs.programs("float32"))
def test_deterministic_programs_see_the_same_bits_deferred_and_eager(text):
    expected = run(text, deterministic=True, lazy=False)
    for _ in range(2):
        compare(text, run(text, deterministic=True), expected, equal)


@several(0.25)
@given(programs.programs())
def test_replays_that_are_verified_agree_with_their_entries(text):
    expected, largest = modelled(text)
    if largest < LARGE:
        for _ in range(2):
            compare(text, run(text, verify_replay=True), expected, near_in(largest))


@pytest.fixture(scope="module")
def oracle():
    folder = os.environ.get("CHAINJAX_ORACLE")
    if not folder:
        pytest.skip("CHAINJAX_ORACLE is not set: the folder of real_chainer.py, which imports real Chainer 7.8.1")
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("real_chainer").chainer
    finally:
        sys.path.remove(folder)


@several()
@given(text=programs.programs())
def test_real_chainer_agrees_with_the_model_and_chainjax(oracle, text):
    with np.errstate(all="ignore"):
        expected, _ = programs.run(text, kits.OracleKit(oracle))
    modeled, largest = modelled(text)
    if largest < LARGE:
        compare(text, modeled, expected, near_in(largest))
        compare(text, run(text), expected, near_in(largest))


def test_programs_reach_what_they_are_meant_to():
    """Of the ways that numbers are made, none is left out: else the laws would say nothing of it."""
    texts = []

    @settings(max_examples=200, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(programs.programs())
    def collect(text):
        texts.append(text)

    collect()
    for kind in (
        ".array[",
        "del a",
        "retain_grad",
        "unchain_backward",
        "'share'",
        "'copy'",
        "addgrads",
        "copyparams",
        "Reused()",
        "shared(",
    ):
        assert any(kind in text for text in texts), kind
    engine.reset_statistics()
    for text in texts[:20]:
        for _ in range(2):
            run(text)
    counts = engine.statistics()
    for name in ("whole", "stepwise", "donated", "recovered"):
        assert counts[name] > 0, name


def test_updates_are_written_back_into_arrays_that_are_held():
    """Some programs hold a parameter's array over an update, and look at it after."""
    found = 0
    for held, text in _programs_with_held_arrays():
        seen = run(text)
        before, after = [array for line, array in seen if text.splitlines()[line - 1] == f"note({held})"]
        found += not np.array_equal(before, after)
    assert found == 3


def _programs_with_held_arrays():
    for optimizer in programs.OPTIMIZERS:
        writer = programs.Writer("float64", list(programs.OPTIMIZERS).index(optimizer), 0)
        writer.step_of_training(0, 1, 0)
        writer.array(programs.SQUARE, "net.W.array")
        held = writer.arrays[-1][0]
        writer.lines.append(f"note({held})")
        writer.step_of_training(0, 1, 0)
        yield held, writer.finish()
