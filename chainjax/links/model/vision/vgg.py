"""VGG: convolutions three by three."""

from .... import functions as F
from ....initializers import Normal, Zero
from ...connection import Convolution2D, Linear
from . import _network
from ._network import available as available

#: Convolutions of each of the five blocks, by the number of layers; and the channels of a block.
_BLOCKS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
_CHANNELS = (64, 128, 256, 512, 512)
_MEAN = (103.939, 116.779, 123.68)


class VGGLayers(_network.Network):
    """A network of VGG, of 16 or 19 layers.

    Args:
        pretrained_model: path of an NPZ file as saved by Chainer, or of a caffemodel; ``"auto"`` looks in Chainer's folder of models
            and never downloads; ``None`` gives random weights.
        n_layers: 16 or 19.

    Source: Simonyan and Zisserman 2015, arXiv:1409.1556.

    >>> L.VGG16Layers("weights_of_vgg.npz")
    Traceback (most recent call last):
    FileNotFoundError: VGG16Layers: there is no file 'weights_of_vgg.npz' of pretrained weights
    """

    _feature, _mean = "fc7", _MEAN

    def __init__(self, pretrained_model="auto", n_layers=16):
        if n_layers not in _BLOCKS:
            raise ValueError(f"VGGLayers: expected n_layers 16 or 19, got {n_layers!r}")
        stem = f"VGG_ILSVRC_{n_layers}_layers"
        url = f"http{'s' if n_layers == 16 else ''}://www.robots.ox.ac.uk/%7Evgg/software/very_deep/caffe/{stem}.caffemodel"
        weights = _network.weights_file(type(self).__name__, pretrained_model, stem, url)
        super().__init__()
        initial = {"initialW": Zero() if weights else Normal(0.01), "initial_bias": Zero()}
        fourth = []
        with self.init_scope():
            last = 3
            for block, (n, channels) in enumerate(zip(_BLOCKS[n_layers], _CHANNELS, strict=True), 1):
                for i in range(1, n + 1):
                    if i == 4:
                        fourth.append((f"conv{block}_4", channels))
                    else:
                        setattr(self, f"conv{block}_{i}", Convolution2D(last, channels, 3, 1, 1, **initial))
                    last = channels
            self.fc6 = Linear(512 * 7 * 7, 4096, **initial)
            self.fc7 = Linear(4096, 4096, **initial)
            self.fc8 = Linear(4096, 1000, **initial)
            for name, channels in fourth:  # Chainer draws their weights last
                setattr(self, name, Convolution2D(channels, channels, 3, 1, 1, **initial))
        self._n_layers = n_layers
        if weights:
            self._load(weights)

    @property
    def functions(self):
        found = {}
        for block, n in enumerate(_BLOCKS[self._n_layers], 1):
            found.update({f"conv{block}_{i}": [self[f"conv{block}_{i}"], F.relu] for i in range(1, n + 1)})
            found[f"pool{block}"] = [_max_pooling_2d]
        found.update(fc6=[self.fc6, F.relu, F.dropout], fc7=[self.fc7, F.relu, F.dropout], fc8=[self.fc8], prob=[F.softmax])
        return found

    @classmethod
    def convert_caffemodel_to_npz(cls, path_caffemodel, path_npz):
        """Make an NPZ file that this class loads.

        Args:
            path_caffemodel: path of the caffemodel.
            path_npz: path of the file to write.

        >>> L.VGG16Layers.convert_caffemodel_to_npz("weights.caffemodel", "weights.npz")
        Traceback (most recent call last):
        FileNotFoundError: [Errno 2] No such file or directory: 'weights.caffemodel'
        """
        _network.convert(path_caffemodel, path_npz, cls._from_caffe)


class VGG16Layers(VGGLayers):
    """VGG of 16 layers; see :class:`VGGLayers`.

    Args:
        pretrained_model: path of an NPZ file as saved by Chainer, or of a caffemodel; ``"auto"`` looks in Chainer's folder of models
            and never downloads; ``None`` gives random weights.

    >>> L.VGG16Layers("weights_of_vgg.npz")
    Traceback (most recent call last):
    FileNotFoundError: VGG16Layers: there is no file 'weights_of_vgg.npz' of pretrained weights
    """

    def __init__(self, pretrained_model="auto"):
        super().__init__(pretrained_model, 16)


class VGG19Layers(VGGLayers):
    """VGG of 19 layers; see :class:`VGGLayers`.

    Args:
        pretrained_model: path of an NPZ file as saved by Chainer, or of a caffemodel; ``"auto"`` looks in Chainer's folder of models
            and never downloads; ``None`` gives random weights.

    >>> L.VGG19Layers("weights_of_vgg.npz")
    Traceback (most recent call last):
    FileNotFoundError: VGG19Layers: there is no file 'weights_of_vgg.npz' of pretrained weights
    """

    def __init__(self, pretrained_model="auto"):
        super().__init__(pretrained_model, 19)


def prepare(image, size=(224, 224)):
    """An image as VGG takes it: an array ``(3, h, w)``, blue first, without the mean colour.

    Args:
        image: an image of Pillow, or an array ``(h, w)``, ``(h, w, 3)`` or ``(3, h, w)``, red first, from 0 to 255.
        size: width and height to resize to; ``None`` leaves the size.

    >>> prepare(np.zeros((2, 2, 3), np.uint8), (1, 1)).ravel()
    array([-103.939, -116.779, -123.68 ], dtype=float32)
    """
    return _network.prepared(image, size, _MEAN)


def _max_pooling_2d(x):
    return F.max_pooling_2d(x, 2)
