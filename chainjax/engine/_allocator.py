"""Freed memory stays with the process, and garbage is looked for less often.

A step frees its arrays and the next step asks for the same sizes. Left to itself, the C library hands each freed block of 32 MB and
more back to the system, which gives it out again page by page, zeroed: more work than many a step does with it. Smaller blocks it
learns to keep.
"""

import ctypes
import gc
import os
import sys

_LIMIT = 1 << 30  # bytes that may stay; also the size of array from which on the C library asks the system anyway
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # from glibc's malloc.h

#: Python's own thresholds, and how many more new objects than freed ones there have to be until it looks for cycles among them. A
#: graph of a few hundred functions has thousands of objects and no cycle: looking through them took a seventh of a step on small arrays.
_PYTHONS, _OBJECTS = {(700, 10, 10), (2000, 10, 10), (2000, 10, 0)}, 20_000


def keep_freed_memory():
    """Raise glibc's thresholds, unless the user's environment sets them; other C libraries are left as they are.

    It gives each thread a heap of at most 64 MB, so larger arrays still come and go. One heap for all (``M_ARENA_MAX``) would keep
    them too, but the threads of a small model would wait for one another.
    """
    mallopt = _glibc("mallopt")
    if mallopt and not os.environ.keys() & {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"}:
        mallopt(_M_TRIM_THRESHOLD, _LIMIT)
        mallopt(_M_MMAP_THRESHOLD, _LIMIT)


def look_for_garbage_less_often():
    """Raise Python's threshold, unless somebody has set it."""
    if gc.get_threshold() in _PYTHONS:
        gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])


def give_back_freed_memory():
    """Hand back what is free now."""
    trim = _glibc("malloc_trim")
    if trim:
        trim(0)


def _glibc(name):
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
