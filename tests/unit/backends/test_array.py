"""Arrays on JAX devices, and the functions for them: NumPy's results and dtypes, and nothing computed before somebody reads."""

import copy
import pickle

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
from chainjax import engine

RNG = np.random.default_rng(0)
ARRAYS = {
    "x": RNG.normal(size=(3, 4)).astype("f"),
    "i": RNG.integers(1, 5, (3, 4)).astype("i"),
    "h": RNG.normal(size=(3, 4)).astype("e"),
    "d": RNG.normal(size=(3, 4)),
    "v": RNG.normal(size=4).astype("f"),
}
ARRAYS["b"] = ARRAYS["x"] > 0

DEVICE = chainjax.get_device("@jax:cpu:1")

# What is computed, of arrays of those names. Each is NumPy's.
EXPRESSIONS = """
x + 1; 1 - x; x * 2.5; 2 / x; i / 2; i // 2; i % 3; -x; abs(x); +x; x**2; x ** 0.5; 2**x; x @ x.T; i << 1; ~b; b & b; b | b; x > 0
x == x; i == 1; 1 < x; x != 0; x + i; x + d; h + x; h * 2; b + b; b * x; i + True; b + 1; i.astype("i1") + i.astype("u1"); x.sum()
x.sum(axis=0); i.sum(); b.sum(); h.sum(); x.mean(); i.mean(); b.mean(); h.mean(1); x.max(axis=1); x.argmax(axis=1)
(x.argmax(axis=1) == i[:, 0]).mean(); x.std(); i.var(axis=0); x.cumsum(); i.cumsum(axis=1); i.prod(); x.any(); b.all(); x.clip(0, 1)
x.ravel(); x.reshape(4, 3); x.reshape((2, -1)); x.T; x.transpose(1, 0); x.transpose(); x.flatten(); x.swapaxes(0, 1); x.repeat(2)
x.astype("d"); x.astype(np.int32); x.round(1); x.dot(x.T); x.squeeze(); x.take(xp.array([0, 1]), axis=1); x.real; x.copy(); x[0]
x[1, 2]; x[:, 1:3]; x[::2]; x[::-1]; x[-1]; x[..., 0]; x[None]; x[[0, 2]]; x[xp.array([0, -1])]; x[xp.array([1, 2]), 1:3]; v[2:1]
xp.exp(x); xp.exp(i); xp.log1p(i); xp.sqrt(abs(h)); xp.tanh(x); xp.sign(x); xp.floor(x); xp.maximum(x, 0); xp.maximum(i, 0.5)
xp.minimum(x, i); xp.where(b, x, 0); xp.where(b, x, d); xp.isnan(x); xp.isfinite(i); xp.logical_and(b, b); xp.power(x, 2); xp.square(i)
xp.concatenate([x, d]); xp.stack([x, x]); xp.hstack((x, x)); xp.split(x, 2, axis=1); xp.expand_dims(x, 0); xp.tile(x, (2, 1))
xp.modf(x); xp.pad(x, 1, "constant"); xp.rollaxis(x, 1); xp.broadcast_to(v, (2, 4)); xp.argmax(x, axis=1)
xp.sum(x, axis=1, keepdims=True); xp.sort(x); xp.dot(x, x.T); xp.tensordot(x, x, axes=([0], [0])); xp.einsum("ij,kj->ik", x, x)
xp.linalg.norm(x); xp.linalg.norm(x, axis=1); xp.outer(v, v); xp.zeros((2, 3)); xp.zeros(3, "f"); xp.ones((2,), bool); xp.full((2,), 3)
xp.full(2, 3, "f"); xp.eye(3, dtype="f"); xp.arange(5); xp.tri(3); xp.linspace(0, 1, 5); xp.zeros_like(x); xp.ones_like(i)
xp.full_like(x, 2); xp.array([1, 2]); xp.array([v[0], v[1]]); xp.asarray([1], "f"); xp.array(v, ndmin=2); xp.sqrt(2.0); xp.identity(3)
xp.arange(3) * x.sum(); xp.searchsorted(xp.sort(v), x); xp.median(i); xp.allclose(x, x)
"""
EXPRESSIONS = [each for line in EXPRESSIONS.split("\n") for each in line.split("; ") if each]

# What reads numbers, since the shape of the result depends on them.
READING = [
    "x[b]",
    "x[b[:, 0]]",
    "xp.nonzero(b)",
    "xp.bincount(i.ravel())",
    "xp.unique(i)",
    "x.item(0)",
    "v.tolist()",
    "9.5 in x",
    "f'{x[0, 0]:.3f}'",
]

STATEMENTS = """
x[...] = 1; x[0] = v; x[:, 1] = 0; x[b] = 0; x[1, 2] = 5; x += 1; x -= v; x *= i; i += 1; x /= 2; x **= 2; x[::2] = 7; x[::-1] = d
x[[0, 2]] = 9; x[xp.array([0, 2])] = v; x[:] = d; i[0] = 2.7; x.fill(3); v.sort(); x[1:] += 2; x[0] -= v; d += x; x += d; h += x
xp.copyto(x, d); b &= b; i |= 1; b[...] = x > 1; xp.add(x, 1, out=x); x[..., -1] += 1; x[0, :2] = xp.array([1.0, 2.0])
x[:, :3] @= x[:, 1:]
"""
STATEMENTS = [each for line in STATEMENTS.split("\n") for each in line.split("; ") if each]


def on_numpy():
    return {"xp": np, "np": np, **{name: a.copy() for name, a in ARRAYS.items()}}


def on_device():
    return {"xp": DEVICE.xp, "np": np, **{name: DEVICE.send(a) for name, a in ARRAYS.items()}}


@pytest.fixture(autouse=True)
def here():
    with chainjax.using_device(DEVICE):
        yield


def assert_same(got, expected):
    if isinstance(expected, (tuple, list)):
        assert len(got) == len(expected)
        for g, e in zip(got, expected, strict=True):
            assert_same(g, e)
        return
    if isinstance(got, chainjax.ndarray):
        assert got.device == DEVICE.device
        assert got.dtype == np.asarray(expected).dtype
        got = got.get()
    if isinstance(expected, str):
        assert got == expected
        return
    np.testing.assert_array_equal(np.shape(got), np.shape(expected))
    np.testing.assert_allclose(got, expected, 2e-3 if np.asarray(expected).dtype == np.float16 else 2e-5, 1e-5)


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_are_those_of_numpy_and_wait(expression):
    names = on_device()
    engine.flush()
    before = engine.statistics()["flushes"]
    got = eval(expression, names)
    assert engine.statistics()["flushes"] == before
    assert_same(got, eval(expression, on_numpy()))


@pytest.mark.parametrize("expression", READING)
def test_what_depends_on_numbers_reads_them(expression):
    assert_same(eval(expression, on_device()), eval(expression, on_numpy()))


@pytest.mark.parametrize("statement", STATEMENTS)
def test_statements_change_arrays_as_those_of_numpy_and_wait(statement):
    names, expected = on_device(), on_numpy()
    before = {name: names[name] for name in ARRAYS}
    engine.flush()
    flushes = engine.statistics()["flushes"]
    exec(statement, names)
    assert engine.statistics()["flushes"] == flushes
    exec(statement, expected)
    for name, array in before.items():
        assert names[name] is array
        assert_same(array, expected[name])


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("i += 1.5", TypeError),
        ("i /= 2", TypeError),
        ("v += x", ValueError),
        ("x[5]", IndexError),
        ("x[5] = 0", IndexError),
        ("x[0, 0, 0]", IndexError),
        ("x[1.5]", IndexError),
        ("x + v[:3]", ValueError),
        ("b - b", TypeError),
        ("{x}", TypeError),
        ("x + 'a'", TypeError),
        ("xp.no_such_function(x)", AttributeError),
        ("bool(x)", ValueError),
    ],
)
def test_what_numpy_refuses_is_refused(statement, error):
    for names in (on_numpy(), on_device()):
        with pytest.raises(error):
            exec(statement, names)


def test_arrays_of_numpy_are_to_be_sent_first():
    x = on_device()["x"]
    for mixed in (lambda: x + ARRAYS["x"], lambda: ARRAYS["x"] * x, lambda: DEVICE.xp.maximum(x, ARRAYS["x"])):
        with pytest.raises(
            TypeError, match=r"expected arrays of one device, got one of NumPy, \(3, 4\) float32; xp.asarray sends it there"
        ):
            mixed()
    x[...] = ARRAYS["x"] + 1  # but what is written may be anybody's, as with CuPy
    np.testing.assert_array_equal(x.get(), ARRAYS["x"] + 1)


def test_an_index_on_a_device_is_looked_at_when_the_program_runs():
    x = on_device()["x"]
    y = x[DEVICE.xp.array([0, 3])]
    with pytest.raises(IndexError, match="index on a device is out of range for axis 0 of length 3"):
        y.get()


def test_numbers_are_traced_and_indices_move_in_one_program():
    x = on_device()["x"]

    def kernels():
        before = engine.statistics()["kernels"]
        for n in range(3):
            with chainjax.using_config("deterministic", True):
                (x * (n + 1.5) + n)[n : n + 1].get()
                x[n, 1].get()
        return engine.statistics()["kernels"] - before

    kernels()
    assert kernels() == 0
    before = engine.statistics()["kernels"]
    with chainjax.using_config("deterministic", True):
        (x * 77.0 + 77)[2:3].get()
    assert engine.statistics()["kernels"] == before


def test_writing_to_the_array_changes_the_variable():
    x = chainjax.Variable(on_device()["x"])
    y = F.sum(x * x)
    x.array *= 2
    x.array[0] = 1
    y.backward()
    expected = ARRAYS["x"] * 2
    expected[0] = 1
    np.testing.assert_array_equal(x.array.get(), expected)
    np.testing.assert_allclose(x.grad.get(), 2 * expected, 1e-6)  # backward takes what variables hold
    x.array -= 0.5 * x.grad
    np.testing.assert_array_equal(x.array.get(), np.zeros((3, 4)))


def test_a_training_loop_of_arrays_is_one_replay_for_each_read():
    w = DEVICE.send(np.ones((4, 2), np.float32))
    x, xp = on_device()["x"], DEVICE.xp
    engine.flush()
    before = engine.statistics()["flushes"]
    for _ in range(3):
        error = x.dot(w) - xp.ones((3, 2), "f")
        w -= 0.1 * x.T.dot(error)
    assert engine.statistics()["flushes"] == before
    float(xp.square(error).mean())
    assert engine.statistics()["flushes"] == before + 1


def test_iterating_ends():
    assert [row.tolist() for row in DEVICE.send(np.float32([[1, 2], [3, 4]]))] == [[1, 2], [3, 4]]


def test_an_array_without_axes_has_nothing_to_iterate_over():
    with pytest.raises(TypeError, match="without axes"):
        iter(on_device()["x"][0][0])


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies(way):
    x = on_device()["x"]
    y = way(x + 1)
    np.testing.assert_array_equal(y.get(), ARRAYS["x"] + 1)
    assert y.device == DEVICE.device


# Random numbers ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draw", "mean", "deviation", "dtype"),
    [
        ("rand(40, 50)", 0.5, 0.29, "d"),
        ("random_sample(2000)", 0.5, 0.29, "d"),
        ("randn(2000)", 0, 1, "d"),
        ("uniform(-1, 1, (2000,), dtype='f')", 0, 0.58, "f"),
        ("normal(2, 0.5, 2000)", 2, 0.5, "d"),
        ("standard_normal((2, 1000))", 0, 1, "d"),
        ("exponential(2.0, 2000)", 2, 2, "d"),
        ("gumbel(size=2000)", 0.58, 1.28, "d"),
        ("randint(5, size=2000)", 2, 1.41, "l"),
        ("randint(2, 5, 2000, dtype='i')", 3, 0.82, "i"),
        ("permutation(2000)", 999.5, 577, "l"),
        ("choice(5, 2000)", 2, 1.41, "l"),
        ("choice(2000, 2000, replace=False)", 999.5, 577, "l"),
        ("choice(3, 2000, p=np.array([0.5, 0, 0.5]))", 1, 1, "l"),
    ],
)
def test_draws_have_the_right_moments_and_wait(draw, mean, deviation, dtype):
    random = DEVICE.xp.random
    random.seed(0)
    before = engine.statistics()["flushes"]
    x = eval(f"random.{draw}")
    assert engine.statistics()["flushes"] == before
    assert x.dtype == np.dtype(dtype)
    assert x.size == 2000
    numbers = x.get()
    assert abs(numbers.mean() - mean) < 5 * deviation / np.sqrt(2000)
    assert abs(numbers.std() - deviation) < 0.1 * deviation
    random.seed(0)
    np.testing.assert_array_equal(eval(f"random.{draw}").get(), numbers)


def test_draws_from_arrays():
    v, random = on_device()["v"], DEVICE.xp.random
    assert set(random.choice(v, 20).tolist()) <= set(ARRAYS["v"].tolist())
    assert sorted(random.permutation(v).tolist()) == sorted(ARRAYS["v"].tolist())
    random.shuffle(v)
    assert sorted(v.tolist()) == sorted(ARRAYS["v"].tolist())
    with pytest.raises(ValueError, match="expected a size of 4 at most"):
        random.choice(v, 5, replace=False)
    with pytest.raises(NotImplementedError, match="expected p or replace=False"):
        random.choice(4, 2, replace=False, p=np.full(4, 0.25))
