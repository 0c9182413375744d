"""Hooks that see every link as it is called."""

from . import engine


class _Arguments:
    def __init__(self, link, forward_name, args, kwargs):
        self.link, self.forward_name, self.args, self.kwargs = link, forward_name, args, kwargs

    def __repr__(self):
        shown = " ".join(f"{name}={value}" for name, value in self.__dict__.items())
        return f"<{type(self).__module__}.{type(self).__qualname__} {shown}>"


class _ForwardPreprocessCallbackArgs(_Arguments):
    """What ``forward_preprocess`` is told: ``link``, ``forward_name``, ``args``, ``kwargs``."""


class _ForwardPostprocessCallbackArgs(_Arguments):
    """What ``forward_postprocess`` is told: the same, and ``out``."""

    def __init__(self, link, forward_name, args, kwargs, out):
        super().__init__(link, forward_name, args, kwargs)
        self.out = out


def get_link_hooks():
    """The hooks of this thread, by name."""
    return engine.thread().link_hooks


class LinkHook:
    """Sees links being called, as a context manager or added to one link. Override what you need."""

    name = "LinkHook"

    def __enter__(self):
        hooks = get_link_hooks()
        if self.name in hooks:
            raise KeyError(f"a link hook named {self.name} is active already")
        hooks[self.name] = self
        self.added(None)
        return self

    def __exit__(self, *exc):
        self.deleted(None)
        del get_link_hooks()[self.name]

    def added(self, link):
        """Called when the hook starts: for one link, or for all (``None``)."""

    def deleted(self, link):
        """Called when the hook ends."""

    def forward_preprocess(self, args):
        """Called before a link computes."""

    def forward_postprocess(self, args):
        """Called after a link computed."""

    def _forward_failed(self, link):
        """Called instead of ``forward_postprocess`` where the link raised."""
