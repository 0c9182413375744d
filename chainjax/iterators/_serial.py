"""Examples one after the other, in this thread."""

from ..dataset._mixin import read_example
from ._sweeps import SweepingIterator


class SerialIterator(SweepingIterator):
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
        super().__init__(dataset, batch_size, repeat, shuffle, order_sampler)

    def __next__(self):
        self._previous_epoch_detail = self.epoch_detail
        self._state, indices = self._after(self._state)
        if indices is None:
            raise StopIteration
        return [read_example(self.dataset, i) for i in indices]

    next = __next__
