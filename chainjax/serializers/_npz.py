"""NPZ: a zip of NumPy files, one per value, named by its path (``l1/W.npy``)."""

import os
import zipfile
from collections.abc import Mapping

import numpy as np

from ..serializer import Serializer
from ._arrays import Reader, host_array
from ._errors import BadFileError
from ._files import replacing
from ._pickled_none import LONGEST, NONE, is_none


class DictionarySerializer(Serializer):
    """Saves into a dictionary from paths to NumPy arrays.

    Args:
        target: the dictionary; a new one by default.
        path: what the keys start with.

    >>> serializer = DictionarySerializer()
    >>> serializer.save(L.Linear(3, 2))
    >>> sorted(serializer.target)
    ['W', 'b']
    """

    _takes_cells = True

    def __init__(self, target=None, path=""):
        self.target = {} if target is None else target
        self.path = path

    def __getitem__(self, key):
        return DictionarySerializer(self.target, f"{self.path}{key.strip('/')}/")

    def __call__(self, key, value):
        array = host_array(value)
        if array is None:
            array = np.array(None)
        elif array is not value:
            array = np.array(array)  # what was only lent for reading cannot stay in somebody's dictionary
        self.target[self.path + key.lstrip("/")] = array
        return value


class _ReferringSerializer(DictionarySerializer):
    """Notes what is to be written, and leaves the reading to the writer."""

    _takes_cells = True

    def __getitem__(self, key):
        return _ReferringSerializer(self.target, f"{self.path}{key.strip('/')}/")

    def __call__(self, key, value):
        self.target[self.path + key.lstrip("/")] = value
        return value


def serialize(obj):
    """What :func:`save_npz` would save of an object, as a dictionary of NumPy arrays."""
    serializer = DictionarySerializer()
    serializer.save(obj)
    return serializer.target


def save_npz(file, obj, compression=True):
    """Save an object to an NPZ file.

    Args:
        file: a path, or a binary file object. An existing file is replaced when the new one is complete.
        obj: an object that has ``serialize`` (a link, an optimizer, a trainer), or a dictionary of arrays.
        compression: whether to compress.

    As in Chainer a :class:`pathlib.Path` without the suffix ``.npz`` gets it, and a string does not.
    """
    if isinstance(obj, dict):
        target = obj
    else:
        serializer = _ReferringSerializer()
        serializer.save(obj)
        target = serializer.target
    if hasattr(file, "write"):
        _write(file, target, compression)
        return
    path = os.fspath(file)
    if not isinstance(file, str) and not path.endswith(".npz"):
        path += ".npz"
    with replacing(path) as stream:
        _write(stream, target, compression)


def _write(stream, target, compression):
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if compression else zipfile.ZIP_STORED) as archive:
        for key, value in target.items():
            try:
                array = host_array(value)
            except TypeError as exc:
                raise TypeError(f"save_npz: {key!r}: {exc}") from exc
            with archive.open(f"{key}.npy", "w", force_zip64=True) as member:
                if array is None or _holds_none(array):
                    np.lib.format.write_array_header_1_0(member, {"descr": "|O", "fortran_order": False, "shape": ()})
                    member.write(NONE)
                else:
                    np.lib.format.write_array(member, array)


def _holds_none(array):
    return array.dtype == object and array.shape == () and array[()] is None


class NpzArchive(Mapping):
    """The arrays of an NPZ file by key, each read when it is asked for. A saved ``None`` is an array that holds ``None``.

    Args:
        file: a path or a binary file object.
        allow_pickle: whether to load Python objects, which lets the file run any code.

    Raises:
        BadFileError: it is no NPZ file, it has two members of one name, or a member is damaged or a Python object.
    """

    def __init__(self, file, allow_pickle=False):
        self.name = getattr(file, "name", None) if hasattr(file, "read") else os.fspath(file)
        self.allow_pickle = allow_pickle
        try:
            self._zip = zipfile.ZipFile(file)
        except zipfile.BadZipFile as exc:
            raise BadFileError(f"{self.name!r} is no NPZ file, or is cut off: {exc}") from exc
        self._members = {}
        for member in self._zip.infolist():
            key = member.filename.removesuffix(".npy")
            if self._members.setdefault(key, member) is not member:
                self.close()
                raise BadFileError(f"{self.name!r} has two members for {key!r}: which of them is meant cannot be known")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """Close the file."""
        self._zip.close()

    def __iter__(self):
        return iter(self._members)

    def __len__(self):
        return len(self._members)

    def __contains__(self, key):
        return key in self._members

    def __getitem__(self, key):
        member = self._members[key]
        with self._zip.open(member) as stream:
            if np.lib.format.read_magic(stream) == (1, 0) and np.lib.format.read_array_header_1_0(stream)[2].hasobject:
                if is_none(stream.read(LONGEST)):
                    return np.array(None)
                if not self.allow_pickle:
                    raise BadFileError(
                        f"{self.name!r}: {key!r} is a Python object, and loading it could run any code; if you trust the file, "
                        "pass allow_pickle=True to load_npz"
                    )
        with self._zip.open(member) as stream:
            array = np.lib.format.read_array(stream, allow_pickle=self.allow_pickle)
            if stream.read(1):  # reading to the end lets zipfile compare the checksum
                raise BadFileError(f"{self.name!r}: {key!r} has more data than its shape says")
            return array


class NpzDeserializer(Reader):
    """Loads from an NPZ file.

    Args:
        npz: what :func:`numpy.load` returns, or any mapping from keys to arrays.
        path: what the keys start with.
        strict: whether a missing key is an error; else the value stays as it is.
        ignore_names: keys whose values stay as they are: a key, a function of a key, or a list of these.
    """

    def __init__(self, npz, path="", strict=True, ignore_names=None):
        self.npz = npz
        self.path = path
        self.strict = strict
        self.ignore_names = [] if ignore_names is None else ignore_names

    def __getitem__(self, key):
        part = NpzDeserializer(self.npz, f"{self.path}{key.strip('/')}/", self.strict, self.ignore_names)
        part._journal = self._journal
        return part

    def _key(self, key):
        return self.path + key.lstrip("/")

    def __contains__(self, key):
        return self._key(key) in self.npz

    def _is_kept(self, key):
        return super()._is_kept(key) or any(_matches(rule, self._key(key)) for rule in _listed(self.ignore_names))

    def _look_up(self, key):
        if key not in self:
            raise self._missing(key, "key", self.npz.keys())
        with self._reading(key):
            array = np.asarray(self.npz[self._key(key)])
        if _holds_none(array):
            return None
        return array.shape, array.dtype, lambda dtype: array.astype(dtype, copy=False)

    def _name(self, key):
        file = getattr(self.npz, "name", None) or getattr(getattr(self.npz, "zip", None), "filename", None) or type(self.npz).__name__
        return f"{file!r}: {self._key(key)!r}"


def _listed(rules):
    return rules if isinstance(rules, (tuple, list)) else (rules,)


def _matches(rule, key):
    if isinstance(rule, str):
        return key == rule
    if callable(rule):
        return rule(key)
    raise ValueError(f"ignore_names: expected a key, a function of keys or a list of these, got {rule!r}")


def load_npz(file, obj, path="", strict=True, ignore_names=None, *, allow_pickle=False):
    """Load an object from an NPZ file. If that fails, links and optimizers stay what they were.

    Args:
        file: a path, or a binary file object.
        obj: an object that has ``serialize``.
        path: what the keys of the object start with, as in ``"updater/model:main/"`` for the model in a snapshot of a trainer.
        strict: whether a missing key is an error; else the value stays as it is.
        ignore_names: keys whose values stay as they are: a key, a function of a key, or a list of these.
        allow_pickle: whether to load Python objects that are no numbers. Only for files you trust: they can run any code.

    Raises:
        KeyError: there is no such key.
        TypeError, ValueError: shape or dtype do not fit. Unlike in Chainer, arrays are not broadcast.
        OSError: the file cannot be read, is damaged, or holds Python objects.

    >>> import io
    >>> file = io.BytesIO()
    >>> save_npz(file, L.Linear(3, 2))
    >>> load_npz(file, L.Linear(3, 2))
    """
    with NpzArchive(file, allow_pickle) as archive:
        NpzDeserializer(archive, path, strict, ignore_names).load(obj)
