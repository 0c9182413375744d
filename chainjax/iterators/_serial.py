"""Examples one after the other, in this thread."""

import numpy as np

from ..dataset import Iterator
from ._order import IteratorState, ShuffleOrderSampler, iterator_statemachine


class SerialIterator(Iterator):
    """Reads the examples of a dataset, shuffled anew for each sweep or in their order.

    Args:
        dataset: what can be indexed by integers.
        batch_size: how many examples a minibatch has.
        repeat: begin again after the last example. If not, iteration ends there, maybe with a smaller minibatch.
        shuffle: default true, unless there is an ``order_sampler``.
        order_sampler: function of the order so far (indices) and the position in it that gives the next one.

    Raises:
        ValueError: ``shuffle`` and ``order_sampler`` are both given.

    >>> it = chainjax.iterators.SerialIterator([1, 2, 3], 2, repeat=False, shuffle=False)
    >>> list(it)
    [[1, 2], [3]]
    """

    def __init__(self, dataset, batch_size, repeat=True, shuffle=None, order_sampler=None):
        if shuffle is not None and order_sampler is not None:
            raise ValueError("SerialIterator: expected shuffle or order_sampler, got both; leave shuffle at None")
        if order_sampler is None and shuffle is not False:
            order_sampler = ShuffleOrderSampler()
        self.dataset, self.batch_size, self.order_sampler = dataset, batch_size, order_sampler
        self._repeat, self._shuffle = repeat, shuffle
        self.reset()

    def reset(self):
        """Go back to the start, in a new order."""
        order = self.order_sampler(np.arange(len(self.dataset)), 0) if self.order_sampler else None
        self._state = IteratorState(0, 0, False, order)
        self._previous_epoch_detail = -1.0  # for None, which not all files can hold

    def __next__(self):
        self._previous_epoch_detail = self.epoch_detail
        self._state, indices = iterator_statemachine(self._state, self.batch_size, self.repeat, self.order_sampler, len(self.dataset))
        if indices is None:
            raise StopIteration
        return [self.dataset[i] for i in indices]

    next = __next__

    @property
    def repeat(self):
        """Whether a new sweep follows the last example."""
        return self._repeat

    @property
    def current_position(self):
        """How many examples of the sweep have been read."""
        return self._state.current_position

    @property
    def epoch(self):
        """How many sweeps have been finished."""
        return self._state.epoch

    @property
    def is_new_epoch(self):
        """Whether the last minibatch finished a sweep."""
        return self._state.is_new_epoch

    @property
    def epoch_detail(self):
        """How many sweeps have been made, with the fraction of the running one."""
        return self.epoch + self.current_position / self._epoch_size

    @property
    def previous_epoch_detail(self):
        """What ``epoch_detail`` was before the last minibatch; ``None`` at the start."""
        return None if self._previous_epoch_detail < 0 else self._previous_epoch_detail

    @property
    def _epoch_size(self):
        order = self._state.order
        return len(self.dataset) if order is None else len(order)

    def serialize(self, serializer):
        position = serializer("current_position", self.current_position)
        epoch = serializer("epoch", self.epoch)
        is_new_epoch = serializer("is_new_epoch", self.is_new_epoch)
        order = self._state.order
        if order is not None:
            _either(serializer, ("order", "_order"), order)  # read in place
        self._state = IteratorState(position, epoch, is_new_epoch, order)
        try:
            self._previous_epoch_detail = serializer("previous_epoch_detail", self._previous_epoch_detail)
        except KeyError:  # files of Chainer 1 lack it
            guess = self.epoch + (self.current_position - self.batch_size) / self._epoch_size
            self._previous_epoch_detail = max(guess, 0.0) if self.epoch_detail > 0 else -1.0


def _either(serializer, names, value):
    """Save under the first name; load from the first that is there, as Chainer 1 named things otherwise."""
    try:
        serializer(names[0], value)
    except KeyError:
        serializer(names[1], value)
