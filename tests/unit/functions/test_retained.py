"""What a backward pass reads of arrays that were written to after the call."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F


def test_softmax_cross_entropy_goes_back_through_the_scores_of_the_call():
    scores = np.float32([[0, 1, 2], [1, 0, 0]])
    x = chainjax.Variable(scores.copy())
    loss = F.softmax_cross_entropy(x, np.int32([2, 0]))
    x.array[...] = 0
    loss.backward()
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(x.grad, (p - np.eye(3)[[2, 0]]) / 2, rtol=1e-5)


@pytest.mark.parametrize("replaced", [False, True])
@pytest.mark.parametrize("gone", [False, True])
def test_tanh_goes_back_through_the_output_that_was_written_to_also_when_its_variable_is_gone(gone, replaced):
    x = chainjax.Variable(np.float32([0.1, 0.2]))
    h = F.tanh(x)
    loss = F.sum(h + 1.0)
    if replaced:
        h.array = np.float32([0.5, 0.5])
    else:
        h.array[...] = 0.5
    if gone:
        del h
    loss.backward()
    np.testing.assert_allclose(x.grad, [0.75, 0.75], rtol=1e-6)
