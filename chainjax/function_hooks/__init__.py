"""Hooks that measure and show what functions do."""

from ._cuda import CUDAProfileHook as CUDAProfileHook
from ._cuda import CupyMemoryProfileHook as CupyMemoryProfileHook
from ._print import PrintHook as PrintHook
from ._timer import TimerHook as TimerHook
