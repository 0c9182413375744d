"""From a minibatch, a list of examples, to arrays of a device."""

import numpy as np

from ..backends._device import get_device, get_device_from_array, using_device
from ..functions import stack
from ..variable import get_array_types


class Converter:
    """What makes arrays of a minibatch; subclasses define ``__call__``. :func:`converter` makes one of a function."""

    def __call__(self, batch, device):
        """The minibatch converted.

        Args:
            batch: a list of examples.
            device: the :class:`~chainjax.backend.Device` to send the arrays to, or ``None``.
        """
        raise NotImplementedError(f"{type(self).__name__} must say how a minibatch is converted")


class _FunctionConverter(Converter):
    """A function of ``(batch, device, ...)`` as converter: what stands for a device becomes one before the call."""

    def __init__(self, function):
        if not callable(function):
            raise TypeError(f"converter: expected a function, got {function!r}")
        self.function = function
        self.__doc__ = function.__doc__

    def __call__(self, *args, **kwargs):
        if len(args) > 1:
            args = (args[0], _device_or_none(args[1]), *args[2:])
        elif "device" in kwargs:
            kwargs["device"] = _device_or_none(kwargs["device"])
        return self.function(*args, **kwargs)


def converter():
    """Decorator: a function of ``(batch, device)`` becomes a :class:`Converter`, whose device is always a ``Device`` or ``None``.

    >>> @chainjax.dataset.converter()
    ... def stack_all(batch, device):
    ...     return device.send(np.stack(batch))
    >>> stack_all([np.zeros(2), np.ones(2)], "@numpy")
    array([[0., 0.],
           [1., 1.]])
    """
    return _FunctionConverter


def _device_or_none(spec):
    return None if spec is None else get_device(spec)


def to_device(device, x):
    """An array on a device.

    Args:
        device: a device, what names one (below 0: the CPU), or ``None`` to leave ``x`` where it is.
        x: an array.
    """
    device = _device_or_none(device)
    return x if device is None else device.send(x)


def concat_examples_func(batch, device=None, padding=None):
    """One array of all examples; where they are tuples or dictionaries of arrays, a tuple or dictionary of such arrays.

    Args:
        batch: a list of examples, which are alike.
        device: where to send the arrays; ``None`` leaves them where they are.
        padding: what fills the smaller up to the size of the largest, a number, or a tuple or dictionary of them for examples that
            are such; ``None`` lets different shapes be an error.

    Raises:
        ValueError: there are no examples, or their shapes differ and there is no padding.

    >>> chainjax.dataset.concat_examples([(np.array([1, 2]), 0), (np.array([3]), 1)], padding=-1)
    (array([[ 1,  2],
           [ 3, -1]]), array([0, 1]))
    """
    if not batch:
        raise ValueError("concat_examples: expected at least one example, but the batch is empty")
    first = batch[0]
    if isinstance(first, tuple):
        paddings = padding if isinstance(padding, tuple) else [padding] * len(first)
        return tuple([to_device(device, _concat([example[i] for example in batch], paddings[i])) for i in range(len(first))])
    if isinstance(first, dict):
        paddings = padding if isinstance(padding, dict) else dict.fromkeys(first, padding)
        return {key: to_device(device, _concat([example[key] for example in batch], paddings[key])) for key in first}
    return to_device(device, _concat(batch, padding))


# An object and not a function, so that trainers see that it wants a Device; it can be pickled since the function has a name here.
concat_examples = _FunctionConverter(concat_examples_func)


def _concat(arrays, padding):
    if not isinstance(arrays[0], get_array_types()):  # numbers and lists
        arrays = np.asarray(arrays)
    if padding is not None:
        return _concat_padded(arrays, padding)
    if isinstance(arrays[0], (np.ndarray, np.generic)):
        return np.stack(arrays)
    return stack(list(arrays)).array


def _concat_padded(arrays, padding):
    device = get_device_from_array(arrays[0])
    shape = np.max([a.shape for a in arrays], axis=0).astype(int)
    with using_device(device):
        result = device.xp.full((len(arrays), *shape.tolist()), padding, dtype=arrays[0].dtype)
    for i, array in enumerate(arrays):
        result[(i, *[slice(n) for n in array.shape])] = array
    return result


class ConcatWithAsyncTransfer:
    """:func:`concat_examples` for one device. JAX sends arrays while the program goes on, so nothing is left to do but that.

    Args:
        stream: ignored; XLA has its own.
        compute_stream: ignored too.
    """

    _device = _UNSET = object()

    def __init__(self, stream=None, compute_stream=None):
        pass

    def __call__(self, batch, device=None, padding=None):
        """See :func:`concat_examples`.

        Args:
            batch: a list of examples.
            device: where to send the arrays; the same in all calls.
            padding: what fills the smaller up to the size of the largest.

        Raises:
            ValueError: the device is another than in the first call.
        """
        if self._device is self._UNSET:
            self._device = device
        elif device != self._device:
            raise ValueError(f"ConcatWithAsyncTransfer: expected the device of the first call, {self._device}, got {device}")
        return concat_examples(batch, device, padding)
