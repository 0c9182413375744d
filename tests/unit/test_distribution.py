"""Distributions: what rows of the registry cannot say."""

import numpy as np
import pytest
from scipy import special, stats

import jax

import chainjax
import chainjax.distributions as D
import chainjax.functions as F
from chainjax.functions._check import OutOfRange

ONE, TWO = np.ones(2, "f"), np.full(2, 2, "f")


class Coin(chainjax.Distribution):
    """As a user writes one: what has an entropy as a method is as good."""

    batch_shape, event_shape = (), (2,)

    def __init__(self, p):
        self.p = p

    def sample_n(self, n):
        return chainjax.Variable(np.full((n, 2), self.p, "f"))

    def entropy(self):
        return chainjax.Variable(np.float32([1]))


@chainjax.register_kl(Coin, Coin)
def _kl_coin(a, b):
    return a.p - b.p + chainjax.Variable(np.float32([0]))


# the base class and divergences -----------------------------------------------------------------------------------------------------


def test_a_distribution_of_ones_own():
    coin = Coin(0.25)
    assert coin.sample((3, 1)).shape == (3, 1, 2)
    assert coin.sample().array.tolist() == [0.25, 0.25]
    assert chainjax.kl_divergence(coin, Coin(0.0)).array == 0.25
    assert chainjax.cross_entropy(coin, Coin(0.0)).array == 1.25


@pytest.mark.parametrize("name", ["batch_shape", "event_shape", "params", "support", "mean", "mode", "variance", "stddev", "covariance"])
def test_properties_that_are_not_defined(name):
    with pytest.raises(NotImplementedError, match=f"Distribution does not define {name}"):
        getattr(chainjax.Distribution(), name)


@pytest.mark.parametrize(
    "name", ["sample_n", "prob", "log_prob", "cdf", "icdf", "log_cdf", "survival_function", "log_survival_function", "perplexity"]
)
def test_methods_that_are_not_defined(name):
    with pytest.raises(NotImplementedError, match=f"Distribution does not define {name}"):
        getattr(chainjax.Distribution(), name)(1)


def test_cross_entropy_is_the_mean_logarithm():
    p, q = D.Normal(np.zeros(1), np.ones(1)), D.Normal(np.ones(1), np.array([2.0]))
    expected = -stats.norm(0, 1).expect(stats.norm(1, 2).logpdf)
    np.testing.assert_allclose(chainjax.cross_entropy(p, q).array, [expected], 1e-7)


def test_an_unknown_divergence_is_named():
    with pytest.raises(KeyError, match=r"register_kl\(Normal, Laplace\)"):
        chainjax.kl_divergence(D.Normal(ONE, ONE), D.Laplace(ONE, ONE))


def test_a_divergence_is_infinite_where_the_other_has_no_density():
    wide, narrow = D.Uniform(low=-TWO, high=TWO), D.Uniform(low=-ONE, high=ONE)
    assert chainjax.kl_divergence(wide, narrow).array.tolist() == [np.inf, np.inf]
    np.testing.assert_allclose(chainjax.kl_divergence(narrow, wide).array, np.log(TWO), 1e-6)
    near, far = D.Pareto(ONE, TWO), D.Pareto(TWO, TWO)
    assert chainjax.kl_divergence(near, far).array.tolist() == [np.inf, np.inf]
    assert np.isfinite(chainjax.kl_divergence(far, near).array).all()


# parameters -------------------------------------------------------------------------------------------------------------------------


def test_parameters_are_the_callers_and_cannot_be_replaced():
    loc = np.zeros(2, "f")
    dist = D.Normal(loc, ONE)
    assert dist.loc.array is loc
    with pytest.raises(AttributeError, match="cannot be set"):
        dist.loc = ONE
    assert list(dist.params) == ["loc", "scale"]
    assert list(D.Uniform(loc=loc, scale=ONE).params) == ["loc", "scale"]


def test_what_is_computed_is_kept_for_each_mode():
    dist = D.Normal(chainjax.Variable(ONE), log_scale=chainjax.Variable(ONE))
    assert dist.variance is dist.variance
    with chainjax.no_backprop_mode():
        assert dist.variance.creator is None
    assert dist.variance.creator is not None


@pytest.mark.parametrize("x", [1, 1.0, np.float64(1), [1, 1], np.ones(2), chainjax.Variable(np.ones(2))], ids=repr)
def test_points_may_be_of_any_kind(x):
    got = D.Normal(ONE, TWO).cdf(x)
    assert (got.dtype, got.array.tolist()) == (np.float32, [0.5, 0.5])


def test_draws_train_parameters():
    mean = chainjax.Parameter(np.zeros(1, "f"))
    optimizer = chainjax.optimizers.SGD(0.1)
    link = chainjax.Link()
    with link.init_scope():
        link.mean = mean
    optimizer.setup(link)
    np.random.seed(0)
    for _ in range(60):
        dist = D.Normal(link.mean, np.full(1, 0.1, "f"))
        loss = F.mean((dist.sample(8) - 3) ** 2)
        link.cleargrads()
        loss.backward()
        optimizer.update()
    assert abs(link.mean.array[0] - 3) < 0.1


def test_inside_of_transformations():
    def entropies(scale):
        return F.sum(D.Normal(ONE, chainjax.Variable(scale)).entropy).jax

    np.testing.assert_allclose(jax.jit(jax.grad(entropies))(TWO), 1 / TWO)

    def through_draws(scale, k):
        return F.sum(D.Gamma(chainjax.Variable(k), chainjax.Variable(scale)).sample(3)).jax

    by_scale, by_k = jax.jit(jax.grad(through_draws, (0, 1)))(TWO, ONE)
    assert (by_scale > 0).all()
    assert not by_k.any()

    classes = jax.jit(lambda p: D.Categorical(chainjax.Variable(p)).sample(3).jax)(np.float32([[0, 1, 0]]))
    assert classes.tolist() == [[1], [1], [1]]


# single families --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("certain", [{"p": np.float32([0, 1])}, {"logit": np.float32([-np.inf, np.inf])}], ids=list)
def test_certain_outcomes(certain):
    dist = D.Bernoulli(**certain)
    assert dist.log_prob(np.float32([[0, 1], [1, 0]])).array.tolist() == [[0, 0], [-np.inf, -np.inf]]
    assert dist.entropy.array.tolist() == [0, 0]
    assert dist.sample(3).array.tolist() == [[0, 1]] * 3


def test_extreme_logits_do_not_overflow():
    dist = D.Bernoulli(logit=chainjax.Variable(np.float32([-1000, 1000])))
    logp = dist.log_prob(np.int32([1, 1]))
    F.sum(logp).backward()
    assert logp.array.tolist() == [-1000, 0]
    assert dist.logit.grad.tolist() == [1, 0]


def test_classes_without_probability():
    p = np.float32([[0, 1, 0], [0.25, 0.5, 0.25]])
    np.testing.assert_allclose(D.Categorical(p).entropy.array, [0, 1.5 * np.log(2)], 1e-6)
    assert D.OneHotCategorical(p).log_prob(np.float32([[0, 1, 0], [1, 0, 0]])).array.tolist() == [0, np.float32(np.log(0.25))]


def test_a_class_without_probability_is_never_drawn(monkeypatch):
    monkeypatch.setattr(np.random, "random_sample", np.zeros)  # the least that it can draw
    assert D.Categorical(np.float32([[0, 1, 0]])).sample(2).array.tolist() == [[1], [1]]


def test_entropy_has_a_finite_slope_where_a_class_has_no_probability():
    p = chainjax.Variable(np.float32([[0, 1]]))
    F.sum(D.Categorical(p).entropy).backward()
    assert p.grad.tolist() == [[0, -1]]


def test_an_unknown_class_is_refused():
    with pytest.raises(OutOfRange, match="below 2, got 2"):
        D.Categorical(np.float32([[0.5, 0.5]])).log_prob(np.int32([2]))


def test_probabilities_that_add_to_one_as_far_as_they_can():
    p = np.full((1, 3), 1 / 3, np.float16)
    np.random.seed(0)
    assert set(D.Categorical(p).sample(50).array.ravel()) == {0, 1, 2}
    with pytest.raises(ValueError, match="add to 1"):
        D.Categorical(2 * p).sample(1)


def test_density_at_the_end_of_the_support():
    zero = np.zeros(1)
    assert D.Gamma(np.ones(1), np.ones(1)).log_prob(zero).array == 0
    assert D.Beta(np.ones(1), np.array([2.0])).log_prob(zero).array == pytest.approx(np.log(2))
    assert D.Exponential(np.array([1.0])).log_prob(zero).array == 0


def test_slope_of_a_power_that_is_zero():
    k = chainjax.Variable(np.ones(1))
    F.sum(D.Gamma(k, np.ones(1)).log_prob(np.array([0.5]))).backward()
    np.testing.assert_allclose(k.grad, np.log(0.5) - special.digamma(1))


def test_what_decides_has_no_gradient():
    x, high = chainjax.Variable(ONE), chainjax.Variable(TWO)
    F.sum(D.Uniform(low=-ONE, high=high).log_prob(x)).backward()
    assert x.grad is None
    np.testing.assert_allclose(high.grad, -ONE / 3, 1e-6)


def test_moments_of_pareto_may_be_infinite():
    dist = D.Pareto(np.ones(4, "f"), np.float32([0.5, 1, 2, 3]))
    assert dist.mean.array.tolist() == [np.inf, np.inf, 2, 1.5]
    assert dist.variance.array.tolist() == [np.inf, np.inf, np.inf, 0.75]


def test_laplace_far_from_its_mean():
    x = chainjax.Variable(np.float32([-200, 0, 200]))
    cdf = D.Laplace(np.zeros(3, "f"), np.ones(3, "f")).cdf(x)
    F.sum(cdf).backward()
    assert cdf.array.tolist() == [0, 0.5, 1]
    assert x.grad.tolist() == [0, 0.5, 0]


def test_a_multivariate_normal_needs_square_matrices():
    dist = D.MultivariateNormal(np.zeros((1, 2), "f"), scale_tril=np.ones((1, 2, 3), "f"))
    with pytest.raises(TypeError, match="triangular_solve: expected square matrices"):
        dist.log_prob(np.zeros((1, 2), "f"))


# Independent ------------------------------------------------------------------------------------------------------------------------


def test_independent_takes_all_axes_but_the_first():
    dist = D.Independent(D.Normal(np.zeros((2, 3, 4), "f"), np.ones((2, 3, 4), "f")))
    assert (dist.batch_shape, dist.event_shape, dist.reinterpreted_batch_ndims) == ((2,), (3, 4), 2)
    assert dist.sample(5).shape == (5, 2, 3, 4)
    assert dist.log_prob(dist.sample(5)).shape == (5, 2)


def test_independent_of_nothing_is_the_same():
    parts = D.Normal(np.zeros((2, 3)), np.ones((2, 3)))
    dist, x = D.Independent(parts, 0), np.ones((2, 3))
    np.testing.assert_array_equal(dist.log_prob(x).array, parts.log_prob(x).array)
    np.testing.assert_array_equal(dist.prob(x).array, parts.prob(x).array)


def test_covariance_of_independent_blocks():
    scale = np.tril(np.arange(1.0, 13).reshape(1, 3, 2, 2))
    parts = D.MultivariateNormal(np.zeros((1, 3, 2)), scale_tril=scale)
    dist = D.Independent(parts)
    whole = np.zeros((6, 6))
    for i, part in enumerate(scale[0]):
        whole[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = part @ part.T
    np.testing.assert_allclose(dist.covariance.array, whole[None])
    x = np.ones((1, 3, 2))
    np.testing.assert_allclose(dist.log_prob(x).array, stats.multivariate_normal(np.zeros(6), whole).logpdf(x.reshape(-1)))


def test_independent_has_no_quantiles():
    with pytest.raises(RuntimeError, match="no inverse"):
        D.Independent(D.Normal(ONE, ONE), 1).icdf(ONE)


def test_independents_of_other_shapes_have_no_divergence():
    def normal(*shape):
        return D.Normal(np.zeros(shape), np.ones(shape))

    with pytest.raises(ValueError, match="events of one shape"):
        chainjax.kl_divergence(D.Independent(normal(2, 3)), D.Independent(normal(2, 4)))
    many = D.MultivariateNormal(np.zeros((2, 3)), scale_tril=np.broadcast_to(np.eye(3), (2, 3, 3)).copy())
    with pytest.raises(NotImplementedError, match="independent parts"):
        chainjax.kl_divergence(D.Independent(normal(2, 3), 1), D.Independent(many, 0))


# names ------------------------------------------------------------------------------------------------------------------------------


def test_names_of_chainer():
    assert chainjax.Distribution is chainjax.distribution.Distribution
    assert chainjax.register_kl is chainjax.distribution.register_kl
