"""Reporting values to whoever observes, under the names of the links that report them."""

import collections
import contextlib
import json
import math
import threading
import warnings

import numpy as np

from .config import config
from .serializer import Serializer
from .variable import Variable, _variable


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
    yield
    current.observation = old


class Summary:
    """Mean and deviation of numbers that come one by one."""

    def __init__(self):
        self._x = self._x2 = 0.0
        self._n = 0

    def add(self, value, weight=1):
        """Add a number, or an array of them."""
        self._x += weight * value
        self._x2 += weight * value * value
        self._n += weight

    def compute_mean(self):
        """The mean so far."""
        return self._x / self._n

    def make_statistics(self):
        """``(mean, standard deviation)`` so far."""
        mean = self._x / self._n
        var = self._x2 / self._n - mean * mean
        return mean, np.sqrt(var) if hasattr(var, "dtype") else math.sqrt(max(var, 0.0))

    def serialize(self, serializer):
        """Save or load."""
        try:
            for name in ("_x", "_x2", "_n"):
                setattr(self, name, serializer(name, getattr(self, name)))
        except KeyError:
            warnings.warn("The previous statistics are not saved.", UserWarning, stacklevel=2)


class DictSummary:
    """Mean and deviation of the numbers in dictionaries, by name; what is no number is left out."""

    def __init__(self):
        self._summaries = collections.defaultdict(Summary)

    def add(self, d):
        """Add the numbers of a dictionary; ``(number, weight)`` counts ``weight`` times."""
        for name, value in d.items():
            value, weight = value if isinstance(value, tuple) else (value, 1)
            value, weight = (v.array if isinstance(v, Variable) else v for v in (value, weight))
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
    return np.isscalar(x) or getattr(x, "ndim", -1) == 0
