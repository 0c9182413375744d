"""MNIST and two sets made in its likeness: grey images of 28 times 28 pixels in ten classes."""

import gzip
import math
import os
import struct
import zlib

import numpy as np

from ..serializers._errors import BadFileError
from ._archives import Source, expect_size, load, scaled, with_labels

_SHAPES = {1: (784,), 2: (28, 28), 3: (1, 28, 28)}


def get_mnist(withlabel=True, ndim=1, scale=1.0, dtype=None, label_dtype=np.int32, rgb_format=False):
    """Handwritten digits: 60,000 to train with, 10,000 to test with.

    They are read from ``pfnet/chainer/mnist`` below :func:`chainjax.dataset.get_dataset_root`: ``train.npz`` and ``test.npz`` as
    Chainer makes them, else the publishers' archives (``train-images-idx3-ubyte.gz``, ...), which are fetched if they are not there.

    Args:
        withlabel: whether examples are tuples of image and label, or images alone.
        ndim: 1 for images of shape ``(784,)``, 2 for ``(28, 28)``, 3 for ``(1, 28, 28)``.
        scale: what the brightest pixel is; the darkest is 0.
        dtype: of the images; default ``config.dtype``.
        label_dtype: of the labels.
        rgb_format: with ``ndim=3``, whether to repeat the channel three times.

    Returns:
        ``(train, test)``: :class:`TupleDataset` with labels, else arrays.

    Raises:
        ValueError: ``ndim`` is not 1, 2 or 3.
        FileNotFoundError: a file is not there and cannot be fetched; the message says which to put where.
        OSError: a file is damaged or holds something else.

    Source: LeCun, Bottou, Bengio and Haffner 1998, Gradient-based learning applied to document recognition.
    """
    return _get("get_mnist", withlabel, ndim, scale, dtype, label_dtype, rgb_format)


def get_fashion_mnist(withlabel=True, ndim=1, scale=1.0, dtype=None, label_dtype=np.int32, rgb_format=False):
    """Clothes, from ``pfnet/chainer/fashion-mnist``. All else is as :func:`get_mnist` has it.

    Source: Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747.
    """
    return _get("get_fashion_mnist", withlabel, ndim, scale, dtype, label_dtype, rgb_format)


def get_kuzushiji_mnist(withlabel=True, ndim=1, scale=1.0, dtype=None, label_dtype=np.int32, rgb_format=False):
    """Old Japanese letters, from ``pfnet/chainer/kuzushiji_mnist``. All else is as :func:`get_mnist` has it.

    Source: Clanuwat and others 2018, arXiv:1812.01718.
    """
    return _get("get_kuzushiji_mnist", withlabel, ndim, scale, dtype, label_dtype, rgb_format)


def get_fashion_mnist_labels():
    """What the ten labels of :func:`get_fashion_mnist` mean."""
    return ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


def get_kuzushiji_mnist_labels():
    """What the ten labels of :func:`get_kuzushiji_mnist` mean: pairs of the sound in Latin letters and the letter."""
    sounds = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]
    return list(zip(sounds, "おきすつなはまやれを", strict=True))


_MIRRORS = {"http://yann.lecun.com/exdb/mnist/": ("https://ossci-datasets.s3.amazonaws.com/mnist/",)}

#: Folder, address, and MD5 of the images and labels to train with and to test with, as torchvision knows them.
_SETS = {
    "get_mnist": (
        "mnist",
        "http://yann.lecun.com/exdb/mnist/",
        ("f68b3c2dcbeaaa9fbdd348bbdeb94873", "d53e105ee54ea40749a09fcbcd1e9432"),
        ("9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c"),
    ),
    "get_fashion_mnist": (
        "fashion-mnist",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe"),
        ("bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
    "get_kuzushiji_mnist": (
        "kuzushiji_mnist",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        ("bdb82020997e1d708af4cf47b453dcf7", "e144d726b3acfaa3e44228e80efcd344"),
        ("5c965bf0a639b31b8f53240b1b52f4d7", "7320c461ea6c1c855c0b718fb2a4b134"),
    ),
}


def _get(who, withlabel, ndim, scale, dtype, label_dtype, rgb_format):
    if ndim not in _SHAPES:
        raise ValueError(f"{who}: expected ndim 1, 2 or 3, got {ndim!r}")
    folder, address, *sums = _SETS[who]
    parts = []
    for part, prefix, md5s in zip(("train", "test"), ("train", "t10k"), sums, strict=True):
        sources = []
        for end, md5 in zip(("-images-idx3-ubyte.gz", "-labels-idx1-ubyte.gz"), md5s, strict=True):
            mirrors = tuple([mirror + prefix + end for mirror in _MIRRORS.get(address, ())])
            sources.append(Source(address + prefix + end, md5, mirrors))
        raw = load(who, f"pfnet/chainer/{folder}", f"{part}.npz", sources, _make, {"x": ("n", 784), "y": ("n",)})
        images = raw["x"].reshape(-1, *_SHAPES[ndim])
        if ndim == 3 and rgb_format:
            images = np.broadcast_to(images, (len(images), 3, 28, 28))
        parts.append(with_labels(scaled(images, scale, dtype), raw["y"], label_dtype, withlabel))
    return tuple(parts)


def _make(image_path, label_path):
    return {"x": _read_idx(image_path, 3).reshape(-1, 784), "y": _read_idx(label_path, 1)}


def _read_idx(path, ndim):
    """The array of bytes in a file of MNIST: its number of axes, their sizes, its bytes; all compressed."""
    try:
        with gzip.open(path) as file:
            magic, *shape = struct.unpack(f">{1 + ndim}I", file.read(4 + 4 * ndim))
            if magic != 0x800 + ndim or shape[1:] != [28, 28][: ndim - 1]:
                raise BadFileError(f"{path!r}: expected bytes in {ndim} axes of MNIST, got magic number {magic:#x}, sizes {shape}")
            nbytes = math.prod(shape)
            expect_size(repr(path), nbytes, os.path.getsize(path))
            content = file.read(nbytes + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error, struct.error) as exc:
        raise BadFileError(f"{path!r} is no gzip file of MNIST, or is damaged ({exc}); remove it, and fetch it again") from exc
    if len(content) != nbytes:
        raise BadFileError(
            f"{path!r}: expected {nbytes} bytes for the sizes {shape}, got {'more' if len(content) > nbytes else len(content)}"
        )
    return np.frombuffer(content, np.uint8).reshape(shape)
