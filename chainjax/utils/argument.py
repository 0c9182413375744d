"""Keyword arguments that a function takes by hand."""

import sys


def check_unexpected_kwargs(kwargs, **unexpected):
    """Raise ``ValueError`` with the message of the first of ``unexpected`` that is among ``kwargs``."""
    for name, message in unexpected.items():
        if name in kwargs:
            raise ValueError(message)


def parse_kwargs(kwargs, *name_and_values, **unexpected):
    """Take ``(name, default)`` pairs out of ``kwargs``, in order.

    What remains raises: ``ValueError`` with its message where ``unexpected`` has one, else ``TypeError`` naming the caller.

    >>> parse_kwargs({"a": 1}, ("a", 0), ("b", 2))
    (1, 2)
    """
    values = tuple(kwargs.pop(name, default) for name, default in name_and_values)
    if kwargs:
        check_unexpected_kwargs(kwargs, **unexpected)
        caller = sys._getframe(1).f_code.co_name
        raise TypeError(f"{caller}() got unexpected keyword argument(s) {', '.join(map(repr, sorted(kwargs)))}")
    return values


def assert_kwargs_empty(kwargs):
    """Raise ``TypeError`` if anything is left in ``kwargs``."""
    parse_kwargs(kwargs)
