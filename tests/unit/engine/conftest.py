"""What the tests of the engine share: counts from zero, and one small model with its own arithmetic in NumPy."""

import numpy as np
import pytest

import chainjax
from chainjax import engine
from chainjax import functions as F


@pytest.fixture(autouse=True)
def _nothing_recorded():
    """Each test starts and ends with nothing recorded, so that none computes what another has left."""
    engine.flush()
    yield
    engine.flush()


@pytest.fixture
def forgotten():
    """The engine knows no structure and has no program, as in a new process."""
    replay = engine._replay
    for table in (
        engine._executables,
        replay._seen,
        replay._compiled,
        replay._last_at,
        replay._spare_sets,
        replay._keep_all,
        replay._let_go,
    ):
        table.clear()


@pytest.fixture
def counted():
    """``counted()`` is what the engine did since the test began, or since the last such call."""

    def since():
        found = engine.statistics()
        engine.reset_statistics()
        return found

    engine.reset_statistics()
    return since


class Quadratic:
    """Steps of gradient descent on the mean of ``tanh(W x)``, and the same steps in float64 NumPy."""

    def __init__(self, size=5, optimizer=None, lr=0.1):
        start = np.linspace(-1, 1, size * size).reshape(size, size).astype(np.float32)
        self.link = chainjax.Link()
        with self.link.init_scope():
            self.link.W = chainjax.Parameter(start)
        self.optimizer = (optimizer or chainjax.optimizers.SGD(lr)).setup(self.link)
        self.x = np.linspace(0, 2, 3 * size).reshape(3, size).astype(np.float32)
        self.lr, self.W = lr, start.astype(np.float64)

    def loss(self):
        return F.average(F.tanh(F.linear(self.x, self.link.W)) ** 2)

    def step(self):
        loss = self.loss()
        self.link.cleargrads()
        loss.backward()
        self.optimizer.update()
        return loss

    def step_in_numpy(self):
        """One step of the reference; returns the loss before it."""
        y = np.tanh(self.x @ self.W.T)
        gy = 2 * y * (1 - y * y) / y.size
        self.W = self.W - self.lr * gy.T @ self.x
        return (y * y).mean()

    def weights(self):
        return np.array(self.link.W._peek())

    def check(self):
        np.testing.assert_allclose(self.weights(), self.W, 1e-4, 1e-5)


@pytest.fixture
def quadratic():
    """The class, to be called with a size."""
    return Quadratic
