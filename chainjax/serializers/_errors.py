"""What can be wrong with a file. Each is also of the types that Chainer, NumPy or h5py raise in its place."""


class MissingKeyError(KeyError, ValueError):
    """The file has no such key or group: it was made by another model, or is older than a part of this one.

    ``strict=False`` leaves what is missing in the file as it is; a deserializer takes the same option.
    """

    __str__ = Exception.__str__  # that of KeyError shows the text in quotes


class MismatchError(TypeError, ValueError):
    """What the file has under a key does not fit: another shape, or a dtype that cannot be cast without loss."""


class BadFileError(OSError, ValueError):
    """The file is no NPZ or HDF5 file, is cut off or damaged, or holds what is not read unless it is asked for."""
