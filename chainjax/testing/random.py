"""The same random numbers in every run of a test."""

import functools
import os
import random
import types

import numpy as np

from . import _bundle

_outer: list = []  # states of the generators outside of each fixed part that is entered, innermost last


def _enter():
    _outer.append((random.getstate(), np.random.get_state()))
    if len(_outer) == 1:
        np.random.seed(None if int(os.environ.get("CHAINER_TEST_RANDOM_NONDETERMINISTIC", "0")) else 100)


def _leave():
    old = _outer.pop()
    if not _outer:
        random.setstate(old[0])
        np.random.set_state(old[1])


def generate_seed():
    """A number to seed a generator with, for use inside of what :func:`fix_random` decorates."""
    assert _outer, "generate_seed: expected to be called within fix_random"
    return int(np.random.randint(0xFFFFFFFF, dtype=np.int64))


def fix_random(*, setup_method="setUp", teardown_method="tearDown"):
    """Decorator of a test or test class: ``numpy.random`` starts from the same seed each time, and is put back after.

    Args:
        setup_method, teardown_method: what runs before and after each test of a class.
    """

    def decorate(target):
        if isinstance(target, types.FunctionType):
            return _fixed(target)
        for cls in _bundle.classes_of(target):
            _fix_class(cls, setup_method, teardown_method)
        return target

    return decorate


def _fixed(test):
    @functools.wraps(test)
    def fixed(*args, **kwargs):
        _enter()
        try:
            return test(*args, **kwargs)
        finally:
            _leave()

    return fixed


def _fix_class(cls, setup_method, teardown_method):
    set_up, tear_down = getattr(cls, setup_method), getattr(cls, teardown_method)

    @functools.wraps(set_up)
    def fixed_set_up(self):
        _enter()
        set_up(self)

    @functools.wraps(tear_down)
    def fixed_tear_down(self):
        try:
            tear_down(self)
        finally:
            _leave()

    setattr(cls, setup_method, fixed_set_up)
    setattr(cls, teardown_method, fixed_tear_down)
