"""Warnings, requirements, mocks."""

import contextlib
import importlib.metadata
import pkgutil
import unittest
import unittest.mock
import warnings

from . import attr


def run_module(name, file):
    """Run the tests of a file, if it is what was started: ``run_module(__name__, __file__)`` is its last line."""
    if name == "__main__":
        attr.check_available()
        import pytest

        pytest.main([file, "-vvs", "-x", "--pdb"])


@contextlib.contextmanager
def assert_warns(expected):
    """Context manager: a warning of class ``expected`` must be given inside. Warnings are not shown."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    if not any(isinstance(w.message, expected) for w in caught):
        given = ", ".join(sorted({type(w.message).__name__ for w in caught})) or "none"
        raise AssertionError(f"assert_warns: expected a warning of {expected}, got {given}")


def with_requires(*requirements):
    """Decorator: skip the test unless packages are installed, as ``with_requires("scipy>=1.0")``."""
    return unittest.skipIf(not _installed(requirements), f"requires: {','.join(requirements)}")


def without_requires(*requirements):
    """Decorator: skip the test if the packages are all installed."""
    return unittest.skipIf(_installed(requirements), f"requires the absence of: {','.join(requirements)}")


def _installed(requirements):
    try:
        from packaging.requirements import Requirement
    except ImportError as exc:
        raise RuntimeError(f"with_requires: comparing versions needs the package packaging ({exc}); pip install 'chainjax[test]'") from exc

    def fits(requirement):
        try:
            return requirement.specifier.contains(importlib.metadata.version(requirement.name), prereleases=True)
        except importlib.metadata.PackageNotFoundError:
            return False

    return all(fits(Requirement(r)) for r in requirements)


def patch(target, *args, **kwargs):
    """``unittest.mock.patch`` whose mock does what the target does, unless ``wraps`` says otherwise.

    >>> import math
    >>> with patch("math.sqrt") as sqrt:
    ...     math.sqrt(4.0), sqrt.call_count
    (2.0, 1)
    """
    kwargs.setdefault("wraps", pkgutil.resolve_name(target))
    return unittest.mock.patch(target, *args, **kwargs)
