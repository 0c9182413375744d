"""Chainer's decorators for networks whose graph does not change. Here every graph that comes back is compiled, with them or without."""

import functools

from .config import config
from .link import Link


class ScheduleManager:
    """Stands where Chainer keeps what it has noted of a static graph. Programs are in the engine's cache here."""

    def __repr__(self):
        return f"{type(self).__name__}: for programs see chainjax.engine.statistics()"


def static_graph(*args, **kwargs):
    """Decorator of a method ``forward`` that makes the same graph each time; options (``verbosity_level=...``) are ignored.

    It changes nothing but that the link gets Chainer's attributes ``schedule_manager`` and ``static_schedule``, unless
    ``config.use_static_graph`` is off.

    >>> class Net(chainjax.Chain):
    ...     @chainjax.static_graph
    ...     def forward(self, x):
    ...         return F.relu(x)
    >>> Net()(np.array([-1.0, 2.0], np.float32)).array
    array([0., 2.], dtype=float32)
    """
    return _marked(args[0]) if len(args) == 1 and callable(args[0]) else _marked


def _marked(function):
    @functools.wraps(function)
    def forward(*args, **kwargs):
        link = args[0] if args else None
        if isinstance(link, Link) and config.use_static_graph and "schedule_manager" not in link.__dict__:
            link.schedule_manager = link.static_schedule = ScheduleManager()
        return function(*args, **kwargs)

    return forward


def static_code(*dec_args, **dec_kwargs):
    """Decorator of what a static graph must not leave out; options are ignored, and it changes nothing."""
    return dec_args[0] if len(dec_args) == 1 and callable(dec_args[0]) else lambda function: function


def static_forward_optimizations(func, inputs):
    """The outputs of a function node; a static graph of Chainer would note how to write them into the same arrays again.

    Args:
        func: the :class:`~chainjax.FunctionNode`.
        inputs: tuple of arrays.
    """
    return func.forward(inputs)
