"""The folder of data sets and pretrained models on this machine, laid out as Chainer's, and what comes into it from the network."""

import hashlib
import http.client
import os
import pathlib
import shutil
import sys
import tempfile
import urllib.error
import urllib.request

_root = os.environ.get("CHAINER_DATASET_ROOT") or os.path.join(os.path.expanduser("~"), ".chainer", "dataset")

_PATIENCE = 60  # seconds without a byte

#: What a network that is not there, or a server that will not, raises. Other errors are of the disk.
_UNREACHABLE = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError)


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
    """The path of the file that was downloaded from an address, now or at an earlier time, by Chainer or by hand.

    Args:
        url: the address.

    Raises:
        FileNotFoundError: there is no such file yet, and the address cannot be reached; the message says where to put it.
        OSError: the file cannot be written.
    """
    return fetch(url)


def fetch(url, md5=None, mirrors=()):
    """What :func:`cached_download` gives, where more is known of a file.

    Args:
        url: the address that gives the file its place.
        md5: of the right file. Only what is downloaded now is compared: data that somebody put there are their own affair.
        mirrors: other addresses of the same file, asked after the first. Only with ``md5``.
    """
    path = cache_path(url)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        return path
    failures = []
    with tempfile.TemporaryDirectory(dir=os.path.dirname(path)) as folder:  # beside it: to rename within a file system is atomic
        new = os.path.join(folder, "new")
        for address in (url, *mirrors):
            print(f"Downloading from {address}...", file=sys.stderr, flush=True)
            try:
                _download(address, new)
            except _UNREACHABLE as exc:
                failures.append(f"{address}: {exc}")
                continue
            if md5 is None or _md5(new) == md5:
                os.replace(new, path)
                return path
            failures.append(f"{address}: it answered with other data than expected (MD5 {_md5(new)} instead of {md5})")
    raise FileNotFoundError(
        f"cached_download: there is no file yet, and it could not be fetched ({'; '.join(failures)}); "
        f"fetch {url} yourself, where there is a network, and put the file at {path}"
    )


def _download(address, path):
    with urllib.request.urlopen(address, timeout=_PATIENCE) as response, open(path, "wb") as file:
        shutil.copyfileobj(response, file)
        announced = response.headers.get("Content-Length")
        if announced is not None and file.tell() != int(announced):
            raise http.client.IncompleteRead(b"", int(announced) - file.tell())


def _md5(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def cache_or_load_file(path, creator, loader):
    """What a file holds, which is made if it is not there.

    Args:
        path: of the file.
        creator: function of a path: makes the file there and returns what it holds. The file gets its name when it is complete.
        loader: function of a path: returns what the file there holds.

    Returns:
        What ``creator`` or ``loader`` returns.

    Raises:
        RuntimeError: the folder of all data sets cannot be made.
    """
    if os.path.exists(path):
        return loader(path)
    target = pathlib.Path(path)
    try:
        os.makedirs(_root, exist_ok=True)
    except OSError as exc:
        raise RuntimeError(
            f"cache_or_load_file: the folder of all data sets, {_root}, cannot be made ({exc.strerror}); set CHAINER_DATASET_ROOT"
        ) from exc
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made = os.path.join(folder, target.name)
        content = creator(made)
        os.replace(made, path)
    return content
