"""Networks of Caffe: read from files of real Chainer and of both generations, written, and refused when they are broken."""

import builtins
import contextlib
import copy
import pickle
import tempfile
import warnings

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import chainjax
import chainjax.functions as F
import chainjax.links as L
from chainjax import exporters
from chainjax.links.caffe import CaffeFunction, _messages
from tests.conformance.caffe import real

pytest.importorskip("google.protobuf", reason="protobuf is an extra")


@pytest.fixture(scope="module")
def golden():
    with np.load(real.GOLDEN) as file:
        return dict(file)


def blob(array, **more):
    array = np.asarray(array, np.float32)
    return {"shape": {"dim": array.shape}, "data": array.ravel().tolist(), **more}


def net_of(tmp_path, *layers, old=False):
    """A network of layers, each given as fields, with inputs and outputs x, y unless given."""
    net = _messages.NetParameter()
    for fields in layers:
        (net.layers if old else net.layer).add(**{"name": "l", "bottom": ["x"], "top": ["y"], **fields})
    path = tmp_path / "net.caffemodel"
    path.write_bytes(net.SerializeToString())
    return CaffeFunction(path)


def computed(net, *xs, train=False):
    with chainjax.using_config("train", train):
        (y,) = net(dict(zip(["x", "x2"], map(chainjax.Variable, xs), strict=False)), ["y"])
    return y.array


X = np.random.RandomState(0).uniform(-1, 1, (2, 4, 5, 5)).astype(np.float32)
VECTOR = np.float32([1, 2, 3, 4])

# files of Chainer -------------------------------------------------------------------------------------------------------------


def test_a_file_of_chainer(golden, tmp_path):
    path = tmp_path / "net.caffemodel"
    path.write_bytes(golden["chainer_model.caffemodel"])
    net = CaffeFunction(path)
    with chainjax.using_config("train", False):
        (y,) = net({"data": real.network(chainjax)[1]}, [net.layers[-1][2][0]])
    np.testing.assert_allclose(y.array, golden["y again"], 1e-5)


def test_exports_are_chainers(golden):
    found = real.everything(chainjax, exporters.caffe, CaffeFunction)
    assert found["chainer_model.prototxt"].tobytes().decode() == golden["chainer_model.prototxt"].tobytes().decode()
    ours, theirs = (_messages.NetParameter.FromString(f["chainer_model.caffemodel"].tobytes()) for f in (found, golden))
    assert list(ours.layer) == list(theirs.layer)
    assert ours.name == "net"
    np.testing.assert_allclose(found["y"], golden["y"], 1e-5)
    np.testing.assert_allclose(found["y again"], golden["y"], 1e-5)


# layers -----------------------------------------------------------------------------------------------------------------------

W = np.random.RandomState(1).uniform(-1, 1, (4, 2, 3, 2)).astype(np.float32)
SQUARE = np.random.RandomState(1).uniform(-1, 1, (4, 4, 2, 2)).astype(np.float32)
WINDOW = {"kernel_h": 3, "kernel_w": 2, "stride_h": 2, "stride_w": 1, "pad_h": 1, "pad_w": 0}

LAYERS = {
    "Concat": ({"bottom": ["x", "x"], "concat_param": {"axis": 2}}, lambda x: F.concat([x, x], 2)),
    "Concat of old": ({"bottom": ["x", "x"], "concat_param": {"concat_dim": 0}}, lambda x: F.concat([x, x], 0)),
    "Convolution": (
        {"convolution_param": {"group": 2, **WINDOW}, "blobs": [blob(W), blob(VECTOR)]},
        lambda x: F.convolution_2d(x, W, VECTOR, (2, 1), (1, 0), groups=2),
    ),
    "Convolution with dilation": (
        {"convolution_param": {"kernel_size": [2], "dilation": [2], "bias_term": False}, "blobs": [blob(SQUARE)]},
        lambda x: F.convolution_2d(x, SQUARE, dilate=2),
    ),
    "Deconvolution": (
        {"convolution_param": {"group": 2, "kernel_size": [3, 2], "stride": [2, 1], "pad": [1, 0], "bias_term": False}, "blobs": [blob(W)]},
        lambda x: F.deconvolution_2d(x, W, None, (2, 1), (1, 0), groups=2),
    ),
    "Dropout": ({"dropout_param": {"dropout_ratio": 0.25}}, lambda x: x),
    "InnerProduct": (
        {"inner_product_param": {"num_output": 2}, "blobs": [blob(np.ones((2, 100))), blob([1, 2])]},
        lambda x: F.linear(x, np.ones((2, 100), "f"), np.float32([1, 2])),
    ),
    "LRN": (
        {"lrn_param": {"local_size": 3, "alpha": 0.6, "beta": 0.5, "k": 2}},
        lambda x: F.local_response_normalization(x, 3, 2, 0.2, 0.5),
    ),
    "Pooling by maximum": ({"pooling_param": {"kernel_size": 3, "stride": 2, "pad": 1}}, lambda x: F.max_pooling_2d(x, 3, 2, 1)),
    "Pooling by average": ({"pooling_param": {"pool": 1, "kernel_size": 2}}, lambda x: F.average_pooling_2d(x, 2, 1)),
    "Pooling of all": ({"pooling_param": {"pool": 1, "global_pooling": True}}, lambda x: F.average(x, (2, 3), keepdims=True)),
    "ReLU": ({}, F.relu),
    "ReLU that leaks": ({"relu_param": {"negative_slope": 0.5}}, lambda x: F.leaky_relu(x, 0.5)),
    "Reshape": ({"reshape_param": {"shape": {"dim": [0, -1]}}}, lambda x: F.reshape(x, (2, 100))),
    "BatchNorm": (
        {"blobs": [blob(VECTOR), blob(VECTOR), blob([2])], "batch_norm_param": {"use_global_stats": True, "eps": 0.5}},
        lambda x: F.fixed_batch_normalization(x, np.ones(4, "f"), np.zeros(4, "f"), VECTOR / 2, VECTOR / 2, 0.5),
    ),
    "BatchNorm of nothing yet": (
        {"blobs": [blob(VECTOR), blob(VECTOR), blob([0])], "batch_norm_param": {"use_global_stats": True, "eps": 0.25}},
        lambda x: x * 2,
    ),
    "Eltwise product": ({"bottom": ["x", "x"], "eltwise_param": {"operation": 0}}, lambda x: x * x),
    "Eltwise sum": ({"bottom": ["x", "x"], "eltwise_param": {"coeff": [1, 2]}}, lambda x: x + 2 * x),
    "Eltwise maximum": ({"bottom": ["x", "x"], "eltwise_param": {"operation": 2}}, lambda x: x),
    "Scale": (
        {"scale_param": {"bias_term": True}, "blobs": [blob(VECTOR), blob(VECTOR)]},
        lambda x: x * VECTOR[:, None, None] + VECTOR[:, None, None],
    ),
    "Scale by an input": (
        {"bottom": ["x", "x2"], "scale_param": {"bias_term": True}, "blobs": [blob(VECTOR)]},
        lambda x: x * VECTOR[:, None, None] + VECTOR[:, None, None],
    ),
    "Slice": ({"top": ["z", "y"], "slice_param": {"slice_point": [1], "axis": 1}}, lambda x: x[:, 1:]),
    "Slice in equal parts": ({"top": ["z", "y"], "slice_param": {"slice_dim": 0}}, lambda x: x[1:]),
    "Softmax": ({}, F.softmax),
    "Sigmoid": ({}, F.sigmoid),
}
NEW = {"Reshape", "BatchNorm", "Scale"}
OLD_TYPES = {"InnerProduct": "INNER_PRODUCT", "SoftmaxWithLoss": "SOFTMAX_LOSS"}


@pytest.mark.parametrize(("name", "old"), [(name, old) for name in LAYERS for old in (False, True) if not (old and name.split()[0] in NEW)])
def test_layers(name, old, tmp_path):
    fields, expected = LAYERS[name]
    kind = name.split()[0]
    net = net_of(tmp_path, {"type": OLD_TYPES.get(kind, kind.upper()) if old else kind, **fields}, old=old)
    y = computed(net, X, VECTOR)
    x = chainjax.Variable(X)
    with chainjax.using_config("train", False):
        np.testing.assert_allclose(y, expected(x).array, 1e-5, 1e-6)


def test_a_loss(tmp_path):
    net = net_of(tmp_path, {"type": "SoftmaxWithLoss", "bottom": ["x", "x2"]})
    x, t = np.float32([[1, 2], [3, 5]]), np.int32([0, 1])
    np.testing.assert_allclose(computed(net, x, t), F.softmax_cross_entropy(x, t).array)


def test_statistics_of_the_batch(tmp_path):
    net = net_of(tmp_path, {"type": "BatchNorm", "blobs": [blob(VECTOR), blob(VECTOR)]})
    assert computed(net, X, train=True).mean((0, 2, 3)) == pytest.approx(np.zeros(4), abs=1e-6)
    np.testing.assert_allclose(net.l.avg_mean, VECTOR * np.float32(0.999) + 0.001 * X.mean((0, 2, 3)), 1e-5)


def test_layers_of_data_are_left_out_without_a_word(tmp_path):
    assert net_of(tmp_path, {"type": "Data"}, {"type": "ReLU"}).layers == [("l", ["x"], ["y"])]
    assert len(net_of(tmp_path, {"type": "DATA"}, {"type": "RELU"}, old=True).layers) == 1


def test_unknown_layers_are_warned_of_and_missed(tmp_path):
    with pytest.warns(UserWarning, match="layer 'odd' is left out: Oddity is not supported"):
        net = net_of(tmp_path, {"name": "odd", "type": "Oddity"}, {"type": "ReLU", "bottom": ["y"], "top": ["z"]})
    with pytest.raises(KeyError, match="'z' is not among what was given or computed: x"):
        net({"x": chainjax.Variable(X)}, ["z"])
    with pytest.warns(UserWarning, match="layer 'l' is left out: Absval is not supported"):
        net_of(tmp_path, {"type": "ABSVAL"}, old=True)


def test_one_output_for_several_layers(tmp_path):
    split = {"type": "Split", "top": ["a", "b"]}
    net = net_of(tmp_path, split, {"type": "Split", "bottom": ["a"], "top": ["c"]}, {"name": "n", "type": "ReLU", "bottom": ["c"]})
    assert net.split_map == {"a": "x", "b": "x", "c": "x"}
    x = chainjax.Variable(X)
    y, b = net({"x": x}, ["y", "b"])
    assert b is x
    np.testing.assert_array_equal(y.array, np.maximum(X, 0))
    with pytest.raises(KeyError, match="'y' is not among"):
        net({"x": x}, ["y"], disable=["n"])
    with pytest.raises(ValueError, match="takes no train"):
        net({"x": x}, ["y"], train=False)


@pytest.mark.parametrize("way", [copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net)), lambda net: net.copy()])
def test_copies(way, golden, tmp_path):
    path = tmp_path / "net.caffemodel"
    path.write_bytes(golden["chainer_model.caffemodel"])
    net = CaffeFunction(path)
    data, last = {"data": real.network(chainjax)[1]}, net.layers[-1][2]
    with chainjax.using_config("train", False):
        np.testing.assert_array_equal(way(net)(data, last)[0].array, net(data, last)[0].array)


# ways of writing numbers, and what is refused -----------------------------------------------------------------------------------


def _unpacked(array):
    """A blob whose floats are written one by one, as a writer may."""
    shape = _messages.BlobProto(shape={"dim": array.shape}).SerializeToString()
    return _messages.BlobProto.FromString(shape + b"".join(b"\x2d" + a.tobytes() for a in array.ravel()))


@pytest.mark.parametrize(
    "weights",
    [
        {"num": 1, "channels": 1, "height": 4, "width": 100, "data": [0.5] * 400},
        {"shape": {"dim": [4, 100]}, "double_data": [0.5] * 400},
        _unpacked(np.full((4, 100), 0.5, np.float32)),
    ],
    ids=["four sizes", "double", "one by one"],
)
def test_ways_of_writing_weights(weights, tmp_path):
    net = net_of(tmp_path, {"type": "InnerProduct", "inner_product_param": {"bias_term": False}, "blobs": [weights]})
    np.testing.assert_array_equal(net.l.W.array, np.full((4, 100), 0.5, np.float32))
    assert net.l.b is None


SMALL = {"shape": {"dim": [2, 3]}, "data": [1.0] * 5}
CONVOLUTION = {"kernel_size": [2], "bias_term": False}
BROKEN = {
    "too few numbers": ("InnerProduct", {"blobs": [SMALL]}, r"shape \(2, 3\) in blob 0, got 5"),
    "no weights": ("InnerProduct", {}, "at least 1 blobs of weights, got 0"),
    "no bias": ("InnerProduct", {"blobs": [blob(np.ones((2, 3)))]}, "at least 2 blobs of weights, got 1"),
    "a bias of another size": ("InnerProduct", {"blobs": [blob(np.ones((2, 3))), blob(VECTOR)]}, r"shape \(2,\) in blob 1, got 4"),
    "five dimensions": ("InnerProduct", {"blobs": [{"shape": {"dim": [1] * 5}}]}, "2 or 4 dimensions, got 5"),
    "another axis": ("InnerProduct", {"inner_product_param": {"axis": 0}}, "along axis 1, got 0"),
    "negative sizes": ("InnerProduct", {"blobs": [{"shape": {"dim": [-1, -1]}, "data": [1]}]}, r"shape \(-1, -1\) in blob 0, got 1"),
    "enormous sizes": ("InnerProduct", {"blobs": [{"shape": {"dim": [2**40, 2**40]}, "data": [1]}]}, "in blob 0, got 1"),
    "a vector": ("Convolution", {"convolution_param": CONVOLUTION, "blobs": [blob(VECTOR)]}, "at least 2 dimensions, got 1"),
    "no groups": ("Convolution", {"convolution_param": {**CONVOLUTION, "group": 0}, "blobs": [blob(SQUARE)]}, "divides 4, got 0"),
    "three groups": ("Convolution", {"convolution_param": {**CONVOLUTION, "group": 3}, "blobs": [blob(SQUARE)]}, "divides 4, got 3"),
    "another window": (
        "Convolution",
        {"convolution_param": {"kernel_size": [3]}, "blobs": [blob(SQUARE)]},
        r"\(4, 4, 3, 3\) in blob 0",
    ),
    "within channels": ("LRN", {"lrn_param": {"norm_region": 1}}, "across channels, not within one"),
    "by chance": ("Pooling", {"pooling_param": {"pool": 2}}, "stochastic pooling is not supported"),
    "softmax of rows": ("Softmax", {"softmax_param": {"axis": 0}}, "along axis 1, got 0"),
    "other variances": ("BatchNorm", {"blobs": [blob(VECTOR), blob([1])]}, r"shape \(4,\) in blob 1, got 1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_layers(name, tmp_path):
    kind, fields, message = BROKEN[name]
    with pytest.raises((ValueError, RuntimeError), match=f"CaffeFunction: layer 'l': .*{message}"):
        net_of(tmp_path, {"type": kind, **fields})


def test_as_many_coefficients_as_inputs(tmp_path):
    net = net_of(tmp_path, {"type": "Eltwise", "eltwise_param": {"coeff": [1, 2]}})
    with pytest.raises(AssertionError, match="as many coefficients as inputs, got 2 for 1"):
        computed(net, X)


@pytest.mark.parametrize("content", [b"", b"name: 'a'", b"PK\x03\x04", None], ids=["empty", "prototxt", "zip", "cut off"])
def test_files_that_are_none(content, golden, tmp_path):
    path = tmp_path / "net.caffemodel"
    path.write_bytes(golden["chainer_model.caffemodel"].tobytes()[:-3] if content is None else content)
    with pytest.raises(OSError, match=r"net.caffemodel' (is no caffemodel, or is cut off|has no layers)"):
        CaffeFunction(path)


def test_names_that_are_no_text(tmp_path):
    path = tmp_path / "net.caffemodel"
    layer = _messages.LayerParameter(name="name", type="ReLU").SerializeToString().replace(b"name", b"\xff\xfe\xfd\xfc")
    path.write_bytes(b"\xa2\x06" + bytes([len(layer)]) + layer)
    with pytest.raises(ValueError, match="expected a name in UTF-8"):
        CaffeFunction(path)


@hypothesis.given(st.data())
def test_damaged_files_are_refused_or_read(data):
    with np.load(real.GOLDEN) as file:
        content = bytearray(file["chainer_model.caffemodel"].tobytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    # Nothing else may be raised, and nothing may be taken for what it is not.
    refused = contextlib.suppress(ValueError, RuntimeError, OSError, AttributeError)
    with tempfile.NamedTemporaryFile() as file, warnings.catch_warnings(), refused:
        warnings.simplefilter("ignore")
        file.write(content)
        file.flush()
        CaffeFunction(file.name)


def test_without_protobuf_the_extra_is_named(monkeypatch, tmp_path):
    find = builtins.__import__

    def missing(name, *args):
        if name.startswith("google"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return find(name, *args)

    path = tmp_path / "net.caffemodel"
    path.write_bytes(b"")
    _messages.classes.cache_clear()
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(ImportError, match=r"pip install 'chainjax\[caffe\]'"):
        CaffeFunction(path)


# export -----------------------------------------------------------------------------------------------------------------------


def test_windows_that_are_not_square(tmp_path):
    link = L.Convolution2D(4, 3, (3, 2), (2, 1), (1, 0))
    exporters.caffe.export(link, [chainjax.Variable(X)], tmp_path)
    net = CaffeFunction(tmp_path / "chainer_model.caffemodel")
    with chainjax.using_config("train", False):
        (y,) = net({"data": chainjax.Variable(X)}, [net.layers[-1][2][0]])
    np.testing.assert_allclose(y.array, link(X).array, 1e-5)


def test_what_cannot_be_exported(tmp_path):
    x = chainjax.Variable(X)
    with pytest.raises(ValueError, match="no layer, known here, for Tanh"):
        exporters.caffe.export(F.tanh, [x], tmp_path)
    with pytest.raises(NotImplementedError, match="expected one input, got 2"):
        exporters.caffe.export(lambda x, y: x + y, [x, x], tmp_path)
    with pytest.raises(TypeError, match="expected args to be a list of Variables"):
        exporters.caffe.export(F.relu, [X], tmp_path)
    assert list(tmp_path.iterdir()) == []
    exporters.caffe.export(F.relu, [x], tmp_path, export_params=False)
    assert [path.name for path in tmp_path.iterdir()] == ["chainer_model.prototxt"]
    exporters.caffe.export(F.relu, [x])
