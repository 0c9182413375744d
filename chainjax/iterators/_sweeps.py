"""What iterators share that read a dataset again and again: where they stand, and how that is saved."""

import collections
import sys

import numpy as np

from ..dataset import Iterator
from ..serializer import Serializer
from ._order import IteratorState, ShuffleOrderSampler, iterator_statemachine


class SweepingIterator(Iterator):
    """Reads the examples of a dataset in sweeps. Subclasses read (``__next__``)."""

    # Chainer's iterators do not agree on how this is called in files.
    _order_names = ("order", "_order")

    def __init__(self, dataset, batch_size, repeat, shuffle, order_sampler):
        if shuffle is not None and order_sampler is not None:
            raise ValueError(f"{type(self).__name__}: expected shuffle or order_sampler, got both; leave shuffle at None")
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

    def _after(self, state):
        """The state one minibatch later, and the indices of that minibatch."""
        return iterator_statemachine(state, self.batch_size, self.repeat, self._next_order, len(self.dataset))

    def _next_order(self, order, position):
        return self.order_sampler(order, position)

    def _move_to(self, state):
        self._previous_epoch_detail = self.epoch_detail
        self._state = state

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
            order = order.copy()
            try:
                serializer(self._order_names[0], order)  # read in place
            except KeyError:
                serializer(self._order_names[1], order)
        self._state = IteratorState(position, epoch, is_new_epoch, order)
        try:
            self._previous_epoch_detail = serializer("previous_epoch_detail", self._previous_epoch_detail)
        except KeyError:  # files of Chainer 1 lack it
            guess = self.epoch + (self.current_position - self.batch_size) / self._epoch_size
            self._previous_epoch_detail = max(guess, 0.0) if self.epoch_detail > 0 else -1.0


class PrefetchingIterator(SweepingIterator):
    """Has others read the next minibatches. Subclasses say how (``_submit``) and how many (``n_prefetch``).

    The order of a sweep is drawn when its first minibatch is asked for, in the thread of the caller, so that equal programs draw
    equal numbers. Orders drawn ahead are saved too: a run that goes on from a file has those of a run that was never stopped.
    """

    n_prefetch = 1
    _pool = None

    def _submit(self, indices, state):
        """Begin to read examples.

        Args:
            indices: which.
            state: where the iterator stands before them.

        Returns:
            What has ``wait(timeout)``, ``ready()``, ``successful()`` and ``get()``, as ``multiprocessing.pool.AsyncResult``.
        """
        raise NotImplementedError

    def _wait(self, job):
        job.wait()

    def reset(self):
        self._rewind()
        self._orders.clear()
        super().reset()

    def _rewind(self):
        """Forget what is being read, but no order that was drawn."""
        self._orders = collections.deque(self._orders_ahead())
        self._ahead = collections.deque()

    def _orders_ahead(self):
        return [order for _, orders, _ in self._ahead for order in orders] + list(self._orders)

    # What is being read: (state after it, the orders drawn for it, job); the last has no job where the dataset ends.
    _ahead = _orders = ()

    def _read_ahead(self):
        while len(self._ahead) <= self.n_prefetch:  # this one and those that follow
            last, _, job = self._ahead[-1] if self._ahead else (self._state, (), ...)
            if job is None:
                break
            self._drawn = []
            state, indices = self._after(last)
            self._ahead.append((state, self._drawn, None if indices is None else self._submit(indices, last)))

    def _next_order(self, order, position):
        new = self._orders.popleft() if self._orders else self.order_sampler(order, position)
        self._drawn.append(new)
        return new

    def __next__(self):
        self._read_ahead()
        state, _, job = self._ahead[0]
        if job is not None:
            self._wait(job)
        self._ahead.popleft()
        self._move_to(state)
        if job is None:
            raise StopIteration
        return job.get()

    next = __next__

    def peek(self):
        """The next minibatch if it has been read already, else ``None``; the iterator stays where it is."""
        job = self._ahead[0][2] if self._ahead else None
        return job.get() if job is not None and job.ready() and job.successful() else None

    def serialize(self, serializer):
        super().serialize(serializer)
        if isinstance(serializer, Serializer):
            orders = self._orders_ahead()
            if orders:
                serializer("orders_ahead", np.stack(orders))
            return
        self._ahead.clear()
        try:
            orders = serializer("orders_ahead", None)
        except KeyError:
            orders = None
        self._orders = collections.deque(() if orders is None else orders)

    def __del__(self, is_finalizing=sys.is_finalizing):
        if not is_finalizing():  # then modules may have been taken apart, and threads and processes end by themselves
            self.finalize()

    def __getstate__(self):
        return {**self.__dict__, "_pool": None, "_ahead": collections.deque(), "_orders": collections.deque(self._orders_ahead())}
