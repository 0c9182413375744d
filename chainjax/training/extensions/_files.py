"""Files of results: whole or not there, and a message where the disk is full."""

import contextlib
import errno
import os

from ...serializers._files import replacing

_FULL = {errno.ENOSPC: "no space is left", errno.EDQUOT: "your quota is used up", errno.EFBIG: "the file would be too large"}


@contextlib.contextmanager
def told_if_full(what, path):
    """Context manager: an error because of a full disk says what was written, and what to do.

    Args:
        what: what is written, in words.
        path: where to.
    """
    try:
        yield
    except OSError as exc:
        why = _FULL.get(exc.errno)
        if why is None:
            raise
        message = (
            f"{what} could not be written to {path!r}: {why}. What was written before is still there, whole. Free some space "
            "(old snapshots: n_retains=2 keeps the newest two) or choose another folder (Trainer(out=...)), then start again; "
            "snapshot(autoload=True) goes on from the last snapshot"
        )
        raise OSError(exc.errno, message) from exc


@contextlib.contextmanager
def written(what, folder, name):
    """Context manager: a binary file that takes its place in the folder when it is whole.

    Args:
        what: what is written, in words.
        folder: where to.
        name: of the file.
    """
    path = os.path.join(folder, name)
    with told_if_full(what, path), replacing(path) as stream:
        yield stream
