"""One minibatch, one loss, one step."""

import warnings

from ...backends._device import JaxDevice, get_device
from ...dataset import ConvertedAhead, Iterator, concat_examples
from .._updater import Updater
from . import _more_state


class StandardUpdater(Updater):
    """Takes a minibatch, makes arrays of it, and lets the optimizer make a step with the loss of its link.

    Subclasses that do something else define ``update_core``. Nothing in a step waits for its numbers.

    Args:
        iterator: where minibatches come from; several of them as a dictionary by name, which are then asked by ``update_core``
            (``"main"`` counts the epochs).
        optimizer: makes the steps; several of them as a dictionary by name.
        converter: function of a minibatch and a device that gives the arguments of the loss function: a tuple, a dictionary, or
            one argument.
        device: where the links are sent; ``None`` leaves them where they are.
        loss_func: gives the loss; default the link of the optimizer.
        loss_scale: a factor for losses, by which gradients are divided again, for those of half precision that would vanish.
        auto_new_epoch: tell the optimizer when an epoch ends. A subclass that defines ``update_core`` does so itself.
        input_device: where the minibatches are sent; default as ``device``.

    Attributes:
        iteration: how many steps have been made.

    Raises:
        TypeError: what is given for an iterator is something else.
        RuntimeError: the optimizer has no link to send to the device.

    >>> model = L.Linear(2, 1)
    >>> optimizer = chainjax.optimizers.SGD().setup(model)
    >>> iterator = chainjax.iterators.SerialIterator([(np.ones(2, "f"), np.ones(1, "f"))], 1)
    >>> updater = chainjax.training.updaters.StandardUpdater(
    ...     iterator, optimizer, loss_func=lambda x, t: F.mean_squared_error(model(x), t))
    >>> updater.update()
    >>> updater.iteration, updater.epoch
    (1, 1)
    """

    def __init__(
        self,
        iterator,
        optimizer,
        converter=concat_examples,
        device=None,
        loss_func=None,
        loss_scale=None,
        auto_new_epoch=True,
        *,
        input_device=None,
    ):
        self._device = None if device is None else get_device(device)
        self._input_device = self._device if input_device is None else get_device(input_device)
        self._iterators = {"main": iterator} if isinstance(iterator, Iterator) else iterator
        if not hasattr(self._iterators, "items"):
            raise TypeError(
                f"{type(self).__name__}: expected an iterator, or a dictionary of them by name, got {type(iterator).__name__}; "
                "of a dataset, iterators.SerialIterator(dataset, batch_size) makes one"
            )
        self._optimizers = optimizer if isinstance(optimizer, dict) else {"main": optimizer}
        self.converter, self.loss_func, self.loss_scale = converter, loss_func, loss_scale
        self.auto_new_epoch = auto_new_epoch
        self._converted = ConvertedAhead()
        self.iteration = 0
        for each in self._optimizers.values():
            if self._device is not None:
                _send(each.target, self._device)
            if loss_scale is not None:
                each.set_loss_scale(loss_scale)
            if auto_new_epoch:
                each.use_auto_new_epoch = True

    @property
    def device(self):
        """Where the links were sent, or ``None``."""
        return self._device

    @property
    def input_device(self):
        """Where minibatches are sent, or ``None``."""
        return self._input_device

    @property
    def epoch(self):
        """How many sweeps the main iterator has finished."""
        return self._iterators["main"].epoch

    @property
    def epoch_detail(self):
        """The same with the fraction of the running sweep."""
        return self._iterators["main"].epoch_detail

    @property
    def previous_epoch_detail(self):
        """What ``epoch_detail`` was one minibatch before."""
        return self._iterators["main"].previous_epoch_detail

    @property
    def is_new_epoch(self):
        """Whether the last minibatch finished a sweep."""
        return self._iterators["main"].is_new_epoch

    def finalize(self):
        for iterator in self._iterators.values():
            iterator.finalize()

    def get_optimizer(self, name):
        return self._optimizers[name]

    def get_all_optimizers(self):
        return dict(self._optimizers)

    def get_iterator(self, name):
        """The iterator of a name."""
        return self._iterators[name]

    def update(self):
        self.update_core()
        self.iteration += 1

    def update_core(self):
        """What a step is."""
        iterator, optimizer = self._iterators["main"], self._optimizers["main"]
        arrays = self._converted(self.converter, iterator.next(), self.input_device)
        args, kwargs = arguments(arrays)
        optimizer.update(self.loss_func or optimizer.target, *args, **kwargs)
        self._converted.prepare(self.converter, iterator, self.input_device)  # while the device computes
        if self.auto_new_epoch and iterator.is_new_epoch:
            optimizer.new_epoch(auto=True)

    def serialize(self, serializer):
        for name, iterator in self._iterators.items():
            iterator.serialize(serializer["iterator:" + name])
        for name, optimizer in self._optimizers.items():
            optimizer.serialize(serializer["optimizer:" + name])
            optimizer.target.serialize(serializer["model:" + name])
            _more_state.serialize(optimizer, serializer, name)
        self.iteration = serializer("iteration", self.iteration)


def _send(link, device):
    """Send a link to a device; as in Chainer, what is on a GPU is not sent to another one."""
    if link is None:
        raise RuntimeError("StandardUpdater: expected an optimizer with a link; call optimizer.setup(model) first")
    elsewhere = [path for path, param in link.namedparams() if _on_gpu(device) and _on_gpu(param.device) and param.device != device]
    if not elsewhere:
        link.to_device(device)
        return
    warnings.warn(
        f"StandardUpdater: {', '.join(elsewhere)} stay where they are, as links are not sent from one GPU to another; "
        f"call model.to_device({device.name!r}) first, or pass input_device={device.name!r} instead of device",
        FutureWarning,
        stacklevel=3,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "to_gpu is deprecated", DeprecationWarning)
        link.to_gpu(device.device.local_hardware_id)


def _on_gpu(device):
    return isinstance(device, JaxDevice) and device.device.platform == "gpu"


def arguments(arrays):
    """What a converter gave, as arguments of a loss function: a tuple, and a dictionary by name."""
    if isinstance(arrays, tuple):
        return arrays, {}
    return ((), arrays) if isinstance(arrays, dict) else ((arrays,), {})
