"""Writing a file so that its name always stands for a whole one."""

import contextlib
import errno
import os
import secrets
import shutil

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
    new = os.path.join(os.path.dirname(path), f".chainjax-{secrets.token_hex(8)}.tmp")
    try:
        stream = open(new, "xb")  # noqa: SIM115  closed below, where its errors belong
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
    _sync_folder(os.path.dirname(path))


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
