"""What datasets that read open files have in common."""

import os
import threading
import weakref

from ..dataset._mixin import DatasetMixin

_all = weakref.WeakSet()


class FileDataset(DatasetMixin):
    """A dataset that reads open files. Each process opens its own, be it a copy by pickle or by fork.

    Processes that share an open file share its position too, and a lock that another thread held at the fork is held for ever.
    """

    def __init__(self):
        self._begin()

    def _begin(self):
        self._lock = threading.RLock()  # whoever moves the position of a file holds it
        self._fps = None
        _all.add(self)

    def _open(self):
        """The list of open files, for this process."""
        raise NotImplementedError

    def _files(self):
        with self._lock:
            if self._fps is None:
                self._fps = self._open()
            return self._fps

    def _after_fork(self):
        self._end()
        self._begin()

    def _end(self):
        failed = []
        for file in self._fps or ():
            try:
                file.close()
            except Exception as exc:
                failed.append(exc)
        if failed:
            raise failed[0]

    def close(self):
        """Close the files, all of them even if one fails. Examples can no longer be read."""
        with self._lock:
            self._files()
            self._end()

    def __enter__(self):
        return self

    def __exit__(self, exc_type, exc_value, traceback):
        self.close()

    def __del__(self):
        if getattr(self, "_fps", None):
            self._end()

    def __getstate__(self):
        return {key: value for key, value in self.__dict__.items() if key not in ("_fps", "_lock")}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._begin()


def _renew():
    for dataset in list(_all):
        dataset._after_fork()


if hasattr(os, "register_at_fork"):  # where processes can be forked
    os.register_at_fork(after_in_child=_renew)
