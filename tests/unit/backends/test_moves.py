"""Kernels that only move numbers: NumPy runs them while they are rare, and nobody can tell."""

import numpy as np
import pytest

import jax

import chainjax
import chainjax.functions as F
from chainjax import engine
from chainjax.backends import _moves
from chainjax.engine import _replay
from tests.laws.calls import by_kernels

X = np.arange(24, dtype="f").reshape(4, 6)

MOVES = {
    "concat": lambda x: F.concat([x, X[:2], x], axis=0),
    "slice": lambda x: x[-3:-1, ::2],
    "item": lambda x: x[-1],
    "backwards": lambda x: F.flip(x, 0),
    "apart": lambda x: F.separate(x, 1),
    "split": lambda x: F.split_axis(x, [1, 3], axis=1),
    "turned": lambda x: F.transpose(F.reshape(x, (2, 3, 4)), (2, 0, 1)),
    "spread": lambda x: F.broadcast_to(F.expand_dims(x, 1), (4, 5, 6)),
    "squeezed": lambda x: F.squeeze(F.reshape(x, (4, 1, 6)), 1),
    "padded": lambda x: F.pad_sequence([x, X[:2]]),
    "stacked": lambda x: F.stack([x, x], axis=1),
    "rows": lambda x: F.embed_id(np.int32([[3, 0], [1, 3]]), x),
    "sequences": lambda x: F.transpose_sequence([x, X[:3], X[1:2]]),
}


def flat(ys):
    return [y.array for y in (ys if isinstance(ys, tuple) else (ys,))]


@pytest.fixture
def compiled():
    """Says how many kernels have been compiled since the test began, all anew."""
    _replay.executables.clear()
    start = engine.statistics()["kernels"]
    return lambda: engine.statistics()["kernels"] - start


@pytest.mark.parametrize("name", MOVES)
def test_moves_are_not_compiled_and_the_same(name, compiled, monkeypatch):
    with by_kernels():
        moved = flat(MOVES[name](chainjax.Variable(X)))
        assert compiled() == 0
        monkeypatch.setattr(_replay, "without_xla", [lambda sig: None])
        _replay.executables.clear()
        expected = flat(MOVES[name](chainjax.Variable(X)))
        assert compiled() > 0
    for a, b in zip(moved, expected, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", MOVES)
def test_gradients_of_moves(name, monkeypatch):
    def gradient():
        _replay.executables.clear()
        x = chainjax.Variable(X)
        ys = MOVES[name](x)
        ys = ys if isinstance(ys, tuple) else (ys,)
        gys = [chainjax.Variable(np.full(y.shape, i + 2, "f")) for i, y in enumerate(ys)]
        with by_kernels():
            return chainjax.grad(list(ys), [x], gys)[0].array

    moved = gradient()
    monkeypatch.setattr(_replay, "without_xla", [lambda sig: None])
    np.testing.assert_array_equal(moved, gradient())


def test_what_comes_often_is_compiled(compiled, monkeypatch):
    monkeypatch.setattr(_moves, "RUNS", 3)
    with by_kernels():
        for n in range(6):
            np.testing.assert_array_equal(F.concat([X, X], axis=0).array, [*X, *X])
            assert compiled() == (n >= 3)


def test_what_computes_is_compiled(compiled):
    F.concat([F.exp(chainjax.Variable(X)), X], axis=0).array  # noqa: B018
    assert compiled() == 1


def test_results_are_no_views_of_arguments():
    sig = engine.signature_of(lambda x: x.reshape(24), (), (engine.value_of(X).aval,), "flattened")
    given = jax.numpy.asarray(X)
    (result,) = _moves.mover_of(sig).call(given)
    assert result.unsafe_buffer_pointer() != given.unsafe_buffer_pointer()
    assert isinstance(result, jax.Array)


@pytest.mark.parametrize(
    "fn",
    [lambda x: x[::-1].sum(0), lambda x: x * 2, lambda x: x.astype("int32"), lambda x: x[:, jax.numpy.int32([0, 2])], lambda x: x.cumsum()],
)
def test_what_is_no_mere_move(fn):
    assert _moves.mover_of(engine.signature_of(fn, (), (engine.value_of(X).aval,), "other")) is None


@pytest.mark.parametrize("index", [-9, -1, 3, 9])
def test_rows_that_are_not_there_are_the_nearest_as_in_xla(index):
    def row(x, i):
        return x.at[i].get(mode="promise_in_bounds")

    i = np.int32([index])
    sig = engine.signature_of(row, (), (engine.value_of(X).aval, engine.value_of(i).aval))
    (moved,) = _moves.mover_of(sig).call(X, i)
    np.testing.assert_array_equal(moved, jax.jit(row)(X, i))


def test_what_is_large_is_compiled(monkeypatch):
    sig = engine.signature_of(lambda x: x.reshape(24), (), (engine.value_of(X).aval,), "flattened")
    monkeypatch.setattr(_moves, "LARGEST", X.nbytes - 1)
    assert _moves.mover_of(sig) is None
