"""Through a file and back."""

import os

from ..utils import tempdir


def save_and_load(src, dst, filename, saver, loader):
    """Save ``src`` by ``saver(path, src)`` and load it into ``dst`` by ``loader(path, dst)``."""
    with tempdir() as folder:
        path = os.path.join(folder, filename)
        saver(path, src)
        loader(path, dst)


def save_and_load_npz(src, dst):
    """Save ``src`` as NPZ and load it into ``dst``."""
    from .. import serializers

    save_and_load(src, dst, "tmp.npz", serializers.save_npz, serializers.load_npz)


def save_and_load_hdf5(src, dst):
    """Save ``src`` as HDF5 and load it into ``dst``."""
    from .. import serializers

    save_and_load(src, dst, "tmp.h5", serializers.save_hdf5, serializers.load_hdf5)
