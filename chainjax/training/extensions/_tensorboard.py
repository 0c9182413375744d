"""Curves in TensorBoard."""

from ._reports import _IntervalExtension


class TensorBoardReport(_IntervalExtension):
    """Writes the means of what was reported over intervals as scalars that TensorBoard shows: ``tensorboard --logdir result``.

    A training that is resumed goes on in the same curves: TensorBoard leaves out what was written after the snapshot.

    Args:
        keys: names of the values; default all.
        trigger: says when an interval ends.
        logdir: folder of the files; default that of the trainer.
        writer: writes the files: a ``SummaryWriter`` of tensorboardX, or what has its methods ``add_scalar``, ``flush`` and ``close``.

    Raises:
        ImportError: there is no ``writer``, and tensorboardX is not installed.
    """

    def __init__(self, keys=None, trigger=(1, "epoch"), logdir=None, writer=None):
        super().__init__(trigger)
        self._keys, self._logdir, self._writer = keys, logdir, writer
        if writer is None:
            _tensorboard()

    def initialize(self, trainer):
        if self._writer is None:
            iteration = trainer.updater.iteration
            # What comes after the snapshot that was loaded is hidden.
            purge = {"purge_step": iteration + 1} if iteration else {}
            self._writer = _tensorboard().SummaryWriter(trainer.out if self._logdir is None else self._logdir, **purge)

    def __call__(self, trainer):
        self._observe(trainer.observation, self._keys)
        if self._is_due(trainer):
            means = self._means(trainer)
            iteration = means.pop("iteration")
            for name, mean in means.items():
                self._writer.add_scalar(name, mean, iteration)
            self._writer.flush()

    def finalize(self):
        if self._writer is not None:
            self._writer.close()


def _tensorboard():
    try:
        import tensorboardX
    except ImportError as exc:
        raise ImportError("TensorBoardReport needs tensorboardX, which is not installed: pip install 'chainjax[tensorboard]'") from exc
    return tensorboardX
