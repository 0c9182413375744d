"""What was reported, as means over intervals: in a file, on the screen, handed on."""

import json

from ... import reporter
from ...serializer import Serializer
from ...utils.argument import parse_kwargs
from .. import util as _util
from .._extension import PRIORITY_EDITOR, PRIORITY_WRITER, Extension, make_extension
from . import util
from ._files import written


class _IntervalExtension(Extension):
    """Takes the means of values over intervals. Nothing is read from a device before an interval ends."""

    def __init__(self, trigger):
        self._trigger = _util.get_trigger(trigger)
        self._init_summary()

    def _init_summary(self):
        self._summary = reporter.DictSummary()

    def _observe(self, observation, keys):
        self._summary.add(observation if keys is None else {key: observation[key] for key in keys if key in observation})

    def _is_due(self, trainer):
        return trainer.is_before_training or self._trigger(trainer)

    def _means(self, trainer):
        """The means of the interval that ends here, as numbers, with epoch and iteration; another interval begins."""
        means = {name: float(mean) for name, mean in self._summary.compute_mean().items()}
        means["epoch"], means["iteration"] = trainer.updater.epoch, trainer.updater.iteration
        self._init_summary()
        return means

    def serialize(self, serializer):
        if hasattr(self._trigger, "serialize"):
            self._trigger.serialize(serializer["_trigger"])
        self._summary.serialize(serializer["_summary"])


class LogReport(_IntervalExtension):
    """Keeps a log: the means of what was reported over intervals, with epoch, iteration and elapsed time.

    The log is written to a file, as JSON, at the end of each interval, whole: a file that can be read is there at any moment.

    Args:
        keys: names of the values; default all.
        trigger: says when an interval ends.
        postprocess: function that may change the newest entry, a dictionary, before it is kept.
        filename: name of the file in the folder of the trainer, which may have ``{epoch}``, ``{iteration}`` or another name of the
            entry in it; ``None`` for no file.
        kwargs: ``log_name``, another name of ``filename``.

    >>> trainer = chainjax.testing.get_trainer_with_mock_updater((4, "iteration"))
    >>> trainer.extend(lambda trainer: chainjax.report({"loss": trainer.updater.iteration}), name="loss", priority=300)
    >>> log = chainjax.training.extensions.LogReport(trigger=(2, "iteration"), filename=None)
    >>> trainer.extend(log)
    >>> trainer.run()
    >>> [entry["loss"] for entry in log.log]
    [1.5, 3.5]
    """

    def __init__(self, keys=None, trigger=(1, "epoch"), postprocess=None, filename=None, **kwargs):
        super().__init__(trigger)
        (log_name,) = parse_kwargs(kwargs, ("log_name", "log"))
        self._keys, self._postprocess, self._log = keys, postprocess, []
        self._log_name = log_name if filename is None else filename

    def __call__(self, trainer):
        self._observe(trainer.observation, self._keys)
        if not self._is_due(trainer):
            return
        entry = self._means(trainer)
        entry["elapsed_time"] = trainer.elapsed_time
        if self._postprocess is not None:
            self._postprocess(entry)
        self._log.append(entry)
        if self._log_name is not None:
            with written("the log", trainer.out, self._log_name.format(**entry)) as stream:
                stream.write(json.dumps(self._log, indent=4).encode())

    @property
    def log(self):
        """The entries so far, a list of dictionaries."""
        return self._log

    def serialize(self, serializer):
        super().serialize(serializer)
        if isinstance(serializer, Serializer):
            serializer("_log", json.dumps(self._log))
        else:
            self._log = json.loads(serializer("_log", ""))


class PrintReport(Extension):
    """Prints entries of a log as a table, a line for each.

    Args:
        entries: names of the values, one column each.
        log_report: the name of a :class:`LogReport` of the trainer, or one of its own.
        out: stream to print to; default standard output.

    Raises:
        TypeError: ``log_report`` is neither, when it is called.
    """

    def __init__(self, entries, log_report="LogReport", out=None):
        self._entries, self._log_report, self._out = entries, log_report, out
        self._log_len = 0
        self._widths = [max(10, len(entry)) for entry in entries]
        self._header = "  ".join(entry.ljust(width) for entry, width in zip(entries, self._widths, strict=True)) + "\n"

    def __call__(self, trainer):
        log_report = self._log_report
        if isinstance(log_report, str):
            log_report = trainer.get_extension(log_report)
        elif isinstance(log_report, LogReport):
            log_report(trainer)
        else:
            raise TypeError(f"PrintReport: expected log_report to be a LogReport or the name of one, got {type(log_report).__name__}")
        new = log_report.log[self._log_len :]
        if not new and not self._header:
            return
        out = util.stream(self._out)
        with util.above_bars(out):
            if self._header:
                out.write(self._header)
                self._header = None
            for entry in new:
                util.erase_below(out)
                out.write(self._line(entry))
            util.flush(out)
        self._log_len += len(new)

    def _line(self, entry):
        cells = [
            f"{entry[name]:<{width}g}" if name in entry else " " * width for name, width in zip(self._entries, self._widths, strict=True)
        ]
        return "".join(cell + "  " for cell in cells) + "\n"

    def serialize(self, serializer):
        if isinstance(self._log_report, LogReport):
            self._log_report.serialize(serializer["_log_report"])


class MicroAverage(Extension):
    r"""Reports the ratio of two sums over an interval, :math:`\sum_i n_i / \sum_i d_i`.

    Where minibatches are of different sizes this is another number than the mean of the ratios :math:`n_i / d_i`.

    Args:
        numerator_key: name of the reported :math:`n_i`, such as how many examples were classified correctly.
        denominator_key: name of the reported :math:`d_i`, such as how many examples there were.
        result_key: name of the ratio.
        trigger: says when an interval ends.
    """

    priority = PRIORITY_EDITOR

    def __init__(self, numerator_key, denominator_key, result_key, trigger=(1, "epoch")):
        self._trigger = _util.get_trigger(trigger)
        self._result_key = result_key
        self._keys = numerator_key, denominator_key
        self._init_summary()

    def _init_summary(self):
        self._sums = reporter.Summary(), reporter.Summary()

    def __call__(self, trainer):
        observation = trainer.observation
        if not all(key in observation for key in self._keys):
            return
        for key, summary in zip(self._keys, self._sums, strict=True):
            summary.add(observation[key])
        if self._trigger(trainer):
            numerator, denominator = (summary._settle()[0] for summary in self._sums)
            self._init_summary()
            reporter.report({self._result_key: float(numerator) / denominator})

    def serialize(self, serializer):
        for name, summary in zip(("_numerator", "_denominator"), self._sums, strict=True):
            total = float(summary._settle()[0])
            if isinstance(serializer, Serializer):
                serializer(name, int(total) if total.is_integer() else total)  # Chainer begins with an integer, and loads only such
            else:
                summary._sums = serializer(name, total), 0.0, 0
        if hasattr(self._trigger, "serialize"):
            self._trigger.serialize(serializer["_trigger"])  # Chainer saves it not; the trigger warns of such files, and guesses


def observe_value(observation_key, target_func):
    """An extension that reports a function of the trainer, once in an epoch unless ``Trainer.extend`` says otherwise.

    Args:
        observation_key: the name.
        target_func: the function.
    """

    @make_extension(trigger=(1, "epoch"), priority=PRIORITY_WRITER)
    def _observe_value(trainer):
        trainer.observation[observation_key] = target_func(trainer)

    return _observe_value


def observe_lr(optimizer_name="main", observation_key="lr"):
    """An extension that reports the learning rate of an optimizer, once in an epoch unless ``Trainer.extend`` says otherwise.

    Args:
        optimizer_name: its name in the updater.
        observation_key: the name to report it under.
    """
    return observe_value(observation_key, lambda trainer: trainer.updater.get_optimizer(optimizer_name).lr)
