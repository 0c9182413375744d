"""Lines of text files."""

import itertools
import os

from ._files import FileDataset


class TextDataset(FileDataset):
    r"""The lines of a text file, or tuples of the corresponding lines of several. Where lines begin is looked up once.

    The dataset can be pickled; the files must not change after it was made.

    Args:
        paths: of the file (examples are strings), or a list of paths (with more than one, examples are tuples).
        encoding: as for :func:`open`; one for all files, or a list.
        errors: as for :func:`open`; one for all files, or a list.
        newline: as for :func:`open`; one for all files, or a list.
        filter_func: function of the lines (as many arguments as files) that says whether they are an example; default all are.

    Raises:
        ValueError: no files, files with different numbers of lines, a list of another length than that of the paths, or text of
            another encoding.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w") as file:
    ...     print("one\ntwo\nthree", end="", file=file, flush=True)
    ...     with chainjax.datasets.TextDataset(file.name, filter_func=lambda line: "t" in line) as dataset:
    ...         dataset[:]
    ['two\n', 'three']
    """

    def __init__(self, paths, encoding=None, errors=None, newline=None, filter_func=None):
        super().__init__()
        paths = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
        if not paths:
            raise ValueError("TextDataset: expected at least one path, got none")
        options = {"encoding": encoding, "errors": errors, "newline": newline}
        for name, option in options.items():
            options[name] = [option] * len(paths) if option is None or isinstance(option, str) else list(option)
            if len(options[name]) != len(paths):
                raise ValueError(f"TextDataset: expected one {name} for each of {len(paths)} files, got {len(options[name])}")
        self._paths, self._options = paths, options
        self._bounds, self._lines = self._index(filter_func)

    def _open(self):
        options = [dict(zip(self._options, chosen, strict=True)) for chosen in zip(*self._options.values(), strict=True)]
        return [open(path, **option) for path, option in zip(self._paths, options, strict=True)]

    def _index(self, filter_func):
        """Of each file the positions where lines begin, and the numbers of those lines that are examples."""
        files = self._files()
        bounds, chosen = [[0] for _ in files], []
        for number in itertools.count():
            lines = [self._line(k, number) for k in range(len(files))]
            if not all(lines):
                break
            for at, file in zip(bounds, files, strict=True):
                at.append(file.tell())
            if filter_func is not None and filter_func(*lines):
                chosen.append(number)
        if any(lines):
            ended = self._paths[[bool(line) for line in lines].index(False)]
            raise ValueError(f"TextDataset: expected as many lines in all files, but {os.fspath(ended)!r} ends after {number} of them")
        return bounds, range(number) if filter_func is None else chosen

    def _line(self, k, number):
        try:
            return self._files()[k].readline()
        except UnicodeDecodeError as exc:
            exc.add_note(f"in {os.fspath(self._paths[k])!r}, at or soon after line {number + 1}; give TextDataset the file's encoding")
            raise

    def __len__(self):
        """How many examples there are."""
        return len(self._lines)

    def get_example(self, idx):
        if not 0 <= idx < len(self):
            raise IndexError(f"TextDataset: expected an index from 0 to {len(self) - 1}, got {idx}")
        number = self._lines[idx]
        with self._lock:
            for file, at in zip(self._files(), self._bounds, strict=True):
                file.seek(at[number])
            lines = [self._line(k, number) for k in range(len(self._paths))]
        return lines[0] if len(lines) == 1 else tuple(lines)
