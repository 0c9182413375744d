"""Steps whose minibatch is divided among devices, each of which has a copy of the model.

Each device's part is a program of its own, and JAX starts all of them before it waits for any, so they run at the same time.
Gradients are summed (not averaged) on the main device, as in Chainer.
"""

import copy

from ...backends._device import get_device, using_device
from ...dataset import concat_examples
from ...function import force_backprop_mode
from ._standard import StandardUpdater, arguments, convert


class ParallelUpdater(StandardUpdater):
    """Divides each minibatch among devices, sums the gradients on the main one, and makes a step there.

    Example ``i`` of a minibatch goes to device ``i % n``. Copies of the model report under their names.

    Args:
        iterator: where minibatches come from.
        optimizer: makes the steps, with the main model.
        converter: function of a minibatch and a device that gives the arguments of the loss function.
        models: copies of the model by name, each on its device; one of them is the optimizer's. Default: copies are made.
        devices: where each of them gets its part of the minibatch, by the same names; ``"main"`` for the optimizer's.
        loss_func: gives the loss; default each model.
        loss_scale: a factor for losses, by which gradients are divided again.
        auto_new_epoch: tell the optimizer when an epoch ends.

    Raises:
        ValueError: neither models nor devices are given.
        KeyError: ``devices`` has no ``"main"``.
    """

    def __init__(
        self,
        iterator,
        optimizer,
        converter=concat_examples,
        models=None,
        devices=None,
        loss_func=None,
        loss_scale=None,
        auto_new_epoch=True,
    ):
        super().__init__(iterator, optimizer, converter, loss_func=loss_func, loss_scale=loss_scale, auto_new_epoch=auto_new_epoch)
        target = self._optimizers["main"].target
        if models is None:
            if devices is None:
                raise ValueError("ParallelUpdater: expected models or devices, got neither")
            if "main" not in devices:
                raise KeyError(f"ParallelUpdater: expected a 'main' among the devices, got {', '.join(map(repr, devices))}")
            models = {"main": target}
            for name in devices:
                if name != "main":
                    models[name] = copy.deepcopy(target).to_device(devices[name])
            target.to_device(devices["main"])
        self._models, self._devices = models, devices

    def _others(self):
        main = self._optimizers["main"].target
        return {name: model for name, model in self._models.items() if model is not main}

    def connect_trainer(self, trainer):
        for name, model in self._others().items():
            trainer.reporter.add_observer(name, model)

    def update_core(self):
        optimizer, iterator = self._optimizers["main"], self._iterators["main"]
        batch, n = iterator.next(), len(self._models)
        shares = {name: batch[i::n] for i, name in enumerate(self._models)}
        losses = [self._loss(name, share) for name, share in shares.items()]
        self._step(losses)
        if self.auto_new_epoch and iterator.is_new_epoch:
            optimizer.new_epoch(auto=True)

    def _loss(self, name, batch):
        """The loss of a copy with its share of the minibatch."""
        model, device = self._models[name], get_device(self._devices[name])
        args, kwargs = arguments(convert(self.converter, batch, device))
        with force_backprop_mode(), using_device(device):
            return (self.loss_func or model)(*args, **kwargs)

    def _step(self, losses):
        """Let the gradients of all losses move the main model, and its copies after it."""
        optimizer = self._optimizers["main"]
        for model in self._models.values():
            model.cleargrads()
        for loss in losses:
            loss.backward(loss_scale=self.loss_scale)
        others = self._others().values()
        for model in others:
            optimizer.target.addgrads(model)
        optimizer.update()
        for model in others:
            model.copyparams(optimizer.target)


class MultiprocessParallelUpdater(ParallelUpdater):
    """Divides training among devices by giving each an iterator of its own. It needs no processes here: JAX runs devices in parallel.

    Only the main model reports. As gradients are summed, the learning rate (or ``eps``, where a rule divides by it) is corrected.

    Args:
        iterators: one for each device, over datasets of the same size.
        optimizer: makes the steps, with the main model.
        converter: function of a minibatch and a device that gives the arguments of the loss function.
        devices: a list, the main one first, or a dictionary with the key ``"main"``.
        auto_new_epoch: tell the optimizer when an epoch ends.
    """

    def __init__(self, iterators, optimizer, converter=concat_examples, devices=None, auto_new_epoch=True):
        if isinstance(devices, dict):
            devices = [devices["main"], *[device for name, device in devices.items() if name != "main"]]
        super().__init__(iterators[0], optimizer, converter, devices=dict(zip(["main", *range(1, len(devices))], devices, strict=True)))
        self._mpu_iterators = iterators
