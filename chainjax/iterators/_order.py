"""In which order a sweep visits the examples, and where it stands: what all iterators share."""

import collections

import numpy as np


class OrderSampler:
    """Gives the order of the next sweep; subclasses define ``__call__``. Any function of these arguments will do as well."""

    def __call__(self, current_order, current_position):
        """The next order, an array of indices as long as the one before.

        Args:
            current_order: the order of the sweep that ends.
            current_position: where in it the iterator stands.
        """
        raise NotImplementedError(f"{type(self).__name__} must say what the next order is")


class ShuffleOrderSampler(OrderSampler):
    """All examples in random order.

    Args:
        random_state: where the random numbers come from; default NumPy's global state.
    """

    def __init__(self, random_state=None):
        # The RandomState that numpy.random.seed seeds, and not the module: this can be pickled.
        self._random = np.random.mtrand._rand if random_state is None else random_state

    def __call__(self, current_order, current_position):
        return self._random.permutation(len(current_order))


#: Where an iterator stands. ``order`` is ``None`` for the order of the dataset.
IteratorState = collections.namedtuple("IteratorState", ("current_position", "epoch", "is_new_epoch", "order"))


def iterator_statemachine(state, batch_size, repeat, order_sampler, dataset_len):
    """The state after a minibatch, and the indices of that minibatch (``None`` after the last).

    Args:
        state: the state before.
        batch_size: how many examples a minibatch has; the last may have fewer where ``repeat`` is false.
        repeat: whether a new sweep follows.
        order_sampler: gives the order of the next sweep; ``None`` for the order of the dataset.
        dataset_len: how many examples the dataset has.
    """
    start, epoch, _, order = state
    if epoch > 0 and not repeat:
        return state, None
    n = dataset_len if order is None else len(order)
    if repeat and n == 0:
        raise ValueError("expected a dataset with examples for an iterator that repeats, but the epoch size is 0")
    stop, is_new_epoch, parts = start + batch_size, False, []
    while stop >= n:  # a minibatch larger than the dataset spans several sweeps
        parts.append(_part(order, start, n))
        if order is not None:
            order = _next_order(order_sampler, order, start)
        epoch, is_new_epoch, start = epoch + 1, True, 0
        if not repeat:
            stop = 0
            break
        stop -= n
    parts.append(_part(order, start, stop))
    return IteratorState(stop, epoch, is_new_epoch, order), np.concatenate(parts)


def _part(order, start, stop):
    return np.arange(start, stop, dtype=np.intp) if order is None else order[start:stop]


def _next_order(order_sampler, order, position):
    new = order_sampler(order, position)
    if len(new) != len(order):
        raise ValueError(f"an order sampler must give as many indices as before, {len(order)}, but gave {len(new)}")
    return new
