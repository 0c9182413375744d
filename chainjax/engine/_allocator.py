"""Freed memory stays with the process.

A step frees its arrays and the next step asks for the same sizes. By default the C library hands freed blocks of 128 KB and more back to
the system, which gives them out again page by page, zeroed: more work than many a step does with them.
"""

import ctypes
import os
import sys

_LIMIT = 1 << 30  # bytes that may stay; also the size of array from which on the C library asks the system anyway
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # names in glibc's malloc.h


def keep_freed_memory():
    """Raise glibc's thresholds, unless the user's environment sets them; other C libraries are left as they are.

    One arena for all threads, since the others cannot hold what does not fit into 64 MB. This counts for threads that start later.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt and not os.environ.keys() & {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_ARENA_MAX", "GLIBC_TUNABLES"}:
        mallopt(_TRIM_THRESHOLD, _LIMIT)
        mallopt(_MMAP_THRESHOLD, _LIMIT)
        mallopt(_ARENA_MAX, 1)
