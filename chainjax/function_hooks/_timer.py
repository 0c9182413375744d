"""Time of functions."""

from .. import engine
from ..function_hook import FunctionHook
from ._times import Times


class TimerHook(Times, FunctionHook):
    """Measures each function, forward and backward.

    While it is active functions are computed one by one, so the sum is longer than the same work without it; what it tells is
    which functions are worth looking at. The first call of a function with new shapes includes its compilation.

    >>> hook = TimerHook()
    >>> with hook:
    ...     _ = F.exp(np.zeros(3, np.float32))
    >>> hook.summary()["Exp"]["occurrence"]
    1
    """

    name = "TimerHook"
    _what = "FunctionName"

    def added(self, function):
        engine.flush("timer")  # what was recorded before is not the first function's work

    def forward_preprocess(self, function, in_data):
        self._start()

    def forward_postprocess(self, function, in_data):
        self._stop(function._impl_name)

    def backward_preprocess(self, function, in_data, out_grad):
        self._start()

    def backward_postprocess(self, function, in_data, out_grad):
        self._stop(function._impl_name)
