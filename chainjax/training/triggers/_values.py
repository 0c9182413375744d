"""Triggers that look at what is reported."""

import math
import operator
import warnings

from ... import reporter
from ...utils.argument import parse_kwargs
from ._progress import _or_guess, get_trigger


class _Means:
    """What looks at the mean of a reported value over intervals."""

    def __init__(self, trigger):
        self._interval_trigger = get_trigger(trigger)
        self._init_summary()

    def _init_summary(self):
        self._summary = reporter.DictSummary()

    def _observed(self, trainer, name):
        """What the iteration has reported; the value of that name now counts."""
        observation = trainer.observation
        if name in observation:
            self._summary.add({name: observation[name]})
        return observation


class BestValueTrigger(_Means):
    """Fires when the mean of a reported value over an interval is better than all before.

    Args:
        key: the name of the value.
        compare: function of the best value so far and a new one: whether the new one is better.
        trigger: says when an interval ends.
    """

    def __init__(self, key, compare, trigger=(1, "epoch")):
        super().__init__(trigger)
        self._key, self._compare = key, compare
        self._best_value = None

    def __call__(self, trainer):
        """Whether an interval has ended, with a value better than all before.

        Args:
            trainer: the :class:`~chainjax.training.Trainer`.
        """
        key = self._key
        observation = self._observed(trainer, key)
        if not self._interval_trigger(trainer):
            return False
        means = self._summary.compute_mean()
        if key not in means:
            raise KeyError(
                f"{type(self).__name__}: {key!r} was not reported in this interval; the last iteration reported "
                f"{', '.join(map(repr, sorted(observation))) or 'nothing'}"
            )
        value = float(means[key])
        self._init_summary()
        better = self._best_value is None or bool(self._compare(self._best_value, value))
        if better:
            self._best_value = value
        return better

    def serialize(self, serializer):
        """Save or load.

        Args:
            serializer: what saves or loads.
        """
        if hasattr(self._interval_trigger, "serialize"):
            self._interval_trigger.serialize(serializer["interval_trigger"])
        self._summary.serialize(serializer["summary"])
        self._best_value = _or_guess(self, serializer, "best_value", self._best_value, None, "as if there were none yet")


class MaxValueTrigger(BestValueTrigger):
    """Fires when the mean of a reported value over an interval is larger than all before.

    Args:
        key: the name of the value.
        trigger: says when an interval ends.
    """

    def __init__(self, key, trigger=(1, "epoch")):
        super().__init__(key, operator.lt, trigger)


class MinValueTrigger(BestValueTrigger):
    """Fires when the mean of a reported value over an interval is smaller than all before.

    Args:
        key: the name of the value.
        trigger: says when an interval ends.
    """

    def __init__(self, key, trigger=(1, "epoch")):
        super().__init__(key, operator.gt, trigger)


class EarlyStoppingTrigger(_Means):
    """Stops a training whose value has not become better for some time: ``Trainer(updater, EarlyStoppingTrigger(...))``.

    Args:
        check_trigger: says when an interval ends, over which the mean of the value is taken.
        monitor: the name of the value.
        patience: how many intervals in a row may bring nothing better; default 3.
        mode: ``"max"`` if larger is better, ``"min"`` if smaller is; ``"auto"``: larger where the name has "accuracy" in it.
        verbose: whether to print what it does.
        max_trigger: stops the training in any case.
        kwargs: ``patients``, another spelling of ``patience``.

    Raises:
        TypeError: both spellings are used.
    """

    def __init__(
        self,
        check_trigger=(1, "epoch"),
        monitor="main/loss",
        patience=None,
        mode="auto",
        verbose=False,
        max_trigger=(100, "epoch"),
        **kwargs,
    ):
        (patients,) = parse_kwargs(kwargs, ("patients", None))
        if patience is not None and patients is not None:
            raise TypeError("EarlyStoppingTrigger: expected patience or patients, which are the same, got both; pass patience")
        given = patients if patience is None else patience
        self.patience = 3 if given is None else given
        self.monitor, self.verbose, self.count = monitor, verbose, 0
        self.already_warning = False
        self._max_trigger = get_trigger(max_trigger)
        super().__init__(check_trigger)
        larger = mode == "max" or (mode != "min" and "accuracy" in monitor)
        self._compare = operator.gt if larger else operator.lt
        self.best = -math.inf if larger else math.inf
        if verbose:
            print("early stopping: operator is", "greater" if larger else "less")

    def __call__(self, trainer):
        """Whether to stop.

        Args:
            trainer: the :class:`~chainjax.training.Trainer`.
        """
        monitor = self.monitor
        observation = self._observed(trainer, monitor)
        if self._max_trigger(trainer):
            return True
        if not self._interval_trigger(trainer):
            return False
        if monitor not in observation:
            warnings.warn(f"{monitor} is not in observation", UserWarning, stacklevel=2)
            return False
        value = self._summary.compute_mean()[monitor]
        self._init_summary()
        if self._compare(value, self.best):
            self.best, self.count = value, 0
        else:
            self.count += 1
        stops = self.count >= self.patience
        if stops and self.verbose:
            print(f"Epoch {trainer.updater.epoch}: early stopping")
        return stops

    def get_training_length(self):
        """``(period, unit)`` after which training stops in any case."""
        return self._max_trigger.get_training_length()

    def serialize(self, serializer):
        """Save or load.

        Args:
            serializer: what saves or loads.
        """
        try:
            best, count = serializer("best", self.best), serializer("count", self.count)
        except KeyError:
            message = "EarlyStoppingTrigger: the file says nothing of its state, as Chainer's do; it starts anew"
            warnings.warn(message, UserWarning, stacklevel=2)
            return
        self.best, self.count = best, count
        self._summary.serialize(serializer["summary"])
        for name, trigger in (("max_trigger", self._max_trigger), ("check_trigger", self._interval_trigger)):
            if hasattr(trigger, "serialize"):
                trigger.serialize(serializer[name])
