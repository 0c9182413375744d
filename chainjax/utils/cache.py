"""Properties that are computed once."""

import functools

from ..config import config


class cached_property:
    """A property computed once, and once more without a graph where ``config.enable_backprop`` is off."""

    def __init__(self, func):
        functools.update_wrapper(self, func)
        self.func = func

    def __get__(self, obj, cls=None):
        if obj is None:
            return self
        found = obj.__dict__.setdefault(self.__name__, {})
        backprop = bool(config.enable_backprop)
        if backprop not in found:
            found[backprop] = self.func(obj)
        return found[backprop]

    def __set__(self, obj, value):
        raise AttributeError(f"{type(obj).__name__}.{self.__name__} is computed and cannot be set")
