"""How long calls took, and the table of it."""

import sys
import time

_UNITS = {"sec": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


class Times:
    """Elapsed time of calls, which may be nested.

    Attributes:
        call_history: ``(name, seconds)`` of each call, in the order in which they ended.
    """

    table = _UNITS
    _what = "Name"

    def __init__(self):
        self.call_history, self._running, self._total = [], [], 0

    def _start(self):
        self._running.append(time.perf_counter())

    def _stop(self, name):
        elapsed = time.perf_counter() - self._running.pop()
        self.call_history.append((name, elapsed))
        if not self._running:
            self._total += elapsed

    def total_time(self):
        """Seconds of all calls, those inside of others counted once."""
        return self._total

    def summary(self):
        """For each name a dict of ``elapsed_time`` (seconds, those of calls inside included) and ``occurrence``."""
        rows = {}
        for name, elapsed in self.call_history:
            row = rows.setdefault(name, {"elapsed_time": 0, "occurrence": 0})
            row["elapsed_time"] += elapsed
            row["occurrence"] += 1
        return rows

    def print_report(self, unit="auto", file=sys.stdout):
        """Print the summary as a table.

        Args:
            unit: ``"sec"``, ``"ms"``, ``"us"``, ``"ns"``; ``"auto"``: what suits the longest time, ``"auto_foreach"``: each time.
            file: where to.
        """
        summary = self.summary()
        if unit == "auto":
            unit = self._unit(max([row["elapsed_time"] for row in summary.values()], default=0))
        rows = [(self._what, "ElapsedTime", "Occurrence")]
        for name, row in summary.items():
            chosen = self._unit(row["elapsed_time"]) if unit == "auto_foreach" else unit
            rows.append((name, f"{row['elapsed_time'] * self.table[chosen]:3.2f}{chosen}", str(row["occurrence"])))
        print_table(rows, file)

    def _unit(self, seconds):
        return next((unit for unit, factor in self.table.items() if seconds * factor >= 1), "ns")


def print_table(rows, file):
    """Print rows of strings, the columns aligned at their right ends."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        file.write("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) + "\n")
    if hasattr(file, "flush"):
        file.flush()
