"""What the sets that Chainer downloads have in common: where files lie, how they become arrays, and what is checked.

As in Chainer a set is an NPZ file in its folder below the root of all data sets, made once from the publishers' archives. These lie
beside it under their own names, or where Chainer keeps its downloads, or are fetched. Files may be damaged or made by an enemy: what
they claim is compared with what they can hold before memory is taken, and nothing in them is run.
"""

import math
import os
from typing import NamedTuple

from ..config import get_dtype
from ..dataset._download import cache_or_load_file, cache_path, fetch, get_dataset_directory
from ..serializers._errors import BadFileError
from ..serializers._npz import NpzArchive, save_npz
from ._tuple import TupleDataset

# What is compressed better than this, and large, is made to fill the memory. The real sets are compressed 1 to 5 times.
_SUSPICIOUS_RATIO, _LARGE = 100, 256 << 20


class Source(NamedTuple):
    """An archive of the publishers."""

    url: str
    md5: str | None = None
    mirrors: tuple = ()

    @property
    def name(self):
        """Of the file, without folders."""
        return self.url.rpartition("/")[2]


def load(who, folder, name, sources, make, shapes):
    """The arrays of a set by name.

    Args:
        who: the function that the user called.
        folder: of the set, below the root.
        name: of the NPZ file there.
        sources: the archives that it is made from.
        make: function of their paths that gives the arrays.
        shapes: shape of each array; a letter stands for any size, the same wherever it stands.
    """
    folder = get_dataset_directory(folder)

    def creator(path):
        arrays = make(*find(who, folder, name, sources))
        sizes = {}
        for key, array in arrays.items():
            expect_shape(f"{who}: {key!r} of {sources[0].name}", array.shape, array.dtype, shapes[key], sizes)
        save_npz(path, arrays)
        return arrays

    def loader(path):
        try:
            return _read(path, shapes)
        except BadFileError as exc:
            exc.add_note(f"{who}: remove {path}, and it is made again from {' and '.join(s.name for s in sources)}")
            raise

    return cache_or_load_file(os.path.join(folder, name), creator, loader)


def find(who, folder, name, sources):
    """Where the archives are; they are fetched if they are nowhere.

    Args:
        who: the function that the user called.
        folder: of the set.
        name: of the file that is made from them.
        sources: the archives.
    """
    places = {source: [os.path.join(folder, source.name), cache_path(source.url)] for source in sources}
    found = {source: next((p for p in paths if os.path.exists(p)), None) for source, paths in places.items()}
    missing = [source for source, path in found.items() if path is None]
    for source in missing:
        try:
            found[source] = fetch(*source)
        except FileNotFoundError as exc:
            addresses = " and ".join(s.url for s in missing)
            raise FileNotFoundError(
                f"{who}: {name} is not in {folder}, and what it is made from cannot be fetched; "
                f"fetch {addresses} where there is a network, or {name} from a machine where Chainer has it, and put that into {folder}"
            ) from exc
    return found.values()


def _read(path, shapes):
    with NpzArchive(path) as archive:
        arrays, sizes = {}, {}
        for key, expected in shapes.items():
            what = f"{path!r}: {key!r}"
            found = archive.look_up(key) if key in archive else None
            if found is None:
                raise BadFileError(f"{what}: expected an array, but it is not there")
            shape, dtype, read, stored = found
            expect_shape(what, shape, dtype, expected, sizes)
            expect_size(what, math.prod(shape) * dtype.itemsize, stored)
            arrays[key] = read(dtype)
    return arrays


def expect_shape(what, shape, dtype, expected, sizes):
    """Raise unless it is the shape of an array of numbers that belongs there.

    Args:
        what: the array, for messages.
        shape: its shape.
        dtype: its dtype.
        expected: a shape, letters for sizes that may be any.
        sizes: what the letters have been so far.
    """
    fits = len(shape) == len(expected) and all(
        size == (sizes.setdefault(e, size) if isinstance(e, str) else e) for size, e in zip(shape, expected, strict=True)
    )
    if not fits or dtype.kind not in "buif":
        wanted = ", ".join(str(sizes.get(e, e)) for e in expected)
        raise BadFileError(f"{what}: expected numbers of shape ({wanted}), got shape {shape}, dtype {dtype}")


def expect_size(what, nbytes, stored):
    """Raise if so many bytes cannot be meant.

    Args:
        what: the array, for messages.
        nbytes: how many it takes.
        stored: how many it takes in the file, compressed.
    """
    if nbytes > _LARGE and nbytes > _SUSPICIOUS_RATIO * stored:
        raise BadFileError(f"{what}: it would become {nbytes} bytes from {stored} in the file, which may be made to fill the memory")


def scaled(images, scale, dtype):
    """Bytes as numbers from 0 to a scale.

    Args:
        images: the bytes.
        scale: what 255 becomes.
        dtype: of the result; ``None`` for ``config.dtype``.
    """
    images = images.astype(get_dtype(dtype), order="C")
    images *= scale / 255.0
    return images


def with_labels(images, labels, dtype, withlabel):
    """The images, in a dataset with the labels if these are wanted.

    Args:
        images: an array.
        labels: an array.
        dtype: of the labels.
        withlabel: whether they are wanted.
    """
    return TupleDataset(images, labels.astype(dtype)) if withlabel else images
