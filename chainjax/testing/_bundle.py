"""Decorators that make many test classes of one.

What such a decorator returns, and what the module's name of the class is bound to, is a :class:`Bundle` of the classes made;
they stand in the module under names of their own. Another such decorator above makes more of each.
"""

import inspect
import sys


class Bundle:
    """The classes that came of one."""

    def __init__(self, classes):
        self.classes = classes


def decorator(generate):
    """A class decorator that derives classes, as ``generate`` says: a class to pairs of name and members."""

    def decorate(target):
        made = []
        for base in classes_of(target):
            module = sys.modules[base.__module__]
            if isinstance(target, Bundle):
                delattr(module, base.__name__)
            for name, members in generate(base):
                made.append(type(name, (base,), {"__module__": base.__module__, **members}))
                setattr(module, name, made[-1])
        return Bundle(made)

    return decorate


def classes_of(target):
    """The classes of a bundle, or the one class."""
    return target.classes if isinstance(target, Bundle) else [target]


def tests_of(cls):
    """The test methods of a class, own and inherited, by name."""
    return {name: f for name, f in inspect.getmembers(cls, inspect.isfunction) if name.startswith("test_")}
