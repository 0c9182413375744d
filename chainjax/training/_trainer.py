"""The training loop."""

import contextlib
import os
import sys
import time
import traceback
import warnings

from .. import reporter as _reporter
from ..serializer import Serializer
from ..utils.argument import parse_kwargs
from . import _random_state
from ._extension import _GONE, PRIORITY_READER, Extension
from .util import get_trigger


class _Entry:
    """An extension, with when and in which order it is called."""

    def __init__(self, extension, priority, trigger, call_before_training):
        self.extension, self.priority, self.trigger = extension, priority, trigger
        self.call_before_training = call_before_training

    def hook(self, name):
        """A method of the extension that it may have; what is no :class:`Extension` may have none or ``None``."""
        return getattr(self.extension, name, None) or (lambda *args: None)


class Trainer:
    """Runs a training loop: a step of the updater, then the extensions whose triggers fire, until a trigger stops it.

    What links report in a step stands in ``observation``, under the name of their optimizer and their path
    (``"main/loss"``, ``"main/predictor/l1/..."``). A trainer can be saved and loaded with all that its loop changes.

    Args:
        updater: makes the steps.
        stop_trigger: ends the loop: ``(20, "epoch")``, or any trigger; ``None`` for a loop without end.
        out: folder for what extensions write; made when the loop starts.
        extensions: extensions to begin with.

    Attributes:
        updater: makes the steps.
        stop_trigger: ends the loop.
        out: folder for what extensions write.
        observation: what was reported in this iteration, by name.
        reporter: knows which links report under which names.

    >>> model = L.Linear(2, 1)
    >>> optimizer = chainjax.optimizers.SGD().setup(model)
    >>> iterator = chainjax.iterators.SerialIterator([(np.ones(2, "f"), np.ones(1, "f"))] * 4, 2)
    >>> updater = chainjax.training.updaters.StandardUpdater(
    ...     iterator, optimizer, loss_func=lambda x, t: F.mean_squared_error(model(x), t))
    >>> trainer = chainjax.training.Trainer(updater, (3, "iteration"), out=".")
    >>> trainer.extend(lambda trainer: print("iteration", trainer.updater.iteration), name="hello")
    >>> trainer.run()
    iteration 1
    iteration 2
    iteration 3
    """

    def __init__(self, updater, stop_trigger=None, out="result", extensions=None):
        self.updater, self.stop_trigger, self.out = updater, get_trigger(stop_trigger), out
        self.observation = {}
        self.reporter = _reporter.Reporter()
        for name, optimizer in updater.get_all_optimizers().items():
            if optimizer.target is None:
                raise RuntimeError(f"Trainer: expected the optimizer {name!r} to have a link; call optimizer.setup(model) first")
            self.reporter.add_observer(name, optimizer.target)
            self.reporter.add_observers(name, optimizer.target.namedlinks(skipself=True))
        self._done = False
        self._extensions = {}
        self._start_at = self._final_elapsed_time = None
        self._snapshot_elapsed_time = 0.0
        self._loads, self._running = 0, None
        updater.connect_trainer(self)
        for extension in extensions or ():
            self.extend(extension)

    @property
    def is_before_training(self):
        """Whether no step has been made, in this run or in one that was loaded."""
        return self.updater.iteration == 0

    @property
    def elapsed_time(self):
        """Seconds since the start, with those of the runs before that were loaded."""
        if self._done:
            return self._final_elapsed_time
        if self._start_at is None:
            raise RuntimeError("Trainer: training has not been started yet, so no time has elapsed; call run() first")
        return time.perf_counter() - self._start_at + self._snapshot_elapsed_time

    def extend(self, extension, name=None, trigger=None, priority=None, *, call_before_training=False, **kwargs):
        """Have an extension called in the loop.

        Args:
            extension: a function of the trainer, often an :class:`~chainjax.training.Extension`.
            name: its name; default what it says itself. Another of the same name gets a number after it.
            trigger: says when it is called: ``(1, "epoch")``, or any trigger; default what it says itself.
            priority: those of higher priority are called first, among equals in the order they were added, but snapshots of the
                trainer last; default what it says itself.
            call_before_training: whether to call it once before the first step, too.
            kwargs: none; code for Chainer 1 is told what has changed.

        Raises:
            TypeError: there is no name.
            ValueError: the name is ``"training"``.
        """
        parse_kwargs(kwargs, invoke_before_training=_GONE)
        names = (name, *[getattr(extension, attribute, None) for attribute in ("name", "default_name", "__name__")])
        name = next((n for n in names if n is not None), None)
        if name is None:
            raise TypeError(f"Trainer.extend: name is not given for the extension {extension!r}, and it has none itself; pass name=")
        if name == "training":
            raise ValueError("Trainer.extend: no extension may have the name 'training'")
        if trigger is None:
            trigger = getattr(extension, "trigger", Extension.trigger)
        if priority is None:
            priority = getattr(extension, "priority", PRIORITY_READER)
        unique, n = name, 0
        while unique in self._extensions:
            n += 1
            unique = f"{name}_{n}"
        extension.name = unique
        self._extensions[unique] = _Entry(extension, priority, get_trigger(trigger), call_before_training)

    def get_extension(self, name):
        """The extension of a name.

        Raises:
            ValueError: there is none.
        """
        if name not in self._extensions:
            raise ValueError(f"extension {name} not found; there are {', '.join(self._extensions) or 'none'}")
        return self._extensions[name].extension

    def run(self, show_loop_exception_msg=True):
        """Run the loop, once.

        Args:
            show_loop_exception_msg: whether to print an exception that ends the loop before extensions are finalized, which may
                take long, and not only after.

        Raises:
            RuntimeError: it has run before.
        """
        if self._done:
            raise RuntimeError("Trainer: cannot run training loop multiple times; make a new trainer")
        try:
            os.makedirs(self.out, exist_ok=True)
        except OSError as exc:
            warnings.warn(f"Trainer: the folder {self.out!r} cannot be made, so nothing can be written there: {exc}", stacklevel=2)
        # Among equals, what saves the whole trainer is last: what came after it in this iteration would not be in the file.
        entries = sorted(self._extensions.values(), key=lambda e: (-e.priority, getattr(e.extension, "saves_trainer", False)))
        self._start_at = time.perf_counter()
        self._initialize(entries)
        with contextlib.ExitStack() as stack:  # all are finalized, whatever one of them raises
            for finalize in (self.updater.finalize, *[entry.hook("finalize") for entry in reversed(entries)]):
                stack.callback(finalize)
            try:
                if self.is_before_training:
                    self._observe(lambda: None, [entry for entry in entries if entry.call_before_training], lambda entry: True)
                while not self.stop_trigger(self):
                    self._observe(self.updater.update, entries, lambda entry: entry.trigger(self))
            except Exception as exc:
                self._note(exc)
                self._tell(exc, entries, show_loop_exception_msg)
                raise
        self._final_elapsed_time = self.elapsed_time
        self._done = True

    def _initialize(self, entries):
        """Let extensions set up. If one of them loads a snapshot, those before it set up again, from what was loaded."""
        done = []
        for entry in entries:
            loads = self._loads
            self._set_up(entry)
            if self._loads == loads:
                done.append(entry)
            else:
                for earlier in done:
                    self._set_up(earlier)

    def _set_up(self, entry):
        self._running = entry
        if not getattr(entry.trigger, "finished", False):
            entry.hook("initialize")(self)

    def _observe(self, update, entries, fires):
        """One iteration: an update and the extensions that fire, with an observation of its own."""
        self.observation = {}
        with self.reporter.scope(self.observation):
            self._running = None
            update()
            for self._running in entries:
                if fires(self._running):
                    self._running.extension(self)

    def _note(self, exc):
        """Have an exception say where in the loop it was raised."""
        updater, entry = self.updater, self._running
        who = f"the step of {type(updater).__name__}" if entry is None else f"the extension {entry.extension.name!r}"
        exc.add_note(f"Trainer: raised by {who}, after {updater.iteration} iterations (epoch {getattr(updater, 'epoch_detail', '?')})")

    def _tell(self, exc, entries, show):
        """Print an exception that ends the loop, as finalizing may hang after it, and tell the extensions of it."""
        if show:
            _print(exc, "main training loop")
            print("Will finalize trainer extensions and updater before reraising the exception.", file=sys.stderr)
        for entry in entries:
            try:
                entry.hook("on_error")(self, exc, exc.__traceback__)
            except Exception as second:  # printed, as the others shall be told too and the first is raised in the end
                _print(second, "error handler")

    def serialize(self, serializer):
        """Save or load all that the loop changes: the updater, the extensions and their triggers, the time, the random numbers.

        Args:
            serializer: what saves or loads.
        """
        self.updater.serialize(serializer["updater"])
        if hasattr(self.stop_trigger, "serialize"):
            self.stop_trigger.serialize(serializer["stop_trigger"])
        for name, entry in self._extensions.items():
            for part, what in (("extensions", entry.extension), ("extension_triggers", entry.trigger)):
                if hasattr(what, "serialize"):
                    what.serialize(serializer[part][name])
        if isinstance(serializer, Serializer):
            serializer("_snapshot_elapsed_time", self.elapsed_time)
        else:
            self._snapshot_elapsed_time = serializer("_snapshot_elapsed_time", 0.0)
            self._loads += 1
        _random_state.serialize(serializer)


def _print(exc, where):
    print(f"Exception in {where}: {exc}\nTraceback (most recent call last):", file=sys.stderr)
    traceback.print_tb(exc.__traceback__)
