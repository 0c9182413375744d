"""Curves of mean, deviation and percentiles of variables and their gradients."""

import os

import numpy as np

from ...link import Link
from ...utils.argument import parse_kwargs
from ...variable import Variable
from .. import util as _util
from .._extension import Extension
from ._plots import available, save_figure
from ._statistics import host

_COLOR = "#1f77b4"
_PALE = (0x1F / 255, 0x77 / 255, 0xB4 / 255, 0.2)


class Reservoir:
    """A sample of fixed size of the arrays that come; each is in it with the same probability.

    It draws from ``numpy.random``.

    Args:
        size: how many arrays to keep.
        data_shape: their shape.
        dtype: their dtype.

    >>> reservoir = Reservoir(2, ())
    >>> for number in (3, 5):
    ...     reservoir.add(number)
    >>> reservoir.get_data()[1]
    array([3., 5.], dtype=float32)
    """

    def __init__(self, size, data_shape, dtype=np.float32):
        self.size, self.counter = size, 0
        self.data = np.zeros((size, *data_shape), dtype)
        self.idxs = np.zeros(size, np.int32)

    def add(self, x, idx=None):
        """Take an array in, perhaps in the place of another.

        Args:
            x: the array.
            idx: where it stands among all; default how many there were before.
        """
        place = self.counter
        if self.counter >= self.size:
            place = np.random.randint(self.size) if np.random.random() < self.size / float(self.counter + 1) else None
        if place is not None:
            self.data[place], self.idxs[place] = x, idx or self.counter
        self.counter += 1

    def get_data(self):
        """Where the arrays stand among all, rising, and the arrays."""
        count = min(self.counter, self.size)
        order = np.argsort(self.idxs[:count])
        return self.idxs[:count][order], self.data[order]


class Statistician:
    """Mean, standard deviation and percentiles of an array.

    Args:
        collect_mean: whether the mean is wanted.
        collect_std: whether the standard deviation is.
        percentile_sigmas: percentiles, from 0 to 100.
    """

    def __init__(self, collect_mean, collect_std, percentile_sigmas):
        self.collect_mean, self.collect_std, self.percentile_sigmas = collect_mean, collect_std, percentile_sigmas

    def __call__(self, x, axis=0, dtype=None, xp=None):
        axis = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
        return self.collect(x, tuple(axis))

    def collect(self, x, axis):
        """What is wanted, by name.

        Args:
            x: the array.
            axis: tuple of the axes over which it is taken.
        """
        found = {}
        if self.collect_mean:
            found["mean"] = x.mean(axis=axis)
        if self.collect_std:
            found["std"] = x.std(axis=axis)
        if self.percentile_sigmas:
            found["percentile"] = np.percentile(x, self.percentile_sigmas, axis=axis)
        return found


class VariableStatisticsPlot(Extension):
    """Draws mean, deviation and percentiles of the numbers of variables and of their gradients, over the iterations, into a file.

    Of many iterations a sample of fixed size is drawn, chosen by ``numpy.random``.

    Args:
        targets: a variable or a link, or a list of them; their numbers are taken together.
        max_sample_size: how many iterations are drawn at most.
        report_data: whether the variables themselves are looked at.
        report_grad: whether their gradients are.
        plot_mean: whether the mean is drawn.
        plot_std: whether the standard deviation is.
        percentile_sigmas: percentiles to draw, from 0 to 100.
        trigger: says when it is drawn.
        filename: of the picture, in the folder of the trainer.
        figsize: matplotlib's size of the picture.
        marker: matplotlib's marker of points.
        grid: whether there is a grid.
        kwargs: ``file_name``, another name of ``filename``.

    Raises:
        ValueError: there are no variables, or nothing to draw.
    """

    available = staticmethod(available)

    def __init__(
        self,
        targets,
        max_sample_size=1000,
        report_data=True,
        report_grad=True,
        plot_mean=True,
        plot_std=True,
        percentile_sigmas=(0, 0.13, 2.28, 15.87, 50, 84.13, 97.72, 99.87, 100),
        trigger=(1, "epoch"),
        filename=None,
        figsize=None,
        marker=None,
        grid=True,
        **kwargs,
    ):
        (file_name,) = parse_kwargs(kwargs, ("file_name", "statistics.png"))
        self._vars = list(_variables(targets))
        if not self._vars:
            raise ValueError("VariableStatisticsPlot: expected one variable or more as targets, got none; pass variables or links")
        if not (plot_mean or plot_std or percentile_sigmas):
            raise ValueError("VariableStatisticsPlot: expected something to draw; leave plot_mean, plot_std or percentile_sigmas as it is")
        self._keys = [name for name, wanted in (("data", report_data), ("grad", report_grad)) if wanted]
        self._moments = [name for name, wanted in (("mean", plot_mean), ("std", plot_std)) if wanted]
        self._has_percentiles = bool(percentile_sigmas)
        self._statistician = Statistician(plot_mean, plot_std, percentile_sigmas)
        self._trigger = _util.get_trigger(trigger)
        self._filename = file_name if filename is None else filename
        self._figsize, self._marker, self._grid = figsize, marker, grid
        count = np.size(percentile_sigmas) if percentile_sigmas else 0
        self._samples = Reservoir(max_sample_size, (len(self._keys), len(self._moments) + count))

    def __call__(self, trainer):
        if not available():
            return
        self._samples.add(self._collect(), idx=trainer.updater.iteration)
        if self._trigger(trainer):
            import matplotlib.pyplot as plt  # late, so that the program may choose matplotlib's backend

            self.save_plot_using_module(os.path.join(trainer.out, self._filename), plt)

    def _collect(self):
        statistics = np.zeros(self._samples.data.shape[1:], np.float32)
        for row, key in zip(statistics, self._keys, strict=True):
            found = [array for array in (host(getattr(variable, key)) for variable in self._vars) if array is not None]
            if found:
                row[:] = np.hstack(list(self._statistician(np.concatenate(found)).values()))
        return statistics

    def save_plot_using_module(self, file_path, plt):
        """Draw what was collected so far.

        Args:
            file_path: of the picture.
            plt: ``matplotlib.pyplot``, or what has its functions.
        """
        rows = [draw for draw, wanted in ((self._draw_moments, self._moments), (self._draw_percentiles, self._has_percentiles)) if wanted]
        figure, grid = plt.subplots(len(rows), len(self._keys), figsize=self._figsize, sharex=True, squeeze=False)
        try:
            iterations, data = self._samples.get_data()
            for row, draw in zip(grid, rows, strict=True):
                for axes, column in zip(row, np.moveaxis(data, 1, 0), strict=True):
                    draw(axes, iterations, column)
            for axes, key in zip(grid[0], self._keys, strict=True):
                axes.set_title(key)
            for axes in grid.ravel():
                axes.legend()
                if self._grid:
                    axes.grid()
                    axes.set_axisbelow(True)
            save_figure(figure, *os.path.split(file_path))
        finally:
            plt.close(figure)

    def _draw_moments(self, axes, iterations, data):
        label = ", ".join(self._moments)
        if len(self._moments) == 2:
            axes.errorbar(iterations, data[:, 0], data[:, 1], color=_COLOR, ecolor=_PALE, label=label, marker=self._marker)
        else:
            axes.plot(iterations, data[:, 0], color=_COLOR, label=label, marker=self._marker)

    def _draw_percentiles(self, axes, iterations, data):
        """Bands between the outermost, the next ones, and so on; a line where one is in the middle."""
        data = data[:, len(self._moments) :].T
        bands, middle = divmod(len(data), 2)
        for i in range(bands):
            label = "_nolegend_" if middle or i < bands - 1 else "percentile"
            axes.fill_between(iterations, data[i], data[-1 - i], color=_PALE, linewidth=0, alpha=0.2, label=label)
        if middle:
            axes.plot(iterations, data[bands], color=_COLOR, label="percentile", marker=self._marker)
        axes.set_xlabel("iteration")


def _variables(targets):
    if isinstance(targets, Variable):
        yield targets
    elif isinstance(targets, Link):
        yield from targets.params()
    elif isinstance(targets, (list, tuple)):
        for target in targets:
            yield from _variables(target)
