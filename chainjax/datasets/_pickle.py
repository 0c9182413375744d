"""Any Python objects in a file, one pickle after the other."""

import os
import pickle

from ._files import FileDataset


class PickleDatasetWriter:
    """Writes the file of a :class:`PickleDataset`.

    Args:
        writer: a binary file object.
        protocol: that of :mod:`pickle`.
    """

    def __init__(self, writer, protocol=pickle.HIGHEST_PROTOCOL):
        self._writer, self._protocol = writer, protocol

    def write(self, x):
        """Write an example.

        Args:
            x: anything that can be pickled.
        """
        self._writer.write(pickle.dumps(x, protocol=self._protocol))  # at once: what cannot be pickled leaves nothing behind

    def flush(self):
        """Hand what was written on to the file, if it has a buffer."""
        if hasattr(self._writer, "flush"):
            self._writer.flush()

    def close(self):
        """Close the file."""
        self._writer.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class PickleDataset(FileDataset):
    """The objects in a file that :class:`PickleDatasetWriter` wrote, each read when it is asked for.

    Only for files you trust: to read a pickle can run any code.

    Args:
        reader: a binary file object that can be read anywhere. If it has a method ``after_fork``, that is called in forked processes.

    Raises:
        ValueError: the reader cannot seek.
        EOFError: the file ends within an object.

    >>> import io
    >>> file = io.BytesIO()
    >>> writer = chainjax.datasets.PickleDatasetWriter(file)
    >>> writer.write((1, "hello"))
    >>> writer.write((2, "good-bye"))
    >>> chainjax.datasets.PickleDataset(file)[1]
    (2, 'good-bye')
    """

    def __init__(self, reader):
        super().__init__()
        if not reader.seekable():
            raise ValueError(f"PickleDataset: expected a reader that can seek, got {reader!r}")
        self._reader = reader
        self._positions = []
        end = reader.seek(0, os.SEEK_END)
        reader.seek(0)
        while (position := reader.tell()) < end:
            try:
                pickle.load(reader)
            except (EOFError, pickle.UnpicklingError) as exc:
                raise EOFError(f"PickleDataset: the file is damaged or cut off in object {len(self)}, which begins at {position}") from exc
            self._positions.append(position)

    def _open(self):
        return [self._reader]

    def _after_fork(self):
        self._begin()
        if callable(getattr(self._reader, "after_fork", None)):
            self._reader.after_fork()

    def __del__(self):
        pass  # the reader is somebody else's

    def __len__(self):
        """How many objects there are."""
        return len(self._positions)

    def get_example(self, index):
        position, file = self._positions[index], self._reader
        with self._lock:
            file.seek(position)
            return pickle.load(file)


class _FileReader:
    """A file opened for reading that each process opens anew. What is not defined here is the file's own."""

    def __init__(self, path):
        self._path = path
        self._fp = open(path, "rb")  # noqa: SIM115  closed by close()

    def __getattr__(self, name):
        if name == "_fp":
            raise AttributeError(name)  # it is just being unpickled
        return getattr(self._fp, name)

    def __del__(self):
        if "_fp" in self.__dict__:
            self._fp.close()

    def after_fork(self):
        self._fp.close()
        self.__init__(self._path)

    def __getstate__(self):
        return self._path

    def __setstate__(self, path):
        self.__init__(path)


def open_pickle_dataset(path):
    """The dataset of a file. To be closed, or used in ``with``.

    Args:
        path: of a file that :func:`open_pickle_dataset_writer` wrote. Only for files you trust: to read a pickle can run any code.
    """
    reader = _FileReader(path)
    try:
        return PickleDataset(reader)
    except BaseException:
        reader.close()
        raise


def open_pickle_dataset_writer(path, protocol=pickle.HIGHEST_PROTOCOL):
    """What writes the file of a dataset. To be closed, or used in ``with``.

    Args:
        path: of the file; what it held is lost.
        protocol: that of :mod:`pickle`.
    """
    return PickleDatasetWriter(open(path, "wb"), protocol)
