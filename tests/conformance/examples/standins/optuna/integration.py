"""What joins a study to a training."""

import chainer
from chainer.training import triggers


class ChainerPruningExtension(chainer.training.Extension):
    """Reports a number of the log to a trial, and ends the training if the trial is not promising."""

    def __init__(self, trial, observation_key, pruner_trigger):
        self.trial, self.key, self.pruner_trigger = trial, observation_key, triggers.IntervalTrigger(*pruner_trigger)

    def __call__(self, trainer):
        import optuna

        if self.pruner_trigger(trainer) and self.key in trainer.observation:
            self.trial.report(float(trainer.observation[self.key]), getattr(trainer.updater, self.pruner_trigger.unit))
            if self.trial.should_prune():
                raise optuna.TrialPruned
