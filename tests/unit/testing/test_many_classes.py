"""Decorators that make many test classes of one: parameters and backends."""

import itertools
import sys
import unittest

import numpy as np
import pytest

import chainjax
from chainjax import testing
from chainjax.testing import attr, parameterized

HERE = sys.modules[__name__]


@pytest.fixture(autouse=True)
def _forget_classes():
    before = set(vars(HERE))
    yield
    for name in set(vars(HERE)) - before:
        delattr(HERE, name)


@pytest.fixture(autouse=True, scope="module")
def _know_marks(pytestconfig):
    for name in ("gpu", "cudnn", "ideep", "chainerx", "slow"):
        pytestconfig.addinivalue_line("markers", f"{name}: what the tests below mark tests with")


def run(cls, name):
    result = unittest.TestResult()
    cls(name).run(result)
    return result


def test_parameterize_names_classes_after_their_parameters():
    @testing.parameterize({"n": 1, "a": np.float32}, {"n": 2, "a": "x" * 200})
    class Case(unittest.TestCase):
        def test_it(self):
            Case.seen = self.n

    first, second = Case.classes
    assert first.__name__ == "Case_param_0_{a=float32, n=1}"
    assert second.__name__ == f"Case_param_1_{{a='{'x' * 47}...{'x' * 48}', n=2}}"
    assert getattr(HERE, first.__name__) is first
    assert "parameter: {'n': 2" in str(second("test_it"))


def test_parameters_are_attributes_and_functions_stay_functions():
    def double(x):
        return 2 * x

    @testing.parameterize({"f": double, "g": len, "h": [].append})
    class Case(unittest.TestCase):
        def test_it(self):
            assert self.f(2) == 4
            assert self.g([1]) == 1
            assert self.h(3) is None

    assert run(Case.classes[0], "test_it").wasSuccessful()


def test_decorators_above_each_other_multiply():
    @testing.parameterize({"a": 1}, {"a": 2})
    @testing.inject_backend_tests(None, [{}, {"use_cuda": True}])
    @testing.parameterize({"b": 3}, {"b": 4})
    class Case(unittest.TestCase):
        def test_it(self, backend_config):
            pass

    assert len(Case.classes) == 8
    assert {(c.a, c.b) for c in Case.classes} == set(itertools.product((1, 2), (3, 4)))
    assert {n for n in vars(HERE) if n.startswith("Case_")} == {c.__name__ for c in Case.classes}


def test_marks_stay():
    @testing.parameterize({"a": 1})
    @testing.inject_backend_tests(None, [{}])
    class Case(unittest.TestCase):
        @attr.slow
        def test_it(self, backend_config):
            pass

    assert [m.name for m in Case.classes[0].test_it.pytestmark] == ["slow"]


def test_product():
    assert testing.product({"a": [1, 2], "b": [3, 4]}) == [{"a": 1, "b": 3}, {"a": 1, "b": 4}, {"a": 2, "b": 3}, {"a": 2, "b": 4}]
    assert testing.product({"a,b": [(1, 2), (3, 4)], "c": [5]}) == [{"a": 1, "b": 2, "c": 5}, {"a": 3, "b": 4, "c": 5}]
    assert testing.product([[{"a": 1, "b": 2}], [{"c": 3}, {"c": 4}]]) == [{"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "c": 4}]
    assert testing.product({}) == [{}]
    assert testing.product({"a": []}) == []
    for wrong in (3, [{"a": 1}], [[1]]):
        with pytest.raises(TypeError, match="product: expected"):
            testing.product(wrong)


def test_parameterize_pytest_takes_one_name_or_many():
    assert testing.from_pytest_parameterize("a", [1, (2, 3)]) == [{"a": 1}, {"a": (2, 3)}]
    with pytest.raises(ValueError, match="shorter"):
        testing.from_pytest_parameterize("a,b", [(1,)])

    @testing.parameterize_pytest("a,b", [(1, 2)])
    class Case(unittest.TestCase):
        pass

    assert (Case.classes[0].a, Case.classes[0].b) == (1, 2)


def test_pairwise_product_has_every_pair_in_fewer_combinations():
    axes = [[{k: v} for v in range(n)] for k, n in (("a", 4), ("b", 3), ("c", 3), ("d", 2))]
    few = parameterized._pairwise_product_dict(*axes)
    assert len(few) < 36
    for (p, np_), (q, nq) in itertools.combinations((("a", 4), ("b", 3), ("c", 3), ("d", 2)), 2):
        assert {(d[p], d[q]) for d in few} == set(itertools.product(range(np_), range(nq)))
    assert parameterized._pairwise_product_dict(*axes[:2]) == testing.product_dict(*axes[:2])


# Backends -----------------------------------------------------------------------------------------------------------------------


def test_backend_config_of_the_cpu():
    config = testing.BackendConfig({"use_cudnn": "always"})
    assert config.device == chainjax.get_device("@numpy")
    assert config.xp is np
    array = np.zeros(2)
    assert config.get_array(array) is array
    assert "use_cudnn='always'" in repr(config)
    assert config.get_func_str().startswith("use_chainerx_false__chainerx_device_None__use_cuda_false")


def test_backend_config_is_a_context_that_nests():
    outside = chainjax.config.use_cudnn, chainjax.config.autotune
    config = testing.BackendConfig({"use_cudnn": "always", "autotune": True})
    with config, config:
        assert (chainjax.config.use_cudnn, chainjax.config.autotune) == ("always", True)
    assert (chainjax.config.use_cudnn, chainjax.config.autotune) == outside
    assert "use_cudnn" not in vars(chainjax.config._local)


def test_backend_config_refuses():
    with pytest.raises(TypeError, match="dict"):
        testing.BackendConfig([])
    with pytest.raises(ValueError, match="use_gpu"):
        testing.BackendConfig({"use_gpu": True})
    with pytest.raises(TypeError, match="chainerx_device"):
        testing.BackendConfig({"use_chainerx": True})
    for params in ({"use_chainerx": True, "chainerx_device": "native:0"}, {"use_ideep": "always"}):
        with pytest.raises(RuntimeError, match="not available"):
            testing.BackendConfig(params).device  # noqa: B018


@pytest.mark.parametrize(
    ("params", "marks"),
    [
        ({}, []),
        ({"use_ideep": "always"}, ["ideep"]),
        ({"use_cuda": True}, ["gpu"]),
        ({"use_cuda": True, "use_cudnn": "always", "cuda_device": 1}, ["cudnn", "gpu"]),
        ({"use_chainerx": True, "chainerx_device": "native:0"}, ["chainerx"]),
        ({"use_chainerx": True, "chainerx_device": "cuda:1"}, ["chainerx", "gpu"]),
    ],
)
def test_backend_marks(params, marks):
    @testing.inject_backend_tests(None, [params])
    class Case(unittest.TestCase):
        def test_it(self, backend_config):
            pass

    assert [m.name for m in getattr(Case.classes[0].test_it, "pytestmark", [])] == marks


def test_inject_backend_tests_gives_the_configuration_to_the_tests_named():
    seen = []

    @testing.inject_backend_tests(["test_on"], [{}, {"autotune": True}])
    class Case(unittest.TestCase):
        def test_on(self, backend_config):
            seen.append(backend_config.autotune)

        def test_alone(self):
            seen.append("alone")

    plain, *configured = Case.classes
    assert plain.__name__ == "Case"
    assert plain.test_on is None
    assert [c.test_alone for c in configured] == [None, None]
    assert run(plain, "test_alone").wasSuccessful()
    assert all(run(c, "test_on").wasSuccessful() for c in configured)
    assert seen == ["alone", False, True]


def test_inject_backend_tests_hides_the_configuration_from_pytest():
    import inspect

    @testing.inject_backend_tests(None, [{}])
    class Case:
        def test_it(self, backend_config, fixture):
            return backend_config, fixture

    (made,) = Case.classes
    assert list(inspect.signature(made.test_it).parameters) == ["self", "fixture"]
    assert made().test_it(3)[1] == 3


def test_inject_backend_tests_refuses():
    for args in (("test_it", [{}]), (None, {}), (None, [1])):
        with pytest.raises(TypeError, match="inject_backend_tests"):
            testing.inject_backend_tests(*args)


def test_a_limit_of_gpus_skips(monkeypatch):
    def test():
        pass

    monkeypatch.setattr(attr, "_gpu_limit", 1)
    assert not getattr(attr.multi_gpu(1)(test), "__unittest_skip__", False)
    assert attr.multi_gpu(2)(test).__unittest_skip__
