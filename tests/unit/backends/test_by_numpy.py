"""The first tier: NumPy runs kernels while they are rare; what only moves numbers is the same to the bit."""

import numpy as np
import pytest

import jax

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax import engine
from chainjax.backends import _by_numpy, _primitives
from chainjax.engine import _replay
from chainjax.engine._cache import Bounded
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
        monkeypatch.setattr(_replay, "without_xla", [lambda sig, exact: None])
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
    monkeypatch.setattr(_replay, "without_xla", [lambda sig, exact: None])
    np.testing.assert_array_equal(moved, gradient())


def test_what_comes_often_is_compiled(compiled, monkeypatch):
    monkeypatch.setattr(_by_numpy, "CALL_NUMPY", 1.0)
    monkeypatch.setattr(_by_numpy, "COMPILE", 3.0)
    with by_kernels():
        for n in range(6):
            np.testing.assert_array_equal(F.flip(X, 0).array, X[::-1])
            assert compiled() == (n >= 3)


def test_what_computes_is_compiled(compiled):
    F.concat([F.exp(chainjax.Variable(X)), X], axis=0).array  # noqa: B018
    assert compiled() == 1


def test_results_are_no_views_of_arguments():
    sig = engine.signature_of(lambda x: x.reshape(24), (), (engine.value_of(X).aval,), "flattened")
    given = jax.numpy.asarray(X)
    (result,) = _by_numpy.by_numpy(sig).call(given)
    assert not np.shares_memory(result, np.asarray(given))


@pytest.mark.parametrize(
    "fn",
    [lambda x: x[::-1].sum(0), lambda x: x * 2, lambda x: x.astype("int32"), lambda x: x[:, jax.numpy.int32([0, 2])], lambda x: x.cumsum()],
)
def test_what_is_no_mere_move(fn, monkeypatch):
    monkeypatch.setattr(_by_numpy, "COMPUTES", True)
    sig = engine.signature_of(fn, (), (engine.value_of(X).aval,), "other")
    assert _by_numpy.by_numpy(sig, exact=True) is None


@pytest.mark.parametrize("index", [-9, -1, 3, 9])
def test_rows_that_are_not_there_are_the_nearest_as_in_xla(index):
    def row(x, i):
        return x.at[i].get(mode="promise_in_bounds")

    i = np.int32([index])
    sig = engine.signature_of(row, (), (engine.value_of(X).aval, engine.value_of(i).aval))
    (moved,) = _by_numpy.by_numpy(sig).call(X, i)
    np.testing.assert_array_equal(moved, jax.jit(row)(X, i))


def test_what_is_large_is_compiled(monkeypatch):
    sig = engine.signature_of(lambda x: x.reshape(24), (), (engine.value_of(X).aval,), "flattened")
    monkeypatch.setattr(_by_numpy, "LARGEST", X.nbytes - 1)
    assert _by_numpy.by_numpy(sig) is None


# What computes ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def computes(monkeypatch):
    monkeypatch.setattr(_by_numpy, "COMPUTES", True)
    monkeypatch.setattr(_replay, "executables", Bounded(most_bytes=1 << 28))


def test_first_steps_compile_nothing_and_a_loop_one_program(computes, monkeypatch):
    for cost in ("_CALL", "_COMPILE", "_COMPILE_ENTRY"):
        monkeypatch.setattr(_replay, cost, 0)
    model = chainjax.Sequential(L.Linear(4, 3), F.tanh, L.Linear(3, 2))
    optimizer = chainjax.optimizers.Adam().setup(model)
    t, before, losses = np.int32([0, 1, 1]), engine.statistics(), []
    for _ in range(6):
        optimizer.update(lambda: F.softmax_cross_entropy(model(X[:3, :4]), t))
        losses.append(float(F.softmax_cross_entropy(model(X[:3, :4]), t).array))
    after = engine.statistics()
    assert after["kernels"] == before["kernels"]
    assert after["compiles"] - before["compiles"] == 2  # the step and the loss
    assert losses == sorted(losses, reverse=True)
    assert after["donated"] > before["donated"]


def test_a_program_is_compiled_when_its_entries_have_lost_as_much_time(computes, monkeypatch):
    monkeypatch.setattr(_replay, "_STEP", 1.0)
    monkeypatch.setattr(_replay, "_CALL", 0)
    monkeypatch.setattr(_replay, "_COMPILE", 10.0)
    monkeypatch.setattr(_replay, "_COMPILE_ENTRY", 5.0)
    before = engine.statistics()["compiles"]
    for n in range(1, 15):
        F.exp(F.tanh(chainjax.Variable(X))).array  # noqa: B018  two entries: 2 s a run, and 20 to compile
        assert engine.statistics()["compiles"] - before == (n >= 10)


def test_what_is_deterministic_is_compiled(computes):
    def y():
        return F.exp(chainjax.Variable(X)).array

    before = engine.statistics()["kernels"]
    by_hand = y()
    assert engine.statistics()["kernels"] == before
    with chainjax.using_config("deterministic", True):
        compiled = y()
        assert engine.statistics()["kernels"] == before + 1
    np.testing.assert_allclose(by_hand, compiled, 1e-6)


def test_what_costs_more_than_to_compile_is_compiled(computes):
    x = np.ones((400, 400), "f")
    aval = engine.value_of(x).aval
    large = _by_numpy.by_numpy(engine.signature_of(lambda x: jax.numpy.exp(x) + x, (), (aval,), "large"))
    small = _by_numpy.by_numpy(engine.signature_of(lambda x: jax.numpy.exp(x) + x, (), (engine.value_of(X).aval,), "small"))
    assert 1 < large.left < 1000
    assert small.left == np.inf


def test_arrays_are_the_readers_own(computes):
    """What a variable hands out may be written to, whatever else NumPy's result is seen by."""
    x = chainjax.Variable(X.copy())
    y = F.reshape(x, (24,))
    z = F.transpose(x)
    y.array[0] = 7
    z.array[0, 0] = 8
    assert x.array[0, 0] == 0
    assert z.array.flags.c_contiguous


def test_a_failure_names_the_line(computes, monkeypatch):
    def failing(eqn):
        def fail(*xs):
            raise FloatingPointError("made up")

        return fail

    monkeypatch.setitem(_primitives.PRIMITIVES, "exp", (failing, False, 0))
    with pytest.raises(FloatingPointError, match="made up") as caught:
        F.exp(chainjax.Variable(X)).array  # noqa: B018
    assert "test_by_numpy.py" in "".join(caught.value.__notes__)


@pytest.mark.parametrize("config", [((1, 2, 0), (0, 3, 1)), ((-1, 0, 0), (0, -2, 2)), ((-3, -1, 1), (2, -9, 1)), ((-5, 1, 0), (0, 0, 0))])
def test_padding(config):
    def pad(x):
        return jax.lax.pad(x, np.float32(9), config)

    sig = engine.signature_of(pad, (), (engine.value_of(X).aval,), "pad")
    (padded,) = _by_numpy.by_numpy(sig).call(X)
    np.testing.assert_array_equal(padded, jax.jit(pad)(X))


def test_branches():
    def choose(i, x):
        return jax.lax.switch(i, [lambda x: x, lambda x: x[::-1], lambda x: x * 2], x)

    for i in np.int32([-1, 0, 1, 2, 5]):
        sig = engine.signature_of(choose, (), (engine.value_of(i).aval, engine.value_of(X).aval), "choose")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_by_numpy, "COMPUTES", True)
            (chosen,) = _by_numpy.by_numpy(sig).call(i, X)
        np.testing.assert_array_equal(chosen, jax.jit(choose)(i, X))


def same_by_numpy(fn, *args):
    """What NumPy makes of a function is what XLA does; the text of it."""
    texts = []
    with pytest.MonkeyPatch.context() as patch, jax.enable_x64(True):
        patch.setattr(_by_numpy, "COMPUTES", True)
        compiled = _by_numpy._compiled
        patch.setattr(_by_numpy, "_compiled", lambda text, mode="exec": (texts.append(text), compiled(text, mode))[1])
        sig = engine.signature_of(fn, (), tuple([engine.value_of(a).aval for a in args]), fn.__name__)
        results = _by_numpy.by_numpy(sig).call(*args)
        expected = jax.jit(fn)(*args)
    for result, e in zip(results, expected if isinstance(expected, tuple) else (expected,), strict=True):
        assert type(result) is np.ndarray
        assert result.dtype == e.dtype
        np.testing.assert_allclose(result, e, 1e-6)
    return texts[-1]


def test_results_go_where_nobody_looks_any_more():
    def turned(x):
        y = x * 2
        z = y.T  # of the same memory
        return z, y + 1

    def chosen(x):
        y = x * 2
        z = jax.lax.select(x > -1, y, x)  # y itself
        return z, y + 1

    def given(x):
        y = x * 2
        return y, y + 1

    def chain(x):
        return jax.numpy.exp((x * 2 + 1) / 8)

    for fn in (turned, chosen, given):
        same_by_numpy(fn, X)
    assert "exp(v3, out=v3)" in same_by_numpy(chain, X)
    np.testing.assert_array_equal(X, np.arange(24).reshape(4, 6))


def test_what_nobody_needs_is_not_done():
    def half(x):
        y = jax.jit(lambda x: (jax.numpy.exp(x), x + 1, x.reshape(2, 12)))(x)
        return y[1] + jax.numpy.zeros((4, 1), "f"), y[2].reshape(4, 6).astype("f") + jax.numpy.ones((1, 6), "f"), x + 1

    text = same_by_numpy(half, X)
    assert text.count(" = ") == 2  # to add ones is to add one
    assert "exp" not in text
    assert "reshape" not in text


def test_scans_give_what_is_read_of_them():
    def total(x):
        def step(carry, row):
            return carry + row, (carry * 2, jax.numpy.exp(row))

        last, (doubled, _) = jax.lax.scan(step, x[0], x)
        return last, doubled

    same_by_numpy(total, X)


@pytest.mark.parametrize("mode", ["fill", "clip", "promise_in_bounds"])
def test_places_of_several_axes(mode):
    def picked(x, i, j):
        return x.at[i, j].get(mode=mode), x.at[i].get(mode=mode), x.reshape(2, 2, 6).at[:, i, 1:3].get(mode=mode)

    inside = np.int32([[1, 0], [1, 0]]), np.int32([[2, 5], [0, 1]])
    same_by_numpy(picked, X, *inside)
    if mode != "promise_in_bounds":
        same_by_numpy(picked, X, np.int32([[1, 7], [-9, 2]]), np.int32([[9, 5], [0, -1]]))


@pytest.mark.parametrize("last", [1, 7, -9])
def test_places_to_add_and_to_write_to(last):
    def added(x, i, j, y):
        return x.at[i, j].add(y), x.at[i].add(y[..., None]), x.at[j[:, :1], i].add(y, mode="drop")

    def written(x, i):
        return x.at[i].set(7.0), x.at[1, i].set(x[0, 0] + 7)

    same_by_numpy(added, X, np.int32([[1, 0, last]]), np.int32([[2, 5, 0]]), np.float32([[1, 2, 3]]))
    same_by_numpy(written, X, np.int32(last))


@pytest.mark.parametrize("dtype", ["f", "d", "b", "i", "?"])
@pytest.mark.parametrize("shape", [(), (3, 4), (30, 40)])
def test_choices_are_the_same_to_the_bit(shape, dtype):
    def chosen(which, x, y):
        return jax.lax.select(which, x, y), jax.lax.select(which, y.T.T, jax.numpy.zeros_like(x))

    rng = np.random.RandomState(0)
    x = rng.rand(*shape) * 100
    x, y = np.asarray(x, dtype), np.full(shape, np.nan if dtype in "fd" else 1, dtype)
    for which in (rng.rand(*shape) > 0.5, np.full(shape, True), np.full(shape, False)):
        same_by_numpy(chosen, np.asarray(which), x, y)
