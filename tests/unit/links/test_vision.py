"""Networks for photographs: the same as Chainer's, with weights from files."""

import copy
import os

import numpy as np
import pytest

import chainjax
import chainjax.links as L
from chainjax.dataset import _download
from chainjax.initializers import Zero
from chainjax.links.model.vision import _network, googlenet, resnet, vgg
from tests.conformance.vision import real

MODULES = {"googlenet": googlenet, "resnet": resnet, "vgg": vgg}


@pytest.fixture(scope="module")
def golden():
    with np.load(real.GOLDEN) as file:
        return dict(file)


@pytest.fixture
def undrawn(monkeypatch):
    """Zeros instead of random weights: they take neither time nor memory."""
    for module, name in ((resnet, "HeNormal"), (vgg, "Normal"), (googlenet, "LeCunUniform")):
        monkeypatch.setattr(module, name, lambda *args: Zero())


@pytest.fixture
def models(tmp_path):
    """The folder of pretrained models, empty."""
    before = chainjax.dataset.get_dataset_root()
    chainjax.dataset.set_dataset_root(str(tmp_path))
    folder = tmp_path / "pfnet" / "chainer" / "models"
    folder.mkdir(parents=True)
    yield folder
    chainjax.dataset.set_dataset_root(before)


@pytest.mark.parametrize("name", real.NETWORKS)
def test_layers_and_paths_are_chainers(name, golden, undrawn):
    link = getattr(L, name)(pretrained_model=None)
    assert link.available_layers == golden[f"{name}: layers"].tolist()
    np.testing.assert_array_equal(real.paths(link), golden[f"{name}: paths"])


@pytest.mark.slow
@pytest.mark.parametrize("name", real.LOOKED_AT)
def test_outputs_are_chainers(name, golden, monkeypatch):
    monkeypatch.setattr(vgg, "Linear", lambda *args, **kwargs: None)  # drawn later, large, and not looked at
    np.random.seed(0)
    link = getattr(L, name)(pretrained_model=None)
    expected = golden[f"{name}: output"]
    np.testing.assert_allclose(real.output(chainjax, link, name), expected, 1e-4, 1e-5 * abs(expected).max())


@pytest.mark.parametrize("name", MODULES)
def test_images_are_prepared_as_in_chainer(name, golden):
    pytest.importorskip("PIL", reason="Pillow is an extra")
    prepare, expected = MODULES[name].prepare, golden[f"{name}: prepared"]
    for image in (real.image(), real.image().transpose(2, 0, 1), real.image().astype(np.float64)):
        np.testing.assert_array_equal(prepare(image, (5, 4)), expected)
    grey = prepare(real.image()[:, :, 0], None)
    np.testing.assert_array_equal(grey, prepare(real.image()[None, :, :, 0], None))
    assert grey.shape == (3, 30, 40)
    with chainjax.using_config("dtype", np.float16):
        assert prepare(real.image()).dtype == np.float16
    with pytest.raises(TypeError, match=r"expected an image .* got an array of shape \(2, 3, 4, 5\)"):
        prepare(np.zeros((2, 3, 4, 5)))


def test_without_pillow_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(_network, "available", False)
    with pytest.raises(ImportError, match=r"pip install 'chainjax\[vision\]'"):
        vgg.prepare(real.image())


# layer by layer, with a small network -----------------------------------------------------------------------------------------


class Small(_network.Network):
    _branches = {"side": "first"}

    def __init__(self):
        super().__init__()
        self.ran = []
        with self.init_scope():
            self.fc = L.Linear(3, 2)

    @property
    def functions(self):
        def mean(x):
            self.ran.append("prob")
            return chainjax.functions.softmax(x)

        return {"first": [lambda x: chainjax.functions.average(x, (2, 3)), self.fc], "prob": [mean], "side": [lambda x: x * 2]}


def test_layers_are_computed_as_far_as_they_are_wanted():
    net, x = Small(), np.ones((1, 3, 2, 2), np.float32)
    found = net(x, ["first"])
    assert list(found) == ["first"]
    assert net.ran == []
    both = net(x, layers=["side", "first"])
    np.testing.assert_array_equal(both["side"].array, 2 * both["first"].array)
    assert list(net(x)) == ["prob"]
    for old in ("test", "train", "volatile"):
        with pytest.raises(ValueError, match=f"{old} is no longer an argument"):
            net(x, ["first"], **{old: True})


def test_predictions_average_over_cuts():
    pytest.importorskip("PIL", reason="Pillow is an extra")
    net, images = Small(), [real.image(), real.image()[::-1]]
    one, ten = net.predict(images, oversample=False), net.predict(images)
    assert one.shape == ten.shape == (2, 2)
    assert one.creator is None
    np.testing.assert_allclose(ten.array.sum(1), 1, 1e-5)
    cuts = chainjax.utils.imgproc.oversample(
        np.stack([vgg.prepare(i, (256, 256)) + np.array(vgg._MEAN, "f")[:, None, None] for i in images]), (224, 224)
    )
    with chainjax.using_config("train", False):
        every = net(cuts)["prob"].array.reshape(2, 10, 2)
    np.testing.assert_allclose(ten.array, every.mean(1), 1e-5)
    assert net.extract(images, ["first"], None)["first"].shape == (2, 2)


def test_blocks_can_be_copied():
    block = resnet.BuildingBlock(2, 3, 2, 4, 1)
    x = np.ones((1, 3, 2, 2), np.float32)
    for other in (block.copy(), copy.deepcopy(block)):
        assert other.a is other[other._forward[0]]
        np.testing.assert_array_equal(other(x).array, block(x).array)


def test_old_name_of_the_number_of_layers():
    with pytest.warns(DeprecationWarning, match="use n_layers"):
        block = resnet.BuildingBlock(n_layer=2, in_channels=3, mid_channels=2, out_channels=4, stride=1)
    assert block._forward == ["a", "b1"]


@pytest.mark.parametrize("make", [lambda: vgg.VGGLayers(None, 17), lambda: resnet.ResNetLayers(None, 51)], ids=["vgg", "resnet"])
def test_numbers_of_layers_that_do_not_exist(make):
    with pytest.raises(ValueError, match="expected n_layers"):
        make()


# weights ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", real.NETWORKS)
def test_without_weights_it_is_said_which_file_to_put_where(name, models):
    with pytest.raises(FileNotFoundError, match=r"(?s)downloads none; put .*\.npz as saved by Chainer, or .*\.caffemodel") as caught:
        getattr(L, name)()
    assert str(models) in str(caught.value)


@pytest.mark.parametrize("n_layers", [50, 101, 152])
def test_names_in_caffemodels_of_resnet(n_layers, golden, undrawn):
    class Names(dict):
        def __missing__(self, name):
            return name

    name = f"ResNet{n_layers}Layers"
    found = {to: of for to, of in resnet._from_caffe(Names(), n_layers).items() if isinstance(of, str)}
    assert sorted(f"/{to} /{of}" for to, of in found.items()) == [*golden[f"{name}: caffe"]]
    paths = {line.partition(" ")[0] for line in golden[f"{name}: paths"]}
    assert {f"/{to}" for to in resnet._from_caffe(Names(), n_layers)} == paths


def test_names_in_caffemodels_of_googlenet(golden):
    assert sorted(f"/{to}/{p} /{of}/{p}" for to, of in googlenet._CAFFE.items() for p in "Wb") == [*golden["GoogLeNet: caffe"]]


@pytest.mark.parametrize("place", ["npz", "caffemodel", "download", "path"])
def test_weights_of_googlenet(place, models, undrawn, tmp_path):
    pytest.importorskip("google.protobuf", reason="protobuf is an extra")
    shapes = {path: p.shape for path, p in L.GoogLeNet(None).namedparams()}
    path = tmp_path / "net.caffemodel"
    path.write_bytes(_caffemodel({of: shapes[f"/{to}/W"] for to, of in googlenet._CAFFE.items()}))
    given = "auto"
    if place == "npz":
        L.GoogLeNet.convert_caffemodel_to_npz(path, models / "bvlc_googlenet.npz")
    elif place == "caffemodel":
        os.rename(path, models / "bvlc_googlenet.caffemodel")
    elif place == "download":
        to = _download.cache_path("http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel")
        os.mkdir(os.path.dirname(to))
        os.rename(path, to)
    else:
        given = path
    link = L.GoogLeNet(given)
    for i, (to, _) in enumerate(googlenet._CAFFE.items()):
        params = {name: p for name, p in link.namedparams() if name.startswith(f"/{to}/")}
        assert {float(p.array.ravel()[0]) for p in params.values()} == {float(i)}


def _caffemodel(shapes):
    """A caffemodel with convolutions of given shapes; the weights of the i-th are i."""
    from chainjax.links.caffe import _messages

    net = _messages.classes(raw=True)["NetParameter"]()
    for i, (name, shape) in enumerate(shapes.items()):
        layer = net.layer.add(name=name, type="Convolution" if len(shape) == 4 else "InnerProduct", bottom=["x"], top=["y"])
        layer.convolution_param.kernel_size.append(shape[-1])
        for n in (shape, shape[:1]):
            layer.blobs.add(shape={"dim": n}, data=[np.full(n, i, "<f4").tobytes()])
    return net.SerializeToString()


def test_a_caffemodel_of_another_network(tmp_path, undrawn):
    pytest.importorskip("google.protobuf", reason="protobuf is an extra")
    path = tmp_path / "net.caffemodel"
    path.write_bytes(_caffemodel({"conv": (1, 1, 1, 1)}))
    with pytest.raises(ValueError, match="it is a caffemodel of another network"):
        L.ResNet50Layers(path)
