"""Handwritten digits that ship with the package."""

import pathlib

import numpy as np

from ..config import get_dtype
from ._tuple import TupleDataset

_SHAPES = {1: (64,), 2: (8, 8), 3: (1, 8, 8)}
_BRIGHTEST = 16


def get_digits(withlabel=True, ndim=1, scale=1.0, dtype=None, label_dtype=np.int32):
    """1,797 real handwritten digits, 8x8 pixels each: a training set of 1,498 and a test set of 299. Nothing is downloaded.

    The test set is every sixth image (the sixth, the twelfth, ...), always the same. Both sets hold digits of the same 13 people;
    people whom a model has not seen at all are harder to read.

    Args:
        withlabel: whether examples are tuples of image and label, or images alone.
        ndim: 1 for images of shape ``(64,)``, 2 for ``(8, 8)``, 3 for ``(1, 8, 8)``.
        scale: what the brightest pixel is; the darkest is 0.
        dtype: of the images; default ``config.dtype``.
        label_dtype: of the labels.

    Returns:
        ``(train, test)``: :class:`TupleDataset` with labels, else arrays.

    Raises:
        ValueError: ``ndim`` is not 1, 2 or 3.

    Source: Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository,
    doi:10.24432/C50P49, its test set; licence CC BY 4.0. See ``digits.txt`` beside this file.

    >>> train, test = chainjax.datasets.get_digits()
    >>> image, label = train[0]
    >>> len(train), len(test), image.shape, int(label)
    (1498, 299, (64,), 0)
    """
    if ndim not in _SHAPES:
        raise ValueError(f"get_digits: expected ndim 1, 2 or 3, got {ndim!r}")
    with np.load(pathlib.Path(__file__).with_name("digits.npz")) as file:
        images, labels = file["images"], file["labels"]
    images = images.reshape(-1, *_SHAPES[ndim]).astype(get_dtype(dtype))
    images *= scale / _BRIGHTEST
    held_out = np.arange(len(images)) % 6 == 5
    return tuple(
        [
            TupleDataset(images[chosen], labels[chosen].astype(label_dtype)) if withlabel else images[chosen]
            for chosen in (~held_out, held_out)
        ]
    )
