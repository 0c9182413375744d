"""Laws of distributions: law x row of the registry."""

import copy
import pickle

import numpy as np
import pytest

import chainjax
from chainjax import distributions, engine
from tests.conformance.registry import numbers
from tests.conformance.registry.numbers import OF_POINTS, PROPERTIES
from tests.laws.calls import by_kernels
from tests.registry import DISTRIBUTIONS

every = pytest.mark.parametrize("row", DISTRIBUTIONS, ids=repr)
drawing = pytest.mark.parametrize("row", [row for row in DISTRIBUTIONS if row.pathwise != ()], ids=repr)
bounded = pytest.mark.parametrize("row", [row for row in DISTRIBUTIONS if row.outside], ids=repr)
faulty = pytest.mark.parametrize("row", [row for row in DISTRIBUTIONS if row.errors], ids=repr)

#: How SciPy calls them, for continuous distributions and discrete ones.
SCIPY = {
    "prob": ("pdf", "pmf"),
    "log_prob": ("logpdf", "logpmf"),
    "cdf": ("cdf", "cdf"),
    "log_cdf": ("logcdf", "logcdf"),
    "survival_function": ("sf", "sf"),
    "log_survival_function": ("logsf", "logsf"),
    "icdf": ("ppf", "ppf"),
    "mean": ("mean", "mean"),
    "variance": ("var", "var"),
    "stddev": ("std", "std"),
    "entropy": ("entropy", "entropy"),
    "covariance": ("cov", "cov"),
}


def made(row, seed=1, dtype="float64", variables=False):
    params = row.arrays(seed, dtype)
    return row.of(chainjax, {name: chainjax.Variable(a) for name, a in params.items()} if variables else params)


def points(row):
    """Some points ``(4, *batch, *event)`` in float64."""
    if row.points:
        rng = np.random.default_rng(3)
        return np.stack([row.points(rng) for _ in range(4)])
    np.random.seed(3)
    return made(row).sample(4).array.astype(float)


def defined(row):
    """What real Chainer defines of the row's distribution, but for what it cannot be asked."""
    return set(numbers.golden(row)) | set(row.beyond)


def scipys(row, seed=1):
    """``index -> SciPy's distribution`` of each member of the batch."""
    params = row.arrays(seed, "float64")
    return {index: row.scipy(**{name: a[index] for name, a in params.items()}) for index in np.ndindex(row.batch)}


def asked(scipy, name, *args):
    """What SciPy says, whichever of two names it has for it."""
    if name == "variance" and not hasattr(scipy, "var"):
        return np.diagonal(asked(scipy, "covariance"))
    found = next(getattr(scipy, n) for n in SCIPY[name] if hasattr(scipy, n))
    return found(*args) if callable(found) else found


# Chainer and SciPy --------------------------------------------------------------------------------------------------------------


@every
def test_numbers_are_chainers(row):
    expected = numbers.golden(row)
    with by_kernels():
        got = numbers.of_distribution(chainjax, row)
    assert got.keys() == expected.keys()
    for name, array in got.items():
        assert (array.shape, array.dtype) == (expected[name].shape, expected[name].dtype), name
        if array.dtype.kind == "f":
            np.testing.assert_allclose(array, expected[name], 1e-4, 2e-5, err_msg=name)
        else:
            np.testing.assert_array_equal(array, expected[name], err_msg=name)


@every
def test_functions_of_points_are_scipys(row):
    dist, x = made(row), points(row)
    for name in sorted((defined(row) & {*OF_POINTS, "icdf"}) - set(row.undefined)):
        if name == "icdf":
            x = np.random.default_rng(5).uniform(0.05, 0.95, x.shape)
        y = getattr(dist, name)(x).array
        for index, scipy in scipys(row).items():
            expected = [asked(scipy, name, x[(n, *index)]) for n in range(len(x))]
            np.testing.assert_allclose(y[(slice(None), *index)], np.reshape(expected, -1), 1e-9, 1e-12, err_msg=name)


@every
def test_properties_are_scipys(row):
    dist = made(row)
    for name in sorted((defined(row) & set(PROPERTIES)) - {"mode", *row.undefined}):
        y = getattr(dist, name).array
        for index, scipy in scipys(row).items():
            np.testing.assert_allclose(y[index], asked(scipy, name), 1e-9, err_msg=name)


@bounded
def test_no_density_outside_of_the_support(row):
    for x in row.outside:
        dist, x = made(row, variables=True), chainjax.Variable(np.full(row.batch, x))
        log_prob = dist.log_prob(x)
        np.testing.assert_array_equal(log_prob.array, np.full(row.batch, -np.inf))
        for g in chainjax.grad([log_prob], [x, *dist.params.values()], [chainjax.Variable(np.ones(row.batch))]):
            assert g is None or not g.array.any()


def mean(scipy, f, rng):
    """The mean of a function of the draws of SciPy's distribution, and how near it is."""
    if not hasattr(scipy, "expect"):
        values = np.array([f(x) for x in scipy.rvs(2000, random_state=rng)])
        return values.mean(), 5 * values.std() / np.sqrt(len(values))
    if hasattr(scipy, "pmf"):
        return scipy.expect(f), 1e-6
    ends = scipy.ppf(1e-9), scipy.ppf(1 - 1e-9)  # beyond them densities underflow
    return (np.inf if np.isinf([f(x) for x in ends]).any() else scipy.expect(f, lb=ends[0], ub=ends[1])), 1e-5


@pytest.mark.parametrize("row", [row for row in DISTRIBUTIONS if "kl_divergence" in defined(row)], ids=repr)
def test_divergence_is_the_mean_difference_of_logarithms(row):
    got = chainjax.kl_divergence(made(row), made(row, seed=2)).array
    p, q = scipys(row), scipys(row, seed=2)
    rng = np.random.default_rng(6)
    for index in list(p)[:2]:

        def difference(x, p=p[index], q=q[index]):
            return asked(p, "log_prob", x) - asked(q, "log_prob", x)

        expected, nearness = mean(p[index], difference, rng)
        assert got[index] == expected or abs(got[index] - expected) < nearness


# gradients ----------------------------------------------------------------------------------------------------------------------


def assert_slope(f, arrays, names):
    """The gradient of ``f`` of named arrays, along a direction, is its difference quotient; no gradient flows to other names."""
    rng = np.random.default_rng(8)
    ways = {name: rng.normal(size=a.shape) * 1e-5 for name, a in arrays.items() if name in names}
    variables = {name: chainjax.Variable(a) for name, a in arrays.items()}
    y = f(variables)
    gy = rng.normal(size=y.shape)
    grads = dict(zip(arrays, chainjax.grad([y], list(variables.values()), [chainjax.Variable(gy)]), strict=True))
    assert {name for name, g in grads.items() if g is not None and np.any(g.array)} == set(names)
    ahead, behind = [(gy * f({name: a + sign * ways.get(name, 0) for name, a in arrays.items()}).array).sum() for sign in (1, -1)]
    slope = sum((grads[name].array * way).sum() for name, way in ways.items())
    scale = sum(np.abs(grads[name].array * way).sum() for name, way in ways.items())
    assert abs(slope - (ahead - behind) / 2) < 1e-6 * scale


@every
def test_gradient_of_log_prob(row):
    arrays = row.arrays(dtype="float64") | {"x": points(row)}
    with by_kernels():
        assert_slope(
            lambda v: row.of(chainjax, {name: a for name, a in v.items() if name != "x"}).log_prob(v["x"]),
            arrays,
            set(arrays) - set(row.flat),
        )


@drawing
def test_gradient_through_draws(row):
    arrays = row.arrays(dtype="float64")

    def draw(params):
        np.random.seed(9)
        return row.of(chainjax, params).sample(4)

    with by_kernels():
        assert_slope(draw, arrays, set(arrays) if row.pathwise is None else set(row.pathwise))


# shapes, laziness, devices, copies, errors -----------------------------------------------------------------------------------------


@every
def test_shapes(row):
    dist = made(row, dtype="float32")
    event = points(row).shape[1 + len(row.batch) :]
    assert (dist.batch_shape, dist.event_shape) == (row.batch, event)
    for shape in ((), 4, (2, 2), [2, 2], np.int64(4)):
        sample = dist.sample(shape)
        lead = (int(shape),) if isinstance(shape, (int, np.integer)) else tuple(shape)
        assert sample.shape == lead + row.batch + event
    assert dist.sample_n(4).shape == (4, *row.batch, *event)
    assert dist.log_prob(dist.sample(4)).shape == (4, *row.batch)


@every
def test_deferred_is_eager(row):
    with by_kernels():
        deferred = numbers.of_distribution(chainjax, row)
    with chainjax.using_config("lazy", False):
        eager = numbers.of_distribution(chainjax, row)
    for name, array in deferred.items():
        np.testing.assert_array_equal(array, eager[name], err_msg=name)


@every
def test_nothing_is_computed_before_somebody_looks(row):
    dist, x = made(row, dtype="float32", variables=True), points(row).astype("f")
    other = made(row, seed=2, dtype="float32")
    before = engine.statistics()["flushes"]
    keep = [dist.log_prob(x), *([dist.sample(4)] if row.pathwise is None else [])]
    keep += [getattr(dist, name) for name in sorted(defined(row) & set(PROPERTIES) - {"mean", "variance"})]
    if "kl_divergence" in defined(row):
        keep.append(chainjax.kl_divergence(dist, other))
    chainjax.functions.sum(keep[0]).backward()
    assert engine.statistics()["flushes"] == before


@every
def test_a_second_distribution_compiles_nothing(row):
    with by_kernels():
        first = numbers.of_distribution(chainjax, row)
        before = engine.statistics()["kernels"]
        second = numbers.of_distribution(chainjax, row)
    assert engine.statistics()["kernels"] == before
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)


@every
def test_draws_on_devices(row):
    device = chainjax.get_device("@jax:cpu:0")
    chainjax.backends._random.seed(0)
    # Nobody knows the parameters yet, and nobody has to: JAX draws as part of the program.
    dist = row.of(chainjax, {name: chainjax.Variable(device.send(a)) * 1 for name, a in row.arrays().items()})
    before = engine.statistics()["flushes"]
    sample = dist.sample(2000)
    assert engine.statistics()["flushes"] == before
    assert sample.device == device
    assert dist.log_prob(sample).device == device
    host = chainjax.get_device("@numpy").send(sample.array)
    expected = made(row).sample(0)
    assert (host.shape[1:], host.dtype) == (expected.shape[1:], made(row, dtype="float32").sample(0).dtype)
    for index, scipy in list(scipys(row).items())[:2]:
        if "mean" in row.undefined:
            np.testing.assert_allclose(np.median(host[(slice(None), *index)], 0), asked(scipy, "icdf", 0.5), atol=0.3)
        else:
            deviation = np.sqrt(asked(scipy, "variance") / 2000)
            assert np.all(abs(host[(slice(None), *index)].mean(0) - asked(scipy, "mean")) < 5 * deviation)


@every
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "deepcopy", "pickle"])
def test_copies_are_equal(row, way):
    dist, x = made(row), points(row)
    with by_kernels():
        expected = dist.log_prob(x).array
        np.testing.assert_array_equal(way(dist).log_prob(x).array, expected)


@faulty
def test_wrong_arguments_are_refused(row):
    for bad in row.errors:
        with pytest.raises(bad.error, match=bad.message):
            getattr(distributions, row.name)(*bad.args, **bad.kwargs)


def test_what_is_undefined_is_said():
    dist = distributions.Cauchy(np.zeros(2, "f"), np.ones(2, "f"))
    for name in ("mean", "variance"):
        with pytest.warns(RuntimeWarning, match=f"{name} is undefined"):
            assert np.isnan(getattr(dist, name).array).all()
