"""Profiles of GPUs."""

import sys

import jax

from .. import engine
from ..backends import cuda
from ..function_hook import FunctionHook
from ._times import print_table


class CUDAProfileHook(FunctionHook):
    """Marks the time of each function in the profile of a GPU that ``jax.profiler.trace`` takes.

    Raises:
        RuntimeError: JAX has no GPU here.
    """

    name = "CUDAProfileHook"

    def __init__(self):
        cuda.check_cuda_available()
        self._ranges = []

    def _push(self, name):
        self._ranges.append(jax.profiler.TraceAnnotation(name))
        self._ranges[-1].__enter__()

    def _pop(self):
        self._ranges.pop().__exit__(None, None, None)

    def forward_preprocess(self, function, in_data):
        self._push(f"{function.label}.forward")

    def forward_postprocess(self, function, in_data):
        self._pop()

    def backward_preprocess(self, function, in_data, out_grad):
        self._push(f"{function.label}.backward")

    def backward_postprocess(self, function, in_data, out_grad):
        self._pop()


class CupyMemoryProfileHook(FunctionHook):
    """Measures the memory that each function takes on a GPU, forward and backward. It is XLA's memory; the name is Chainer's.

    While it is active functions are computed one by one, so that less is taken in all without it: what it tells is which functions
    need much. What a function only needs while it runs does not count.

    Attributes:
        call_history: ``(name, used bytes, acquired bytes, depth)`` of each call, in the order in which they ended.

    Raises:
        RuntimeError: JAX has no GPU here.
    """

    name = "CupyMemoryProfileHook"
    _units = ("B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB")
    _table = {unit: 1024.0**i for i, unit in enumerate(_units)}

    def __init__(self):
        cuda.check_cuda_available()
        self.call_history, self._running = [], []

    def added(self, function=None):
        engine.flush("memory")  # what was recorded before is not the first function's work

    def _start(self):
        self._running.append(_memory())

    def _stop(self, function):
        before = self._running.pop()
        grown = [max(now - then, 0) for now, then in zip(_memory(), before, strict=True)]
        self.call_history.append((function._impl_name, *grown, len(self._running)))

    def forward_preprocess(self, function, in_data):
        self._start()

    def forward_postprocess(self, function, in_data):
        self._stop(function)

    def backward_preprocess(self, function, in_data, out_grad):
        self._start()

    def backward_postprocess(self, function, in_data, out_grad):
        self._stop(function)

    def total_used_bytes(self):
        """Bytes that functions took from XLA's memory, those inside of others counted once."""
        return sum(used for _, used, _, depth in self.call_history if not depth)

    def total_acquired_bytes(self):
        """Bytes that XLA took from the GPU meanwhile; none where it has taken all that it wants at the start."""
        return sum(acquired for _, _, acquired, depth in self.call_history if not depth)

    def summary(self):
        """For each name a dict of ``used_bytes``, ``acquired_bytes`` (those of calls inside included) and ``occurrence``."""
        rows = {}
        for name, used, acquired, _ in self.call_history:
            row = rows.setdefault(name, {"used_bytes": 0, "acquired_bytes": 0, "occurrence": 0})
            row["used_bytes"] += used
            row["acquired_bytes"] += acquired
            row["occurrence"] += 1
        return rows

    def print_report(self, unit="auto", file=sys.stdout):
        """Print the summary as a table.

        Args:
            unit: ``"B"``, ``"KB"``, ... ``"ZB"``; ``"auto"``: what suits the largest number, ``"auto_foreach"``: each number.
            file: where to.
        """
        summary = self.summary()
        columns = "used_bytes", "acquired_bytes"
        rows = [("FunctionName", "UsedBytes", "AcquiredBytes", "Occurrence")]
        units = {c: self._unit(max([row[c] for row in summary.values()], default=0)) if unit == "auto" else unit for c in columns}
        for name, row in summary.items():
            rows.append((name, *[self._text(row[c], units[c]) for c in columns], str(row["occurrence"])))
        print_table(rows, file)

    def _text(self, size, unit):
        unit = self._unit(size) if unit == "auto_foreach" else unit
        return f"{size / self._table[unit]:3.2f}{unit}"

    def _unit(self, size):
        return next((unit for unit in reversed(self._units) if size >= self._table[unit]), "B")


def _memory():
    """``(bytes in use, bytes taken from the device)`` of all GPUs, as far as XLA says."""
    stats = [device.memory_stats() or {} for device in jax.devices("gpu")]
    return [sum(each.get(key, 0) for each in stats) for key in ("bytes_in_use", "pool_bytes")]
