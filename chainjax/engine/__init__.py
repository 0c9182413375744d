"""The engine: define by run, compile by replay. It knows arrays and pure functions, nothing of variables or links.

Reading order: ``_values`` (what a number-to-be is), ``_signature`` (what an entry computes), ``_tape`` (recording), ``_replay``
(computing), ``_statistics``. The idea on one page, running: ``docs/design/tape_on_a_page.py``.
"""

from . import _tape
from ._allocator import keep_freed_memory, look_for_garbage_less_often
from ._replay import COUNTS
from ._replay import executables as _executables
from ._signature import Signature, signature_of, static_key, thaw
from ._statistics import recorder as _recorder
from ._tape import fetch, flush, guard, offer, record, set_default, update
from ._values import TRACED, Aval, Value, empty, own, snapshot, value_of

keep_freed_memory()
look_for_garbage_less_often()


def statistics():
    """What the engine did since the start or :func:`reset_statistics`; print it. See ``Statistics`` for the rows."""
    return _recorder.report(programs=len(_executables), cache_bytes=_executables.bytes)


def reset_statistics():
    """Start counting anew; the caches stay."""
    _recorder.reset()


def thread():
    """The state of recording of the calling thread."""
    return _tape.local.thread
