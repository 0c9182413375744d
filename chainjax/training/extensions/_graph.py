"""A picture of the graph."""

import os
import shutil
import subprocess

from ...computational_graph import build_computational_graph
from ...config import config
from ...utils.argument import parse_kwargs
from ...variable import Variable
from .._extension import Extension
from ._files import written

_VARIABLE = {"shape": "octagon", "fillcolor": "#E0E0E0", "style": "filled"}
_FUNCTION = {"shape": "record", "fillcolor": "#6495ED", "style": "filled"}


def is_graphviz_available():
    """Whether the program ``dot`` is there, which draws graphs."""
    return shutil.which("dot") is not None


class DumpGraph(Extension):
    """Writes the graph of the first iteration in the language DOT and, where Graphviz is installed, as a picture.

    Until then reported variables keep their graph (``config.keep_graph_on_report``).

    Args:
        root_name: name of the reported variable whose graph it is, such as ``"main/loss"``.
        filename: of the file, in the folder of the trainer; the picture's ends in ``.png``.
        variable_style: attributes of variables in DOT.
        function_style: attributes of functions in DOT.
        kwargs: ``out_name``, another name of ``filename``.

    Raises:
        TypeError: what is reported under that name is no variable.
    """

    default_name = "dump_graph"

    def __init__(self, root_name, filename=None, variable_style=None, function_style=None, **kwargs):
        (out_name,) = parse_kwargs(kwargs, ("out_name", "cg.dot"))
        self._root_name, self._filename = root_name, out_name if filename is None else filename
        self._variable_style = _VARIABLE if variable_style is None else variable_style
        self._function_style = _FUNCTION if function_style is None else function_style
        self._original_flag, self._flag_called, self._has_set = None, False, False

    def initialize(self, trainer):
        if self._flag_called:  # before a snapshot was loaded, or in this
            self._restore()
        elif not self._has_set:
            self._original_flag, self._has_set = config.keep_graph_on_report, True
            config.keep_graph_on_report = True

    def _restore(self):
        if self._has_set:
            config.keep_graph_on_report, self._has_set = self._original_flag, False

    def trigger(self, trainer):
        """Whether this is the first time.

        Args:
            trainer: the :class:`~chainjax.training.Trainer`.
        """
        first, self._flag_called = not self._flag_called, True
        return first

    def __call__(self, trainer):
        try:
            self._write(trainer)
        finally:
            self._restore()

    def _write(self, trainer):
        root = trainer.observation.get(self._root_name)
        if not isinstance(root, Variable):
            there = ", ".join(name for name, value in trainer.observation.items() if isinstance(value, Variable)) or "none"
            raise TypeError(
                f"DumpGraph: expected a Variable reported as {self._root_name!r}, got {type(root).__name__}; Variables reported: {there}"
            )
        graph = build_computational_graph([root], variable_style=self._variable_style, function_style=self._function_style)
        with written("the graph", trainer.out, self._filename) as stream:
            stream.write(graph.dump().encode())
        if is_graphviz_available():
            path = os.path.join(trainer.out, self._filename)
            subprocess.run(["dot", "-Tpng", path, "-o", os.path.splitext(path)[0] + ".png"], check=True)

    def finalize(self):
        self._restore()

    def serialize(self, serializer):
        flag = serializer("_original_flag", self._original_flag)
        self._original_flag = None if flag is None else bool(flag)
        self._flag_called = bool(serializer("_flag_called", self._flag_called))
