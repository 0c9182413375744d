"""Statistics of parameters and their gradients, reported."""

import numpy as np

from ... import reporter
from .._extension import PRIORITY_WRITER
from ._reports import _IntervalExtension


def host(array):
    """An array as a flat NumPy array, wherever it is; ``None`` stays."""
    return None if array is None else np.asarray(array.get() if hasattr(array, "get") else array).ravel()


def _zeros(x):
    return np.count_nonzero(x == 0)


def _percentiles(x):
    return np.percentile(x, (0.13, 2.28, 15.87, 50, 84.13, 97.72, 99.87))


class ParameterStatistics(_IntervalExtension):
    """Reports statistics of the parameters of links and of their gradients, means over an interval.

    Their names are ``"prefix/link/path/of/parameter/data/mean"``; where a statistic is several numbers, each has its number at the end.

    Args:
        links: a link, or a list of them.
        statistics: functions of a flat NumPy array by name; default mean, std, min, max, zeros and percentile (seven of them).
        report_params: whether the parameters themselves are looked at.
        report_grads: whether their gradients are.
        prefix: stands before all names.
        trigger: says when an interval ends.
        skip_nan_params: whether arrays with NaN give NaN at once; else the functions have to cope.
    """

    default_name = "parameter_statistics"
    priority = PRIORITY_WRITER
    report_key_template = "{prefix}{link_name}{param_name}/{attr_name}/{function_name}"
    default_statistics = {"mean": np.mean, "std": np.std, "min": np.min, "max": np.max, "zeros": _zeros, "percentile": _percentiles}

    def __init__(
        self,
        links,
        statistics="default",
        report_params=True,
        report_grads=True,
        prefix=None,
        trigger=(1, "epoch"),
        skip_nan_params=False,
    ):
        super().__init__(trigger)
        self._links = links if isinstance(links, (list, tuple)) else (links,)
        self._statistics = dict(self.default_statistics if statistics == "default" else statistics or {})
        self._attrs = [name for name, wanted in (("data", report_params), ("grad", report_grads)) if wanted]
        self._prefix = f"{prefix}/" if prefix else ""
        self._skip_nan_params = skip_nan_params

    def __call__(self, trainer):
        self._summary.add(dict(self._collect()))
        if self._trigger(trainer):
            reporter.report(self._summary.compute_mean())
            self._init_summary()

    def _collect(self):
        for link in self._links:
            for path, param in link.namedparams():
                for attr in self._attrs:
                    array = host(getattr(param, attr))
                    for name, function in self._statistics.items() if array is not None else ():
                        key = self.report_key_template.format(
                            prefix=self._prefix,
                            link_name=getattr(link, "name", "None"),
                            param_name=path,
                            attr_name=attr,
                            function_name=name,
                        )
                        yield from _numbered(key, self._of(function, array))

    def _of(self, function, array):
        return np.nan if self._skip_nan_params and np.isnan(array).any() else function(array)

    def register_statistics(self, name, function):
        """Add a statistic.

        Args:
            name: its name.
            function: function of a flat NumPy array that gives a number or several.
        """
        self._statistics[name] = function


def _numbered(key, value):
    if getattr(value, "size", 1) > 1:
        return [(f"{key}/{i}", number) for i, number in enumerate(value)]
    return [(key, value)]
