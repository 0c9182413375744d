"""From a minibatch, a list of examples, to arrays of a device."""

import collections

import numpy as np

from ..backends._device import JaxDevice, get_device, get_device_from_array, using_device
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


def call_converter(converter, batch, device):
    """Call a converter of either kind: a :class:`Converter` is given the device, functions of former times its number.

    Args:
        converter: function of ``batch`` and ``device``.
        batch: a list of examples.
        device: a :class:`~chainjax.backend.Device`, or ``None``.
    """
    if not isinstance(converter, Converter) and device is not None:
        device = -1 if device.xp is np else device.device.local_hardware_id
    return converter(batch, device)


class ConvertedAhead:
    """Calls a converter with the next minibatch while the device still computes with this one.

    Only for iterators that read ahead (``peek``) and accelerators. On ``@numpy`` arrays are where they are needed, and a converter
    may draw random numbers, which must not come before those of the step.

    >>> ahead = chainjax.dataset.ConvertedAhead()
    >>> device = chainjax.get_device("@jax")
    >>> with chainjax.iterators.MultithreadIterator(np.arange(4), 2, shuffle=False) as iterator:
    ...     for _ in range(2):
    ...         x = ahead(chainjax.dataset.concat_examples, iterator.next(), device)
    ...         ahead.prepare(chainjax.dataset.concat_examples, iterator, device)  # when the step has been started
    ...         print(x.get())
    [0 1]
    [2 3]
    """

    _prepared = None

    def __call__(self, converter, batch, device):
        """What the converter makes of a minibatch, which may be there already.

        Args:
            converter: function of a minibatch and a device.
            batch: the minibatch, the very object that the iterator gave.
            device: a :class:`~chainjax.backend.Device`, or ``None``.
        """
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            whose, by, where, arrays = prepared
            if whose is batch and by is converter and where == device:
                return arrays
        return call_converter(converter, batch, device)

    def prepare(self, converter, iterator, device):
        """Convert the next minibatch if that is possible without waiting. To be called when the step of this one has been started.

        Args:
            converter: function of a minibatch and a device.
            iterator: where the next minibatch comes from; it stays where it is.
            device: a :class:`~chainjax.backend.Device`, or ``None``.
        """
        peek = getattr(iterator, "peek", None)
        batch = peek() if peek is not None and isinstance(device, JaxDevice) else None
        if batch is None:
            return
        try:
            self._prepared = batch, converter, device, call_converter(converter, batch, device)
        except Exception:
            self._prepared = None  # it is raised when this minibatch has its turn, by the same call


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
    """:func:`concat_examples` for one device. JAX sends arrays while the device computes, so that is all there is to do.

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


class Conveyor:
    """Arrays on their way to a device, first in, first out.

    Args:
        device: a device, what names one (below 0: the CPU), or ``None`` to leave arrays where they are.
        stream: ignored; XLA has its own.
    """

    def __init__(self, device=None, stream=None):
        self._device, self._sent = device, collections.deque()

    def put(self, array):
        """Begin to send an array.

        Args:
            array: a NumPy array.
        """
        self._sent.append(to_device(self._device, array))

    def get(self, sync=True):
        """The array that was put first, on the device.

        Args:
            sync: ignored; whoever reads the array waits for it.
        """
        return self._sent.popleft()
