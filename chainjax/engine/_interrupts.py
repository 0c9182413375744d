"""Holding back signals whose handlers may raise, for the few moments in which a replay or an update must not be torn."""

import signal
import threading

try:  # The functions themselves: the module's wrap each number in an enum, which takes as long as all the rest here.
    from _signal import getsignal
    from _signal import signal as set_handler
except ImportError:
    from signal import getsignal
    from signal import signal as set_handler

_NAMES = "SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGUSR1", "SIGUSR2"
_SIGNALS = [int(getattr(signal, n)) for n in _NAMES if hasattr(signal, n)]
_main = threading.main_thread().ident


class held:
    """Between enter and exit, Python's signal handlers do not run; what arrived is handled at exit. Main thread only (others get none)."""

    __slots__ = ("arrived", "handlers")

    def __enter__(self):
        self.arrived, self.handlers = [], []
        if threading.get_ident() == _main:
            for number in _SIGNALS:
                handler = getsignal(number)
                if callable(handler):
                    set_handler(number, self._note)
                    self.handlers.append((number, handler))
        return self

    def _note(self, number, frame):
        self.arrived.append((number, frame))

    def __exit__(self, *exc):
        for number, handler in self.handlers:
            set_handler(number, handler)
        if self.arrived:
            handlers = dict(self.handlers)
            for number, frame in self.arrived:
                handlers[number](number, frame)
        return False
