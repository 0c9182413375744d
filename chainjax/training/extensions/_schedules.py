"""Attributes of optimizers that change while training goes on, learning rates above all.

A hyperparameter is not in a snapshot: its schedule is, and sets it again when training is resumed.
"""

import math

import numpy as np

from ...serializer import Serializer
from .._extension import Extension


class _Schedule(Extension):
    """Sets an attribute of an optimizer to a function of how often it has been called; subclasses say which function."""

    _attr = _init = _target = _optimizer = _last_value = None
    _t = 0

    def _value(self, t):
        raise NotImplementedError

    def _current(self):
        """The value before training, or where a training was interrupted."""
        return self._init if self._last_value is None else self._last_value

    def initialize(self, trainer):
        if self._init is None:
            self._init = getattr(self._get_optimizer(trainer), self._attr)
        self._set(trainer, self._current())

    def __call__(self, trainer):
        self._t += 1
        self._set(trainer, self._value(self._t))

    def serialize(self, serializer):
        self._t = serializer("_t", self._t)
        # Not shown to what loads: it would be loaded as an integer if it is one now.
        self._last_value = serializer("_last_value", self._last_value if isinstance(serializer, Serializer) else None)
        if isinstance(self._last_value, np.ndarray):
            self._last_value = self._last_value.item()

    def _get_optimizer(self, trainer):
        return self._optimizer or trainer.updater.get_optimizer("main")

    def _set(self, trainer, value):
        setattr(self._get_optimizer(trainer), self._attr, value)
        self._last_value = value

    def _stopped(self, value, rises):
        """The value, or the target once the value has passed it on its way up or down (away from 0 or towards it)."""
        if self._target is None:
            return value
        ratio = _ratio(value, self._target)
        return self._target if (ratio > 1 if rises else ratio < 1) else value


def _ratio(a, b):
    return a / b if b else math.inf  # 0 is approached and never passed


class ExponentialShift(_Schedule):
    r"""Multiplies an attribute of an optimizer by a constant at each call: :math:`x_t = x_0 \, r^t`.

    Args:
        attr: name of the attribute, such as ``"lr"``.
        rate: the constant :math:`r`, not negative.
        init: :math:`x_0`; default what the attribute is before training.
        target: value at which it stops.
        optimizer: default the main one of the updater.

    Raises:
        ValueError: the rate is negative.

    >>> optimizer = chainjax.optimizers.SGD(lr=1.0)
    >>> shift = chainjax.training.extensions.ExponentialShift("lr", 0.5, target=0.2, optimizer=optimizer)
    >>> shift.initialize(None)
    >>> for _ in range(3):
    ...     shift(None)
    ...     print(optimizer.lr)
    0.5
    0.25
    0.2
    """

    def __init__(self, attr, rate, init=None, target=None, optimizer=None):
        if rate < 0:
            raise ValueError(f"ExponentialShift: expected a rate that is not negative, got {rate}; a falling attribute has one below 1")
        self._attr, self._rate, self._init, self._target, self._optimizer = attr, rate, init, target, optimizer

    def _value(self, t):
        return self._stopped(self._init * self._rate**t, rises=self._rate > 1)


class InverseShift(_Schedule):
    r"""Lets an attribute of an optimizer fall as in Caffe's ``inv`` policy: :math:`x_t = x_0 (1 + \gamma t)^{-p}`.

    Args:
        attr: name of the attribute, such as ``"lr"``.
        gamma: :math:`\gamma`, not negative.
        power: :math:`p`.
        init: :math:`x_0`; default what the attribute is before training.
        target: value at which it stops.
        optimizer: default the main one of the updater.

    Raises:
        ValueError: ``gamma`` is negative.
    """

    def __init__(self, attr, gamma, power, init=None, target=None, optimizer=None):
        if gamma < 0:
            raise ValueError(f"InverseShift: expected a gamma that is not negative, got {gamma}; a rising attribute has a negative power")
        self._attr, self._gamma, self._power = attr, gamma, power
        self._init, self._target, self._optimizer = init, target, optimizer

    def _value(self, t):
        return self._stopped(self._init * (1 + self._gamma * t) ** -self._power, rises=self._power < 0)


class LinearShift(_Schedule):
    """Moves an attribute of an optimizer from one value to another along a line; before and after it stays there.

    Args:
        attr: name of the attribute, such as ``"momentum"``.
        value_range: the two values.
        time_range: the number of calls after which it starts to move, and after which it has arrived.
        optimizer: default the main one of the updater.
    """

    def __init__(self, attr, value_range, time_range, optimizer=None):
        self._attr, self._value_range, self._time_range, self._optimizer = attr, value_range, time_range, optimizer

    def _current(self):
        return self._value(self._t) if self._last_value is None else self._last_value

    def _value(self, t):
        (start, end), (first, last) = self._value_range, self._time_range
        if t <= first:
            return start
        return end if t >= last else start + (t - first) / (last - first) * (end - start)


class MultistepShift(_Schedule):
    """Multiplies an attribute of an optimizer by a constant when given numbers of calls are reached.

    Args:
        attr: name of the attribute, such as ``"lr"``.
        gamma: the constant.
        step_value: the numbers of calls, rising.
        init: value before the first of them; ``None`` for what the attribute is before training.
        optimizer: default the main one of the updater.
    """

    _current_step = 0

    def __init__(self, attr, gamma, step_value, init, optimizer=None):
        self._attr, self._gamma, self._step_value, self._init, self._optimizer = attr, gamma, step_value, init, optimizer

    def _current(self):  # files say how many steps were made, and not what the value was
        return self._init * self._gamma**self._current_step

    def _value(self, t):
        steps = self._step_value
        if self._current_step < len(steps) and t >= steps[self._current_step]:
            self._current_step += 1
        return self._current()

    def serialize(self, serializer):
        self._t = serializer("_t", self._t)
        self._current_step = serializer("_current_step", self._current_step)


class PolynomialShift(_Schedule):
    r"""Lets an attribute of an optimizer fall to 0 along a power: :math:`x_t = x_0 (1 - t / n)^r`.

    Args:
        attr: name of the attribute, such as ``"lr"``.
        rate: the exponent :math:`r`.
        max_count: the number :math:`n` of calls after which it is 0.
        init: :math:`x_0`; default what the attribute is before training.
        target: value at which it stops.
        optimizer: default the main one of the updater.
    """

    invoke_before_training = True

    def __init__(self, attr, rate, max_count, init=None, target=None, optimizer=None):
        self._attr, self._rate, self._max_count = attr, rate, max_count
        self._init, self._target, self._optimizer = init, target, optimizer

    def _value(self, t):
        value = self._init * max(1 - t / self._max_count, 0) ** self._rate
        if self._target is None:
            return value
        ratio = _ratio(self._target, value)
        return self._target if (ratio > 1 if self._rate > 0 else ratio < 1) else value


class StepShift(_Schedule):
    r"""Multiplies an attribute of an optimizer by a constant once in so many calls: :math:`x_t = x_0 \gamma^{\lfloor t / k \rfloor}`.

    Args:
        attr: name of the attribute, such as ``"lr"``.
        gamma: the constant :math:`\gamma`.
        step: the number :math:`k` of calls.
        init: :math:`x_0`; default what the attribute is before training.
        target: value at which it stops.
        optimizer: default the main one of the updater.
    """

    def __init__(self, attr, gamma, step, init=None, target=None, optimizer=None):
        self._attr, self._gamma, self._step = attr, gamma, step
        self._init, self._target, self._optimizer = init, target, optimizer

    def _value(self, t):
        return self._stopped(float(self._init * self._gamma ** np.floor(t / self._step)), rises=self._gamma > 1)


class WarmupShift(_Schedule):
    """Moves an attribute of an optimizer along a line to the value for the rest of the training, which it leaves to others then.

    Args:
        attr: name of the attribute, such as ``"lr"``.
        warmup_start: value at the start; ``None`` for what the attribute is before training.
        warmup_iter: number of calls after which it has arrived.
        init: value after them.
        optimizer: default the main one of the updater.
    """

    def __init__(self, attr, warmup_start, warmup_iter, init, optimizer=None):
        self._attr, self._warmup_start, self._warmup_iter = attr, warmup_start, warmup_iter
        self._init, self._optimizer = init, optimizer

    def initialize(self, trainer):
        if self._warmup_start is None:
            self._warmup_start = getattr(self._get_optimizer(trainer), self._attr)
        super().initialize(trainer)

    def _current(self):
        return self._value(min(self._t, self._warmup_iter))

    def __call__(self, trainer):
        self._t += 1
        if self._t <= self._warmup_iter:
            self._set(trainer, self._value(self._t))

    def _value(self, t):
        if not t:
            return self._warmup_start
        return (t * self._init + (self._warmup_iter - t) * self._warmup_start) / self._warmup_iter

    def serialize(self, serializer):
        self._t = serializer("_t", self._t)
