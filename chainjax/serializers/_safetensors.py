"""Safetensors: a header of names, shapes and dtypes, and the numbers. Such a file can hold no code."""

import json
import os
from collections.abc import Mapping

import numpy as np

from ._errors import BadFileError
from ._files import replacing
from ._npz import DictionarySerializer, NpzDeserializer

# Where the keys of saved ``None``s are, which the format has no word for.
_NONES = "chainjax.none"


def _library():
    try:
        import safetensors.numpy  # an extra
    except ImportError as exc:
        raise ImportError("save_safetensors and load_safetensors need a package: pip install 'chainjax[safetensors]'") from exc
    return safetensors


def save_safetensors(file, obj):
    """Save a link to a safetensors file. Its keys are the paths of parameters and persistent values.

    Args:
        file: a path. An existing file is replaced when the new one is complete.
        obj: a link, or another object that has ``serialize``, or a dictionary of arrays.

    Raises:
        TypeError: a value is neither numbers nor ``None``.
        ImportError: the ``safetensors`` package is not there.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_safetensors(os.path.join(folder, "model"), L.Linear(3, 2))
    ...     load_safetensors(os.path.join(folder, "model"), L.Linear(3, 2))
    """
    safetensors = _library()
    serializer = DictionarySerializer()
    if isinstance(obj, dict):
        for key, value in obj.items():
            serializer(key, value)
    else:
        serializer.save(obj)
    nones = [key for key, array in serializer.target.items() if array.dtype == object and array.shape == () and array[()] is None]
    arrays = {key: array for key, array in serializer.target.items() if key not in nones}
    for key, array in arrays.items():
        if array.dtype.kind in "biuf":
            arrays[key] = np.asarray(array, array.dtype.newbyteorder("="), order="C")
        else:
            raise TypeError(f"save_safetensors: {key!r} is of dtype {array.dtype}; the format holds numbers only")
    with replacing(os.fspath(file)) as stream:
        stream.write(safetensors.numpy.save(arrays, {_NONES: json.dumps(nones)} if nones else None))


def load_safetensors(file, obj, path="", strict=True, ignore_names=None):
    """Load an object from a safetensors file. If that fails, links and optimizers stay what they were.

    Args:
        file: a path.
        obj: a link, or another object that has ``serialize``.
        path: what the keys of the object start with.
        strict: whether a missing key is an error; else the value stays as it is.
        ignore_names: keys whose values stay as they are: a key, a function of a key, or a list of these.

    Raises:
        KeyError: there is no such key.
        TypeError, ValueError: shape or dtype do not fit.
        OSError: the file cannot be read, or is damaged.
        ImportError: the ``safetensors`` package is not there.
    """
    with _Archive(os.fspath(file)) as archive:
        NpzDeserializer(archive, path, strict, ignore_names).load(obj)


class _Archive(Mapping):
    """The arrays of a file by key, each read when it is asked for."""

    def __init__(self, name):
        safetensors = _library()
        self.name, self._error = name, safetensors.SafetensorError
        try:
            self._file = safetensors.safe_open(name, framework="np")
        except self._error as exc:
            raise BadFileError(f"{name!r} is no safetensors file, or is damaged: {exc}") from exc
        self._keys = set(self._file.keys())
        self._nones = self._listed((self._file.metadata() or {}).get(_NONES, "[]"))

    def _listed(self, text):
        try:
            nones = json.loads(text)
        except ValueError as exc:
            raise BadFileError(f"{self.name!r}: the list of keys without a value cannot be read: {exc}") from exc
        if not isinstance(nones, list) or not all(isinstance(key, str) for key in nones) or self._keys.intersection(nones):
            raise BadFileError(f"{self.name!r}: the list of keys without a value is none: {text[:80]}")
        return set(nones)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._file = None

    def __iter__(self):
        return iter(self._keys | self._nones)

    def __len__(self):
        return len(self._keys | self._nones)

    def __contains__(self, key):
        return key in self._keys or key in self._nones

    def __getitem__(self, key):
        if key in self._nones:
            return np.array(None)
        if key not in self._keys:
            raise KeyError(key)
        try:
            return self._file.get_tensor(key)
        except self._error as exc:
            raise BadFileError(f"{self.name!r}: {key!r} cannot be read: {exc}") from exc
