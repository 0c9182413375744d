"""A link as a pure function of its arrays, and back."""

import numpy as np
import pytest

import jax
import jax.numpy as jnp

import chainjax
import chainjax.functions as F
import chainjax.links as L


class Net(chainjax.Chain):
    def __init__(self):
        super().__init__()
        with self.init_scope():
            self.first = L.Linear(3, 4)
            self.norm = L.BatchNormalization(4)
            self.last = L.Linear(4, 2)

    def forward(self, x):
        return self.last(F.relu(self.norm(self.first(x))))


@pytest.fixture
def net():
    np.random.seed(0)
    return Net()


X = np.random.RandomState(1).randn(5, 3).astype("f")
T = np.int32([0, 1, 1, 0, 1])


def test_gives_what_the_link_gives_and_leaves_it_alone(net):
    params, apply = chainjax.functional(net)
    y, state = jax.jit(apply)(params, X)
    assert net.norm.N == 0
    assert not net.norm.avg_mean.any()
    np.testing.assert_allclose(y, net(X).array, 1e-5, 1e-6)
    np.testing.assert_allclose(state["/norm/avg_mean"], net.norm.avg_mean, 1e-5)
    with chainjax.using_config("train", False):
        y, same = apply(params, X, state=state)
        np.testing.assert_allclose(y, net(X).array, 1e-5, 1e-6)
    assert all(np.array_equal(same[path], state[path]) for path in state)


def test_gradients_are_those_of_backward(net):
    params, apply = chainjax.functional(net)

    def loss(params, x):
        y, _ = apply(params, x)
        return F.softmax_cross_entropy(chainjax.Variable(y), T).jax

    grads = jax.jit(jax.grad(loss))(params, X)
    net.cleargrads()
    F.softmax_cross_entropy(net(X), T).backward()
    assert grads.keys() == {path for path, _ in net.namedparams()}
    for path, param in net.namedparams():
        np.testing.assert_allclose(grads[path], param.grad, 1e-4, 1e-6, err_msg=path)


def test_vmap_over_parameters(net):
    params, apply = chainjax.functional(net)
    many = jax.tree.map(lambda p: jnp.stack([p, 2 * p]), params)
    with chainjax.using_config("train", False):
        y, _ = jax.vmap(apply, (0, None))(many, X)
        np.testing.assert_allclose(y[0], net(X).array, 1e-5, 1e-6)


def test_trained_outside_and_put_back(net):
    params, apply = chainjax.functional(net)
    _, state = apply(params, X)
    chainjax.load_params(net, jax.tree.map(lambda p: p + 1, params), state)
    np.testing.assert_array_equal(net.last.b.array, np.ones(2, "f"))
    np.testing.assert_array_equal(net.norm.avg_mean, state["/norm/avg_mean"])
    net.last.b.array[...] = 5  # the link's own memory
    assert net.last.b.array.tolist() == [5, 5]


def test_what_does_not_fit_changes_nothing(net):
    params, apply = chainjax.functional(net)
    before = net.last.b.array.copy()
    with pytest.raises(ValueError, match=r"params: .*missing \['/last/b'\], unknown \['/other'\]"):
        chainjax.load_params(net, {**{p: a for p, a in params.items() if p != "/last/b"}, "/other": X})
    with pytest.raises(ValueError, match=r"/last/b of shape \(2,\) and float32, got \(3,\) float32"):
        chainjax.load_params(net, {**jax.tree.map(lambda p: p + 1, params), "/last/b": np.zeros(3, "f")})
    with pytest.raises(ValueError, match="state: expected the paths of the link"):
        apply(params, X, state={})
    np.testing.assert_array_equal(net.last.b.array, before)


def test_wants_all_sizes():
    with pytest.raises(ValueError, match="the parameter /W has no shape yet"):
        chainjax.functional(L.Linear(None, 2))


def test_no_tracer_stays_behind(net):
    params, apply = chainjax.functional(net)
    with jax.checking_leaks():
        jax.jit(lambda p: apply(p, X)[0])(params)


def test_double_precision_stays():
    params, apply = chainjax.functional(Scaling(np.full(2, 1 / 3)))
    with jax.enable_x64(True):  # as any function of JAX in double precision
        y, _ = apply(params, np.ones(2))
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, [1 / 3, 1 / 3])


class Scaling(chainjax.Link):
    def __init__(self, w):
        super().__init__()
        with self.init_scope():
            self.w = chainjax.Parameter(w)

    def forward(self, x):
        return self.w * x
