"""GoogLeNet: inception modules."""

from .... import functions as F
from ....initializers import LeCunUniform, Zero
from ...connection import Convolution2D, Inception, Linear
from . import _network
from ._network import available as available

_MEAN = (104.0, 117.0, 123.0)

#: Inception modules and their channels.
_INCEPTIONS = {
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}

#: Links and their layers in the caffemodel.
_CAFFE = {
    "conv1": "conv1/7x7_s2",
    "conv2_reduce": "conv2/3x3_reduce",
    "conv2": "conv2/3x3",
    **{
        f"inc{name}/{link}": f"inception_{name}/{layer}"
        for name in _INCEPTIONS
        for link, layer in {
            "conv1": "1x1", "proj3": "3x3_reduce", "conv3": "3x3", "proj5": "5x5_reduce", "conv5": "5x5", "projp": "pool_proj",
        }.items()
    },
    **{
        f"loss{i}_{link}": f"loss{i}/{layer}"
        for i in (1, 2)
        for link, layer in {"conv": "conv", "fc1": "fc", "fc2": "classifier"}.items()
    },
    "loss3_fc": "loss3/classifier",
}  # fmt: skip


class GoogLeNet(_network.Network):
    """GoogLeNet, the first of the Inception networks, as BVLC published it.

    Args:
        pretrained_model: path of an NPZ file as saved by Chainer, or of a caffemodel; ``"auto"`` looks in Chainer's folder of models
            and never downloads; ``None`` gives random weights.

    Source: Szegedy et al. 2015, arXiv:1409.4842.

    >>> L.GoogLeNet("weights_of_googlenet.npz")
    Traceback (most recent call last):
    FileNotFoundError: GoogLeNet: there is no file 'weights_of_googlenet.npz' of pretrained weights
    """

    _mean = _MEAN
    _branches = {"loss1_fc2": "inception_4a", "loss2_fc2": "inception_4d"}

    def __init__(self, pretrained_model="auto"):
        url = "http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel"
        weights = _network.weights_file(type(self).__name__, pretrained_model, "bvlc_googlenet", url)
        super().__init__()
        initial = {"initialW": Zero() if weights else LeCunUniform()}
        with self.init_scope():
            self.conv1 = Convolution2D(3, 64, 7, stride=2, pad=3, **initial)
            self.conv2_reduce = Convolution2D(64, 64, 1, **initial)
            self.conv2 = Convolution2D(64, 192, 3, stride=1, pad=1, **initial)
            for name, channels in _INCEPTIONS.items():
                setattr(self, f"inc{name}", Inception(*channels))
            self.loss3_fc = Linear(1024, 1000, **initial)
            for i, channels in ((1, 512), (2, 528)):
                setattr(self, f"loss{i}_conv", Convolution2D(channels, 128, 1, **initial))
                setattr(self, f"loss{i}_fc1", Linear(2048, 1024, **initial))
                setattr(self, f"loss{i}_fc2", Linear(1024, 1000, **initial))
        if weights:
            self._load(weights)

    @property
    def functions(self):
        inceptions = {f"inception_{name}": [self[f"inc{name}"]] for name in _INCEPTIONS}
        third, fourth, fifth = ({k: v for k, v in inceptions.items() if k.startswith(f"inception_{n}")} for n in (3, 4, 5))
        return {
            "conv1": [self.conv1, F.relu],
            "pool1": [_max_pooling_2d, _local_response_normalization],
            "conv2_reduce": [self.conv2_reduce, F.relu],
            "conv2": [self.conv2, F.relu, _local_response_normalization],
            "pool2": [_max_pooling_2d],
            **third,
            "pool3": [_max_pooling_2d],
            **fourth,
            "pool4": [_max_pooling_2d],
            **fifth,
            "pool5": [_average_pooling_2d_k7],
            "loss3_fc": [_dropout, self.loss3_fc],
            "prob": [F.softmax],
            # Behind everything else, so that they are computed only where they are asked for.
            "loss1_fc2": [_average_pooling_2d_k5, self.loss1_conv, F.relu, self.loss1_fc1, F.relu, self.loss1_fc2],
            "loss2_fc2": [_average_pooling_2d_k5, self.loss2_conv, F.relu, self.loss2_fc1, F.relu, self.loss2_fc2],
        }

    @staticmethod
    def _from_caffe(arrays):
        return {f"{link}/{p}": arrays[f"{layer}/{p}"] for link, layer in _CAFFE.items() for p in ("W", "b")}

    @classmethod
    def convert_caffemodel_to_npz(cls, path_caffemodel, path_npz):
        """Make an NPZ file that this class loads.

        Args:
            path_caffemodel: path of the caffemodel.
            path_npz: path of the file to write.

        >>> L.GoogLeNet.convert_caffemodel_to_npz("weights.caffemodel", "weights.npz")
        Traceback (most recent call last):
        FileNotFoundError: [Errno 2] No such file or directory: 'weights.caffemodel'
        """
        _network.convert(path_caffemodel, path_npz, cls._from_caffe)


def prepare(image, size=(224, 224)):
    """An image as GoogLeNet takes it: an array ``(3, h, w)``, blue first, without the mean colour.

    Args:
        image: an image of Pillow, or an array ``(h, w)``, ``(h, w, 3)`` or ``(3, h, w)``, red first, from 0 to 255.
        size: width and height to resize to; ``None`` leaves the size.

    >>> prepare(np.zeros((2, 2, 3), np.uint8), (1, 1)).ravel()
    array([-104., -117., -123.], dtype=float32)
    """
    return _network.prepared(image, size, _MEAN)


def _max_pooling_2d(x):
    return F.max_pooling_2d(x, 3, 2)


def _local_response_normalization(x):
    return F.local_response_normalization(x, 5, 1, 1e-4 / 5)


def _average_pooling_2d_k5(x):
    return F.average_pooling_2d(x, 5, 3)


def _average_pooling_2d_k7(x):
    return F.average_pooling_2d(x, 7, 1)


def _dropout(x):
    return F.dropout(x, 0.4)
