"""The folder of data sets and pretrained models on this machine, laid out as Chainer's. Nothing here reads from a network."""

import hashlib
import os
import pathlib
import tempfile

_root = os.environ.get("CHAINER_DATASET_ROOT") or os.path.join(os.path.expanduser("~"), ".chainer", "dataset")


def get_dataset_root():
    """The folder of all data sets: ``$CHAINER_DATASET_ROOT``, else ``~/.chainer/dataset``, unless :func:`set_dataset_root` was called."""
    return _root


def set_dataset_root(path):
    """Choose the folder of all data sets, from now on and in this process.

    Args:
        path: of the folder.
    """
    global _root
    _root = path


def get_dataset_directory(dataset_name, create_directory=True):
    """The folder of one data set.

    Args:
        dataset_name: path below the root; slashes separate.
        create_directory: whether to make it.
    """
    path = os.path.join(_root, dataset_name)
    if create_directory:
        os.makedirs(path, exist_ok=True)
    return path


def cache_path(url):
    """Where Chainer keeps its copy of what it downloads from an address."""
    return os.path.join(_root, "_dl_cache", hashlib.md5(url.encode(), usedforsecurity=False).hexdigest())


def cached_download(url):
    """The path of the file that was downloaded from an address, by Chainer or by hand; chainjax itself never uses the network.

    Args:
        url: the address.

    Raises:
        FileNotFoundError: there is no such file yet; the message says where to put it.
    """
    path = cache_path(url)
    if not os.path.exists(path):
        raise FileNotFoundError(f"cached_download: chainjax downloads nothing; fetch {url} yourself and put the file at {path}")
    return path


def cache_or_load_file(path, creator, loader):
    """What a file holds, which is made if it is not there.

    Args:
        path: of the file.
        creator: function of a path: makes the file there and returns what it holds. The file gets its name when it is complete.
        loader: function of a path: returns what the file there holds.

    Returns:
        What ``creator`` or ``loader`` returns.
    """
    if os.path.exists(path):
        return loader(path)
    target = pathlib.Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:  # beside it: to rename within a file system is atomic
        made = os.path.join(folder, target.name)
        content = creator(made)
        os.replace(made, path)
    return content
