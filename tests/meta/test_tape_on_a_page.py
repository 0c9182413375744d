"""The page that explains the engine does what it says."""

import importlib.util
import pathlib

import numpy as np
import pytest

import jax.numpy as jnp

PATH = pathlib.Path(__file__).parents[2] / "docs" / "design" / "tape_on_a_page.py"


@pytest.fixture
def page():
    spec = importlib.util.spec_from_file_location("tape_on_a_page", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def mean_squared_error(y, t):
    return ((y - t) ** 2).mean()


def descend(p, g):
    return p - 0.1 * g


def test_it_is_one_page():
    assert len(PATH.read_text().splitlines()) <= 150
    assert "import chainjax" not in PATH.read_text()


def test_gradients_are_right_where_values_are_used_twice(page):
    x = page.constant(np.float32(0.5))
    y = page.call(jnp.multiply, page.call(jnp.sin, x), x)
    z = page.call(jnp.add, y, y)
    (g,) = page.backward(z, [x])
    assert z.array is None  # nothing has been computed
    np.testing.assert_allclose(g.numpy(), 2 * (np.cos(0.5) * 0.5 + np.sin(0.5)), rtol=1e-6)
    np.testing.assert_allclose(z.array, 2 * np.sin(0.5) * 0.5, rtol=1e-6)  # the same program made it


def test_second_gradients(page):
    x = page.constant(np.float32(2))
    (g,) = page.backward(page.call(lambda x: x * x * x, x), [x])
    (gg,) = page.backward(g, [x])
    assert gg.numpy() == 12


def test_a_training_loop_is_one_program(page):
    """Recorded anew in each step, ifs and loops of Python included."""
    rng = np.random.RandomState(0)
    x, w_true = rng.rand(20, 3).astype("f"), np.float32([1, -2, 3])
    w, losses = page.constant(np.zeros(3, "f")), []
    for _ in range(300):
        loss = page.call(mean_squared_error, page.call(jnp.matmul, page.constant(x), w), page.constant(x @ w_true))
        (g,) = page.backward(loss, [w])
        new = page.call(descend, w, g)
        losses.append(float(loss.numpy()))
        w = page.constant(new.array)  # made by the same program; a parameter has no history
        del new, g
    assert losses[-1] < 1e-2 < losses[0]
    assert len(page.programs) == 1
    np.testing.assert_allclose(w.numpy(), w_true, atol=0.2)


def test_wrong_shapes_raise_where_they_are_recorded(page):
    with pytest.raises(TypeError, match="incompatible shapes"):
        page.call(jnp.add, page.constant(np.zeros(2, "f")), page.constant(np.zeros(3, "f")))
    assert page.tape == []
