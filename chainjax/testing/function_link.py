"""Test cases of functions and links: forward, backward and double backward from one declaration."""

import contextlib
import unittest

import numpy as np

from ..backends._device import CpuDevice
from ..initializer import Initializer
from ..initializers import initializer_of
from ..link import Link
from ..utils.error import _format_array_props
from ..variable import Variable, get_array_types
from .array import _as_noncontiguous_array, assert_allclose


class _TestError(AssertionError):
    @classmethod
    def check(cls, expr, message):
        """Raise unless ``expr`` is true."""
        if not expr:
            raise cls(message)

    @classmethod
    def fail(cls, message, exc=None):
        """Raise, because of ``exc`` if that is given."""
        raise cls(message if exc is None else f"{message}\n{type(exc).__name__}: {exc}") from exc

    @classmethod
    @contextlib.contextmanager
    def raise_if_fail(cls, message, error_types=AssertionError):
        """Context manager: errors of these types become this one."""
        try:
            yield
        except error_types as exc:
            cls.fail(message, exc)


class FunctionTestError(_TestError):
    """The function under test is wrong."""


class LinkTestError(_TestError):
    """The link under test is wrong."""


class InitializerArgument:
    """An argument of a link and the initializer that it stands for.

    Args:
        argument_value: what the link is given, as ``None``.
        expected_initializer: the initializer, number or array that it must then use.
    """

    def __init__(self, argument_value, expected_initializer):
        if expected_initializer is None:
            raise ValueError("InitializerArgument: expected expected_initializer to be an initializer, a number or an array, got None")
        _check_initializer(expected_initializer)
        self.argument_value, self.expected_initializer = argument_value, expected_initializer


class _Base:
    """What tests of functions and of links have in common."""

    backend_config = None
    contiguous = None
    dodge_nondifferentiable = False
    numerical_grad_dtype = np.float64
    _error = None

    def before_test(self, test_name):
        """Override to do something before each test, or to skip it."""

    def generate_inputs(self):
        """Override: a tuple of NumPy arrays, the inputs."""
        raise NotImplementedError(f"{type(self).__name__} must define generate_inputs")

    def generate_grad_outputs(self, outputs_template):
        """Gradients of the outputs, by default uniform in [-1, 1]."""
        return _uniform_like(outputs_template)

    def check_forward_outputs(self, outputs, expected_outputs):
        """Compare the outputs with the expected ones, both tuples of arrays."""
        _check_equal(outputs, expected_outputs, self._error, self.check_forward_options)

    def _start(self, backend_config, name, skip=None):
        if skip and getattr(self, skip):
            raise unittest.SkipTest(f"{skip} is set")
        self.backend_config, self.test_name = backend_config, name
        self.before_test(name)

    def _numpy(self, method, *args):
        """What a method that users override gives: NumPy arrays."""
        arrays = getattr(self, method)(*args)
        if not isinstance(arrays, tuple) or not all(a is None or isinstance(a, np.ndarray) for a in arrays):
            raise TypeError(f"{type(self).__name__}.{method}: expected a tuple of NumPy arrays (or None), got {_kinds(arrays)}")
        return arrays

    def _spread(self, arrays):
        """Arrays as ``contiguous`` says: ``None`` makes them scattered in memory, ``"C"`` leaves them."""
        if self.contiguous not in (None, "C"):
            raise ValueError(f"{type(self).__name__}: expected contiguous to be None or 'C', got {self.contiguous!r}")
        return _as_noncontiguous_array(arrays) if self.contiguous is None else arrays

    def _send(self, arrays):
        return self._spread(self.backend_config.get_array(arrays))

    def _check_outputs(self, outputs):
        supported = self.backend_config.device.supported_array_types
        right = isinstance(outputs, tuple) and all(isinstance(y, Variable) and isinstance(y.array, supported) for y in outputs)
        self._error.check(right, f"forward: expected a tuple of Variables on {self.backend_config.device}, got {_kinds(outputs)}")
        return outputs

    def _check_gradient(self, what, check):
        """Run a check, again with other inputs where it meets a point without derivative and that shall be dodged."""
        from ..gradient_check import NondifferentiableError  # it is built on this package

        while True:
            try:
                with self._error.raise_if_fail(f"{type(self).__name__}: {what} is not implemented correctly"):
                    return check(dtype=self.numerical_grad_dtype, detect_nondifferentiable=self.dodge_nondifferentiable)
            except NondifferentiableError:
                if not self.dodge_nondifferentiable:
                    raise


class FunctionTestBase(_Base):
    """:class:`FunctionTestCase` without ``unittest``."""

    check_forward_options = check_backward_options = check_double_backward_options = None
    skip_forward_test = skip_backward_test = skip_double_backward_test = False
    _error = FunctionTestError

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.check_forward_options, self.check_backward_options, self.check_double_backward_options = {}, {}, {}

    def forward(self, inputs, device):
        """Override: call the function with a tuple of Variables; a tuple of Variables."""
        raise NotImplementedError(f"{type(self).__name__} must define forward")

    def forward_expected(self, inputs):
        """Override: the same for NumPy arrays, by other means; a tuple of NumPy arrays."""
        raise NotImplementedError(f"{type(self).__name__} must define forward_expected")

    def generate_grad_grad_inputs(self, inputs_template):
        """Gradients of the gradients of the inputs, by default uniform in [-1, 1]."""
        return _uniform_like(inputs_template)

    def run_test_forward(self, backend_config):
        """Compare the outputs with ``forward_expected``, and see that the inputs stay as they are."""
        self._start(backend_config, "test_forward", "skip_forward_test")
        given = self._spread(self._numpy("generate_inputs"))
        kept = [a.copy() for a in given]
        expected = self._numpy("forward_expected", given)
        inputs = self._send(given)
        outputs = self._forward(*[Variable(a, requires_grad=a.dtype.kind == "f") for a in inputs])
        arrays = tuple([y.array for y in outputs])
        for i, (a, before) in enumerate(zip(inputs, kept, strict=True)):
            with self._error.raise_if_fail(f"forward: expected inputs to stay as they are, but input {i} was changed"):
                assert_allclose(a, before, atol=0, rtol=0)
        self.check_forward_outputs(arrays, expected)

    def run_test_backward(self, backend_config):
        """Compare gradients with differences."""
        self._start(backend_config, "test_backward", "skip_backward_test")

        def check(**options):
            from ..gradient_check import check_backward

            check_backward(self._forward, *self._points(), **options, **self.check_backward_options)

        self._check_gradient("backward", check)

    def run_test_double_backward(self, backend_config):
        """Compare gradients of gradients with differences."""
        self._start(backend_config, "test_double_backward", "skip_double_backward_test")

        def check(**options):
            from ..gradient_check import check_double_backward

            with backend_config:
                points = self._points(with_grad_grad=True)
                check_double_backward(self._forward, *points, **options, **self.check_double_backward_options)

        self._check_gradient("double backward", check)

    def _forward(self, *inputs):
        with self.backend_config:
            outputs = self.forward(inputs, self.backend_config.device)
        return self._check_outputs(outputs)

    def _points(self, with_grad_grad=False):
        """Inputs, gradients of outputs, and where asked for gradients of gradients of float inputs, on the device."""
        inputs = self._numpy("generate_inputs")
        points = [inputs, self._numpy("generate_grad_outputs", self._numpy("forward_expected", inputs))]
        if with_grad_grad:
            points.append([g for g in self._numpy("generate_grad_grad_inputs", inputs) if g is None or g.dtype.kind == "f"])
        return [self._send(p) for p in points]


class FunctionTestCase(FunctionTestBase, unittest.TestCase):
    """Test case of a function; to be decorated with :func:`inject_backend_tests`.

    Define ``generate_inputs``, ``forward`` and ``forward_expected``.

    Attributes:
        check_forward_options, check_backward_options, check_double_backward_options: dicts of arguments (tolerances, ...) of
            :func:`assert_allclose`, :func:`check_backward` and :func:`check_double_backward`.
        skip_forward_test, skip_backward_test, skip_double_backward_test: leave one out.
        dodge_nondifferentiable: draw other inputs where there is no derivative.
        contiguous: ``None`` gives the function arrays that are scattered in memory, ``"C"`` contiguous ones.
    """

    def test_forward(self, backend_config):
        """The outputs are as expected."""
        self.run_test_forward(backend_config)

    def test_backward(self, backend_config):
        """The gradients agree with differences."""
        self.run_test_backward(backend_config)

    def test_double_backward(self, backend_config):
        """The gradients of gradients agree with differences."""
        self.run_test_double_backward(backend_config)


class _LinkBase(_Base):
    param_names = ()
    _error = LinkTestError

    def generate_params(self):
        """Override: a tuple of initializers (or :class:`InitializerArgument`), as ``create_link`` takes them."""
        raise NotImplementedError(f"{type(self).__name__} must define generate_params")

    def create_link(self, initializers):
        """Override: the link, made with these initializers."""
        raise NotImplementedError(f"{type(self).__name__} must define create_link")

    def forward(self, link, inputs, device):
        """Call the link; a tuple of Variables."""
        outputs = link(*inputs)
        return outputs if isinstance(outputs, tuple) else (outputs,)

    def _generate_params(self):
        return self._check_initializers("generate_params", self.generate_params())

    def _check_initializers(self, method, specs):
        if not isinstance(specs, (tuple, list)):
            raise TypeError(f"{type(self).__name__}.{method}: expected a tuple of initializers, got {_kinds(specs)}")
        for spec in specs:
            if spec is None:
                raise ValueError(
                    f"{type(self).__name__}.{method}: got None; say what it stands for: InitializerArgument(None, initializer)"
                )
            if not isinstance(spec, InitializerArgument):
                _check_initializer(spec)
        return specs

    def _create_link(self, specs):
        link = self.create_link([s.argument_value if isinstance(s, InitializerArgument) else s for s in specs])
        if not isinstance(link, Link):
            raise TypeError(f"{type(self).__name__}.create_link: expected a Link, got {type(link)}")
        link.to_device(self.backend_config.device)
        return link

    def _create_initialized_link(self, specs):
        """A link after its first call, with the inputs and outputs of that."""
        link = self._create_link(specs)
        inputs = self._send(self._numpy("generate_inputs"))
        outputs = self._forward(link, inputs)
        link.cleargrads()
        return link, inputs, [y.array for y in outputs]

    def _forward(self, link, inputs):
        with self.backend_config:
            outputs = self.forward(link, tuple([x if isinstance(x, Variable) else Variable(x) for x in inputs]), self.backend_config.device)
        return self._check_outputs(outputs)

    def _params(self, link):
        params = [getattr(link, name, None) for name in self.param_names]
        for name, param in zip(self.param_names, params, strict=True):
            missing = f"expected {type(link).__name__} to have a parameter {name!r}, as param_names says"
            self._error.check(param is not None, f"{type(self).__name__}: {missing}")
        return params


class LinkTestCase(_LinkBase, unittest.TestCase):
    """Test case of a link; to be decorated with :func:`inject_backend_tests`.

    Define ``generate_params``, ``generate_inputs``, ``create_link`` and ``forward_expected``.

    Attributes:
        param_names: the attributes of the link that are parameters, in the order of ``generate_params``.
        check_forward_options, check_backward_options: dicts of arguments of :func:`assert_allclose` and :func:`check_backward`.
        skip_forward_test, skip_backward_test, dodge_nondifferentiable, contiguous: as of :class:`FunctionTestCase`.
    """

    check_forward_options = check_backward_options = None
    skip_forward_test = skip_backward_test = False

    def __init__(self, *args, **kwargs):
        self.check_forward_options, self.check_backward_options = {}, {}
        super().__init__(*args, **kwargs)

    def forward_expected(self, link, inputs):
        """Override: the outputs for NumPy arrays, by other means than the link's; a tuple of NumPy arrays."""
        raise NotImplementedError(f"{type(self).__name__} must define forward_expected")

    def test_forward(self, backend_config):
        """The outputs are as expected."""
        self._start(backend_config, "test_forward", "skip_forward_test")
        link = self._create_link(self._generate_params())
        inputs = self._numpy("generate_inputs")
        outputs = tuple([y.array for y in self._forward(link, self._send(inputs))])
        link.to_device(CpuDevice())
        self.check_forward_outputs(outputs, self._numpy("forward_expected", link, inputs))

    def test_backward(self, backend_config):
        """The gradients of inputs and parameters agree with differences."""
        self._start(backend_config, "test_backward", "skip_backward_test")

        def check(**options):
            from ..gradient_check import _check_backward_with_params

            specs = self._generate_params()
            link, inputs, outputs = self._create_initialized_link(specs)
            params = self._spread([p.array for p in self._params(link)])
            grad_outputs = self._send(self._numpy("generate_grad_outputs", CpuDevice().send(outputs)))
            moved, _, _ = self._create_initialized_link(specs)

            def forward(xs, ps):
                with moved.init_scope():
                    for name, p in zip(self.param_names, ps, strict=True):
                        setattr(moved, name, p)
                return self._forward(moved, xs)

            _check_backward_with_params(forward, inputs, grad_outputs, params, **options, **self.check_backward_options)

        self._check_gradient("backward", check)


class LinkInitializersTestCase(_LinkBase, unittest.TestCase):
    """Test case of the initializers of a link; to be decorated with :func:`inject_backend_tests`.

    Define ``generate_params``, ``generate_inputs``, ``create_link`` and ``get_initializers``.

    Attributes:
        param_names: the attributes of the link that are parameters, in the order of ``generate_params``.
        check_initializers_options: arguments of :func:`assert_allclose`.
    """

    check_initializers_options = None

    def __init__(self, *args, **kwargs):
        self.check_initializers_options = {}
        super().__init__(*args, **kwargs)

    def get_initializers(self):
        """Override: for each parameter, the initializers to try (:class:`InitializerArgument` where it is given as ``None``)."""
        raise NotImplementedError(f"{type(self).__name__} must define get_initializers")

    def test_initializers(self, backend_config):
        """Each parameter is what its initializer makes."""
        self._start(backend_config, "test_initializers")
        tried = self.get_initializers()
        if not isinstance(tried, (tuple, list)):
            raise TypeError(f"{type(self).__name__}.get_initializers: expected a tuple of tuples of initializers, got {_kinds(tried)}")
        tried = [self._check_initializers("get_initializers", specs) for specs in tried]
        for i, specs in enumerate(tried):
            for spec in specs:
                given = list(self._generate_params())
                given[i] = spec
                link, _, _ = self._create_initialized_link(given)
                actual = CpuDevice().send(self._params(link)[i].array)
                expected = np.empty_like(actual)
                initializer_of(spec.expected_initializer if isinstance(spec, InitializerArgument) else spec)(expected)
                _check_equal((actual,), (expected,), LinkTestError, self.check_initializers_options)


def _check_initializer(spec):
    if not (isinstance(spec, (Initializer, *get_array_types())) or np.isscalar(spec) or callable(spec)):
        raise TypeError(f"expected an initializer, a number or an array, got {type(spec)}")


def _uniform_like(arrays):
    return tuple([np.random.uniform(-1, 1, a.shape).astype(a.dtype) for a in arrays])


def _kinds(things):
    if not isinstance(things, (tuple, list)):
        return str(type(things))
    return f"a {type(things).__name__} of {', '.join(str(type(getattr(t, 'array', t))) for t in things)}"


def _check_equal(actual, expected, error, options):
    for arrays in (actual, expected):
        assert isinstance(arrays, tuple), f"expected outputs as a tuple, got {type(arrays)}"
        assert all(isinstance(a, get_array_types()) for a in arrays), f"expected outputs to be arrays, got {_kinds(arrays)}"
    seen = f"expected {_format_array_props(expected)}, got {_format_array_props(actual)}"
    error.check(
        [(a.shape, a.dtype) for a in actual] == [(a.shape, a.dtype) for a in expected], f"outputs differ in number, shape or dtype: {seen}"
    )
    wrong = []
    for i, (a, e) in enumerate(zip(actual, expected, strict=True)):
        try:
            assert_allclose(a, e, **options)
        except AssertionError as exc:
            wrong.append(f"output {i}: {exc}")
    error.check(not wrong, "\n".join([f"outputs are not as expected ({seen})", *wrong]))
