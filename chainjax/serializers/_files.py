"""Writing a file so that its name always stands for a whole one.

Until it is whole a file has a name of its own beside its place. A process that is killed leaves it there, and the next one that
writes in the folder removes it: who writes a file has it locked, and the kernel unlocks what dead processes had. Locks may be
unknown to other machines that share the folder, so its name says which machine wrote it, and files of others are left alone.
"""

import contextlib
import errno
import functools
import hashlib
import os
import platform
import secrets
import shutil

try:
    import fcntl
except ImportError:  # Windows, where half written files stay
    fcntl = None

_OURS = f".chainjax-{hashlib.sha256(platform.node().encode()).hexdigest()[:8]}-"

#: A full disk, a quota, a limit on the size of files.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def replacing(path):
    """Context manager: a new binary file beside ``path``, which is put in its place at the end.

    If anything is raised inside, the new file is removed and the old one stays. What is no ordinary file (a pipe, a device)
    is written directly.
    """
    path = os.path.realpath(os.fsdecode(path))
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as stream:
            yield stream
        return
    _sweep(os.path.dirname(path))
    try:
        new, stream, lock = _begin(os.path.dirname(path))
    except OSError as exc:
        exc.filename = path  # the name that the caller knows
        raise
    try:
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if os.path.exists(path):
            shutil.copymode(path, new)
        os.replace(new, path)
    except BaseException as exc:
        with contextlib.suppress(OSError):
            os.unlink(new)
        if isinstance(exc, OSError) and exc.errno in _NO_ROOM:
            exc.filename = path
            exc.add_note(f"{path!r} is what it was before; free space on its disk (or set another folder) and save again")
        raise
    finally:
        if lock is not None:
            os.close(lock)
    _sync_folder(os.path.dirname(path))


def _begin(folder):
    """A new file: its name, its stream, and a descriptor that keeps it locked, beyond the end of the stream, until it has its place."""
    while True:
        new = os.path.join(folder, f"{_OURS}{secrets.token_hex(8)}.tmp")
        stream = open(new, "xb")  # noqa: SIM115  closed by the caller, where its errors belong
        if fcntl is None:
            return new, stream, None
        lock = os.dup(stream.fileno())
        with contextlib.suppress(OSError):  # a file system without locks, where nobody sweeps
            fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(new):
            return new, stream, lock
        stream.close()  # somebody swept it away before it was locked
        os.close(lock)


@functools.lru_cache(maxsize=64)  # once in a folder is enough: what is removed is left by processes of before
def _sweep(folder):
    """Remove what dead processes of this machine have half written in a folder."""
    if fcntl is None:
        return
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.name.startswith(_OURS) and e.name.endswith(".tmp") and e.is_file(follow_symlinks=False)]
    except OSError:  # none that can be read; what is wrong with it is told when the file is made
        return
    for name in names:
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):  # a living process has it, it is gone, or it is another user's
            descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)
            finally:
                os.close(descriptor)


def _sync_folder(folder):
    """Make the new name last through a loss of power, where the platform can: the file is whole and in its place already."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows opens no folders
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as exc:
        # A folder may be written to and not read, and some file systems cannot sync one.
        if exc.errno not in (errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP):
            raise
