"""NPZ: a zip of NumPy files, one per value, named by its path (``l1/W.npy``)."""

import io
import math
import os
import zipfile
from collections.abc import Mapping

import numpy as np

from ..serializer import Serializer
from ._arrays import DEFLATE_RATIO, Reader, host_array
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


# What is read of a member to know what it holds: NumPy takes no header longer than 10,000 letters, and a pickled None follows.
_START = 1 << 14

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}

_ENCRYPTED = 1


class NpzArchive(Mapping):
    """The arrays of an NPZ file by key, each read when it is asked for. A saved ``None`` is an array that holds ``None``.

    What the archive says of all its members is checked at once, what a member says of itself before memory is taken for it.

    Args:
        file: a path or a binary file object.
        allow_pickle: whether to load Python objects, which lets the file run any code.

    Raises:
        BadFileError: it is no NPZ file, it has two members of one name, or a member is damaged, claims to hold more than there
            is, or is a Python object.
    """

    def __init__(self, file, allow_pickle=False):
        self.allow_pickle = allow_pickle
        self._opened = None if hasattr(file, "read") else open(file, "rb")  # noqa: SIM115  closed by close()
        stream = file if self._opened is None else self._opened
        self.name = getattr(file, "name", None) if self._opened is None else os.fspath(file)
        try:
            try:
                self._zip = zipfile.ZipFile(stream)
            except Exception as exc:  # a damaged directory can make zipfile raise many things
                raise BadFileError(f"{self.name!r} is no NPZ file, or is cut off: {exc}") from exc
            self._members = {}
            for member in self._zip.infolist():
                key = member.filename.removesuffix(".npy")
                if self._members.setdefault(key, member) is not member:
                    raise BadFileError(f"{self.name!r} has two members for {key!r}: which of them is meant cannot be known")
                self._expect_possible(key, member)
            held, stored = stream.seek(0, os.SEEK_END), sum(member.compress_size for member in self._members.values())
            if stored > held:
                raise BadFileError(f"{self.name!r} has members of {stored} bytes in a file of {held}: they overlap or are cut off")
        except BaseException:
            self.close()
            raise

    def _expect_possible(self, key, member):
        if member.flag_bits & _ENCRYPTED or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadFileError(
                f"{self.name!r}: {key!r} is encrypted or compressed by method {member.compress_type}; expected what NumPy writes, "
                "stored or deflated"
            )
        # An empty member is two bytes when deflated; zipfile itself says what is shorter than it should be.
        most = member.compress_size * (1 if member.compress_type == zipfile.ZIP_STORED else DEFLATE_RATIO)
        if member.file_size > most:
            raise BadFileError(
                f"{self.name!r}: {key!r} claims {member.file_size} bytes, which {member.compress_size} bytes in the file cannot become"
            )

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """Close the file, unless it was given as an object."""
        if self._opened is not None:
            self._opened.close()

    def __iter__(self):
        return iter(self._members)

    def __len__(self):
        return len(self._members)

    def __contains__(self, key):
        return key in self._members

    def __getitem__(self, key):
        found = self.look_up(key)
        return np.array(None) if found is None else found[2](found[1])

    def look_up(self, key):
        """``(shape, dtype, read, stored)`` of a member, ``None`` for a saved ``None``; its numbers are not read yet."""
        member = self._members[key]
        with self._zip.open(member) as stream:
            start = io.BytesIO(stream.read(_START))
        shape, dtype = self._header(key, start)

        def read(wanted):
            with self._zip.open(member) as stream:
                array = np.lib.format.read_array(stream, allow_pickle=self.allow_pickle)
                if stream.read(1):  # reading to the end lets zipfile compare the checksum
                    raise BadFileError(f"{self.name!r}: {key!r} has more data than its shape says")
                return array.astype(wanted, copy=False)

        if dtype.hasobject:
            if is_none(start.read(LONGEST)):
                return None
            if not self.allow_pickle:
                raise BadFileError(
                    f"{self.name!r}: {key!r} is a Python object, and loading it could run any code; if you trust the file, "
                    "pass allow_pickle=True to load_npz"
                )
        elif math.prod(shape) * dtype.itemsize != member.file_size - start.tell():
            raise BadFileError(
                f"{self.name!r}: {key!r} says shape {shape}, dtype {dtype}, which is {math.prod(shape) * dtype.itemsize} bytes, "
                f"but holds {member.file_size - start.tell()}"
            )
        return shape, dtype, read, member.compress_size

    def _header(self, key, start):
        version = np.lib.format.read_magic(start)
        if version not in _HEADERS:
            raise BadFileError(f"{self.name!r}: {key!r} is of version {version} of NumPy's format; expected 1.0 or 2.0")
        try:
            shape, _, dtype = _HEADERS[version](start)
        except MemoryError as exc:  # what Python's parser says of very nested text
            raise BadFileError(f"{self.name!r}: the header of {key!r} cannot be read") from exc
        if any(size < 0 for size in shape) or dtype.itemsize == 0 < math.prod(shape):
            raise BadFileError(f"{self.name!r}: {key!r} says shape {shape}, dtype {dtype}, which no array has")
        return shape, dtype


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
        return self._hand_down(NpzDeserializer(self.npz, f"{self.path}{key.strip('/')}/", self.strict, self.ignore_names))

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
            if isinstance(self.npz, NpzArchive):
                return self.npz.look_up(self._key(key))
            array = np.asarray(self.npz[self._key(key)])
        if _holds_none(array):
            return None
        return array.shape, array.dtype, lambda dtype: array.astype(dtype, copy=False), array.nbytes

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
