"""Snapshots: files from which a training, or a part of it, goes on."""

import functools
import os
import re
import shutil
import warnings

from ...config import is_debug
from ...serializers import load_hdf5, load_npz
from ...serializers._errors import BadFileError
from ...serializers._npz import serialize
from ...utils.argument import parse_kwargs
from .._extension import Extension
from . import snapshot_writers

_PRIORITY = -100


def snapshot(savefun=None, filename="snapshot_iter_{.updater.iteration}", trigger=(1, "epoch"), **kwargs):
    """An extension that saves the whole training, once in an epoch by default.

    A file takes its place when it is whole, and old ones are removed after that: whatever happens, one that can be loaded is there.

    Args:
        savefun: function of a path and a dictionary of NumPy arrays that writes a file; default :func:`~chainjax.serializers.save_npz`.
        filename: name in the folder of the trainer, formatted with the trainer; or a function of the trainer.
        trigger: says when; ``Trainer.extend`` may say otherwise.
        kwargs: ``target``: what is saved, default the trainer. ``condition``: function without arguments that says whether to save.
            ``writer``: one of :mod:`~chainjax.training.extensions.snapshot_writers`, instead of ``savefun``. ``snapshot_on_error``:
            whether to save when the training ends by an exception. ``n_retains`` (once ``num_retain``): how many files to keep,
            default all. ``autoload``: whether to go on from the newest file when training starts. A damaged file is passed over, with
            a warning, for the one before; if none can be read, that is an error.

    Raises:
        TypeError: there are both ``savefun`` and ``writer``, or ``autoload`` or ``n_retains`` and a name that is made by a function.

    >>> trainer = chainjax.testing.get_trainer_with_mock_updater()
    >>> trainer.extend(chainjax.training.extensions.snapshot(n_retains=2, autoload=True), trigger=(1000, "iteration"))
    """
    if "num_retain" in kwargs:
        warnings.warn("snapshot: num_retain is deprecated; write n_retains", DeprecationWarning, stacklevel=2)
        kwargs["n_retains"] = kwargs.pop("num_retain")
    target, condition, writer, on_error, n_retains, autoload = parse_kwargs(
        kwargs,
        ("target", None),
        ("condition", None),
        ("writer", None),
        ("snapshot_on_error", False),
        ("n_retains", -1),
        ("autoload", False),
    )
    if savefun is not None and writer is not None:
        raise TypeError("snapshot: expected savefun or writer, got both; give the function to the writer: SimpleWriter(savefun)")
    if writer is None and savefun is not None:
        writer = snapshot_writers.SimpleWriter(savefun)
    extension = _Snapshot(target, condition, writer, filename, on_error, n_retains, autoload)
    extension.trigger = trigger
    return extension


def snapshot_object(target, filename, savefun=None, trigger=(1, "epoch"), **kwargs):
    """An extension that saves an object, such as the model, once in an epoch by default.

    Args:
        target: the object.
        filename: name in the folder of the trainer, formatted with the trainer; or a function of the trainer.
        savefun: function of a path and a dictionary of NumPy arrays that writes a file; default :func:`~chainjax.serializers.save_npz`.
        trigger: says when; ``Trainer.extend`` may say otherwise.
        kwargs: as of :func:`snapshot`.
    """
    return snapshot(savefun, filename, trigger, target=target, **kwargs)


class _Snapshot(Extension):
    """Saves the trainer, or another object."""

    trigger = 1, "epoch"
    priority = _PRIORITY

    def __init__(
        self,
        target=None,
        condition=None,
        writer=None,
        filename="snapshot_iter_{.updater.iteration}",
        snapshot_on_error=False,
        n_retains=-1,
        autoload=False,
    ):
        if callable(filename) and (autoload or n_retains > 0):
            raise TypeError("snapshot: autoload and n_retains look for files by name, expected a string as filename, got a function")
        self._target, self._snapshot_on_error = target, snapshot_on_error
        self.saves_trainer = target is None  # a trainer looks at it for the order
        self.condition = _always if condition is None else condition
        self.writer = snapshot_writers.SimpleWriter() if writer is None else writer
        self.filename, self.n_retains, self.autoload = filename, n_retains, autoload

    def _object(self, trainer):
        return trainer if self._target is None else self._target

    def initialize(self, trainer):
        if self.autoload:
            _load_newest(self.filename, trainer.out, self._object(trainer))
        if self.n_retains > 0 and hasattr(self.writer, "_add_cleanup_hook"):
            # Not a closure: it may go to another process.
            self.writer._add_cleanup_hook(functools.partial(_remove_stale, self.filename, trainer.out, self.n_retains))

    def __call__(self, trainer):
        if self.condition():
            self._save(trainer)

    def on_error(self, trainer, exc, tb):
        if self._snapshot_on_error:
            self._save(trainer)

    def _save(self, trainer):
        filename = self.filename(trainer) if callable(self.filename) else self.filename.format(trainer)
        self.writer(filename, trainer.out, serialize(self._object(trainer)))

    def finalize(self):
        if hasattr(self.writer, "finalize"):
            self.writer.finalize()


def _always():
    return True


def _load_newest(fmt, folder, target):
    """Load the newest snapshot that can be read, if there is any."""
    _remove_half_written(fmt, folder)
    names = [name for _, name in reversed(_find_snapshot_files(fmt, folder))]
    damaged = []
    for name in names:
        path = os.path.join(folder, name)
        try:
            _load(path, target)
        except BadFileError as exc:
            damaged.append(f"{name} ({exc})")
            continue
        if damaged:
            message = f"snapshot: going on from {name}, as newer files are damaged: {'; '.join(damaged)}"
            warnings.warn(message, UserWarning, stacklevel=4)
        if is_debug():
            print("Snapshot loaded from", path)
        return
    if damaged:
        raise BadFileError(
            f"snapshot: none of the snapshots in {folder!r} can be read: {'; '.join(damaged)}; remove them to begin anew, or put one there "
            "that is whole"
        )
    if is_debug():
        print("No snapshot file that matches", fmt, "was found")


def _load(path, target):
    with open(path, "rb") as file:
        is_hdf5 = file.read(8) == b"\x89HDF\r\n\x1a\n"
    (load_hdf5 if is_hdf5 else load_npz)(path, target)


def _remove_half_written(fmt, folder):
    """Remove what a training that was killed while it wrote has left."""
    start, end = _ends(fmt)
    half_written = re.compile(f"tmp{re.escape(start)}.*{re.escape(end)}[a-z0-9_]{{8}}")
    with os.scandir(folder) as entries:
        left = [entry.path for entry in entries if half_written.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)]
    for path in left:
        shutil.rmtree(path)


def _ends(fmt):
    return fmt.split("{")[0], fmt.split("}")[-1]


def _find_snapshot_files(fmt, path):
    """``(time of change, name)`` of all files that may be snapshots of that name, the oldest first.

    Of the name only what stands before the first brace and after the last one is compared. Files of the same time, which some file
    systems count in seconds, are in the order of the numbers in their names.
    """
    start, end = _ends(fmt)
    with os.scandir(path) as entries:
        found = [(e.stat().st_mtime, e.name) for e in entries if e.name.startswith(start) and e.name.endswith(end) and e.is_file()]
    return sorted(found, key=lambda item: (item[0], _numbers(item[1]), item[1]))


def _numbers(name):
    return [int(digits) for digits in re.findall(r"\d+", name)]


def _find_latest_snapshot(fmt, path):
    """The name of the newest snapshot, ``None`` if there is none."""
    files = _find_snapshot_files(fmt, path)
    return files[-1][1] if files else None


def _find_stale_snapshots(fmt, path, n_retains, **kwargs):
    """The names of all snapshots but the newest ``n_retains``, the oldest first."""
    (n_retains,) = parse_kwargs(kwargs, ("num_retain", n_retains))
    files = _find_snapshot_files(fmt, path)
    yield from [name for _, name in files[: max(len(files) - n_retains, 0)]]


def _remove_stale(fmt, path, n_retains):
    for name in _find_stale_snapshots(fmt, path, n_retains):
        os.remove(os.path.join(path, name))
