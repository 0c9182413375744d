"""Steps that several devices share, each with a copy of the model.

Where that is possible a step is one program, which XLA partitions over the devices: see ``_one_program.py``. Batch statistics and
random numbers are each device's own. Otherwise the models take turns: each device's forward and backward pass is a program of its
own, started before the one before has finished, so the devices work at the same time in one process; the main device makes the
update, and the copies are sent what it gave.

Gradients are summed, not averaged, and the copies follow the main model, as in Chainer.
"""

import copy
import warnings

import numpy as np

from ... import engine, reporter
from ... import functions as F
from ...backends._device import JaxDevice, get_device, using_device
from ...backends._mesh import Looked
from ...dataset import concat_examples
from ...dataset._convert import call_converter
from ...function import force_backprop_mode, no_backprop_mode
from ...variable import _variable, add, as_variable, use
from . import _one_program
from ._one_program import copy_other_persistents, persistent_cells
from ._parcel import Parcel
from ._standard import StandardUpdater, arguments


class _ManyModels(StandardUpdater):
    """A step of several models, of which the optimizer moves one and the others follow."""

    _models: dict
    _devices: dict
    _copies_persistent = _copies_report = True
    _mesh = None  # of the devices, if steps can be one program

    def _others(self):
        main = self._optimizers["main"].target
        return {name: model for name, model in self._models.items() if model is not main}

    def _step(self, batches):
        """A step from the minibatches of the models, by name."""
        self._optimizers["main"].target.cleargrads()
        # What only puts examples together does so where they are, and all devices are sent their parts at once.
        at_once = self._mesh is not None and self.converter is concat_examples
        arrays = self._converted_for(batches, at_once)
        if self._mesh is None or not self._step_together(arrays, at_once):
            self._step_in_turn(self._converted_for(batches) if at_once else arrays)
        if self.auto_new_epoch and self.is_new_epoch:
            self._optimizers["main"].new_epoch(auto=True)

    def _main_first(self):
        others = self._others()
        return [*(name for name in self._models if name not in others), *others]

    def _share(self, models):
        """Take these models, or make them of the main one: copies for all devices but that of ``"main"``."""
        main = self._optimizers["main"].target
        self._models = _copies(main, self._devices) if models is None else models
        if self.loss_func is None and len(self._others()) < len(self._models):  # the main model is one of them
            self._mesh = _one_program.mesh_of([self._devices[name] for name in self._main_first()])
        if models is None and self._mesh is not None:
            _one_program.let_follow(self._mesh, main, self._others().values())

    def _converted_for(self, batches, at_once=False):
        arrays = {}
        for name, batch in batches.items():
            with using_device(self._devices[name]):
                arrays[name] = call_converter(self.converter, batch, None if at_once else self._devices[name])
        return arrays

    def _step_together(self, arrays, send):
        """Make the step as one program. Returns whether that was possible."""
        names, optimizer = self._main_first(), self._optimizers["main"]
        options = {"persistent": self._copies_persistent, "report": self._copies_report, "send": send, "loss_scale": self.loss_scale}
        try:
            with using_device(self._devices[names[0]]):
                models, given = [self._models[name] for name in names[1:]], [arrays[name] for name in names]
                return _one_program.step(self._mesh, optimizer, models, given, lambda a: self._loss(names[0], a), **options)
        except Looked:
            self._mesh = None  # it would look again
            return False

    def _step_in_turn(self, arrays):
        optimizer, grads = self._optimizers["main"], {}
        for model in self._others().values():
            model.cleargrads()
        for name in arrays:
            with using_device(self._devices[name]):
                self._loss(name, arrays[name]).backward(loss_scale=self.loss_scale)
                grads[name] = Parcel(_grads_of(self._models[name]))
                engine.flush("the next device")  # it computes while the next is told what to do
        others = self._others()
        for name in others:
            _add_grads(optimizer.target, grads[name])
        optimizer.update()
        if self._mesh is None:
            _follow(others.values(), optimizer.target, self._copies_persistent)
        else:
            _one_program.let_follow(self._mesh, optimizer.target, others.values(), self._copies_persistent)
            for model in others.values():
                model.cleargrads()  # they have none after other steps

    def _loss(self, name, arrays):
        args, kwargs = arguments(arrays)
        with force_backprop_mode():
            return (self.loss_func or self._models[name])(*args, **kwargs)


def _add_grads(model, grads):
    """As ``model.addgrads(other)``, of the gradients of another model."""
    params = dict(model.namedparams())
    for path, grad in grads.open({path: _place_of(param) for path, param in params.items()}).items():
        param = params[path]
        if param._contents is None:
            param.initialize(grad.aval.shape)
        mine = param._grad_value()
        param._set_grad(grad if mine is None else add(grad, mine))


def _grads_of(model):
    return {path: param._grad_value() for path, param in model.namedparams() if param._contents is not None}


def _follow(models, main, persistent):
    """As ``model.copyparams(main, persistent)`` for each of the models."""
    values = {path: use(param._contents) for path, param in main.namedparams() if param._contents is not None}
    if persistent:
        values.update({key: cell.use() for key, cell in persistent_cells(main).items()})
    parcel = Parcel(values)
    engine.flush("the copies of the model")
    for model in models:
        cells = persistent_cells(model) if persistent else {}
        places = {path: _place_of(param) for path, param in model.namedparams()}
        values = parcel.open({**places, **{key: cell.aval.device for key, cell in cells.items()}})
        for path, param in model.namedparams():
            if path in values:
                param.copydata(_variable(values[path]))
        for key, cell in cells.items():
            cell.put(values[key])
        if persistent:
            copy_other_persistents([model], main, cells)


def _place_of(param):
    device = param.device
    return device.device if isinstance(device, JaxDevice) else None


def _copies(target, devices):
    """The model for each device, by the device's name: itself for ``"main"``, copies for the others."""
    models = {name: target if name == "main" else copy.deepcopy(target) for name in devices}
    for name, model in models.items():
        model.to_device(devices[name])
    return models


class ParallelUpdater(_ManyModels):
    """Divides each minibatch among devices, sums the gradients on the main one, and makes a step there.

    Example ``i`` of a minibatch goes to device ``i % n``. Copies of the model report under their names. On ``@jax`` devices of one kind
    a step is one program, unless the model looks at numbers while it computes, or ``loss_func`` is given.

    Args:
        iterator: where minibatches come from.
        optimizer: makes the steps, with the main model.
        converter: function of a minibatch and a device that gives the arguments of the loss function.
        models: the models by name, each on its device; one of them is the optimizer's. Default: copies are made.
        devices: where each of them gets its part of the minibatch, by the same names; without ``models``, ``"main"`` is where the
            optimizer's goes.
        loss_func: gives the loss; default each model.
        loss_scale: a factor for losses, by which gradients are divided again.
        auto_new_epoch: tell the optimizer when an epoch ends.

    Raises:
        ValueError: there are no devices.
        KeyError: a model has no device, or none is the main one.
    """

    def __init__(
        self, iterator, optimizer, converter=concat_examples, models=None, devices=None, loss_func=None, loss_scale=None,
        auto_new_epoch=True,
    ):  # fmt: skip
        super().__init__(iterator, optimizer, converter, loss_func=loss_func, loss_scale=loss_scale, auto_new_epoch=auto_new_epoch)
        if devices is None:
            raise ValueError("ParallelUpdater: expected devices, such as {'main': '@jax:gpu:0', 'second': '@jax:gpu:1'}, got None")
        names = ("main",) if models is None else models
        missing = [repr(name) for name in names if name not in devices]
        if missing:
            raise KeyError(f"ParallelUpdater: expected a device for {', '.join(missing)}, got devices for {', '.join(map(repr, devices))}")
        self._devices = {name: get_device(device) for name, device in devices.items()}
        self._share(models)

    def connect_trainer(self, trainer):
        for name, model in self._others().items():
            trainer.reporter.add_observer(name, model)
            trainer.reporter.add_observers(name, model.namedlinks(skipself=True))

    def update_core(self):
        batch, n = self._iterators["main"].next(), len(self._models)
        self._step({name: batch[i::n] for i, name in enumerate(self._models)})


class MultiprocessParallelUpdater(_ManyModels):
    """Lets each device train on minibatches of its own iterator, sums the gradients on the main one, and makes a step there.

    Only the main model reports. As gradients are summed and not averaged, ``lr`` is divided by the number of devices, or ``eps``
    multiplied where the rule divides by the gradient's size, with a warning that tells the new value.

    No processes are needed here: one program runs on all devices, or one can start programs on each.

    Args:
        iterators: one for each device, over datasets of one size.
        optimizer: makes the steps, with the main model.
        converter: function of a minibatch and a device that gives the arguments of the model.
        devices: a list, the main one first, or a dictionary with the key ``"main"``.
        auto_new_epoch: tell the optimizer when an epoch ends.

    Raises:
        ValueError: iterators and devices do not fit, or a device is ``None``.
    """

    _copies_persistent = _copies_report = False

    def __init__(self, iterators, optimizer, converter=concat_examples, devices=None, auto_new_epoch=True):
        if isinstance(devices, dict):
            devices = [devices["main"], *[device for name, device in devices.items() if name != "main"]]
        if not isinstance(devices, (list, tuple)) or any(device is None for device in devices):
            raise ValueError(f"MultiprocessParallelUpdater: expected a dictionary, list or tuple of devices, got {devices!r}")
        sizes = [len(iterator.dataset) for iterator in iterators]
        if len(sizes) != len(devices) or len(set(sizes)) > 1:
            raise ValueError(
                f"MultiprocessParallelUpdater: expected for each of {len(devices)} devices an iterator over as many examples, "
                f"got datasets of {', '.join(map(str, sizes))}; split_dataset_n makes such"
            )
        _correct_for_sums(optimizer, len(devices))
        super().__init__(iterators[0], optimizer, converter, auto_new_epoch=auto_new_epoch)
        names = ["main", *[f"device_{i}" for i in range(1, len(devices))]]
        self._devices = dict(zip(names, map(get_device, devices), strict=True))
        self._other_iterators = dict(zip(names[1:], iterators[1:], strict=True))
        self._models = None

    @staticmethod
    def available():
        """Whether it can be used: always."""
        return True

    def setup_workers(self):
        """Copy the model to all devices, if that has not been done; the first step does it."""
        if self._models is None:
            self._share(None)
            self._unheard = reporter.Reporter()
            for name, model in self._others().items():
                self._unheard.add_observer(name, model)
                self._unheard.add_observers(name, model.namedlinks(skipself=True))

    def update_core(self):
        self.setup_workers()
        iterators = {"main": self._iterators["main"], **self._other_iterators}
        self._step({name: iterator.next() for name, iterator in iterators.items()})

    def _loss(self, name, arrays):
        if name == "main":
            return super()._loss(name, arrays)
        with self._unheard.scope({}):
            return super()._loss(name, arrays)

    def finalize(self):
        super().finalize()
        for iterator in self._other_iterators.values():
            iterator.finalize()

    def serialize(self, serializer):
        super().serialize(serializer)
        for name, iterator in self._other_iterators.items():
            try:
                iterator.serialize(serializer["iterator:" + name])
            except KeyError:
                message = f"MultiprocessParallelUpdater: the file says nothing of the iterator of {name}, as Chainer's do; it starts anew"
                warnings.warn(message, UserWarning, stacklevel=2)


#: What divides by the size of gradients, and with which power of it ``eps`` goes.
_EPS_POWERS = {"Adam": 1, "AdaGrad": 1, "RMSprop": 1, "RMSpropGraves": 2, "AdaDelta": 2}


def _correct_for_sums(optimizer, n):
    power = _EPS_POWERS.get(type(optimizer).__name__)
    name = "lr" if power is None else "eps"
    if hasattr(optimizer, name):
        new = getattr(optimizer, name) / n if power is None else getattr(optimizer, name) * n**power
        setattr(optimizer, name, new)
        message = f"optimizer.{name} is changed to {new} by MultiprocessParallelUpdater, as the gradients of {n} devices are summed"
        warnings.warn(message, UserWarning, stacklevel=3)


# All numbers of a link in one array, as those who move them between devices by hand want them ------------------------------------


def size_num_grads(link):
    """``(how many numbers, how many parameters)`` a link has; empty parameters do not count."""
    sizes = [param.size for _, param in _filled(link)]
    return sum(sizes), len(sizes)


def _filled(link):
    return [(path, param) for path, param in sorted(link.namedparams()) if param.size]


def _gather(link, what):
    if link.xp is np:
        raise RuntimeError(f"gather_{what}s: expected a link on an accelerator, got one on @numpy; send it there by to_device first")
    with no_backprop_mode():
        parts = []
        for _, param in _filled(link):
            numbers = param.grad_var if what == "grad" else param
            if numbers is None:
                numbers = 0 * param
            parts.append(F.reshape(F.cast(numbers, np.float32), (-1,)))
        return F.concat(parts, axis=0).array


def _scatter(link, array, what):
    start, flat = 0, as_variable(array)
    with no_backprop_mode():
        for _, param in _filled(link):
            part = F.cast(F.reshape(flat[start : start + param.size], param.shape), param.dtype)
            start += param.size
            if what == "grad":
                param.grad_var = part
            else:
                param.copydata(part)


def gather_grads(link):
    """The gradients of a link on an accelerator as one float32 array; zeros for those that there are not.

    Raises:
        RuntimeError: the link is on ``@numpy``.
    """
    return _gather(link, "grad")


def gather_params(link):
    """The parameters of a link on an accelerator as one float32 array.

    Raises:
        RuntimeError: the link is on ``@numpy``.
    """
    return _gather(link, "param")


def scatter_grads(link, array):
    """Make gradients of an array as :func:`gather_grads` gives it."""
    _scatter(link, array, "grad")


def scatter_params(link, array):
    """Make parameters of an array as :func:`gather_params` gives it."""
    _scatter(link, array, "param")
