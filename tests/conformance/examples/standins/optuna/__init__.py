"""Stands in for Optuna, of which Chainer's examples ask a hundred networks: four are enough, drawn from a generator of their own.

It offers what the two scripts call: studies that maximize, integers and floats on a logarithmic scale, and the rule of the median.
"""

import enum
import math
import statistics

import numpy as np

from . import integration, logging, pruners

TRIALS = 4


class TrialPruned(Exception):
    """Ends a trial that is not promising."""


class TrialState(enum.Enum):
    """How a trial has ended."""

    COMPLETE = 1
    PRUNED = 2


class Trial:
    """A point of the space that is searched, and what was seen there."""

    def __init__(self, study):
        self.study, self.params, self.user_attrs, self.reports, self.value, self.state = study, {}, {}, {}, None, None

    def suggest_int(self, name, low, high, log=False):
        return self.params.setdefault(name, min(high, int(self._drawn(low, high + 1, log))))

    def suggest_float(self, name, low, high, log=False):
        return self.params.setdefault(name, float(self._drawn(low, high, log)))

    def suggest_categorical(self, name, choices):
        return self.params.setdefault(name, choices[self.study.random.randint(len(choices))])

    def _drawn(self, low, high, log):
        if log:
            return math.exp(self.study.random.uniform(math.log(low), math.log(high)))
        return self.study.random.uniform(low, high)

    def set_user_attr(self, name, value):
        self.user_attrs[name] = value

    def report(self, value, step):
        self.reports[step] = value

    def should_prune(self):
        step = max(self.reports)
        others = [t.reports[step] for t in self.study.trials if step in t.reports]
        return bool(others) and max(self.reports.values()) < statistics.median(others)


class Study:
    """Trials one after the other."""

    def __init__(self):
        self.trials, self.random = [], np.random.RandomState(0)

    def optimize(self, objective, n_trials):
        for _ in range(min(n_trials, TRIALS)):
            trial = Trial(self)
            try:
                trial.value, trial.state = objective(trial), TrialState.COMPLETE
            except TrialPruned:
                trial.state = TrialState.PRUNED
            self.trials.append(trial)

    @property
    def best_trial(self):
        return max((t for t in self.trials if t.state is TrialState.COMPLETE), key=lambda trial: trial.value)


def create_study(direction, pruner):
    """A study of what is to be as large as can be."""
    assert direction == "maximize"
    assert isinstance(pruner, pruners.MedianPruner)
    return Study()


class trial:  # noqa: N801, RUF100 - a module there
    """Only ``TrialState``."""

    TrialState = TrialState
