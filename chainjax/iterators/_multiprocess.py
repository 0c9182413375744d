"""Examples read by processes."""

import contextlib
import hashlib
import os
import pickle
import warnings

import numpy as np

from ..serializer import Serializer
from ._pool import DiedError, Pool
from ._sweeps import PrefetchingIterator


class MultiprocessIterator(PrefetchingIterator):
    """As :class:`SerialIterator`, but processes read the examples of the next minibatches while the program computes.

    The processes start with the first minibatch, from one that has neither the program's threads nor JAX: it gets a copy of the
    dataset as it is then (lambdas, local classes and those of ``__main__`` included), and the workers share that. What an example is
    made of is sent back through shared memory.

    Random numbers of ``numpy.random`` and ``random`` that a dataset draws depend on the state of ``numpy.random`` when the iterator
    was made and on the example's place in the run, and on nothing else: no two examples get the same, equal seeds give equal
    examples whatever ``n_processes`` is, and a run that goes on from a file reads what it would have read. (In Chainer the workers
    begin with copies of one state.) A ``numpy.random.Generator`` that a dataset holds is copied with it.

    Args:
        dataset: what can be indexed by integers, and pickled by ``cloudpickle``.
        batch_size: how many examples a minibatch has.
        repeat: begin again after the last example. If not, iteration ends there, maybe with a smaller minibatch.
        shuffle: default true, unless there is an ``order_sampler``.
        n_processes: how many processes; default the number of processors.
        n_prefetch: how many minibatches are read ahead.
        shared_mem: ignored; shared memory grows as it is needed.
        order_sampler: function of the order so far (indices) and the position in it that gives the next one.
        dataset_timeout: how many seconds a minibatch may be waited for before there is a warning; ``None`` for ever.
        maxtasksperchild: how many parts of minibatches a process reads before a new one takes its place; default any number.

    Raises:
        ValueError: ``shuffle`` and ``order_sampler`` are both given.

    >>> with chainjax.iterators.MultiprocessIterator([1, 2, 3], 2, repeat=False, shuffle=False, n_processes=1) as it:
    ...     list(it)
    [[1, 2], [3]]
    """

    class TimeoutWarning(RuntimeWarning):
        """A dataset takes long. ``warnings.simplefilter("error", MultiprocessIterator.TimeoutWarning)`` makes it an error."""

    _finalized = False

    def __init__(
        self, dataset, batch_size, repeat=True, shuffle=None, n_processes=None, n_prefetch=1, shared_mem=None, order_sampler=None,
        dataset_timeout=30.0, maxtasksperchild=None,
    ):  # fmt: skip
        self.shuffle, self.shared_mem, self.dataset_timeout = shuffle, shared_mem, dataset_timeout
        self.n_processes, self.n_prefetch = n_processes or os.cpu_count() or 1, max(n_prefetch, 1)
        self._max_tasks = maxtasksperchild
        # Looked at and not drawn: an iterator must not change the numbers that the program draws after it.
        state = pickle.dumps(np.random.get_state(legacy=False))
        self._seed = int.from_bytes(hashlib.blake2b(state, digest_size=7).digest(), "little")
        super().__init__(dataset, batch_size, repeat, shuffle, order_sampler)

    @property
    def repeat(self):
        """Whether a new sweep follows the last example."""
        return self._repeat

    @repeat.setter
    def repeat(self, repeat):
        self._repeat = repeat

    def reset(self):
        if self._finalized:
            raise NotImplementedError("MultiprocessIterator: it was finalized and cannot be reset; make a new one")
        super().reset()

    def __next__(self):
        if self._finalized:
            raise RuntimeError("MultiprocessIterator: it was finalized and gives no more minibatches; make a new one")
        with self._processes_in_order():
            return super().__next__()

    next = __next__

    def peek(self):
        try:
            with self._processes_in_order():
                return super().peek()
        except DiedError:
            return None  # what was being read is read again by the next call

    @contextlib.contextmanager
    def _processes_in_order(self):
        try:
            yield
        except (DiedError, KeyboardInterrupt):  # an interrupt may have come while something was read from a connection
            self._end_processes()
            raise

    def _submit(self, indices, state):
        if self._pool is None:
            self._pool = Pool(self.dataset, self.n_processes, self._max_tasks)
        return self._pool.submit(indices, self._seed, state.epoch * self._epoch_size + state.current_position)

    def _wait(self, job):
        if not job.wait(self.dataset_timeout):
            warnings.warn(
                f"MultiprocessIterator: waited {self.dataset_timeout} s for a minibatch; if the dataset is slow, take more n_processes "
                "or a larger dataset_timeout; if it hangs, look at what its __getitem__ waits for",
                self.TimeoutWarning,
                stacklevel=4,
            )
            job.wait()

    def _end_processes(self):
        """They start again when they are needed."""
        pool, self._pool = self._pool, None
        self._rewind()
        if pool is not None:
            pool.close()

    def serialize(self, serializer):
        super().serialize(serializer)
        try:
            self._seed = int(serializer("seed", self._seed))
        except KeyError:  # a file of another iterator, or of Chainer
            if isinstance(serializer, Serializer):
                raise

    def finalize(self):
        """End the processes, whatever they do."""
        self._finalized = True
        self._end_processes()
