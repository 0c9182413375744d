"""Reporting values to whoever observes, under the names of the links that report them."""

import collections
import contextlib
import json
import threading
import warnings

import numpy as np

import jax

from . import engine
from .backends._array import ndarray
from .config import config
from .serializer import Serializer
from .variable import Variable, _variable, use


class _Local(threading.local):
    def __init__(self):
        self.reporters = []


_local = _Local()


class Reporter:
    """Collects what is reported while it is current (as a context manager) in ``observation``, a dictionary.

    Attributes:
        observation: ``"observer/name"`` -> value.
    """

    def __init__(self):
        self._observer_names = {}
        self.observation = {}

    def __enter__(self):
        _local.reporters.append(self)

    def __exit__(self, exc_type, exc_value, traceback):
        _local.reporters.pop()

    @contextlib.contextmanager
    def scope(self, observation):
        """Context manager: this reporter is current and collects in another dictionary."""
        old, self.observation = self.observation, observation
        try:
            with self:
                yield
        finally:
            self.observation = old

    def add_observer(self, name, observer):
        """Let an object report, under a name."""
        self._observer_names[id(observer)] = name

    def add_observers(self, prefix, observers):
        """Let several ``(name, object)`` report, their names after a prefix."""
        for name, observer in observers:
            self.add_observer(prefix + name, observer)

    def report(self, values, observer=None):
        """Collect values, by name. Variables are cut from their graph unless ``config.keep_graph_on_report``; none is computed."""
        if not config.keep_graph_on_report:
            values = {name: _unchained(value) for name, value in values.items()}
        if observer is None:
            self.observation.update(values)
            return
        if id(observer) not in self._observer_names:
            raise KeyError("Given observer is not registered to the reporter.")
        prefix = self._observer_names[id(observer)]
        self.observation.update({f"{prefix}/{name}": value for name, value in values.items()})


def _unchained(value):
    return _variable(value._contents) if isinstance(value, Variable) and value._contents is not None else value


def get_current_reporter():
    """The reporter of the innermost scope of this thread."""
    return _local.reporters[-1]


def report(values, observer=None):
    """Report values, by name, to the current reporter, if there is one.

    Args:
        values: a dictionary.
        observer: the object that reports, which the reporter must know; ``None`` for no prefix.

    >>> reporter = chainjax.Reporter()
    >>> with reporter:
    ...     chainjax.report({"loss": 1.5})
    >>> reporter.observation
    {'loss': 1.5}
    """
    if _local.reporters:
        _local.reporters[-1].report(values, observer)


@contextlib.contextmanager
def report_scope(observation):
    """Context manager: the current reporter collects in another dictionary."""
    current = _local.reporters[-1]
    old, current.observation = current.observation, observation
    try:
        yield
    finally:
        current.observation = old


class Summary:
    """Mean and deviation of numbers that come one by one.

    Sums are kept in float64. Numbers that are still being computed are kept as they are and read when somebody asks, so that
    adding the loss of each step makes no step wait.

    >>> summary = chainjax.Summary()
    >>> for number in (1.0, 3.0):
    ...     summary.add(number)
    >>> float(summary.compute_mean())
    2.0
    """

    _MOST = 1024  # numbers to keep: the older half, computed long ago, is read then

    def __init__(self):
        self._sums = 0.0, 0.0, 0
        self._waiting = []

    def add(self, value, weight=1):
        """Add a number.

        Args:
            value: a number, an array or a Variable of one number.
            weight: how often it counts.
        """
        self._waiting.append((_lazily(value), _lazily(weight)))
        if len(self._waiting) >= self._MOST:
            self._settle(self._MOST // 2)

    def _settle(self, count=None):
        """Add up the numbers that wait, or the first of them."""
        ready, self._waiting = self._waiting[:count], self._waiting[len(self._waiting) if count is None else count :]
        x, x2, n = self._sums
        for value, weight in _read(ready):
            x, x2, n = x + weight * value, x2 + weight * value * value, n + weight
        self._sums = x, x2, n
        return self._sums

    def compute_mean(self):
        """The mean so far."""
        x, _, n = self._settle()
        return x / n

    def make_statistics(self):
        """``(mean, standard deviation)`` so far."""
        x, x2, n = self._settle()
        mean = x / n
        return mean, np.sqrt(np.maximum(x2 / n - mean * mean, 0))  # rounding can make it negative

    def serialize(self, serializer):
        """Save or load.

        Args:
            serializer: what saves or loads.
        """
        try:
            self._sums = tuple([serializer(name, value) for name, value in zip(("_x", "_x2", "_n"), self._settle(), strict=True)])
        except KeyError:
            warnings.warn("The previous statistics are not saved.", UserWarning, stacklevel=2)


def _lazily(number):
    """What becomes the number, without waiting for it."""
    if isinstance(number, Variable):
        return use(number._contents)
    if isinstance(number, ndarray):
        return number._cell.use()
    if isinstance(number, np.ndarray):
        return number.copy()  # its owner may change it before it is read
    return number


def _read(pairs):
    """The numbers of pairs, floats as float64; those on devices are fetched together."""
    numbers = jax.device_get([engine.fetch(n) if isinstance(n, engine.Value) else n for pair in pairs for n in pair])
    wide = [n.astype(np.float64)[()] if getattr(n, "dtype", np.dtype(int)).kind == "f" else n for n in numbers]
    return zip(wide[::2], wide[1::2], strict=True)


class DictSummary:
    """Mean and deviation of the numbers in dictionaries, by name; what is no number is left out."""

    def __init__(self):
        self._summaries = collections.defaultdict(Summary)

    def add(self, d):
        """Add the numbers of a dictionary; ``(number, weight)`` counts ``weight`` times."""
        for name, value in d.items():
            value, weight = value if isinstance(value, tuple) else (value, 1)
            if not _is_scalar(weight):
                raise ValueError(f"Given weight to {name} was not scalar.")
            if _is_scalar(value):
                self._summaries[name].add(value, weight=weight)

    def compute_mean(self):
        """The means so far, by name."""
        return {name: summary.compute_mean() for name, summary in self._summaries.items()}

    def make_statistics(self):
        """The means so far as ``name`` and the deviations as ``name.std``."""
        statistics = {}
        for name, summary in self._summaries.items():
            statistics[name], statistics[name + ".std"] = summary.make_statistics()
        return statistics

    def serialize(self, serializer):
        """Save or load."""
        if isinstance(serializer, Serializer):
            names = list(self._summaries)
            serializer("_names", json.dumps(names))
        else:
            self._summaries.clear()
            try:
                names = json.loads(serializer("_names", ""))
            except KeyError:
                warnings.warn("The names of statistics are not saved.", UserWarning, stacklevel=2)
                return
        for i, name in enumerate(names):
            self._summaries[name].serialize(serializer["_summaries"][str(i)])


def _is_scalar(x):
    if isinstance(x, (str, bytes)):  # scalars to NumPy, but nothing to take the mean of
        return False
    return np.isscalar(x) or (getattr(x, "ndim", -1) == 0 and not (isinstance(x, Variable) and x._contents is None))
