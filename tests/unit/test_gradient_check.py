import numpy as np
import pytest

import chainjax
from chainjax import functions as F
from chainjax import gradient_check


@pytest.fixture(autouse=True)
def _same_numbers_each_time():
    np.random.seed(0)


def uniform(*shape):
    return np.random.uniform(0.5, 1, shape).astype(np.float32)


class Cube(chainjax.FunctionNode):
    """x ** 3 with a gradient that a function makes of the right one."""

    def __init__(self, spoil=lambda gx, x, gy: gx):
        self.spoil = spoil

    def forward(self, inputs):
        self.retain_inputs((0,))
        return (inputs[0] ** 3,)

    def backward(self, indexes, grad_outputs):
        (x,), (gy,) = self.get_retained_inputs(), grad_outputs
        return (self.spoil(3 * x * x * gy, x, gy),)


def cube(*args):
    return lambda x: Cube(*args).apply((x,))


def detached(gx, x, gy):
    """The right numbers, without a graph to x."""
    return chainjax.Variable(3 * x.array**2) * gy


def wrong_in_one_place(gx, x, gy):
    mask = np.ones(x.shape, np.float32)
    mask.flat[7] = 1.5
    return gx * mask.astype(x.dtype)


def test_accepts_right_gradients_of_both_orders():
    x, gy, ggx = (uniform(2, 3) for _ in range(3))
    gradient_check.check_backward(cube(), x, gy, dtype=np.float64)
    gradient_check.check_double_backward(cube(), x, gy, ggx, dtype=np.float64)


@pytest.mark.parametrize("spoil", [lambda gx, x, gy: gx * 1.1, lambda gx, x, gy: -gx, lambda gx, x, gy: gx + 1])
def test_rejects_a_wrong_gradient(spoil):
    with pytest.raises(AssertionError, match=r"(?s)check_backward: .*eps=0\.001.*inputs\[0\]: \(2, 3\):float32"):
        gradient_check.check_backward(cube(spoil), uniform(2, 3), uniform(2, 3), dtype=np.float64)


def test_rejects_a_gradient_that_is_wrong_in_one_place_of_many():
    for _ in range(5):
        with pytest.raises(AssertionError, match="check_backward"):
            gradient_check.check_backward(cube(wrong_in_one_place), uniform(10, 10), uniform(10, 10), dtype=np.float64)


def test_rejects_a_wrong_second_gradient_where_the_first_is_right():
    x, gy, ggx = (uniform(2, 3) for _ in range(3))
    gradient_check.check_backward(cube(detached), x, gy, dtype=np.float64)
    with pytest.raises(AssertionError, match="check_double_backward"):
        gradient_check.check_double_backward(cube(detached), x, gy, ggx, dtype=np.float64)


def test_checks_parameters_that_the_function_knows_and_leaves_them_as_they_were():
    w = chainjax.Parameter(uniform(3))
    array, before = w.array, w.array.copy()
    gradient_check.check_backward(lambda x: x * w, uniform(2, 3), uniform(2, 3), w, dtype=np.float64)
    assert w.array is array
    assert w.dtype == np.float32
    assert (array == before).all()
    with pytest.raises(AssertionError, match="check_backward"):
        gradient_check.check_backward(
            lambda x: x * w.array + cube(lambda gx, x, gy: 2 * gx)(w)[0], uniform(2, 3), uniform(2, 3), w, dtype=np.float64
        )
    assert w.array is array


def test_checks_parameters_given_as_arrays():
    gradient_check._check_backward_with_params(lambda xs, ps: xs[0] * ps[0], uniform(3), uniform(3), (uniform(3),), dtype=np.float64)
    with pytest.raises(AssertionError, match="check_backward"):
        gradient_check._check_backward_with_params(
            lambda xs, ps: xs[0] * ps[0].array, uniform(3), uniform(3), (uniform(3),), dtype=np.float64
        )
    with pytest.raises(ValueError, match="expected params to be arrays"):
        gradient_check._check_backward_with_params(lambda xs, ps: xs[0], uniform(3), uniform(3), (chainjax.Parameter(uniform(3)),))


def test_integer_inputs_have_no_gradient_and_keep_their_dtype():
    seen = set()

    def f(x, i):
        seen.add(i.dtype)
        return x * i.array.astype(x.dtype)

    gradient_check.check_backward(f, (uniform(2), np.int32([1, 2])), uniform(2), dtype=np.float64)
    assert seen == {np.dtype(np.int32)}


def test_no_grads_says_which_inputs_must_have_no_gradient():
    x = uniform(2)
    gradient_check.check_backward(lambda x, z: x * z.array, (x, x), x, no_grads=[False, True], dtype=np.float64)
    with pytest.raises(RuntimeError, match="expected input 1"):
        gradient_check.check_backward(lambda x, z: x * z, (x, x), x, no_grads=[False, True])
    with pytest.raises(AssertionError, match="check_backward"):
        gradient_check.check_backward(lambda x, z: x * z.array, (x, x), x)
    with pytest.raises(ValueError, match="expected 2 no_grads"):
        gradient_check.check_backward(lambda x, z: x * z, (x, x), x, no_grads=[True])


def test_grad_outputs_must_fit_the_outputs():
    x = uniform(2, 3)
    with pytest.raises(ValueError, match=r"got outputs \(2, 3\):float32 and gradients \(3,\):float32"):
        gradient_check.check_backward(lambda x: x * x, x, x[0])
    with pytest.raises(ValueError, match="as many gradients as outputs"):
        gradient_check.check_backward(lambda x: x * x, x, (x, x))
    with pytest.raises(ValueError, match="give y_grad"):
        gradient_check.check_backward(lambda x: x * x, x, None)
    gradient_check.check_backward(lambda x: F.sum(x * x), x, None, dtype=np.float64)
    with pytest.raises(ValueError, match="float dtype"):
        gradient_check.check_backward(lambda x: x * x, x, x, dtype=np.int32)


def test_missing_gradients_of_outputs_count_as_zero():
    x = uniform(2)
    gradient_check.check_backward(lambda x: (x * x, x * x * x), x, (None, x), dtype=np.float64)


def test_points_without_derivative_are_detected():
    with pytest.raises(gradient_check.NondifferentiableError, match="parabola"):
        gradient_check.check_backward(F.absolute, np.float32([0.0, 1.0]), uniform(2), dtype=np.float64, detect_nondifferentiable=True)
    gradient_check.check_backward(F.absolute, np.float32([0.5, 1.0]), uniform(2), dtype=np.float64, detect_nondifferentiable=True)


def test_arrays_of_devices():
    device = chainjax.get_device("@jax:cpu:0")
    x, gy, ggx = (device.send(uniform(2)) for _ in range(3))
    gradient_check.check_backward(lambda x: x * x, x, gy, dtype=np.float64)
    gradient_check.check_double_backward(lambda x: x * x * x, x, gy, ggx, dtype=np.float64)
    (gx,) = gradient_check.numerical_grad(lambda: (2 * x.get(),), (x,), (1,))
    assert device.is_array_supported(gx)
    np.testing.assert_allclose(gx.get(), 2, rtol=1e-3)


# numerical_grad -----------------------------------------------------------------------------------------------------------------


def test_numerical_grad_of_two_outputs_and_inputs():
    x, z = uniform(2, 3).astype(np.float64), uniform(3)
    start = x.copy(), z.copy()
    gx, gz = gradient_check.numerical_grad(lambda: (x * z, 3), (x, z), (np.full((2, 3), 2.0), 5), eps=1e-2)
    np.testing.assert_allclose(gx, np.broadcast_to(2 * z, (2, 3)), rtol=1e-6)
    np.testing.assert_allclose(gz, 2 * x.sum(0), rtol=1e-4)
    assert gx.dtype == np.float64
    assert gz.dtype == np.float32
    assert (x == start[0]).all()
    assert (z == start[1]).all()


def test_five_points_are_exact_for_polynomials_of_degree_four():
    x = np.float64([0.7])
    (gx,) = gradient_check.numerical_grad(lambda: (x**4,), (x,), (1,), eps=0.1, detect_nondifferentiable=True, diff_rtol=10)
    np.testing.assert_allclose(gx, 4 * 0.7**3, rtol=1e-10)


@pytest.mark.parametrize(("f", "point", "smooth"), [(abs, 0, False), (abs, 0.1, True), (np.sign, 0, False), (np.exp, 3, True)])
def test_numerical_grad_detects_kinks(f, point, smooth):
    x = np.array(float(point))

    def grad():
        return gradient_check.numerical_grad(lambda: (f(x),), (x,), (1,), detect_nondifferentiable=True)

    if smooth:
        grad()
    else:
        with pytest.raises(gradient_check.NondifferentiableError, match=r"input 0 at \(\)"):
            grad()


def test_numerical_grad_detects_the_edge_of_a_domain():
    x = np.array(0.0)
    with np.errstate(all="ignore"), pytest.raises(gradient_check.NondifferentiableError, match="not finite"):
        gradient_check.numerical_grad(lambda: (np.log(x),), (x,), (1,), detect_nondifferentiable=True)


def test_numerical_grad_refuses_what_it_cannot_do():
    x = np.zeros(2)
    with pytest.raises(AssertionError, match="eps above 0"):
        gradient_check.numerical_grad(lambda: (x,), (x,), (1,), eps=0)
    with pytest.raises(RuntimeError, match=r"\(2,\):int32"):
        gradient_check.numerical_grad(lambda: (x,), (np.zeros(2, np.int32),), (1,))
    with pytest.raises(RuntimeError, match="one device"):
        gradient_check.numerical_grad(lambda: (x,), (x,), (chainjax.get_device("@jax:cpu:0").send(x),))


@pytest.mark.parametrize("size", [0, 1, 5, 64])
def test_no_coordinate_of_a_direction_is_nearly_zero(size):
    d = gradient_check._CheckBackward._sample_unit_vector(size, np)
    assert d.shape == (size,)
    if size:
        np.testing.assert_allclose(np.square(d).sum(), 1)
        assert abs(d).min() >= 0.1 / np.sqrt(size)


def test_the_old_assert_allclose_warns():
    with pytest.warns(DeprecationWarning, match="testing.assert_allclose"):
        gradient_check.assert_allclose(np.ones(2), np.ones(2))


def test_a_parameter_may_get_its_shape_in_the_first_call():
    link = chainjax.links.Swish(None)
    link.cleargrads()
    gradient_check.check_backward(link, np.float32([[1, 2]]), np.float32([[3, 4]]), link.beta, atol=1e-2, rtol=1e-2)
    np.testing.assert_array_equal(link.beta.array, [1, 1])
