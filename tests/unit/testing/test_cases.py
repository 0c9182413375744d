"""The test cases of functions, links, unary functions and distributions: they pass what is right and fail what is wrong."""

import types
import unittest

import numpy as np
import pytest

import chainjax
from chainjax import functions as F
from chainjax import testing

CPU = testing.BackendConfig({})


@pytest.fixture(autouse=True)
def _same_numbers_each_time():
    np.random.seed(0)


class Product(chainjax.FunctionNode):
    """x * z, wrong where it is told to be."""

    wrong = None

    def forward(self, inputs):
        self.retain_inputs((0, 1))
        x, z = inputs
        if self.wrong == "mutates":
            x += 1
        return (x * z + (1 if self.wrong == "forward" else 0),)

    def backward(self, indexes, grad_outputs):
        (x, z), (gy,) = self.get_retained_inputs(), grad_outputs
        if self.wrong == "double backward":
            x, z = chainjax.Variable(x.array), chainjax.Variable(z.array)
        return gy * z, gy * x * (2 if self.wrong == "backward" else 1)


class _ProductCase:
    wrong = None

    def generate_inputs(self):
        return tuple([np.random.uniform(1, 2, (2, 3)).astype(np.float32) for _ in range(2)])

    def forward(self, inputs, device):
        node = Product()
        node.wrong = self.wrong
        outputs = node.apply(inputs)
        return list(outputs) if self.wrong == "list" else outputs

    def forward_expected(self, inputs):
        x, z = inputs
        return ((x.astype(np.float64) if self.wrong == "dtype" else x) * z,)


def case(wrong=None, **members):
    return type("ProductCase", (_ProductCase, testing.FunctionTestCase), {"wrong": wrong, **members})("test_forward")


def test_a_right_function_passes():
    c = case()
    c.test_forward(CPU)
    c.test_backward(CPU)
    c.test_double_backward(CPU)


@pytest.mark.parametrize(
    ("wrong", "test", "message"),
    [
        ("forward", "test_forward", r"outputs are not as expected \(expected \(2, 3\):float32, got"),
        ("mutates", "test_forward", "input 0 was changed"),
        ("dtype", "test_forward", "outputs differ in number, shape or dtype"),
        ("list", "test_forward", "expected a tuple of Variables on @numpy, got a list"),
        ("backward", "test_backward", "backward is not implemented correctly"),
        ("double backward", "test_double_backward", "double backward is not implemented correctly"),
    ],
)
def test_a_wrong_function_fails(wrong, test, message):
    with pytest.raises(testing.FunctionTestError, match=message):
        getattr(case(wrong), test)(CPU)


def test_changed_inputs_show_however_they_lie_in_memory():
    with pytest.raises(testing.FunctionTestError, match="input 0 was changed"):
        case("mutates", contiguous="C").test_forward(CPU)


def test_skips_hooks_and_options():
    with pytest.raises(unittest.SkipTest, match="skip_backward_test"):
        case(skip_backward_test=True).test_backward(CPU)
    names = []
    c = case("forward", before_test=lambda self, name: names.append(name))
    c.check_forward_options["atol"] = 2
    c.test_forward(CPU)
    assert names == ["test_forward"]
    assert c.backend_config is CPU
    assert case().check_forward_options == {}


def test_inputs_must_be_a_tuple_of_arrays():
    with pytest.raises(TypeError, match="generate_inputs: expected a tuple"):
        case(generate_inputs=lambda self: [np.zeros(2, "f")] * 2).test_forward(CPU)
    with pytest.raises(NotImplementedError, match="generate_inputs"):
        testing.FunctionTestCase("test_forward").test_forward(CPU)


@pytest.mark.parametrize("contiguous", [None, "C"])
def test_memory_of_inputs(contiguous):
    def forward(self, inputs, device):
        seen.update(x.array.flags.c_contiguous for x in inputs)
        return (inputs[0] * inputs[1],)

    seen = set()
    case(forward=forward, contiguous=contiguous).test_forward(CPU)
    assert seen == {contiguous == "C"}
    with pytest.raises(ValueError, match="contiguous"):
        case(contiguous="F").test_forward(CPU)


def test_points_without_derivative_are_dodged():
    points = [np.float32([0]), np.float32([1])]
    absolute = {
        "generate_inputs": lambda self: (points.pop(0),),
        "forward": lambda self, inputs, device: (F.absolute(inputs[0]),),
        "forward_expected": lambda self, inputs: (abs(inputs[0]),),
    }
    case(dodge_nondifferentiable=True, **absolute).test_backward(CPU)
    assert points == []


# Links --------------------------------------------------------------------------------------------------------------------------


class Scale(chainjax.Link):
    def __init__(self, initial, wrong):
        super().__init__()
        self.wrong = wrong
        with self.init_scope():
            self.s = chainjax.Parameter(chainjax.initializers.Constant(5) if initial is None or wrong == "initializer" else initial, (3,))

    def forward(self, x):
        y = x * (self.s.array if self.wrong == "backward" else self.s)
        return y + 1 if self.wrong == "forward" else y


class _ScaleCase:
    param_names = ("s",)
    wrong = None

    def generate_params(self):
        return (np.random.uniform(1, 2, 3).astype(np.float32),)

    def generate_inputs(self):
        return (np.random.uniform(1, 2, (2, 3)).astype(np.float32),)

    def create_link(self, initializers):
        return Scale(*initializers, self.wrong)

    def forward_expected(self, link, inputs):
        return (inputs[0] * link.s.array,)

    def get_initializers(self):
        return ([2, np.float32([1, 2, 3]), testing.InitializerArgument(None, 5)],)


def link_case(base, **members):
    return type("ScaleCase", (_ScaleCase, base), members)("run")


def test_a_right_link_passes():
    c = link_case(testing.LinkTestCase)
    c.test_forward(CPU)
    c.test_backward(CPU)
    link_case(testing.LinkInitializersTestCase).test_initializers(CPU)


@pytest.mark.parametrize(
    ("base", "test", "members", "error"),
    [
        (testing.LinkTestCase, "test_forward", {"wrong": "forward"}, testing.LinkTestError),
        (testing.LinkTestCase, "test_backward", {"wrong": "backward"}, testing.LinkTestError),
        (testing.LinkTestCase, "test_backward", {"param_names": ("t",)}, testing.LinkTestError),
        (testing.LinkTestCase, "test_forward", {"create_link": lambda self, initializers: 3}, TypeError),
        (testing.LinkTestCase, "test_forward", {"generate_params": lambda self: (None,)}, ValueError),
        (testing.LinkTestCase, "test_forward", {"generate_params": lambda self: (object(),)}, TypeError),
        (testing.LinkInitializersTestCase, "test_initializers", {"wrong": "initializer"}, testing.LinkTestError),
        (testing.LinkInitializersTestCase, "test_initializers", {"get_initializers": lambda self: [3]}, TypeError),
    ],
)
def test_a_wrong_link_fails(base, test, members, error):
    with pytest.raises(error):
        getattr(link_case(base, **members), test)(CPU)


def test_an_initializer_argument_says_what_it_stands_for():
    with pytest.raises(ValueError, match="expected_initializer"):
        testing.InitializerArgument(None, None)


# Unary functions ----------------------------------------------------------------------------------------------------------------


def unary(func, **options):
    @testing.unary_math_function_unittest(func, **options)
    class Case(unittest.TestCase):
        pass

    for cls in Case.classes:
        globals().pop(cls.__name__)
    return {(c.shape, c.dtype): c for c in Case.classes}


def fails(cls, test):
    result = unittest.TestResult()
    cls(test).run(result)
    return not result.wasSuccessful()


def test_unary_functions():
    cases = unary(F.exp)
    assert len(cases) == 6
    for test in ("test_forward_cpu", "test_backward_cpu", "test_double_backward_cpu"):
        assert not fails(cases[(), np.float32], test)
    wrong = unary(lambda x: F.exp(x) + 0.1 * x, func_expected=lambda x, dtype: np.exp(x))
    assert fails(wrong[(), np.float32], "test_forward_cpu")
    assert [m.name for m in cases[(), np.float16].test_forward_gpu.pytestmark] == ["gpu"]
    with pytest.raises(ValueError, match="NumPy has no function"):
        testing.unary_math_function_unittest(types.SimpleNamespace(__name__="nothing"))


# Distributions ------------------------------------------------------------------------------------------------------------------


class Flat:
    """Uniform on [0, scale], as far as the tests below look at it."""

    batch_shape, event_shape, support = (2,), (), "positive"

    def __init__(self, scale):
        self.scale = F.cast(scale, np.float32)

    @property
    def mean(self):
        return self.scale / 2

    def cdf(self, x):
        return x / self.scale

    def log_prob(self, x):
        return -F.log(self.scale) + 0 * x

    def sample(self, sample_shape):
        return self.scale * np.random.rand(*sample_shape, 2).astype(np.float32)


class _ScipyFlat:
    def mean(self, scale):
        return scale / 2

    def cdf(self, x, scale):
        return x / scale

    def logpdf(self, x, scale):
        return -np.log(scale) + 0 * x

    def rvs(self, size, scale):
        return scale * np.random.rand(*size)


def flat_case(wrong=1, **members):
    def setUp_configure(self):
        self.shape, self.sample_shape, self.support, self.is_variable = (2,), (3,), "positive", False
        scale = np.float32([1, 2])
        self.dist, self.params = Flat, {"scale": scale}
        self.scipy_dist, self.scipy_params = _ScipyFlat(), {"scale": scale * wrong}
        self.test_targets = {"batch_shape", "support", "mean", "cdf", "log_prob", "sample"}

    def sample_for_test(self):
        return np.random.rand(3, 2).astype(np.float32)

    return type(
        "FlatCase", (testing.distribution_unittest,), {"setUp_configure": setUp_configure, "sample_for_test": sample_for_test, **members}
    )


@pytest.mark.parametrize("onebyone", [False, True])
def test_a_right_distribution_passes_and_a_wrong_one_fails(onebyone):
    right, wrong = flat_case(scipy_onebyone=onebyone), flat_case(1.5, scipy_onebyone=onebyone)
    for target in ("batch_shape", "support", "mean", "log_prob", "sample", *(() if onebyone else ("cdf",))):
        assert not fails(right, f"test_{target}_cpu"), target
        assert fails(wrong, f"test_{target}_cpu") == (target not in ("batch_shape", "support")), target


def test_targets_of_a_distribution():
    result = unittest.TestResult()
    flat_case()("test_variance_cpu").run(result)
    assert len(result.skipped) == 1
    c = flat_case()
    c.setUp_configure = lambda self: self.test_targets.add("moon")
    assert fails(c, "test_mean_cpu")
