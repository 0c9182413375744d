"""Modules of flax as links, and weights of links for flax."""

import pickle
import subprocess
import sys

import flax.linen as nn
import numpy as np
import pytest
from flax import nnx

import jax
import jax.numpy as jnp

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax import engine, optimizers

X = np.random.RandomState(0).randn(4, 3).astype("f")
T = np.int32([0, 1, 1, 0])


class LinenNet(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool, scale=1.0):
        x = nn.BatchNorm(use_running_average=not train)(nn.Dense(4)(x))
        return nn.Dense(2)(nn.Dropout(0.25, deterministic=not train)(x)) * scale


class NNXNet(nnx.Module):
    def __init__(self, rngs):
        self.layers = nnx.List([nnx.Linear(3, 4, rngs=rngs)])
        self.norm, self.drop = nnx.BatchNorm(4, rngs=rngs), nnx.Dropout(0.25, rngs=rngs)
        self.out = nnx.Linear(4, 2, rngs=rngs)

    def __call__(self, x, scale=1.0):
        return self.out(self.drop(self.norm(self.layers[0](x)))) * scale


def linen():
    np.random.seed(0)
    return L.FlaxLink(LinenNet(), X)


def nnx_link():
    return L.FlaxLink(NNXNet(nnx.Rngs(0)))


both = pytest.mark.parametrize("make", [linen, nnx_link], ids=["linen", "nnx"])


@pytest.fixture(autouse=True)
def _promotion():
    # What is compared with is called outside of chainjax, and flax promotes.
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


def trained(link, steps=3, **kwargs):
    optimizer = optimizers.Adam(0.01).setup(link)
    for _ in range(steps):
        optimizer.update(lambda: F.softmax_cross_entropy(link(X, **kwargs), T))
    return optimizer


def scores(link):
    with chainjax.using_config("train", False):
        return link(X).array


def test_variables_are_parameters_and_persistent_values():
    link = linen()
    assert {path: p.shape for path, p in link.namedparams()} == {
        "/BatchNorm_0/bias": (4,),
        "/BatchNorm_0/scale": (4,),
        "/Dense_0/bias": (4,),
        "/Dense_0/kernel": (3, 4),
        "/Dense_1/bias": (2,),
        "/Dense_1/kernel": (4, 2),
    }
    np.testing.assert_array_equal(link.BatchNorm_0.var, np.ones(4))
    link = nnx_link()
    assert [path for path, _ in link.namedparams()] == [
        *("/layers/0/bias", "/layers/0/kernel", "/norm/bias", "/norm/scale", "/out/bias", "/out/kernel")
    ]
    assert (link.drop.rngs.count.dtype, link.drop.rngs.key.shape) == (np.uint32, (2,))


def test_a_module_of_linen_computes_what_linen_does():
    link = linen()
    trained(link)
    params = {name: {k.name: k.jax for k in link[name].params()} for name in ("BatchNorm_0", "Dense_0", "Dense_1")}
    stats = {"BatchNorm_0": {"mean": link.BatchNorm_0.mean, "var": link.BatchNorm_0.var}}
    expected = LinenNet().apply({"params": params, "batch_stats": stats}, X, train=False)
    np.testing.assert_allclose(scores(link), expected, 1e-5, 1e-6)
    assert np.abs(link.BatchNorm_0.mean).max() > 0.001


def test_training_is_that_of_nnx():
    link, module = nnx_link(), NNXNet(nnx.Rngs(0))
    optimizer = optimizers.SGD(0.1).setup(link)

    @nnx.jit
    def step(module):
        grads = nnx.grad(lambda module: -jnp.mean(jax.nn.log_softmax(module(X))[jnp.arange(4), T]))(module)
        nnx.update(module, jax.tree.map(lambda p, g: p - 0.1 * g, nnx.state(module, nnx.Param), grads))

    for _ in range(3):
        optimizer.update(lambda: F.softmax_cross_entropy(link(X), T))
        step(module)
    for actual, expected in (
        (link.layers["0"].kernel.array, module.layers[0].kernel),
        (link.norm.scale.array, module.norm.scale),
        (link.norm.var, module.norm.var),
        (link.out.kernel.array, module.out.kernel),
    ):
        np.testing.assert_allclose(actual, expected[...], 1e-4, 1e-5)
    assert link.drop.rngs.count == module.drop.rngs.count[...] == 3


@both
def test_a_step_compiles_nothing_and_reads_nothing(make):
    link = make()
    optimizer = trained(link)
    engine.reset_statistics()
    optimizer.update(lambda: F.softmax_cross_entropy(link(X), T))
    counts = engine.statistics()
    assert (counts["compiles"], counts["kernels"], counts["flushes"]) == (0, 0, 1)


@both
@pytest.mark.parametrize("suffix", ["npz", "hdf5"])
def test_files_hold_all_of_it(make, suffix, tmp_path):
    link, other = make(), make()
    trained(link)
    getattr(chainjax.serializers, f"save_{suffix}")(tmp_path / f"link.{suffix}", link)
    getattr(chainjax.serializers, f"load_{suffix}")(tmp_path / f"link.{suffix}", other)
    np.testing.assert_array_equal(scores(other), scores(link))


@both
@pytest.mark.parametrize("copied", [lambda link: link.copy("copy"), lambda link: pickle.loads(pickle.dumps(link))], ids=["copy", "pickle"])
def test_copies_are_their_own(make, copied):
    link = make()
    trained(link, 1)
    other = copied(link)
    before = scores(link)
    np.testing.assert_array_equal(scores(other), before)
    trained(other, 1)
    np.testing.assert_array_equal(scores(link), before)
    assert np.abs(scores(other) - before).max() > 1e-4


@both
def test_devices(make):
    link, other = make(), make()
    other.to_device("@jax:cpu:1")
    states = (other.BatchNorm_0.mean, other.BatchNorm_0.var) if make is linen else (other.norm.mean, other.drop.rngs.key)
    assert all(type(a).__name__ == "ndarray" and type(a) is not np.ndarray for a in (other.params().__next__().array, *states))
    with chainjax.using_config("train", False):
        y = other(other.device.send(X))
    np.testing.assert_allclose(chainjax.get_device("@numpy").send(y.array), scores(link), 1e-5, 1e-6)


@both
def test_other_arguments_fix_the_program_and_trees_are_arguments_too(make):
    link = make()
    with chainjax.using_config("train", False):
        np.testing.assert_allclose(link(X, scale=2.0).array, 2 * link(X).array, 1e-6)
        assert link(X.astype(np.float16), scale=2).dtype == np.float32
        by_array = link(X, scale=chainjax.Variable(np.array(2, "f")))
    np.testing.assert_allclose(by_array.array, 2 * scores(link), 1e-6)


def test_gradients_flow_to_inputs_in_a_structure_of_outputs():
    class Two(nn.Module):
        def __call__(self, x):
            return {"double": 2 * x["a"], "sum": (x["a"] + x["b"],)}

    link, a, b = L.FlaxLink(Two(), {"a": X, "b": X}), chainjax.Variable(X), chainjax.Variable(X)
    ys = link({"a": a, "b": b})
    F.sum(ys["double"] + 3 * ys["sum"][0]).backward()
    np.testing.assert_array_equal(a.grad, np.full_like(X, 5))
    np.testing.assert_array_equal(b.grad, np.full_like(X, 3))


def test_training_that_is_computed_again_counts_once():
    link = nnx_link()
    F.sum(F.forget(link, chainjax.Variable(X))).backward()
    assert link.drop.rngs.count == 1


def test_states_can_be_set():
    link = linen()
    link.BatchNorm_0.mean = np.float32([1, 2, 3, 4])
    expected = scores(linen())
    assert np.abs(scores(link) - expected).max() > 0.1
    np.testing.assert_array_equal(link.BatchNorm_0.mean, [1, 2, 3, 4])


def test_mistakes_are_told():
    with pytest.raises(TypeError, match="expected a module of flax"):
        L.FlaxLink(3)

    class Named(nn.Module):
        @nn.compact
        def __call__(self, x):
            return x * self.param("copy", nn.initializers.ones, ())

    with pytest.raises(ValueError, match="called copy"):
        L.FlaxLink(Named(), X)


def test_without_flax_the_extra_is_named():
    code = "import sys; sys.modules['flax'] = None; import chainjax; chainjax.links.FlaxLink(3)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ImportError: FlaxLink needs a package: pip install 'chainjax[flax]'" in done.stderr


# Weights for flax ---------------------------------------------------------------------------------------------------------------


def to_both(link, linen_module, nnx_module, *args):
    """What modules of both kinds compute with the weights of a link."""
    variables = chainjax.interop.to_flax(link)
    nnx.update(nnx_module, chainjax.interop.to_flax(link, "nnx"))
    return linen_module.apply(variables, *args), nnx_module(*args)


def randomised(link):
    random = np.random.RandomState(3)
    for param in link.params():
        param.array[...] = random.uniform(-1, 1, param.shape)
    return link


RNGS = nnx.Rngs(0)


@pytest.mark.parametrize("nobias", [False, True])
def test_linear_maps(nobias):
    link = randomised(L.Linear(3, 2, nobias=nobias))
    for y in to_both(link, nn.Dense(2, use_bias=not nobias), nnx.Linear(3, 2, use_bias=not nobias, rngs=RNGS), X):
        np.testing.assert_allclose(y, link(X).array, 1e-5, 1e-6)


@pytest.mark.parametrize("groups", [1, 2])
def test_convolutions(groups):
    link = randomised(L.Convolution2D(2, 4, (3, 2), stride=2, pad=1, groups=groups))
    x = np.random.RandomState(1).randn(2, 2, 5, 4).astype("f")
    options = {"kernel_size": (3, 2), "strides": 2, "padding": 1, "feature_group_count": groups}
    modules = nn.Conv(4, **options), nnx.Conv(2, 4, **options, rngs=RNGS)
    for y in to_both(link, *modules, np.moveaxis(x, 1, -1)):
        np.testing.assert_allclose(np.moveaxis(y, -1, 1), link(x).array, 1e-4, 1e-5)


def test_batch_normalization():
    link = randomised(L.BatchNormalization(3))
    link(X)
    modules = nn.BatchNorm(True, epsilon=2e-5), nnx.BatchNorm(3, use_running_average=True, epsilon=2e-5, rngs=RNGS)
    for y in to_both(link, *modules, X):
        np.testing.assert_allclose(y, scores(link), 1e-4, 1e-5)


def test_layer_normalization():
    link = randomised(L.LayerNormalization(3))
    for y in to_both(link, nn.LayerNorm(epsilon=1e-6), nnx.LayerNorm(3, epsilon=1e-6, rngs=RNGS), X):
        np.testing.assert_allclose(y, link(X).array, 1e-4, 1e-5)


def test_embeddings():
    link = randomised(L.EmbedID(5, 2))
    for y in to_both(link, nn.Embed(5, 2), nnx.Embed(5, 2, rngs=RNGS), T):
        np.testing.assert_array_equal(y, link(T).array)


def test_lstms():
    link = randomised(L.LSTM(3, 2))
    carry = np.zeros((4, 2), "f"), np.zeros((4, 2), "f")
    link(X)
    expected = link(X[::-1]).array
    modules = nn.OptimizedLSTMCell(2), nnx.LSTMCell(3, 2, rngs=RNGS)
    variables = chainjax.interop.to_flax(link)
    nnx.update(modules[1], chainjax.interop.to_flax(link, "nnx"))
    for cell in (lambda c, x: modules[0].apply(variables, c, x), modules[1]):
        state, _ = cell(carry, X)
        _, y = cell(state, X[::-1])
        np.testing.assert_allclose(y, expected, 1e-5, 1e-6)


def test_trees():
    link = chainjax.Sequential(L.Linear(3, 4), F.relu, L.BatchNormalization(4), L.Linear(4, 2))
    link(X)
    linen_module = nn.Sequential([nn.Dense(4), nn.relu, nn.BatchNorm(True, epsilon=2e-5), nn.Dense(2)])
    layers = (
        nnx.Linear(3, 4, rngs=RNGS),
        nnx.relu,
        nnx.BatchNorm(4, use_running_average=True, epsilon=2e-5, rngs=RNGS),
        nnx.Linear(4, 2, rngs=RNGS),
    )
    for y in to_both(link, linen_module, nnx.Sequential(*layers), X):
        np.testing.assert_allclose(y, scores(link), 1e-4, 1e-5)
    variables = chainjax.interop.to_flax(chainjax.Chain(a=L.Linear(3, 2), b=chainjax.Chain(c=L.BatchNormalization(2))))
    assert jax.tree.map(jnp.shape, variables) == {
        "params": {"a": {"kernel": (3, 2), "bias": (2,)}, "b": {"c": {"scale": (2,), "bias": (2,)}}},
        "batch_stats": {"b": {"c": {"mean": (2,), "var": (2,)}}},
    }


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (L.Linear(None, 2), "/W has no shape yet"),
        (chainjax.Chain(a=L.PReLU()), "/a is PReLU"),
    ],
)
def test_what_has_no_counterpart_is_told(link, message):
    with pytest.raises(ValueError, match=message):
        chainjax.interop.to_flax(link)
    with pytest.raises(ValueError, match="expected api"):
        chainjax.interop.to_flax(link, "haiku")
