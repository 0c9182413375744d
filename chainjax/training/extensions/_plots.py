"""Curves, drawn by matplotlib while training goes on."""

import json
import warnings

import numpy as np

from ...serializer import Serializer
from ...utils.argument import parse_kwargs
from ._files import written
from ._reports import _IntervalExtension


def available():
    """Whether matplotlib is there; warns where it is not."""
    try:
        import matplotlib
    except ImportError:
        message = "matplotlib is not installed, so nothing will be plotted: pip install 'chainjax[plot]'"
        warnings.warn(message, UserWarning, stacklevel=3)
        return False
    return matplotlib is not None


def save_figure(figure, folder, name, **kwargs):
    """Write a figure to a file, in the format that its name ends in."""
    suffix = name.rpartition(".")[2] if "." in name else "png"
    with written("a plot", folder, name) as stream:
        figure.savefig(stream, format=suffix, **kwargs)


class PlotReport(_IntervalExtension):
    """Draws reported values as curves, a point at the end of each interval, into a file.

    ``matplotlib.use`` counts if it is called before the first point.

    Args:
        y_keys: names of the values, or one name.
        x_key: what they are drawn over: ``"iteration"``, ``"epoch"``, or the name of a value.
        trigger: says when an interval ends.
        postprocess: function of figure, axes and summary that may change the figure.
        filename: of the picture, in the folder of the trainer.
        marker: matplotlib's marker of points; ``None`` for none.
        grid: whether there is a grid.
        kwargs: ``file_name``, another name of ``filename``.
    """

    available = staticmethod(available)

    def __init__(
        self,
        y_keys,
        x_key="iteration",
        trigger=(1, "epoch"),
        postprocess=None,
        filename=None,
        marker="x",
        grid=True,
        **kwargs,
    ):
        super().__init__(trigger)
        (file_name,) = parse_kwargs(kwargs, ("file_name", "plot.png"))
        available()
        self._y_keys = (y_keys,) if isinstance(y_keys, str) else tuple(y_keys or ())
        self._x_key, self._postprocess, self._marker, self._grid = x_key, postprocess, marker, grid
        self._file_name = file_name if filename is None else filename
        self._data = {key: [] for key in self._y_keys}

    def __call__(self, trainer):
        if not available():
            return
        self._observe(trainer.observation, {*self._y_keys, self._x_key})
        if not self._is_due(trainer):
            return
        summary = self._summary
        means = self._means(trainer)
        for key in self._y_keys:
            if key in means:
                self._data[key].append((means[self._x_key], means[key]))
        if any(self._data.values()):
            self._draw(trainer.out, self._file_name.format(**means), summary)

    def _draw(self, folder, name, summary):
        import matplotlib.pyplot as plt  # late, so that the program may choose matplotlib's backend

        figure = plt.figure()
        try:
            axes = figure.add_subplot(111)
            axes.set_xlabel(self._x_key)
            if self._grid:
                axes.grid()
            for key, points in self._data.items():
                if points:
                    axes.plot(*np.array(points).T, marker=self._marker, label=key)
            if self._postprocess is not None:
                self._postprocess(figure, axes, summary)
            legend = axes.legend(bbox_to_anchor=(1.05, 1), loc=2, borderaxespad=0.0)
            save_figure(figure, folder, name, bbox_extra_artists=(legend,), bbox_inches="tight")
        finally:
            plt.close(figure)

    def serialize(self, serializer):
        super().serialize(serializer)
        key = f"_plot_{self._file_name}"
        if isinstance(serializer, Serializer):
            serializer(key, json.dumps(self._data))
        else:
            self._data = json.loads(serializer(key, ""))
