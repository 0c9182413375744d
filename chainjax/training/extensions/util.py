"""Writing to terminals, notebooks and files: bars that move in the first two, lines in the last."""

import collections
import contextlib
import datetime
import re
import sys
import time


def stream(out):
    """The stream to write to: standard output, as it is now, unless there is another."""
    return sys.stdout if out is None else out


def flush(out):
    """Flush a stream, if it can be."""
    if hasattr(out, "flush"):
        out.flush()


def is_terminal(out):
    """Whether a stream ends at a terminal whose cursor can be moved; where rich draws, nobody else can."""
    return hasattr(out, "isatty") and out.isatty() is True and _package(out) != "rich"


def is_notebook(out):
    """Whether a stream ends in a notebook."""
    return _package(out) == "ipykernel"


def _package(obj):
    return type(obj).__module__.partition(".")[0]


def erase_below(out):
    """Erase what a terminal shows from the cursor on, such as a bar that somebody has drawn there."""
    if is_terminal(out):
        out.write("\033[J")


def above_bars(out):
    """Context manager: what is written to the stream appears above the bars that are there."""
    tqdm = sys.modules.get("tqdm")  # no bars if nobody has imported it
    return tqdm.tqdm.external_write_mode(file=out) if tqdm is not None and is_terminal(out) else contextlib.nullcontext()


class ProgressBar:
    """Lines that show how far something is; subclasses say which lines, and how far.

    On a terminal the lines stay at the bottom, in a notebook there is a bar, and what is no terminal (a file, the log of a batch
    system) gets one line at each update.

    Args:
        bar_length: length of the bar, in letters; default 50.
        out: stream; default standard output.
    """

    _seconds = 0  # at least, between plain lines

    def __init__(self, bar_length=None, out=None):
        self._bar_length = 50 if bar_length is None else bar_length
        self._out = out
        self._bars, self._next = [], 0.0
        self._recent_timing = collections.deque(maxlen=100)

    def update_speed(self, iteration, epoch_detail):
        """Iterations and epochs per second, over the last 100 calls at most.

        Args:
            iteration: number of iterations so far.
            epoch_detail: number of epochs so far.
        """
        now = time.time()
        self._recent_timing.append((iteration, epoch_detail, now))
        old_iteration, old_epoch, old = self._recent_timing[0]
        if now == old:
            return float("inf"), float("inf")
        return (iteration - old_iteration) / (now - old), (epoch_detail - old_epoch) / (now - old)

    def get_lines(self):
        """The lines to show, each with its line feed."""
        raise NotImplementedError(f"{type(self).__name__} must define get_lines")

    def fraction(self):
        """How far it is, from 0 to 1; for notebooks."""
        return 0.0

    def bar(self, name, fraction):
        """A line with a bar, as a string.

        Args:
            name: what stands before it.
            fraction: how far it is, from 0 to 1.
        """
        marks = "#" * int(fraction * self._bar_length)
        return f"{name} [{marks.ljust(self._bar_length, '.')}] {fraction:6.2%}\n"

    def update(self):
        """Show it as it is now."""
        out, lines = stream(self._out), [line.rstrip("\n") for line in self.get_lines()]
        if is_notebook(out):
            self._show_in_notebook(lines)
        elif is_terminal(out):
            self._show_on_terminal(out, lines)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + self._seconds
            out.write(_plain(lines) + "\n")
            flush(out)

    def _show_on_terminal(self, out, lines):
        from tqdm import tqdm

        while len(self._bars) < len(lines):
            self._bars.append(tqdm(bar_format="{desc}", file=out, leave=False))
        for bar, line in zip(self._bars, lines, strict=False):
            bar.set_description_str(line)

    def _show_in_notebook(self, lines):
        from tqdm.auto import tqdm  # with widgets where they are installed

        if not self._bars:
            self._bars.append(tqdm(total=1.0, bar_format="{percentage:3.0f}% {bar} {desc}"))
        self._bars[0].n = min(self.fraction(), 1.0)
        self._bars[0].set_description_str(_plain(lines))

    def close(self):
        """Take it away."""
        while self._bars:
            self._bars.pop().close()


def _plain(lines):
    """One line of several, without the bars."""
    return ", ".join(" ".join(re.sub(r"\[[#.]*\]", "", line).split()) for line in lines)


def time_left(amount, speed):
    """How long it takes, to be printed; ``"?"`` if nothing has moved."""
    return "?" if not speed else str(datetime.timedelta(seconds=max(amount / speed, 0.0)))
