"""What networks for photographs have in common: named layers, images as they want them, weights from files."""

import importlib.util
import os

import numpy as np

from .... import functions as F
from ....config import get_dtype, using_config
from ....function import no_backprop_mode
from ....link import Chain
from ....utils import imgproc
from ....utils.argument import parse_kwargs
from ....variable import Variable

#: Whether Pillow is there, which reads and resizes images.
available = importlib.util.find_spec("PIL") is not None

_NO_LONGER = {name: f"{name} is no longer an argument; use chainer.using_config" for name in ("test", "train", "volatile")}


class Network(Chain):
    """A chain that is called layer by layer; the layers have names.

    A subclass has ``functions``, which gives for each name the callables of that layer, in order.
    """

    #: The layer that ``extract`` gives unless told otherwise.
    _feature = "pool5"
    #: Side branch -> the layer at whose output it starts.
    _branches = {}
    #: What ``prepare`` subtracts from blue, green and red.
    _mean = (0.0, 0.0, 0.0)

    @property
    def functions(self):
        """Names of layers and what each does: a dictionary of lists of callables, in order."""
        raise NotImplementedError(f"{type(self).__name__} has no functions: use one of its subclasses")

    @property
    def available_layers(self):
        """The names of the layers, in order."""
        return list(self.functions)

    def forward(self, x, layers=None, **kwargs):
        """The outputs of some layers, by name. What comes after the last of them is not computed.

        Args:
            x: images as ``prepare`` makes them, ``(n, 3, h, w)``.
            layers: names of layers; default ``["prob"]``.
        """
        parse_kwargs(kwargs, **_NO_LONGER)
        wanted, found, starts = set(["prob"] if layers is None else layers), {}, {}
        for name, functions in self.functions.items():
            if not wanted:
                break
            if name in self._branches:
                x = starts[self._branches[name]]
            for function in functions:
                x = function(x)
            if name in self._branches.values():
                starts[name] = x
            if name in wanted:
                found[name] = x
                wanted.remove(name)
        return found

    def extract(self, images, layers=None, size=(224, 224), **kwargs):
        """The outputs of some layers for images, by name. ``config`` decides whether dropout and the like are those of training.

        Args:
            images: an iterable of images, each of Pillow or an array.
            layers: names of layers; default the last but one of the network.
            size: width and height to resize to; ``None`` leaves images as they are, and all must have one size then.
        """
        parse_kwargs(kwargs, **_NO_LONGER)
        return self(self._batch(images, size), [self._feature] if layers is None else layers)

    def predict(self, images, oversample=True):
        """Probabilities of the classes, ``(n, 1000)``, in test mode and without a graph.

        Args:
            images: an iterable of images, each of Pillow or an array.
            oversample: whether to average over ten cuts: corners, centre, and their mirror images; else only the centre counts.
        """
        x = self._batch(images, (256, 256), _ten_cuts if oversample else _centre)
        with no_backprop_mode(), using_config("train", False):
            y = self(x, ["prob"])["prob"]
            return F.average(F.reshape(y, (-1, 10, *y.shape[1:])), 1) if oversample else y

    def _batch(self, images, size, cut=lambda x: x):
        return Variable(self.device.send(cut(np.stack([prepared(image, size, self._mean) for image in images]))))

    # weights ----------------------------------------------------------------------------------------------------------------

    @staticmethod
    def _from_caffe(arrays):
        """Arrays of a caffemodel, by path, as arrays of this network."""
        return arrays

    def _load(self, path):
        from ....serializers import NpzDeserializer, load_npz  # serializers know links

        with open(path, "rb") as file:
            is_npz = file.read(2) == b"PK"  # what Chainer keeps of downloads has no suffix
        if is_npz:
            load_npz(path, self)
        else:
            NpzDeserializer(converted(path, self._from_caffe)).load(self)


def _ten_cuts(x):
    return imgproc.oversample(x, (224, 224))


def _centre(x):
    return x[:, :, 16:240, 16:240]


def prepared(image, size, mean):
    """An image as networks of Caffe take it: ``(3, h, w)``, blue first, without its mean."""
    if not available:
        raise ImportError("Pillow is needed to prepare images: pip install 'chainjax[vision]'")
    from PIL import Image  # an extra

    dtype = get_dtype()
    if isinstance(image, np.ndarray):
        if image.ndim == 3 and image.shape[0] == 1:
            image = image[0]
        elif image.ndim == 3 and image.shape[0] == 3:
            image = image.transpose(1, 2, 0)
        if image.ndim != 2 and not (image.ndim == 3 and image.shape[2] in (3, 4)):
            raise TypeError(f"prepare: expected an image (h, w), (h, w, 3), (1, h, w) or (3, h, w), got an array of shape {image.shape}")
        image = Image.fromarray(image.astype(np.uint8))
    image = image.convert("RGB")
    if size:
        image = image.resize(size)
    pixels = np.asarray(image, dtype)[:, :, ::-1] - np.array(mean, dtype)
    return pixels.transpose(2, 0, 1)


def converted(path_caffemodel, renamed):
    """The arrays of a caffemodel under other names."""
    from ....serializers import DictionarySerializer
    from ...caffe import CaffeFunction  # Protocol Buffers is an extra

    serializer = DictionarySerializer()
    serializer.save(CaffeFunction(path_caffemodel))
    try:
        return renamed(serializer.target)
    except KeyError as exc:
        raise ValueError(f"{path_caffemodel!r} has no {exc.args[0]!r}: it is a caffemodel of another network") from None


def convert(path_caffemodel, path_npz, renamed):
    """Save the arrays of a caffemodel under other names."""
    from ....serializers import save_npz

    save_npz(path_npz, converted(path_caffemodel, renamed), compression=False)


def weights_file(who, pretrained, stem, url):
    """The file that the argument ``pretrained_model`` means, or ``None``: a path, or ``"auto"`` for Chainer's folder of models.

    Args:
        who: the network, for messages.
        pretrained: the argument.
        stem: name of the files without suffix in the folder of models.
        url: where a caffemodel can be had.
    """
    from ....dataset import _download  # data sets come after links

    if not pretrained:
        return None
    folder = _download.get_dataset_directory(os.path.join("pfnet", "chainer", "models"), create_directory=False)
    if pretrained != "auto":
        path = os.fspath(pretrained)
        beside = os.path.join(folder, path)  # where ResNetLayers of Chainer looks for a caffemodel
        found = next((p for p in (path, beside) if os.path.exists(p)), None)
        if found is None:
            raise FileNotFoundError(f"{who}: there is no file {path!r} of pretrained weights")
        return found
    places = [os.path.join(folder, f"{stem}.npz"), os.path.join(folder, f"{stem}.caffemodel"), _download.cache_path(url)]
    found = next((p for p in places if os.path.exists(p)), None)
    if found is None:
        raise FileNotFoundError(
            f"{who}: no pretrained weights, and chainjax downloads none; put {stem}.npz as saved by Chainer, or {stem}.caffemodel "
            f"({url}), into {folder}, or give the path of such a file, or pretrained_model=None for random weights"
        )
    return found
