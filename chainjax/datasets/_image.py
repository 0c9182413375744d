"""Image files, in folders and in ZIP files, read when they are asked for. They need Pillow, an extra."""

import importlib.util
import io
import os
import zipfile

import numpy as np

from ..dataset._mixin import DatasetMixin
from ._files import FileDataset
from ._parts import ConcatenatedDataset

available = importlib.util.find_spec("PIL") is not None


def _expect_pillow(who):
    if not available:
        raise ImportError(f"{who}: Pillow is needed to read images: pip install 'chainjax[vision]'")


def _read_image(file, dtype):
    """An image as ``(channels, height, width)``; grey ones have one channel."""
    from PIL import Image  # an extra

    with Image.open(file) as image:
        pixels = np.asarray(image, dtype)
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def _get_dtype(dtype):
    from ..config import get_dtype  # not above, so that the processes of MultiprocessIterator read images without JAX

    return get_dtype(dtype)


def _read_pairs(who, path):
    """The lines ``name label`` of a file."""
    pairs = []
    with open(path) as file:
        for number, line in enumerate(file, 1):
            try:
                name, label = line.split()
                pairs.append((name, int(label)))
            except ValueError:
                raise ValueError(f"{who}: expected a path and an integer in line {number} of {os.fspath(path)!r}, got {line!r}") from None
    return pairs


class ImageDataset(DatasetMixin):
    """Image files as arrays of shape ``(channels, height, width)``, with as many channels as each file has (1 where it is grey).

    Args:
        paths: a list of paths, or the path of a text file with one in each line.
        root: the folder that the paths start from.
        dtype: of the arrays; default ``config.dtype``.
    """

    def __init__(self, paths, root=".", dtype=None):
        _expect_pillow("ImageDataset")
        if isinstance(paths, (str, os.PathLike)):
            with open(paths) as file:
                paths = [line.strip() for line in file]
        self._paths, self._root, self._dtype = paths, root, _get_dtype(dtype)

    def __len__(self):
        """How many images there are."""
        return len(self._paths)

    def get_example(self, i):
        return _read_image(os.path.join(self._root, self._paths[i]), self._dtype)


class LabeledImageDataset(DatasetMixin):
    """Image files and labels: tuples of an array as of :class:`ImageDataset` and an array of shape ``()``.

    Args:
        pairs: a list of pairs of path and label, or the path of a text file with one in each line, separated by a space.
        root: the folder that the paths start from.
        dtype: of the images; default ``config.dtype``.
        label_dtype: of the labels.

    Raises:
        ValueError: a line of the text file is something else.
    """

    def __init__(self, pairs, root=".", dtype=None, label_dtype=np.int32):
        _expect_pillow("LabeledImageDataset")
        if isinstance(pairs, (str, os.PathLike)):
            pairs = _read_pairs("LabeledImageDataset", pairs)
        self._pairs, self._root, self._dtype, self._label_dtype = pairs, root, _get_dtype(dtype), label_dtype

    def __len__(self):
        """How many images there are."""
        return len(self._pairs)

    def get_example(self, i):
        path, label = self._pairs[i]
        return _read_image(os.path.join(self._root, path), self._dtype), np.array(label, self._label_dtype)


class ZippedImageDataset(FileDataset):
    """The images in a ZIP file, which holds nothing else, as :class:`ImageDataset` gives them.

    Args:
        zipfilename: path of the ZIP file.
        dtype: of the arrays; default ``config.dtype``.
    """

    def __init__(self, zipfilename, dtype=None):
        super().__init__()
        _expect_pillow("ZippedImageDataset")
        self._zipfilename, self._dtype = zipfilename, _get_dtype(dtype)
        self._paths = [name for name in self._files()[0].namelist() if not name.endswith("/")]

    def _open(self):
        return [zipfile.ZipFile(self._zipfilename)]

    def __len__(self):
        """How many images there are."""
        return len(self._paths)

    def get_example(self, i_or_filename):
        """An image.

        Args:
            i_or_filename: its number, or its name in the ZIP file.
        """
        name = i_or_filename if isinstance(i_or_filename, str) else self._paths[i_or_filename]
        with self._lock:
            content = self._files()[0].read(name)
        return _read_image(io.BytesIO(content), self._dtype)


class MultiZippedImageDataset(ConcatenatedDataset):
    """The images of several ZIP files, one file after the other.

    Args:
        zipfilenames: paths of the ZIP files.
        dtype: of the arrays; default ``config.dtype``.
    """

    def __init__(self, zipfilenames, dtype=None):
        super().__init__(*[ZippedImageDataset(name, dtype) for name in zipfilenames])


class LabeledZippedImageDataset(DatasetMixin):
    """Images in a ZIP file and labels, as :class:`LabeledImageDataset` gives them.

    Args:
        zipfilename: path of the ZIP file.
        labelfilename: path of a text file with a name in the ZIP file and a label in each line, separated by a space.
        dtype: of the images; default ``config.dtype``.
        label_dtype: of the labels.

    Raises:
        ValueError: a line of the text file is something else.
    """

    def __init__(self, zipfilename, labelfilename, dtype=None, label_dtype=np.int32):
        self._pairs = _read_pairs("LabeledZippedImageDataset", labelfilename)
        self._images, self._label_dtype = ZippedImageDataset(zipfilename, dtype), label_dtype

    def __len__(self):
        """How many images there are."""
        return len(self._pairs)

    def get_example(self, i):
        name, label = self._pairs[i]
        return self._images[name], np.array(label, self._label_dtype)
