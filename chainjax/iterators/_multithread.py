"""Examples read by threads."""

import functools
import weakref
from multiprocessing.pool import ThreadPool

from ..dataset._mixin import read_example
from ..serializer import Serializer
from ._sweeps import PrefetchingIterator


class MultithreadIterator(PrefetchingIterator):
    """As :class:`SerialIterator`, but threads read the examples of the next minibatch while the program computes.

    For datasets that wait (for files, a network) or leave Python while they compute, as NumPy and Pillow do with large arrays.

    Args:
        dataset: what can be indexed by integers, by several threads at a time.
        batch_size: how many examples a minibatch has.
        repeat: begin again after the last example. If not, iteration ends there, maybe with a smaller minibatch.
        shuffle: default true, unless there is an ``order_sampler``.
        n_threads: how many threads.
        order_sampler: function of the order so far (indices) and the position in it that gives the next one.

    Raises:
        ValueError: ``shuffle`` and ``order_sampler`` are both given.

    >>> with chainjax.iterators.MultithreadIterator([1, 2, 3], 2, repeat=False, shuffle=False, n_threads=2) as it:
    ...     list(it)
    [[1, 2], [3]]
    """

    _order_names = ("_order", "order")

    def __init__(self, dataset, batch_size, repeat=True, shuffle=None, n_threads=1, order_sampler=None):
        self.n_threads = n_threads
        super().__init__(dataset, batch_size, repeat, shuffle, order_sampler)

    def _submit(self, indices, state):
        if self._pool is None:
            self._pool = ThreadPool(self.n_threads)
            weakref.finalize(self, self._pool.terminate)  # else it complains when the program ends
        return self._pool.map_async(functools.partial(read_example, self.dataset), indices, chunksize=1)

    def serialize(self, serializer):
        super().serialize(serializer)
        if self._state.order is None and isinstance(serializer, Serializer):
            serializer("_order", None)  # which Chainer looks for

    def finalize(self):
        """End the threads, when they are done with the example that they read."""
        pool, self._pool = self._pool, None
        self._rewind()
        if pool is not None:
            pool.terminate()
