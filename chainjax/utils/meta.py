"""Methods that must not be overridden."""

import warnings


def final(method=None, *, action=TypeError):
    """Decorator: overriding the method, in a class made by :func:`enable_final`, raises or warns of ``action``."""
    if method is None:
        return lambda method: final(method, action=action)
    if not callable(method):
        raise TypeError(f"final: expected a method, got {method!r}")
    method._on_override = action
    return method


class _WatchOverrides(type):
    def __new__(mcs, name, bases, members):
        for member in members:
            for base in bases:
                action = getattr(getattr(base, member, None), "_on_override", None)
                if action is None:
                    continue
                message = f"{name} overrides {base.__name__}.{member}, which is final"
                if issubclass(action, Warning):
                    warnings.warn(message, action, stacklevel=2)
                else:
                    raise action(message)
        return super().__new__(mcs, name, bases, members)


def enable_final(base=(), meta_base=()):
    """A class to derive from, under which :func:`final` counts.

    Args:
        base: base classes of it, one or a tuple.
        meta_base: base classes of its metaclass, one or a tuple.
    """
    bases = tuple(base) if isinstance(base, (list, tuple)) else (base,)
    metas = tuple(meta_base) if isinstance(meta_base, (list, tuple)) else (meta_base,)
    return type("_WatchOverrides", (_WatchOverrides, *metas), {})("Final", bases, {})
