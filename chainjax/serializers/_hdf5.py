"""HDF5: a group per link, a dataset per value. It needs h5py, which is imported when it is used."""

import contextlib
import functools
import io
import os

from ..serializer import Serializer
from ._arrays import Reader, host_array
from ._errors import BadFileError
from ._files import replacing


def __getattr__(name):
    if name != "_available":
        raise AttributeError(f"module {__name__} has no attribute {name!r}")
    try:
        _h5py()
    except RuntimeError:
        return False
    return True


def _h5py():
    try:
        import h5py
    except ImportError as exc:
        raise RuntimeError("HDF5 files need h5py, which is not installed: pip install h5py") from exc
    return h5py


def _checks():
    from . import _hdf5_checks  # needs h5py, which is imported late

    return _hdf5_checks


class HDF5Serializer(Serializer):
    """Saves into a group of an HDF5 file. As in Chainer a value whose key begins with a slash goes to the file's first group.

    Args:
        group: an ``h5py.Group``, such as a file.
        compression: level of gzip, 0 to 9, or what else h5py takes; ``None`` for none. Single numbers are not compressed.
    """

    _takes_cells = True

    def __init__(self, group, compression=4):
        _h5py()
        self.group = group
        self.compression = compression

    def __getitem__(self, key):
        return HDF5Serializer(self.group.require_group(key.strip("/")), self.compression)

    def __call__(self, key, value):
        h5py = _h5py()
        try:
            array = host_array(value)
            if array is None:
                if h5py.version.version_tuple < (2, 7, 0):
                    raise RuntimeError(f"saving None needs h5py 2.7 or later, this is {h5py.__version__}")
                array = h5py.Empty("f")
            elif array.dtype.kind == "U":
                array = array.astype(h5py.string_dtype())
            # What is compressed of strings would be where they are, not they.
            compression = None if (array.size or 0) <= 1 or array.dtype.hasobject else self.compression
            self.group.create_dataset(key, data=array, compression=compression)
        except TypeError as exc:
            raise TypeError(f"{key!r} in the group {self.group.name!r} cannot be saved as HDF5: {exc}") from exc
        return value


def save_hdf5(filename, obj, compression=4):
    """Save an object to an HDF5 file.

    Args:
        filename: a path, or a binary file object. An existing file is replaced when the new one is complete.
        obj: an object that has ``serialize`` (a link, an optimizer), or a dictionary of arrays.
        compression: level of gzip, 0 to 9; ``None`` for none.
    """
    h5py = _h5py()
    image = io.BytesIO()  # HDF5 writes to memory, because its library can crash on a full disk
    with h5py.File(image, "w") as file:
        serializer = HDF5Serializer(file, compression)
        if isinstance(obj, dict):
            for key, value in obj.items():
                serializer(key, value)
        else:
            serializer.save(obj)
    with contextlib.nullcontext(filename) if hasattr(filename, "write") else replacing(filename) as stream:
        stream.write(image.getbuffer())


class HDF5Deserializer(Reader):
    """Loads from a group of an HDF5 file.

    Args:
        group: an ``h5py.Group``, such as a file; ``None`` for one that is missing. All below it is checked at once.
        strict: whether a missing key or group is an error; else the value stays as it is.

    Raises:
        BadFileError: something below the group is kept in another file or named by a link, is packed by a filter that does not
            come with h5py, is larger than the file can hold, or contains itself.
    """

    _casting = "same_kind"
    _all_checked = False

    def __init__(self, group, strict=True):
        _h5py()
        self.group = group
        self.strict = strict
        self._path = ""
        if group is not None:
            self._path = f"{group.file.filename!r}: {group.name.rstrip('/')}"
            with self._reading(""):
                _checks().Checks(group, self._path)
            self._all_checked = group.name == "/"

    def __getitem__(self, key):
        found = self._get(key.strip("/"))
        part = object.__new__(HDF5Deserializer)  # what is below was checked with the whole
        part.group = found if isinstance(found, _h5py().Group) else None
        part.strict, part._all_checked = self.strict, self._all_checked
        part._path = f"{self._path}/{key.strip('/')}"
        return self._hand_down(part)

    def _get(self, key):
        """What is there, ``None`` if nothing."""
        if self.group is None:
            return None
        with self._reading(key):
            if key.startswith("/") and not self._all_checked:
                _checks().Checks(self.group.file, repr(self.group.file.filename))
                self._all_checked = True
            return self.group.get(key or ".")

    def __contains__(self, key):
        return self._get(key) is not None

    def _look_up(self, key):
        if self.group is None:
            raise self._missing(key, "group", ())
        dataset = self._get(key)
        if not isinstance(dataset, _h5py().Dataset):
            raise self._missing(key, "dataset", self.group)
        if dataset.shape is None:
            return None
        with self._reading(key):
            read = functools.partial(_checks().read, dataset, name=self._name(key))
            return dataset.shape, dataset.dtype, read, dataset.id.get_storage_size()

    def _name(self, key):
        if key.startswith("/") and self.group is not None:
            return f"{self.group.file.filename!r}: {key}"
        return f"{self._path}/{key}"


def load_hdf5(filename, obj):
    """Load an object from an HDF5 file. If that fails, links and optimizers stay what they were.

    Args:
        filename: a path, or a binary file object.
        obj: an object that has ``serialize``.

    Raises:
        KeyError, ValueError: there is no such dataset or group.
        TypeError, ValueError: shape or dtype do not fit. Unlike in Chainer, arrays are not broadcast, and fractions are not cut off.
        OSError: the file cannot be read or is damaged, or points to other files.
    """
    h5py = _h5py()
    try:
        file = h5py.File(filename, "r")
    except OSError as exc:
        if exc.errno is not None:
            raise
        name = filename if isinstance(filename, (str, bytes, os.PathLike)) else getattr(filename, "name", None)
        raise BadFileError(f"{name!r} is no HDF5 file, or is cut off: {exc}") from exc
    with file:
        HDF5Deserializer(file).load(obj)
