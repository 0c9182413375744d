"""Trainers that train nothing."""

import unittest.mock


def get_trainer_with_mock_updater(stop_trigger=(10, "iteration"), iter_per_epoch=10, extensions=None):
    """A trainer whose updater only counts.

    Args:
        stop_trigger: when it stops.
        iter_per_epoch: how many updates an epoch has.
        extensions: those of the trainer.
    """
    from ..training import Trainer

    updater = unittest.mock.Mock(iteration=0, epoch=0, epoch_detail=0, is_new_epoch=True, previous_epoch_detail=None)
    updater.get_all_optimizers.return_value = {}

    def update():
        updater.update_core()
        before = updater.iteration
        updater.iteration = now = before + 1
        updater.epoch, updater.epoch_detail = now // iter_per_epoch, now / iter_per_epoch
        updater.is_new_epoch = before // iter_per_epoch != updater.epoch
        updater.previous_epoch_detail = before / iter_per_epoch

    updater.update = update
    return Trainer(updater, stop_trigger, extensions=[] if extensions is None else extensions)
