"""Chainer's decorators for networks whose graph does not change. Here every graph that comes back is compiled, with them or without."""

from .._static_graph import static_code as static_code
