"""Labels and indices are checked before a call is recorded where the host knows them, and guarded after it where it does not."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
from chainjax import engine
from chainjax.utils.type_check import InvalidType


def pending(array):
    """A Variable of integers that no program has made yet."""
    return F.reshape(chainjax.Variable(array), (-1,))


def test_pending_labels_are_found_when_they_are_there():
    engine.flush()
    F.select_item(np.zeros((2, 3), "f"), pending(np.int32([[0, 3]])))
    with pytest.raises(IndexError, match="select_item: expected t at least 0 and below 3"):
        engine.flush()


def test_a_call_that_is_refused_leaves_no_guard():
    engine.flush()
    t = pending(np.int32([[0, 3]]))
    recorded = len(engine.thread().tape.entries)
    with pytest.raises(InvalidType, match="select_item: expected x"):
        F.select_item(np.zeros((5, 3), "f"), t)
    assert len(engine.thread().tape.entries) == recorded
    engine.flush()
    np.testing.assert_array_equal(t.array, [0, 3])
