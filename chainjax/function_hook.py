"""Hooks that see every function as it runs."""

from . import engine


def get_function_hooks():
    """The hooks of this thread, by name."""
    return engine.thread().hooks


class FunctionHook:
    """Sees functions run forward and backward, as a context manager or added to one function.

    While a hook is active every call is computed at once, since a hook looks at arrays and times. Override what you need;
    ``in_data`` and ``out_grad`` are tuples of arrays, ``None`` where not retained.
    """

    name = "FunctionHook"

    def __enter__(self):
        hooks = get_function_hooks()
        if self.name in hooks:
            raise KeyError(f"a function hook named {self.name} is active already")
        hooks[self.name] = self
        engine.thread().refresh()
        self.added(None)
        return self

    def __exit__(self, *exc):
        self.deleted(None)
        del get_function_hooks()[self.name]
        engine.thread().refresh()

    def added(self, function):
        """Called when the hook starts: for one function, or for all (``None``)."""

    def deleted(self, function):
        """Called when the hook ends."""

    def forward_preprocess(self, function, in_data):
        """Called before a forward computation."""

    def forward_postprocess(self, function, in_data):
        """Called after a forward computation."""

    def backward_preprocess(self, function, in_data, out_grad):
        """Called before a backward computation."""

    def backward_postprocess(self, function, in_data, out_grad):
        """Called after a backward computation."""
