"""How far the training is."""

from ...reporter import DictSummary
from .._extension import Extension
from . import util


def training_length(given, trainer):
    """``(number, unit)``: as given, or as the trigger that stops the trainer says; ``(None, "epoch")`` where it does not.

    Args:
        given: the same, or ``None``.
        trainer: the :class:`~chainjax.training.Trainer`.
    """
    if given is not None:
        return given
    get = getattr(trainer.stop_trigger, "get_training_length", None)
    return (None, "epoch") if get is None else get()


class ProgressBar(Extension):
    """Shows how far the training is, how fast it goes and when it will be finished.

    On a terminal there are two bars, made by tqdm, in a notebook one. What is no terminal (a file, the log of a batch system) gets
    one plain line each time.

    Args:
        training_length: ``(number, "epoch")`` or ``(number, "iteration")``; default what the trigger that stops the training says.
        update_interval: show it again after so many iterations.
        bar_length: length of a bar, in letters.
        out: stream; default standard output.
    """

    def __init__(self, training_length=None, update_interval=100, bar_length=50, out=None):
        self._training_length, self._update_interval = training_length, update_interval
        self._bar = _TrainerBar(bar_length, out)

    def initialize(self, trainer):
        updater = trainer.updater
        self._bar.update_speed(updater.iteration, getattr(updater, "epoch_detail", 0))

    def __call__(self, trainer):
        if trainer.updater.iteration % self._update_interval == 0:
            self._bar.updater, self._bar.length = trainer.updater, training_length(self._training_length, trainer)
            self._bar.update()

    def finalize(self):
        self._bar.close()


class _TrainerBar(util.ProgressBar):
    updater = length = None

    def _done(self):
        amount, unit = self.length
        return self.updater.iteration if unit == "iteration" else self.updater.epoch_detail, amount

    def fraction(self):
        done, amount = self._done()
        return min(done / amount, 1.0) if amount else 0.0

    def get_lines(self):
        updater, (amount, unit) = self.updater, self.length
        iteration, epoch = updater.iteration, getattr(updater, "epoch_detail", 0)
        of = f" / {amount} {unit}s" if amount else ""
        lines = [self.bar("this epoch", epoch - int(epoch)), f"{iteration:10} iter, {int(epoch)} epoch{of}\n"]
        by_iteration, by_epoch = self.update_speed(iteration, epoch)
        speed = f"{by_iteration:10.5g} iters/sec."
        if not amount:
            return [*lines, speed + "\n"]
        left = util.time_left(amount - self._done()[0], by_iteration if unit == "iteration" else by_epoch)
        return [self.bar("     total", self.fraction()), *lines, f"{speed} Estimated time to finish: {left}.\n"]


class RichProgress(Extension):
    """Shows how far the training is with `rich`_: bars, iterations and examples per second, and the newest values, live.

    Values are read from the device when the screen is drawn, a few times a second, not in each iteration.

    Args:
        keys: names of the values to show; default what was reported, as far as it is numbers.
        training_length: ``(number, "epoch")`` or ``(number, "iteration")``; default what the trigger that stops the training says.
        refresh_per_second: how often the screen is drawn.
        console: a ``rich.console.Console``; default standard output.

    Raises:
        ImportError: rich is not installed.

    .. _rich: https://rich.readthedocs.io
    """

    def __init__(self, keys=None, training_length=None, refresh_per_second=4, console=None):
        try:
            import rich.live
            import rich.progress
        except ImportError as exc:
            raise ImportError("RichProgress needs rich, which is not installed: pip install 'chainjax[rich]'") from exc
        self._keys, self._training_length, self._seconds = keys, training_length, 1 / refresh_per_second
        columns = rich.progress
        self._progress = columns.Progress(
            columns.TextColumn("{task.description}"),
            columns.BarColumn(),
            columns.TaskProgressColumn(),
            columns.TimeRemainingColumn(),
            columns.TextColumn("{task.fields[text]}"),
            console=console,
        )
        self._live = rich.live.Live(self._progress, console=self._progress.console, auto_refresh=False)
        self._speed = util.ProgressBar()
        self._tasks, self._updater, self._length, self._next = None, None, None, 0.0

    def initialize(self, trainer):
        self._updater, self._length = trainer.updater, training_length(self._training_length, trainer)
        self._speed.update_speed(self._updater.iteration, self._epoch())
        if self._tasks is None:
            self._tasks = [self._progress.add_task(name, total=1.0, text="") for name in ("total", "this epoch")]
            self._live.start()

    def _epoch(self):
        return getattr(self._updater, "epoch_detail", 0)

    def __call__(self, trainer):
        now = self._progress.get_time()
        if now >= self._next:
            self._next = now + self._seconds
            self._move()
            self._live.update(_below(self._progress, _newest(trainer.observation, self._keys)), refresh=True)

    def _move(self):
        """Let the bars be where the training is."""
        iteration, epoch, (amount, unit) = self._updater.iteration, self._epoch(), self._length
        speed, _ = self._speed.update_speed(iteration, epoch)
        text = f"{iteration} iterations, {speed:.4g} a second{_examples(self._updater, speed)}"
        total, this_epoch = self._tasks
        self._progress.update(total, total=amount, completed=iteration if unit == "iteration" else epoch, text=text)
        self._progress.update(this_epoch, completed=epoch - int(epoch))

    def finalize(self):
        if self._tasks is not None:
            self._move()
            self._live.refresh()
            self._live.stop()


def _below(progress, values):
    """The bars, and the values below them."""
    from rich.console import Group
    from rich.text import Text

    return Group(progress, Text("  ".join(f"{name} {value:.4g}" for name, value in values.items())))


def _newest(observation, keys):
    """The numbers of an observation, read now."""
    summary = DictSummary()
    summary.add(observation if keys is None else {key: observation[key] for key in keys if key in observation})
    return summary.compute_mean()


def _examples(updater, speed):
    """Examples per second, where the size of the minibatches is known."""
    get = getattr(updater, "get_iterator", None)
    size = get and getattr(get("main"), "batch_size", None)
    return f" ({speed * size:.4g} examples)" if isinstance(size, int) else ""
