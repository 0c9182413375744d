"""Hooks that measure links."""

from ._timer import TimerHook as TimerHook
