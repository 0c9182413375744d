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

    __slots__ = ("arrived", "handlers", "waiting")

    def __enter__(self):
        self.arrived, self.handlers, self.waiting = [], {}, []
        if threading.get_ident() == _main:
            try:
                for number in _SIGNALS:
                    handler = getsignal(number)
                    if callable(handler):
                        self.handlers[number] = handler
                        self.waiting.append(number)
                        set_handler(number, self._note)
            except BaseException:  # the handler of a signal that came in between
                self._release()
                raise
        return self

    def _note(self, number, frame):
        self.arrived.append((number, frame))

    def _release(self):
        """Give the handlers back, then call those of what arrived. One that raises on the way does not keep the rest from it."""
        try:
            while self.waiting:
                set_handler(self.waiting[-1], self.handlers[self.waiting[-1]])
                self.waiting.pop()
            while self.arrived:
                number, frame = self.arrived.pop(0)
                self.handlers[number](number, frame)
        finally:
            if self.waiting or self.arrived:
                self._release()

    def __exit__(self, *exc):
        if self.waiting:
            self._release()
        return False
