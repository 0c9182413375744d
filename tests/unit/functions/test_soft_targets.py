"""softmax_cross_entropy of probabilities that do not sum to 1: Chainer's gradient, which is not the slope of the loss there."""

import numpy as np
import pytest

import chainjax
import chainjax.functions as F


@pytest.mark.parametrize("kind", ["cross-entropy", "kl-divergence"])
def test_the_gradient_is_softmax_less_probabilities(kind):
    x, t = chainjax.Variable(np.float32([[1, 2, 4]])), np.float32([[0.5, 1, 1]])
    loss = F.softmax_cross_entropy(x, t, soft_target_loss=kind)
    loss.backward()
    softmax = np.exp(x.array) / np.exp(x.array).sum()
    np.testing.assert_allclose(x.grad, softmax - t, rtol=1e-6)
    entropy = (t * np.log(t + 1e-7)).sum() if kind == "kl-divergence" else 0
    np.testing.assert_allclose(loss.array, entropy - (t * np.log(softmax)).sum(), rtol=1e-6)
