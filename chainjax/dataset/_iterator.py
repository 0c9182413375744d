"""What all iterators over datasets have in common."""


class Iterator:
    """Gives one minibatch, a list of examples, after the other.

    Subclasses define ``__next__`` and the attributes that training loops read: ``batch_size``; ``epoch``, the sweeps finished;
    ``epoch_detail``, the same with the fraction of the running one; ``previous_epoch_detail``, what that was one minibatch
    before (``None`` at the start); ``is_new_epoch``, whether the last minibatch finished a sweep.
    """

    def __next__(self):
        """The next minibatch; ``StopIteration`` after the last."""
        raise NotImplementedError(f"{type(self).__name__} must say what the next minibatch is")

    def next(self):
        """The next minibatch, as Python 2 spells it."""
        return self.__next__()

    def finalize(self):
        """Release what the iterator holds (threads, processes). May be called several times."""

    def __iter__(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.finalize()

    def __del__(self):
        self.finalize()

    def serialize(self, serializer):
        """Save or load the position, but nothing that the constructor was given.

        Args:
            serializer: what saves or loads.
        """
