"""Folders for a while."""

import tempfile


def tempdir(ignore_errors=False, **kwargs):
    """Context manager: a folder that is deleted at the end, with all in it.

    Args:
        ignore_errors: let be what cannot be deleted.
        suffix, prefix, dir: as of ``tempfile.mkdtemp``.
    """
    return tempfile.TemporaryDirectory(ignore_cleanup_errors=ignore_errors, **kwargs)
