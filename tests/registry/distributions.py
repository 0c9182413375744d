"""Distributions, with some parameters and what SciPy calls them. All batches are ``(3, 2)``."""

import functools
import types

import numpy as np
from scipy import special, stats

from .spec import BadDistribution as Bad
from .spec import DistributionSpec

BATCH = (3, 2)


def between(low, high, *event):
    """Numbers between two bounds."""
    return lambda rng: rng.uniform(low, high, BATCH + event)


def shares(n):
    """Rows of ``n`` numbers that add to 1."""
    return lambda rng: rng.dirichlet(np.full(n, 3.0), BATCH)


def triangular(n):
    """Lower triangular matrices with diagonals from 1 to 2."""
    return lambda rng: np.tril(rng.uniform(-1, 1, (*BATCH, n, n)), -1) + rng.uniform(1, 2, (*BATCH, n, 1)) * np.eye(n)


def _classes(p):
    return stats.rv_discrete(values=(np.arange(len(p)), p))


def _softmax(logit):
    return np.exp(logit) / np.exp(logit).sum()


def _independent(module, loc, scale):
    return module.distributions.Independent(module.distributions.Normal(loc, scale), 1)


_LOC_SCALE = {"loc": between(-1, 1), "scale": between(0.5, 2)}
_ARRAY, _ROW = np.ones(2, "f"), types.SimpleNamespace(batch_shape=(2,))
_NO_ARRAY = Bad("expected ndarray", TypeError, [0.5, 0.5])


ROWS = [
    DistributionSpec(
        "Bernoulli",
        {"p": between(0.1, 0.9)},
        stats.bernoulli,
        pathwise=(),
        flat=("x",),
        errors=[
            Bad("Bernoulli: expected either p or logit, got neither", ValueError),
            Bad("Bernoulli: expected either p or logit, got both", ValueError, _ARRAY, logit=_ARRAY),
        ],
    ),
    DistributionSpec(
        "Bernoulli", {"logit": between(-2, 2)}, lambda logit: stats.bernoulli(special.expit(logit)), pathwise=(), flat=("x",), label="logit"
    ),
    DistributionSpec(
        "Bernoulli",
        {"p": between(0.1, 0.9)},
        stats.bernoulli,
        make=lambda module, p: module.distributions.Bernoulli(p, binary_check=True),
        pathwise=(),
        flat=("x",),
        outside=(-1.0, 0.5, 2.0),
        label="binary_check",
    ),
    DistributionSpec(
        "Beta", {"a": between(0.5, 3), "b": between(0.5, 3)}, stats.beta, pathwise=(), points=between(0.1, 0.9), outside=(-0.5, 1.5)
    ),
    DistributionSpec(
        "Categorical",
        {"p": shares(3)},
        _classes,
        pathwise=(),
        flat=("x",),
        beyond=("log_prob",),
        errors=[
            Bad("Categorical: expected either p or logit, got neither", ValueError),
            Bad("Categorical: expected either p or logit, got both", ValueError, _ARRAY, logit=_ARRAY),
            Bad("unexpected keyword argument", TypeError, logits=_ARRAY),
        ],
    ),
    DistributionSpec(
        "Categorical",
        {"logit": between(-1, 1, 3)},
        lambda logit: _classes(_softmax(logit)),
        pathwise=(),
        flat=("x",),
        beyond=("log_prob",),
        label="logit",
    ),
    DistributionSpec("Cauchy", _LOC_SCALE, stats.cauchy, undefined=("mean", "variance")),
    DistributionSpec("Chisquare", {"k": between(1, 5)}, lambda k: stats.chi2(k), pathwise=(), outside=(-1.0,), errors=[_NO_ARRAY]),
    DistributionSpec("Dirichlet", {"alpha": between(1, 4, 3)}, stats.dirichlet, pathwise=(), points=shares(3)),
    DistributionSpec("Exponential", {"lam": between(0.5, 2)}, lambda lam: stats.expon(scale=1 / lam), outside=(-1.0,)),
    DistributionSpec(
        "Gamma",
        {"k": between(0.5, 4), "theta": between(0.5, 2)},
        lambda k, theta: stats.gamma(k, scale=theta),
        pathwise=("theta",),
        outside=(-1.0,),
    ),
    DistributionSpec("Geometric", {"p": between(0.2, 0.9)}, stats.geom, pathwise=(), flat=("x",)),
    DistributionSpec("Gumbel", _LOC_SCALE, stats.gumbel_r),
    DistributionSpec(
        "Independent",
        _LOC_SCALE,
        lambda loc, scale: stats.multivariate_normal(loc, np.diag(scale**2)),
        make=_independent,
        batch=BATCH[:1],
        undefined=("stddev", "survival_function", "log_survival_function"),  # of which SciPy says nothing
        errors=[
            Bad("expected reinterpreted_batch_ndims of 0 to 1, the axes of the batch, got 2", ValueError, _ROW, 2),
            Bad("expected reinterpreted_batch_ndims of 0 to 1, the axes of the batch, got -1", ValueError, _ROW, -1),
        ],
    ),
    DistributionSpec("Laplace", _LOC_SCALE, stats.laplace),
    DistributionSpec(
        "LogNormal", {"mu": between(-1, 1), "sigma": between(0.3, 1)}, lambda mu, sigma: stats.lognorm(sigma, scale=np.exp(mu))
    ),
    DistributionSpec(
        "MultivariateNormal",
        {"loc": between(-1, 1, 2), "scale_tril": triangular(2)},
        lambda loc, scale_tril: stats.multivariate_normal(loc, scale_tril @ scale_tril.T),
        errors=[Bad("MultivariateNormal: expected scale_tril, got none", ValueError, _ARRAY)],
    ),
    DistributionSpec(
        "Normal",
        _LOC_SCALE,
        stats.norm,
        errors=[
            Bad("Normal: expected either scale or log_scale, got neither", ValueError, _ARRAY),
            Bad("Normal: expected either scale or log_scale, got both", ValueError, _ARRAY, _ARRAY, log_scale=_ARRAY),
        ],
    ),
    DistributionSpec(
        "Normal",
        {"loc": between(-1, 1), "log_scale": between(-1, 0.5)},
        lambda loc, log_scale: stats.norm(loc, np.exp(log_scale)),
        label="log_scale",
    ),
    DistributionSpec("OneHotCategorical", {"p": shares(3)}, functools.partial(stats.multinomial, 1), pathwise=(), flat=("x",)),
    DistributionSpec(
        "Pareto",
        {"scale": between(0.5, 2), "alpha": between(2.5, 4)},
        lambda scale, alpha: stats.pareto(alpha, scale=scale),
        pathwise=("scale",),
        outside=(0.25,),
    ),
    DistributionSpec("Poisson", {"lam": between(1, 4)}, lambda lam: stats.poisson(lam), pathwise=(), flat=("x",)),
    DistributionSpec(
        "Uniform",
        {"low": between(-1, 0), "high": between(0.5, 2)},
        lambda low, high: stats.uniform(low, high - low),
        flat=("x",),
        outside=(-1.5, 2.5),
        errors=[
            Bad("Uniform: expected either low and high or loc and scale, got nothing", ValueError),
            Bad("Uniform: expected either low and high or loc and scale, got low, scale", ValueError, low=_ARRAY, scale=_ARRAY),
        ],
    ),
    DistributionSpec(
        "Uniform",
        {"loc": between(-1, 0), "scale": between(0.5, 2)},
        stats.uniform,
        flat=("loc", "x"),
        outside=(-1.5, 2.5),
        label="loc, scale",
    ),
]
