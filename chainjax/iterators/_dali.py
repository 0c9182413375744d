"""Minibatches made by NVIDIA's DALI."""

from ..dataset import Iterator


class DaliIterator(Iterator):
    """Minibatches of a DALI pipeline, which are no lists of examples: each is what ``pipeline.run()`` returns.

    Args:
        pipeline: an ``nvidia.dali.pipeline.Pipeline`` that reads a dataset; it is built with the first minibatch.
        repeat: begin again after the last example. If not, iteration ends there.

    Raises:
        TypeError: that is no pipeline.
    """

    epoch_size = 1  # until the pipeline is built

    def __init__(self, pipeline, repeat=True):
        missing = [name for name in ("batch_size", "build", "epoch_size", "run") if not hasattr(pipeline, name)]
        if missing:
            raise TypeError(
                f"DaliIterator: expected a pipeline of NVIDIA's DALI, got {type(pipeline).__name__}, which has no {missing[0]}; "
                "the package nvidia-dali-cuda120 has pipelines, and for other datasets there is MultiprocessIterator"
            )
        self.pipeline, self._repeat, self._is_built = pipeline, repeat, False
        self.reset()

    def reset(self):
        """Go back to the start of the count; where the pipeline stands does not change."""
        self.current_position, self.epoch, self.is_new_epoch = 0, 0, False
        self._previous_epoch_detail = -1.0

    def __next__(self):
        if not self._is_built:
            self.pipeline.build()
            self._is_built = True
            self.epoch_size = next(iter(self.pipeline.epoch_size().values()))
        if self.epoch > 0 and not self._repeat:
            raise StopIteration
        self._previous_epoch_detail = self.epoch_detail
        self.current_position += self.batch_size
        self.is_new_epoch = self.current_position >= self.epoch_size
        if self.is_new_epoch:
            self.epoch += 1
            self.current_position = self.current_position - self.epoch_size if self._repeat else 0
        return self.pipeline.run()

    next = __next__

    @property
    def repeat(self):
        """Whether a new sweep follows the last example."""
        return self._repeat

    @property
    def batch_size(self):
        """How many examples a minibatch has."""
        return self.pipeline.batch_size

    @property
    def epoch_detail(self):
        """How many sweeps have been made, with the fraction of the running one."""
        return self.epoch + self.current_position / self.epoch_size

    @property
    def previous_epoch_detail(self):
        """What ``epoch_detail`` was before the last minibatch; ``None`` at the start."""
        return None if self._previous_epoch_detail < 0 else self._previous_epoch_detail

    def serialize(self, serializer):
        self.current_position = serializer("current_position", self.current_position)
        self.epoch = serializer("epoch", self.epoch)
        self.is_new_epoch = serializer("is_new_epoch", self.is_new_epoch)
        self._previous_epoch_detail = serializer("previous_epoch_detail", self._previous_epoch_detail)
