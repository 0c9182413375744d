"""What rows of the registry cannot say of convolutions."""

import pickle

import numpy as np
import pytest

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax import gradient_check
from chainjax.utils.type_check import InvalidType

X = np.arange(18, dtype="f").reshape(1, 2, 3, 3)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("Convolution2D", (3, 2)),
        ("DilatedConvolution2D", (3, 2)),
        ("ConvolutionND", (2, 3, 2)),
        ("Deconvolution2D", (3, 2)),
        ("DeconvolutionND", (2, 3, 2)),
    ],
)
def test_two_numbers_are_the_channels_of_the_output_and_the_window(name, args):
    link = getattr(L, name)(*args)
    assert link(X).shape[1] == 3
    assert link.W.shape[2:] == (2, 2)


@pytest.mark.parametrize("name", ["Convolution2D", "DilatedConvolution2D", "ConvolutionND", "Deconvolution2D", "DeconvolutionND"])
def test_from_params_makes_the_same_link(name):
    options = {"groups": 2} if name != "DilatedConvolution2D" else {"dilate": 2}
    first = (2,) if name.endswith("ND") else ()
    link = getattr(L, name)(*first, 2, 4, (1, 2), stride=2, pad=1, **options)
    other = getattr(L, name).from_params(link.W, link.b, stride=2, pad=1, **options)
    np.testing.assert_array_equal(other(X).array, link(X).array)


@pytest.mark.parametrize(("name", "channels", "ndim"), [("Convolution1D", 3, 1), ("Deconvolution3D", 2, 3)])
def test_from_params_of_a_certain_number_of_axes(name, channels, ndim):
    link = getattr(L, name).from_params(np.ones((2, 3, *(1,) * ndim), "f"))
    assert link(np.ones((1, channels, *(2,) * ndim), "f")).shape[2:] == (2,) * ndim
    with pytest.raises(ValueError, match=f"expected one number or {ndim}"):
        getattr(L, name).from_params(np.ones((2, 3, 1, 1), "f"))


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="expected b of length 3"):
        L.Convolution2D.from_params(np.ones((3, 2, 1, 1), "f"), np.ones(2, "f"))
    with pytest.raises(ValueError, match="output channels, 3, must be divisible by groups, 2"):
        L.ConvolutionND(2, 2, 3, 1, groups=2)
    with pytest.raises(ValueError, match="input channels, 3, must be divisible by groups, 2"):
        L.Deconvolution2D(3, 2, 1, groups=2)
    with pytest.raises(ValueError, match="initial_bias of shape"):
        L.Deconvolution2D(2, 3, 1, initial_bias=np.ones(2, "f"))
    with pytest.raises(ValueError, match="deterministic"):
        L.Deconvolution2D(2, 3, 1, deterministic=True)
    with pytest.raises(NotImplementedError):
        L.DepthwiseConvolution2D.from_params(np.ones((1, 2, 1, 1), "f"))
    with pytest.raises(TypeError, match="wscale"):
        L.Convolution2D(2, 3, 1, wscale=1)


def test_local_windows_may_be_apart():
    link = L.LocalConvolution2D(2, 4, 3, 1, stride=2)
    assert link(X).shape == (1, 4, 2, 2)
    assert link.W.shape == (4, 2, 2, 2, 1, 1)


def test_the_size_of_one_axis_may_be_left_open():
    W = np.ones((2, 1, 2, 2), "f")
    assert F.deconvolution_2d(X, W, stride=2, outsize=(7, None)).shape == (1, 1, 7, 6)
    with pytest.raises(ValueError, match="expected one number or 2"):
        F.deconvolution_2d(X, W, outsize=(None, None, 3))


@pytest.mark.parametrize("name", ["convolution_2d", "deconvolution_2d"])
def test_a_gradient_check_may_widen_the_input_alone(name):
    f, W, b = getattr(F, name), np.ones((2, 2, 1, 1), "f"), np.ones(2, "f")
    gradient_check.check_backward(lambda x: f(x, W, b), X, X, dtype="float64")
    with pytest.raises(InvalidType, match="x and b of one dtype"):
        f(X.astype("float64"), W, b)


def test_a_pickled_link_waits_for_its_channels_too():
    link = pickle.loads(pickle.dumps(L.ConvolutionND(2, None, 3, 2)))
    assert not link.W.is_initialized
    assert link(X).shape == (1, 3, 2, 2)


def test_old_arguments_of_the_small_network_are_refused():
    with pytest.raises(TypeError, match="no wscale"):
        L.MLPConvolution2D(2, (3,), 1, 1, 0, F.relu, 1)
    with pytest.raises(ValueError, match="no wscale"):
        L.MLPConvolution2D(2, (3,), 1, wscale=1)
    with pytest.raises(ValueError, match="at least one number"):
        L.MLPConvolution2D(2, (), 1)
    assert L.MLPConvolution2D((3, 4), 1)(X).shape == (1, 4, 3, 3)


def test_inception_refuses_what_it_cannot_put_side_by_side():
    with pytest.raises(NotImplementedError, match="'max' or 'avg'"):
        L.InceptionBN(2, 0, 1, 1, 1, 1, "min")
    with pytest.raises(ValueError, match="stride 1 and a proj_pool"):
        L.InceptionBN(2, 1, 1, 1, 1, 1, "max", 1, stride=2)


def test_inception_in_test_mode_uses_running_statistics():
    block = L.InceptionBN(2, 0, 1, 1, 1, 1, "max")
    with chainjax.using_config("train", False):
        first, both = block(X).array, block(np.concatenate([X, 5 * X])).array
    np.testing.assert_allclose(both[:1], first, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("Convolution2D", (2, 3, 1)),
        ("ConvolutionND", (2, 2, 3, 1)),
        ("DilatedConvolution2D", (2, 3, 1)),
        ("Deconvolution2D", (2, 3, 1)),
        ("DeconvolutionND", (2, 2, 3, 1)),
        ("MLPConvolution2D", (2, (3,), 1)),
        ("BatchNormalization", (2,)),
    ],
)
def test_use_cudnn_of_old_releases_says_nothing(name, args):
    make = getattr(L, name)
    assert make(*args, use_cudnn=False)(X).shape == make(*args)(X).shape
    with pytest.raises(TypeError, match="use_nothing"):
        make(*args, use_nothing=False)


class Bare(L.Convolution2D):
    """A convolution whose author set what it needs by himself."""

    def __init__(self):
        super(L.Convolution2D, self).__init__()
        self.ksize, self.stride, self.pad, self.dilate, self.out_channels, self.groups = 1, 1, 0, 1, 3, 1
        with self.init_scope():
            self.W, self.b = chainjax.Parameter(chainjax.initializers.One()), None


class Scaled(L.Convolution2D):
    """A convolution with one more parameter, made with the weights, and an attribute that is set first."""

    def __init__(self, *args):
        self.start = 2
        super().__init__(*args)

    def _initialize_params(self, in_channels):
        super()._initialize_params(in_channels)
        with self.init_scope():
            self.g = chainjax.Parameter(self.start, (1, 1, 1, 1))

    def forward(self, x):
        if self.W.array is None:
            self._initialize_params(x.shape[1])
        return F.convolution_2d(x, F.broadcast_to(self.g, self.W.shape) * self.W, self.b, self.stride, self.pad)


def test_classes_that_derive_from_a_convolution():
    np.testing.assert_array_equal(Bare()(X).array, np.repeat(X.sum(1, keepdims=True), 3, axis=1))
    for link in (Scaled(2, 3, 1), Scaled(None, 3, 1)):
        np.testing.assert_allclose(link(X).array, 2 * F.convolution_2d(X, link.W).array, rtol=1e-6)
        assert {name for name, _ in link.namedparams()} == {"/W", "/b", "/g"}
