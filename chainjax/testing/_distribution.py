"""Tests of distributions against scipy."""

import unittest

import numpy as np

from ..backends import cuda
from ..utils import size_of_shape
from ..variable import Variable
from . import attr
from .array import assert_allclose

_EQUAL = {"batch_shape": "shape", "event_shape": "event_shape", "support": "support"}
_OF_SAMPLES = {"cdf": ("cdf", "cdf"), "log_cdf": ("log_cdf", "logcdf"), "survival": ("survival_function", "sf")}
_OF_SAMPLES["log_survival"] = ("log_survival_function", "logsf")
_MOMENTS = {"entropy": "entropy", "mean": "mean", "stddev": "std", "variance": "var"}
_TARGETS = {*_EQUAL, *_OF_SAMPLES, *_MOMENTS, "icdf", "prob", "log_prob", "sample"}
_MANY = 100000


class distribution_unittest(unittest.TestCase):
    """Test case of a distribution, to derive from.

    ``setUp_configure`` sets ``dist`` (the class), ``scipy_dist``, ``params``, ``scipy_params`` (dicts), ``shape``,
    ``sample_shape``, ``is_variable`` and ``test_targets`` (what to test); where needed ``event_shape``, ``continuous``,
    ``support``, ``options``, and ``scipy_onebyone`` for a ``scipy_dist`` that takes one set of parameters at a time.
    ``sample_for_test`` makes samples.
    """

    scipy_onebyone = False
    event_shape = ()

    def setUp(self):
        self.support, self.continuous, self.test_targets, self.options = "real", True, set(), {}
        self.setUp_configure()
        unknown = self.test_targets - _TARGETS
        if unknown:
            raise ValueError(f"distribution_unittest: expected test_targets among {', '.join(sorted(_TARGETS))}, got {unknown}")
        if self.is_variable:
            self.params = {k: Variable(v) for k, v in self.params.items()}

    def scipy_onebyone_params_iter(self):
        """The parameters of scipy's distribution, one set at a time."""
        for index in np.ndindex(self.shape):
            yield {k: v[index] for k, v in self.scipy_params.items()}

    @property
    def cpu_dist(self):
        """The distribution, on the CPU."""
        self.params.update(self.options)
        return self.dist(**self.params)

    @property
    def gpu_dist(self):
        """The distribution, on a GPU."""
        params = {k: Variable(cuda.to_gpu(v.array)) if self.is_variable else cuda.to_gpu(v) for k, v in self.params.items()}
        return self.dist(**params, **self.options)

    def _dist(self, is_gpu):
        return self.gpu_dist if is_gpu else self.cpu_dist

    def _compare(self, is_gpu, method, sample, expected):
        assert_allclose(getattr(self._dist(is_gpu), method)(cuda.to_gpu(sample) if is_gpu else sample).array, expected)

    def check_icdf(self, is_gpu):
        """Compare quantiles."""
        p = np.random.uniform(1e-5, 1 - 1e-5, self.sample_shape + self.shape).astype(np.float32)
        self._compare(is_gpu, "icdf", p, self.scipy_dist.ppf(p, **self.scipy_params))

    def check_prob(self, is_gpu):
        """Compare densities, or probabilities."""
        sample = self.sample_for_test()
        self._compare(
            is_gpu, "prob", sample, (self.scipy_dist.pdf if self.continuous else self.scipy_dist.pmf)(sample, **self.scipy_params)
        )

    def check_log_prob(self, is_gpu):
        """Compare logarithms of densities, or of probabilities."""
        sample = self.sample_for_test()
        log_prob = self.scipy_dist.logpdf if self.continuous else self.scipy_dist.logpmf
        if self.scipy_onebyone:
            n = size_of_shape(self.shape)
            parts = np.moveaxis(sample.reshape(size_of_shape(self.sample_shape), n, *self.event_shape), 1, 0)
            rows = [
                log_prob(part.reshape(self.sample_shape + self.event_shape), **params)
                for part, params in zip(parts, self.scipy_onebyone_params_iter(), strict=True)
            ]
            expected = np.stack(rows).reshape(n, -1).T.reshape(self.sample_shape + self.shape)
        else:
            expected = log_prob(sample, **self.scipy_params)
        self._compare(is_gpu, "log_prob", sample, expected)

    def check_sample(self, is_gpu):
        """Compare mean and standard deviation of many samples."""
        shape = (_MANY, *self.sample_shape)
        samples = self._dist(is_gpu).sample(sample_shape=shape).array
        event = self.cpu_dist.event_shape
        if self.scipy_onebyone:
            rows = [np.reshape(self.scipy_dist.rvs(size=shape, **p), shape + event) for p in self.scipy_onebyone_params_iter()]
            expected = np.stack(rows, len(shape)).reshape(shape + self.shape + event)
        else:
            expected = self.scipy_dist.rvs(size=shape + self.shape, **self.scipy_params)
        samples = cuda.to_cpu(samples)
        assert_allclose(samples.mean(0), expected.mean(0), atol=3e-2, rtol=3e-2)
        assert_allclose(samples.std(0), expected.std(0), atol=3e-2, rtol=3e-2)


def _check_of_samples(ours, scipys):
    def check(self, is_gpu):
        sample = self.sample_for_test()
        self._compare(is_gpu, ours, sample, getattr(self.scipy_dist, scipys)(sample, **self.scipy_params))

    return check


def _check_moment(ours, scipys):
    def check(self, is_gpu):
        actual = getattr(self._dist(is_gpu), ours).array
        if self.scipy_onebyone:
            rows = [getattr(self.scipy_dist, scipys)(**params) for params in self.scipy_onebyone_params_iter()]
            expected = np.stack(rows).reshape(actual.shape)
        else:
            expected = getattr(self.scipy_dist, scipys)(**self.scipy_params)
        assert_allclose(actual, expected)

    return check


def _check_equal(ours, mine):
    def check(self, is_gpu):
        self.assertEqual(getattr(self._dist(is_gpu), ours), getattr(self, mine))

    return check


def _test(target, is_gpu):
    def test(self):
        if target not in self.test_targets:
            self.skipTest(f"{target!r} is not among test_targets")
        getattr(self, f"check_{target}")(is_gpu)

    test.__name__ = f"test_{target}_{'gpu' if is_gpu else 'cpu'}"
    return test


def _add_tests(cls):
    checks = {t: _check_equal(t, mine) for t, mine in _EQUAL.items()}
    checks |= {t: _check_of_samples(*names) for t, names in _OF_SAMPLES.items()}
    checks |= {t: _check_moment(t, name) for t, name in _MOMENTS.items()}
    for target, check in checks.items():
        setattr(cls, f"check_{target}", check)
    for target in _TARGETS:
        setattr(cls, f"test_{target}_cpu", _test(target, False))
        if attr.is_available():
            setattr(cls, f"test_{target}_gpu", attr.gpu(_test(target, True)))


_add_tests(distribution_unittest)
