"""SVHN: coloured images of house numbers, 32 times 32 pixels each, published as files of MATLAB."""

import math
import os

import numpy as np

from ..serializers._errors import BadFileError
from ._archives import Source, expect_shape, expect_size, load, scaled, with_labels

_SHAPES = {"x": (32, 32, 3, "n"), "y": ("n", 1)}

#: MD5 as torchvision knows it.
_SETS = {
    "train": "e26dedcc434d2e4c54c9b2d4a06d8373",
    "test": "eb5a983be6a315427106f1b164d9cef3",
    "extra": "a93ce644f1a588dc4d68dda5feec44a7",
}


def get_svhn(withlabel=True, scale=1.0, dtype=None, label_dtype=np.int32, add_extra=False):
    """Digits of house numbers: 73,257 to train with, 26,032 to test with, 531,131 more that are easier.

    They are read from ``pfnet/chainer/svhn`` below :func:`chainjax.dataset.get_dataset_root`: ``train.npz``, ``test.npz`` and
    ``extra.npz`` as Chainer makes them, else the publishers' ``train_32x32.mat``, ..., which are fetched if they are not there and
    need SciPy.

    Args:
        withlabel: whether examples are tuples of image and label, or images alone.
        scale: what the brightest pixel is; the darkest is 0.
        dtype: of the images, whose shape is ``(3, 32, 32)``; default ``config.dtype``.
        label_dtype: of the labels.
        add_extra: whether to give the third set too.

    Returns:
        ``(train, test)`` or ``(train, test, extra)``: :class:`TupleDataset` with labels, else arrays.

    Raises:
        FileNotFoundError: a file is not there and cannot be fetched; the message says which to put where.
        OSError: a file is damaged or holds something else.

    Source: Netzer and others 2011, Reading digits in natural images with unsupervised feature learning.
    """
    parts = []
    for part, md5 in [*_SETS.items()][: 3 if add_extra else 2]:
        source = Source(f"http://ufldl.stanford.edu/housenumbers/{part}_32x32.mat", md5)
        raw = load("get_svhn", "pfnet/chainer/svhn", f"{part}.npz", [source], _make, _SHAPES)
        labels = raw["y"].reshape(-1) % 10  # the digit 0 is label 10 there
        parts.append(with_labels(scaled(raw["x"].transpose(3, 2, 0, 1), scale, dtype), labels, label_dtype, withlabel))
    return tuple(parts)


def _make(path):
    try:
        from scipy import io  # an extra
    except ImportError as exc:
        raise ImportError("get_svhn: SciPy is needed to read files of MATLAB: pip install 'chainjax[svhn]'") from exc

    try:
        found, sizes = {name: (shape, kind) for name, shape, kind in io.whosmat(path)}, {}
        for name, expected in (("X", _SHAPES["x"]), ("y", _SHAPES["y"])):
            shape, kind = found[name]
            expect_shape(f"{path!r}: {name!r}", shape, np.dtype(kind), expected, sizes)  # kinds of numbers have NumPy's names
            expect_size(f"{path!r}: {name!r}", math.prod(shape), os.path.getsize(path))
        raw = io.loadmat(path, variable_names=["X", "y"])
        return {"x": raw["X"].astype(np.uint8), "y": raw["y"].astype(np.uint8)}
    except BadFileError:
        raise
    except Exception as exc:  # bytes of an enemy can make the reader raise anything
        raise BadFileError(f"{path!r}: no images X and labels y can be read ({type(exc).__name__}: {exc})") from exc
