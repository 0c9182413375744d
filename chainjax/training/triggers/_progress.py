"""Triggers that look at how far the training is."""

import warnings


def get_trigger(trigger):
    """A trigger: a function of the trainer that gives a bool.

    Args:
        trigger: a function, which is given back; ``(period, unit)`` for an :class:`IntervalTrigger`; ``None`` for one that never
            fires.

    Raises:
        TypeError: it is none of these.

    >>> print(chainjax.training.get_trigger((2, "epoch")))
    IntervalTrigger(2, 'epoch')
    """
    if trigger is None:
        return _never_fire_trigger
    if callable(trigger):
        return trigger
    if not isinstance(trigger, (tuple, list)) or len(trigger) != 2:
        raise TypeError(f"get_trigger: expected a function of the trainer, (period, unit) or None, got {trigger!r}; such as (1, 'epoch')")
    return IntervalTrigger(*trigger)


def _never_fire_trigger(trainer):
    return False


class _Progress:
    """Fires by what has been passed since the last call, in iterations or epochs; subclasses say by what."""

    def __init__(self, unit):
        if unit not in ("epoch", "iteration"):
            raise ValueError(f"{type(self).__name__}: expected unit 'epoch' or 'iteration', got {unit!r}")
        self.unit = unit
        self._previous_iteration, self._previous_epoch_detail = 0, 0.0

    def _fires_between(self, before, now):
        raise NotImplementedError

    def __call__(self, trainer):
        """Whether the time has come.

        Args:
            trainer: the :class:`~chainjax.training.Trainer`, whose updater is asked.
        """
        updater = trainer.updater
        if self.unit == "epoch":
            before, now = self._previous_epoch_detail, updater.epoch_detail
            if before < 0:  # not known after loading
                before = updater.previous_epoch_detail
        else:
            before, now = self._previous_iteration, updater.iteration
            if before < 0:
                before = now - 1
        fires = self._fires_between(before, now)
        self._previous_iteration = updater.iteration
        if hasattr(updater, "epoch_detail"):
            self._previous_epoch_detail = updater.epoch_detail
        return fires

    def serialize(self, serializer):
        """Save or load.

        Args:
            serializer: what saves or loads.
        """
        for name, unknown in (("previous_iteration", -1), ("previous_epoch_detail", -1.0)):
            guess = "as if this trigger were asked at every iteration"
            setattr(self, f"_{name}", _or_guess(self, serializer, name, getattr(self, f"_{name}"), unknown, guess))


def _or_guess(trigger, serializer, name, value, guess, meaning):
    """Save or load a value; files of early releases lack some, and a guess is taken instead."""
    try:
        return serializer(name, value)
    except KeyError:
        message = f"{type(trigger).__name__}: the file says nothing of {name!r}; going on {meaning}"
        warnings.warn(message, UserWarning, stacklevel=3)
        return guess


class IntervalTrigger(_Progress):
    """Fires once in each interval.

    Args:
        period: length of the interval; a number of epochs may be a fraction.
        unit: ``"epoch"`` or ``"iteration"``.

    Raises:
        ValueError: the unit is something else.
        ZeroDivisionError: it is asked, and the period is 0; a training of no steps is one that is not run.
    """

    def __init__(self, period, unit):
        super().__init__(unit)
        self.period = period
        self.count = 0  # of intervals, as Chainer 1 counted

    def _fires_between(self, before, now):
        if not self.period:
            raise ZeroDivisionError(f"IntervalTrigger: expected a period other than 0, got ({self.period}, {self.unit!r})")
        if self.unit == "epoch":
            self.count = now // self.period
        return before // self.period != now // self.period

    def get_training_length(self):
        """``(period, unit)``, which progress bars show when this trigger stops the loop."""
        return self.period, self.unit

    def __str__(self):
        return f"{type(self).__name__}({self.period}, '{self.unit}')"


class ManualScheduleTrigger(_Progress):
    """Fires when given points are reached.

    Args:
        points: a number, or a list of them.
        unit: ``"epoch"`` or ``"iteration"``.

    Attributes:
        finished: whether the last point has been reached; then a resumed training need not initialise what this trigger calls.

    Raises:
        ValueError: the unit is something else.
    """

    _may_be_finished = False

    def __init__(self, points, unit):
        super().__init__(unit)
        self.points = points if isinstance(points, list) else [points]
        self.finished = False

    def _fires_between(self, before, now):
        fires = any(before < point <= now for point in self.points)
        if (fires or self._may_be_finished) and now >= max(self.points):
            self.finished = True
        self._may_be_finished = False
        return fires

    def serialize(self, serializer):
        super().serialize(serializer)
        unknown = object()
        finished = _or_guess(self, serializer, "finished", self.finished, unknown, "as if points were left, until it is asked again")
        self.finished, self._may_be_finished = (False, True) if finished is unknown else (finished, self._may_be_finished)


class OnceTrigger:
    """Fires the first time it is asked.

    Args:
        call_on_resume: whether it fires once more when a training is resumed.
    """

    def __init__(self, call_on_resume=False):
        self._flag_first, self._flag_resumed = True, call_on_resume

    @property
    def finished(self):
        """Whether it will never fire again."""
        return not (self._flag_first or self._flag_resumed)

    def __call__(self, trainer):
        """Whether this is the first time.

        Args:
            trainer: the :class:`~chainjax.training.Trainer`.
        """
        fires = not self.finished
        self._flag_first = self._flag_resumed = False
        return fires

    def serialize(self, serializer):
        """Save or load.

        Args:
            serializer: what saves or loads.
        """
        self._flag_first = _or_guess(self, serializer, "_flag_first", self._flag_first, False, "as if it had fired")


class TimeTrigger:
    """Fires at intervals of time.

    Args:
        period: their length in seconds.
    """

    def __init__(self, period):
        self._period = self._next_time = period

    def __call__(self, trainer):
        """Whether the time has come.

        Args:
            trainer: the :class:`~chainjax.training.Trainer`, whose ``elapsed_time`` counts.
        """
        fires = self._next_time < trainer.elapsed_time
        if fires:
            self._next_time += self._period
        return fires

    def serialize(self, serializer):
        """Save or load.

        Args:
            serializer: what saves or loads.
        """
        self._next_time = serializer("next_time", self._next_time)
