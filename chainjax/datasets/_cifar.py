"""CIFAR: coloured images of 32 times 32 pixels, published as pickles in a compressed tar file."""

import gzip
import io
import os
import pickle
import re
import tarfile
import zlib

import numpy as np

from ..serializers._errors import BadFileError
from ._archives import Source, expect_shape, expect_size, load, scaled, with_labels

_SHAPES = {1: (3072,), 3: (3, 32, 32)}
_MOST_BYTES = 512 << 20  # of an unpacked archive; the larger of the two has 178 MiB


def get_cifar10(withlabel=True, ndim=3, scale=1.0, dtype=None):
    """Photographs in ten classes: 50,000 to train with, 10,000 to test with.

    They are read from ``pfnet/chainer/cifar`` below :func:`chainjax.dataset.get_dataset_root`: ``cifar-10.npz`` as Chainer makes it,
    else the publishers' ``cifar-10-python.tar.gz``, which is fetched if it is not there.

    Args:
        withlabel: whether examples are tuples of image and label, or images alone.
        ndim: 1 for images of shape ``(3072,)``, 3 for ``(3, 32, 32)``.
        scale: what the brightest pixel is; the darkest is 0.
        dtype: of the images; default ``config.dtype``.

    Returns:
        ``(train, test)``: :class:`TupleDataset` with labels, else arrays.

    Raises:
        ValueError: ``ndim`` is neither 1 nor 3.
        FileNotFoundError: the file is not there and cannot be fetched; the message says which to put where.
        OSError: the file is damaged or holds something else.

    Source: Krizhevsky 2009, Learning multiple layers of features from tiny images.
    """
    return _get("get_cifar10", withlabel, ndim, scale, dtype)


def get_cifar100(withlabel=True, ndim=3, scale=1.0, dtype=None):
    """Photographs in a hundred classes, from ``cifar-100.npz`` or ``cifar-100-python.tar.gz``. All else is as in :func:`get_cifar10`."""
    return _get("get_cifar100", withlabel, ndim, scale, dtype)


#: Name, MD5 as torchvision knows it, the pickles to train with and to test with, and the name of their labels.
_SETS = {
    "get_cifar10": (
        "cifar-10",
        "c58f30108f718f92721af3b95e74349a",
        [f"cifar-10-batches-py/data_batch_{i}" for i in range(1, 6)],
        ["cifar-10-batches-py/test_batch"],
        "labels",
    ),
    "get_cifar100": (
        "cifar-100",
        "eb9058c3a382ffc7106e4002c42a8d85",
        ["cifar-100-python/train"],
        ["cifar-100-python/test"],
        "fine_labels",
    ),
}


def _get(who, withlabel, ndim, scale, dtype):
    if ndim not in _SHAPES:
        raise ValueError(f"{who}: expected ndim 1 or 3, got {ndim!r}")
    name, md5, train, test, labels = _SETS[who]

    def make(path):
        archive = _unpack(path)
        train_x, train_y = _read_batches(path, archive, train, labels)
        test_x, test_y = _read_batches(path, archive, test, labels)
        return {"train_x": train_x, "train_y": train_y, "test_x": test_x, "test_y": test_y}

    source = Source(f"https://www.cs.toronto.edu/~kriz/{name}-python.tar.gz", md5)
    shapes = {"train_x": ("n", 3072), "train_y": ("n",), "test_x": ("m", 3072), "test_y": ("m",)}
    raw = load(who, "pfnet/chainer/cifar", f"{name}.npz", [source], make, shapes)
    return tuple(
        [
            with_labels(scaled(raw[f"{part}_x"].reshape(-1, *_SHAPES[ndim]), scale, dtype), raw[f"{part}_y"], np.int32, withlabel)
            for part in ("train", "test")
        ]
    )


def _unpack(path):
    """The archive in memory, where what its headers claim can be no more than there is."""
    try:
        with gzip.open(path) as file:
            content = file.read(_MOST_BYTES + 1)
        expect_size(repr(path), len(content), os.path.getsize(path))
        if len(content) > _MOST_BYTES:
            raise BadFileError(f"{path!r}: expected less than {_MOST_BYTES} bytes when unpacked")
        return tarfile.open(fileobj=io.BytesIO(content), mode="r:")
    except (gzip.BadGzipFile, EOFError, zlib.error, tarfile.TarError) as exc:
        raise BadFileError(f"{path!r} is no compressed tar file, or is damaged ({exc}); remove it, and fetch it again") from exc


def _read_batches(path, archive, names, labels):
    xs, ys = [], []
    for name in names:
        what = f"{path!r}: {name!r}"
        try:
            content = archive.extractfile(name).read()
            batch = _Batch(io.BytesIO(content), encoding="latin-1").load()
            x, y = _array(batch["data"]), _array(batch[labels])
        except Exception as exc:  # bytes of an enemy can make tarfile and pickle raise anything
            raise BadFileError(f"{what}: no images and {labels} can be read ({type(exc).__name__}: {exc})") from exc
        sizes = {}
        expect_shape(f"{what}: data", x.shape, x.dtype, ("n", 3072), sizes)
        expect_shape(f"{what}: {labels}", y.shape, y.dtype, ("n",), sizes)
        for array in (x, y):
            if array.size and not 0 <= array.min() <= array.max() <= 255:
                raise BadFileError(f"{what}: expected numbers from 0 to 255, got {array.min()} to {array.max()}")
        xs.append(x.astype(np.uint8))
        ys.append(y.astype(np.uint8))
    return np.concatenate(xs), np.concatenate(ys)


def _array(value):
    return value.array if isinstance(value, _Array) else np.array([_byte(number) for number in value], np.uint8)


def _byte(number):
    if type(number) is not int or not 0 <= number < 256:
        raise ValueError(f"expected a label from 0 to 255, got {number!r}")
    return number


class _Batch(pickle._Unpickler):
    """Reads the pickle of a batch without running anything of it.

    In the place of NumPy's functions stand classes of our own, and nothing else can be named. Python's own unpickler: the one in C
    lets a few bytes claim memory without bounds.
    """

    def find_class(self, module, name):
        found = _STAND_INS.get((module.replace("numpy._core", "numpy.core"), name))
        if found is None:
            raise pickle.UnpicklingError(f"{module}.{name} has no business in images")
        return found


class _Array:
    """Stands for an array, and for the function that makes an empty one to be filled."""

    array = None

    def __init__(self, *ignored):
        pass

    def __setstate__(self, state):
        _, shape, dtype, is_fortran, content = state
        self.fill(content, dtype, shape, "F" if is_fortran else "C")

    def fill(self, content, dtype, shape, order):
        """Take what the pickle says of it."""
        if isinstance(content, str):
            content = content.encode("latin-1")  # Python 2 has written it
        self.array = np.frombuffer(content, dtype.dtype).reshape(shape, order=order)


class _FromBuffer:
    def __new__(cls, content, dtype, shape, order):
        array = _Array()
        array.fill(content, dtype, shape, order)
        return array

    __setstate__ = None


class _Scalar:
    def __new__(cls, dtype, content):
        return int(np.frombuffer(content, dtype.dtype)[0])

    __setstate__ = None


class _DType:
    def __init__(self, name, *ignored):
        if re.fullmatch("[iu][1248]", name) is None:
            raise pickle.UnpicklingError(f"numbers of dtype {name!r} have no business in images")
        self.dtype = np.dtype(name)

    def __setstate__(self, state):
        if state[1] in ("<", ">"):
            self.dtype = self.dtype.newbyteorder(state[1])


class _Encoded:
    def __new__(cls, text, encoding):
        return text.encode("latin-1")

    __setstate__ = None


_STAND_INS = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _DType,
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy.core.multiarray", "scalar"): _Scalar,
    ("numpy.core.numeric", "_frombuffer"): _FromBuffer,
    ("_codecs", "encode"): _Encoded,
}
