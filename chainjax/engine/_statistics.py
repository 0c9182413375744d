"""What the engine did, and which line of the user's program made it do so."""

import collections
import os
import sys
import threading

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_MOST_LINES = 1000

COUNTS = ("flushes", "whole", "stepwise", "entries", "compiles", "kernels", "recovered", "donated", "bounded", "traced")


# File name -> whether it is of this package.
_own = {}


def site(depth=1):
    """The innermost frame outside this package, as (code, offset): cheap to take, resolved only when somebody asks."""
    return outside(sys._getframe(depth))


def outside(frame):
    """The same, from a frame on."""
    while frame is not None:
        name = frame.f_code.co_filename
        own = _own.get(name)
        if own is None:
            own = _own[name] = name.startswith(_PACKAGE)
        if not own:
            return frame.f_code, frame.f_lasti
        frame = frame.f_back
    return None


def line_of(where):
    """``file:line`` of a :func:`site`."""
    if where is None:
        return "<unknown>"
    code, offset = where
    for start, end, line in code.co_lines():
        if start <= offset < end and line is not None:
            return f"{code.co_filename}:{line}"
    return f"{code.co_filename}:{code.co_firstlineno}"


class Statistics(dict):
    """Counts since the start or the last :func:`reset`; printing it gives a table.

    ``flushes`` replays asked for, of them ``whole`` by one program and ``stepwise`` entry by entry; ``entries`` replayed;
    ``compiles`` of whole programs and ``kernels`` compiled for single entries, with ``compile_seconds`` for both;
    ``recovered`` replays of values that had been let go; ``donated`` buffers; ``bounded`` flushes because a tape had grown
    long; ``traced`` entries computed at once under a JAX transformation; ``lines``: (reason, file:line) -> flushes;
    ``programs`` and ``cache_bytes``: what the caches hold now (an estimate).
    """

    def __str__(self):
        rows = [
            f"{name:>16}  {value:.3f}" if isinstance(value, float) else f"{name:>16}  {value}"
            for name, value in self.items()
            if name != "lines"
        ]
        rows += [f"{count:>16}  {reason} at {line}" for (reason, line), count in sorted(self["lines"].items(), key=lambda i: -i[1])]
        return "\n".join(rows)


class Recorder:
    """Collects the counts; one for the process. Increments hold a lock, since threads replay side by side."""

    def __init__(self):
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        with self._lock:
            self.counts = dict.fromkeys(COUNTS, 0)
            self.seconds = 0.0
            self.lines = collections.Counter()

    def add(self, name, n=1):
        with self._lock:
            self.counts[name] += n

    def replayed(self, tier, entries, donated):
        with self._lock:
            counts = self.counts
            counts[tier] += 1
            counts["entries"] += entries
            counts["donated"] += donated

    def flush(self, reason, where):
        with self._lock:
            self.counts["flushes"] += 1
            if len(self.lines) < _MOST_LINES or (reason, where) in self.lines:
                self.lines[reason, where] += 1

    def compiled(self, name, seconds):
        with self._lock:
            self.counts[name] += 1
            self.seconds += seconds

    def report(self, **more):
        with self._lock:
            lines = collections.Counter()
            for (reason, where), n in self.lines.items():
                lines[reason, line_of(where)] += n
            return Statistics(self.counts, compile_seconds=self.seconds, **more, lines=dict(lines))


recorder = Recorder()
