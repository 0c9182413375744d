"""ResNet: blocks of bottlenecks, each added to what comes into it."""

import warnings

import numpy as np

from .... import functions as F
from ....initializers import HeNormal, Zero
from ....link import Chain
from ...connection import Convolution2D, Linear
from ...normalization import BatchNormalization
from . import _network
from ._network import available as available

#: Bottlenecks in each of the four blocks, by the number of layers.
_BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}
_MEAN = (103.063, 115.903, 123.152)


class ResNetLayers(_network.Network):
    """A network of MSRA's ResNet, of 50, 101 or 152 layers.

    Args:
        pretrained_model: path of an NPZ file as saved by Chainer, or of a caffemodel; ``"auto"`` looks in Chainer's folder of models
            and never downloads; ``None`` gives random weights.
        n_layers: 50, 101 or 152.
        downsample_fb: whether the convolutions three by three halve the size (as Facebook's networks do), instead of those
            one by one.

    Source: He, Zhang, Ren, Sun 2015, arXiv:1512.03385.

    >>> ResNetLayers("weights_of_resnet.npz", 50)
    Traceback (most recent call last):
    FileNotFoundError: ResNetLayers: there is no file 'weights_of_resnet.npz' of pretrained weights
    """

    _mean = _MEAN

    def __init__(self, pretrained_model, n_layers, downsample_fb=False):
        if n_layers not in _BLOCKS:
            raise ValueError(f"ResNetLayers: expected n_layers 50, 101 or 152, got {n_layers!r}")
        stem = f"ResNet-{n_layers}-model"
        weights = _network.weights_file(
            type(self).__name__, _auto(pretrained_model, stem), stem, "https://github.com/KaimingHe/deep-residual-networks"
        )
        super().__init__()
        initial, n = {"initialW": Zero() if weights else HeNormal(1.0)}, _BLOCKS[n_layers]
        with self.init_scope():
            self.conv1 = Convolution2D(3, 64, 7, 2, 3, **initial)
            self.bn1 = BatchNormalization(64)
            self.res2 = BuildingBlock(n[0], 64, 64, 256, 1, **initial, downsample_fb=downsample_fb)
            self.res3 = BuildingBlock(n[1], 256, 128, 512, 2, **initial, downsample_fb=downsample_fb)
            self.res4 = BuildingBlock(n[2], 512, 256, 1024, 2, **initial, downsample_fb=downsample_fb)
            self.res5 = BuildingBlock(n[3], 1024, 512, 2048, 2, **initial, downsample_fb=downsample_fb)
            self.fc6 = Linear(2048, 1000)
        self._n_layers = n_layers
        if weights:
            self._load(weights)

    @property
    def functions(self):
        return {
            "conv1": [self.conv1, self.bn1, F.relu],
            "pool1": [_max_pooling_2d],
            "res2": [self.res2],
            "res3": [self.res3],
            "res4": [self.res4],
            "res5": [self.res5],
            "pool5": [_global_average_pooling_2d],
            "fc6": [self.fc6],
            "prob": [F.softmax],
        }

    def _from_caffe(self, arrays):
        return _from_caffe(arrays, self._n_layers)

    @classmethod
    def convert_caffemodel_to_npz(cls, path_caffemodel, path_npz, n_layers=50):
        """Make an NPZ file that this class loads.

        Args:
            path_caffemodel: path of the caffemodel.
            path_npz: path of the file to write.
            n_layers: of the network: 50, 101 or 152.

        >>> ResNetLayers.convert_caffemodel_to_npz("weights.caffemodel", "weights.npz")
        Traceback (most recent call last):
        FileNotFoundError: [Errno 2] No such file or directory: 'weights.caffemodel'
        """
        if n_layers not in _BLOCKS:
            raise ValueError(f"ResNetLayers: expected n_layers 50, 101 or 152, got {n_layers!r}")
        _network.convert(path_caffemodel, path_npz, lambda arrays: _from_caffe(arrays, n_layers))


class ResNet50Layers(ResNetLayers):
    """ResNet of 50 layers; see :class:`ResNetLayers`.

    Args:
        pretrained_model: path of an NPZ file as saved by Chainer, or of a caffemodel; ``"auto"`` looks in Chainer's folder of models
            and never downloads; ``None`` gives random weights.
        downsample_fb: whether the convolutions three by three halve the size, instead of those one by one.

    >>> L.ResNet50Layers("weights_of_resnet.npz")
    Traceback (most recent call last):
    FileNotFoundError: ResNet50Layers: there is no file 'weights_of_resnet.npz' of pretrained weights
    """

    def __init__(self, pretrained_model="auto", downsample_fb=False):
        super().__init__(pretrained_model, 50, downsample_fb)


class ResNet101Layers(ResNetLayers):
    """ResNet of 101 layers; see :class:`ResNetLayers`.

    Args:
        pretrained_model: path of an NPZ file as saved by Chainer, or of a caffemodel; ``"auto"`` looks in Chainer's folder of models
            and never downloads; ``None`` gives random weights.
        downsample_fb: whether the convolutions three by three halve the size, instead of those one by one.

    >>> L.ResNet101Layers("weights_of_resnet.npz")
    Traceback (most recent call last):
    FileNotFoundError: ResNet101Layers: there is no file 'weights_of_resnet.npz' of pretrained weights
    """

    def __init__(self, pretrained_model="auto", downsample_fb=False):
        super().__init__(pretrained_model, 101, downsample_fb)


class ResNet152Layers(ResNetLayers):
    """ResNet of 152 layers; see :class:`ResNetLayers`.

    Args:
        pretrained_model: path of an NPZ file as saved by Chainer, or of a caffemodel; ``"auto"`` looks in Chainer's folder of models
            and never downloads; ``None`` gives random weights.
        downsample_fb: whether the convolutions three by three halve the size, instead of those one by one.

    >>> L.ResNet152Layers("weights_of_resnet.npz")
    Traceback (most recent call last):
    FileNotFoundError: ResNet152Layers: there is no file 'weights_of_resnet.npz' of pretrained weights
    """

    def __init__(self, pretrained_model="auto", downsample_fb=False):
        super().__init__(pretrained_model, 152, downsample_fb)


class BuildingBlock(Chain):
    """Bottlenecks one after the other; the first changes the number of channels and the size.

    Args:
        n_layers: how many bottlenecks.
        in_channels: channels of the input.
        mid_channels: channels inside of the bottlenecks.
        out_channels: channels of the output.
        stride: of the first bottleneck.
        initialW: initializer of the weights of convolutions; default ``LeCunNormal()``.
        downsample_fb: whether the convolution three by three has the stride, instead of the one before it.

    >>> BuildingBlock(2, 3, 2, 8, 2)(np.zeros((1, 3, 4, 4), np.float32)).shape
    (1, 8, 2, 2)
    """

    def __init__(
        self,
        n_layers=None,
        in_channels=None,
        mid_channels=None,
        out_channels=None,
        stride=None,
        initialW=None,
        downsample_fb=None,
        **kwargs,
    ):
        super().__init__()
        if "n_layer" in kwargs:
            warnings.warn("n_layer is deprecated; use n_layers", DeprecationWarning, stacklevel=2)
            n_layers = kwargs["n_layer"]
        self._forward = ["a"] + [f"b{i}" for i in range(1, n_layers)]
        with self.init_scope():
            self.a = BottleneckA(in_channels, mid_channels, out_channels, stride, initialW, downsample_fb)
            for name in self._forward[1:]:
                setattr(self, name, BottleneckB(out_channels, mid_channels, initialW))

    def forward(self, x):
        """``(n, in_channels, h, w)`` to ``(n, out_channels, oh, ow)``."""
        for name in self._forward:
            x = self[name](x)
        return x


class BottleneckA(Chain):
    """Three convolutions, and a fourth beside them from input to output; may change channels and size.

    Args:
        in_channels: channels of the input.
        mid_channels: channels inside.
        out_channels: channels of the output.
        stride: by which the size shrinks.
        initialW: initializer of the weights of convolutions; default ``LeCunNormal()``.
        downsample_fb: whether the convolution three by three has the stride, instead of the one before it.

    >>> BottleneckA(3, 2, 8)(np.zeros((1, 3, 4, 4), np.float32)).shape
    (1, 8, 2, 2)
    """

    def __init__(self, in_channels, mid_channels, out_channels, stride=2, initialW=None, downsample_fb=False):
        super().__init__()
        first, second = (1, stride) if downsample_fb else (stride, 1)
        with self.init_scope():
            self.conv1 = Convolution2D(in_channels, mid_channels, 1, first, 0, True, initialW)
            self.bn1 = BatchNormalization(mid_channels)
            self.conv2 = Convolution2D(mid_channels, mid_channels, 3, second, 1, True, initialW)
            self.bn2 = BatchNormalization(mid_channels)
            self.conv3 = Convolution2D(mid_channels, out_channels, 1, 1, 0, True, initialW)
            self.bn3 = BatchNormalization(out_channels)
            self.conv4 = Convolution2D(in_channels, out_channels, 1, stride, 0, True, initialW)
            self.bn4 = BatchNormalization(out_channels)

    def forward(self, x):
        """``(n, in_channels, h, w)`` to ``(n, out_channels, oh, ow)``."""
        return F.relu(_three_convolutions(self, x) + self.bn4(self.conv4(x)))


class BottleneckB(Chain):
    """Three convolutions, whose result is added to their input; changes neither channels nor size.

    Args:
        in_channels: channels of input and output.
        mid_channels: channels inside.
        initialW: initializer of the weights of convolutions; default ``LeCunNormal()``.

    >>> BottleneckB(3, 2)(np.zeros((1, 3, 4, 4), np.float32)).shape
    (1, 3, 4, 4)
    """

    def __init__(self, in_channels, mid_channels, initialW=None):
        super().__init__()
        with self.init_scope():
            self.conv1 = Convolution2D(in_channels, mid_channels, 1, 1, 0, True, initialW)
            self.bn1 = BatchNormalization(mid_channels)
            self.conv2 = Convolution2D(mid_channels, mid_channels, 3, 1, 1, True, initialW)
            self.bn2 = BatchNormalization(mid_channels)
            self.conv3 = Convolution2D(mid_channels, in_channels, 1, 1, 0, True, initialW)
            self.bn3 = BatchNormalization(in_channels)

    def forward(self, x):
        """``(n, in_channels, h, w)`` to the same shape."""
        return F.relu(_three_convolutions(self, x) + x)


def prepare(image, size=(224, 224)):
    """An image as ResNet takes it: an array ``(3, h, w)``, blue first, without the mean colour.

    Args:
        image: an image of Pillow, or an array ``(h, w)``, ``(h, w, 3)`` or ``(3, h, w)``, red first, from 0 to 255.
        size: width and height to resize to; ``None`` leaves the size.

    >>> prepare(np.zeros((2, 2, 3), np.uint8), (1, 1)).ravel()
    array([-103.063, -115.903, -123.152], dtype=float32)
    """
    return _network.prepared(image, size, _MEAN)


def _three_convolutions(link, x):
    x = F.relu(link.bn1(link.conv1(x)))
    x = F.relu(link.bn2(link.conv2(x)))
    return link.bn3(link.conv3(x))


def _max_pooling_2d(x):
    return F.max_pooling_2d(x, 3, 2)


def _global_average_pooling_2d(x):
    return F.reshape(F.average_pooling_2d(x, x.shape[2:], 1), x.shape[:2])


def _auto(pretrained, stem):
    """The name that Chainer's subclasses give for "auto" means the same here."""
    return "auto" if pretrained == f"{stem}.caffemodel" else pretrained


def _from_caffe(arrays, n_layers):
    found = {}
    for conv, bn, suffix in _places(n_layers):
        found[f"{conv}/W"] = arrays[f"{'conv1' if conv == 'conv1' else 'res' + suffix}/W"]
        for to, of in (("avg_mean", "bn{}/avg_mean"), ("avg_var", "bn{}/avg_var"), ("gamma", "scale{}/W"), ("beta", "scale{}/bias/b")):
            found[f"{bn}/{to}"] = arrays[of.format(suffix)]
        found[f"{bn}/N"] = np.array(0)
    found["conv1/b"] = arrays["conv1/b"] if n_layers == 50 else np.zeros(64, np.float32)  # only that caffemodel has it
    found.update({"fc6/W": arrays["fc1000/W"], "fc6/b": arrays["fc1000/b"]})
    return found


def _places(n_layers):
    """Convolution and normalisation here, and what ends the names of their layers in the caffemodel."""
    yield "conv1", "bn1", "_conv1"
    for block, n in enumerate(_BLOCKS[n_layers], 2):
        # Blocks of the deeper networks that are too long for letters are numbered.
        later = [f"b{i}" for i in range(1, n)] if n_layers > 50 and block in (3, 4) else "bcdef"[: n - 1]
        for link, name in zip(["a", *[f"b{i}" for i in range(1, n)]], ["a", *later], strict=True):
            for i, branch in enumerate(("2a", "2b", "2c", "1") if link == "a" else ("2a", "2b", "2c"), 1):
                yield f"res{block}/{link}/conv{i}", f"res{block}/{link}/bn{i}", f"{block}{name}_branch{branch}"
