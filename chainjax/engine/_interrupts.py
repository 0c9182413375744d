"""Holding back signals whose handlers may raise, for the few moments in which a replay must not be torn."""

import signal
import threading

_SIGNALS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGUSR1", "SIGUSR2") if hasattr(signal, n)]


class held:
    """Between enter and exit, Python's signal handlers do not run; what arrived is handled at exit. Main thread only (others get none)."""

    def __enter__(self):
        self.arrived, self.handlers = [], {}
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                handler = signal.getsignal(number)
                if callable(handler):
                    self.handlers[number] = handler
                    signal.signal(number, self._note)
        return self

    def _note(self, number, frame):
        self.arrived.append((number, frame))

    def __exit__(self, *exc):
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        for number, frame in self.arrived:
            self.handlers[number](number, frame)
        return False
