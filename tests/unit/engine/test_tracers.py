"""Chainer code inside of JAX's transformations."""

import numpy as np
import pytest

import jax
import jax.numpy as jnp

import chainjax
from chainjax import engine
from chainjax import functions as F
from chainjax import links as L

X = np.float32([0.1, 0.7, -0.4])


def loss(x):
    x = chainjax.Variable(x)
    return F.sum(F.tanh(x) * x * 2 + F.exp(x)).jax


def loss_in_jax(x):
    return jnp.sum(jnp.tanh(x) * x * 2 + jnp.exp(x))


@pytest.mark.parametrize(
    "transform",
    [jax.jit, jax.grad, jax.value_and_grad, jax.hessian, jax.jacrev, jax.jacfwd, lambda f: jax.jit(jax.grad(f)), jax.checkpoint],
)
def test_transformations_go_through(transform, counted):
    found, expected = transform(loss)(X), transform(loss_in_jax)(X)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, 1e-5, 1e-6), found, expected)
    assert counted()["traced"] > 0
    assert engine.thread().tape is None


def test_vmap_and_scan():
    rows = np.stack([X, 2 * X])
    np.testing.assert_allclose(jax.vmap(loss)(rows), [loss(X), loss(2 * X)], 1e-6)
    _, sums = jax.lax.scan(lambda c, x: (c, loss(x)), 0, rows)
    np.testing.assert_allclose(sums, [loss(X), loss(2 * X)], 1e-6)


def test_backward_inside_of_jit():
    def gradient(x):
        x = chainjax.Variable(x)
        F.sum(x**3).backward()
        return x.grad_var.jax

    np.testing.assert_allclose(jax.jit(gradient)(X), 3 * X**2, 1e-5)
    np.testing.assert_allclose(jax.vmap(gradient)(np.stack([X, X])), np.stack([3 * X**2] * 2), 1e-5)


def test_concrete_and_pending_values_meet_tracers():
    """A link's parameters and results that are still pending are constants of the trace."""
    link = L.Linear(3, 2)
    pending = chainjax.Variable(X) + 1

    def f(x):
        return F.sum(link(F.reshape(chainjax.Variable(x) * pending, (1, 3)))).jax

    W = np.array(link.W.array)
    np.testing.assert_allclose(jax.grad(f)(X), W.sum(0) * (X + 1), 1e-5)
    np.testing.assert_allclose(jax.jit(f)(X), f(X), 1e-5)


@pytest.mark.parametrize("how", ["array", "grad", "grad_var", "backward", "copydata", "update"])
def test_a_tracer_never_enters_a_links_state(how):
    link = L.Linear(3, 3)
    optimizer = chainjax.optimizers.SGD(0.1).setup(link)
    link.cleargrads()
    before = np.array(link.W.array)

    def enter(x):
        square = chainjax.Variable(jnp.outer(x, x))
        if how == "array":
            link.W.array = square.jax
        elif how == "grad":
            link.W.grad = square.jax
        elif how == "grad_var":
            link.W.grad_var = square
        elif how == "copydata":
            link.W.copydata(square)
        else:
            F.sum(link(square)).backward()
            optimizer.update()
        return x

    with pytest.raises(TypeError, match=r"functional\(\)"):
        jax.jit(enter)(X)
    np.testing.assert_array_equal(link.W.array, before)
    assert not isinstance(link.W._contents.content, jax.core.Tracer)
    link.cleargrads()
    F.sum(link(np.ones((1, 3), np.float32))).backward()
    optimizer.update()
    np.testing.assert_allclose(link.W.array, before - 0.1, 1e-5)


def test_running_statistics_do_not_take_tracers():
    link = L.BatchNormalization(3)
    mean = np.array(link.avg_mean)
    with pytest.raises(TypeError, match=r"functional\(\)"):
        jax.jit(lambda x: link(chainjax.Variable(x)).jax)(np.ones((4, 3), np.float32))
    np.testing.assert_array_equal(link.avg_mean, mean)


def test_numbers_of_a_tracer_cannot_be_read():
    with pytest.raises(jax.errors.TracerArrayConversionError):
        jax.jit(lambda x: np.asarray(chainjax.Variable(x).array))(X)
