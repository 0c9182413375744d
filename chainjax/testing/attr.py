"""Marks of tests that need something: a GPU, a library, much time. They are marks of pytest."""

import os
import unittest

_gpu_limit = int(os.getenv("CHAINER_TEST_GPU_LIMIT", "-1"))


def get_error():
    """Why pytest cannot be imported, ``None`` if it can."""
    try:
        import pytest  # noqa: F401
    except ImportError as exc:
        return exc


def is_available():
    """Whether pytest can be imported."""
    return get_error() is None


def check_available():
    """Raise ``RuntimeError`` if pytest cannot be imported."""
    error = get_error()
    if error is not None:
        raise RuntimeError(f"chainjax.testing: this needs pytest ({error}); pip install 'chainjax[test]'")


def _mark(name):
    def mark(*args, **kwargs):
        check_available()
        import pytest

        return getattr(pytest.mark, name)(*args, **kwargs)

    mark.__name__ = mark.__qualname__ = name
    mark.__doc__ = f"``pytest.mark.{name}``."
    return mark


chainerx, cudnn, ideep, slow, _gpu = map(_mark, ("chainerx", "cudnn", "ideep", "slow", "gpu"))


def multi_gpu(gpu_num):
    """Decorator: the test needs that many GPUs. Skipped where the environment's CHAINER_TEST_GPU_LIMIT is less."""
    check_available()
    return lambda f: unittest.skipIf(0 <= _gpu_limit < gpu_num, f"{gpu_num} GPUs required")(_gpu(f))


def gpu(f):
    """Decorator: the test needs a GPU."""
    return multi_gpu(1)(f)
