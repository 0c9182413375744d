"""What a trainer asks for steps."""


class Updater:
    """Interface of what makes the steps of a training loop. :class:`~chainjax.training.updaters.StandardUpdater` is one.

    Subclasses have the attribute ``iteration``, how many steps have been made; for triggers that count in epochs, ``epoch``,
    ``epoch_detail`` and ``previous_epoch_detail`` as iterators have them.
    """

    def connect_trainer(self, trainer):
        """Called once by the trainer, at the end of its making: a chance to let more links report.

        Args:
            trainer: the :class:`~chainjax.training.Trainer`.
        """

    def finalize(self):
        """Called when the loop ends: finalize the iterators."""
        raise NotImplementedError(f"{type(self).__name__} must define finalize")

    def get_optimizer(self, name):
        """The optimizer of a name."""
        raise NotImplementedError(f"{type(self).__name__} must define get_optimizer")

    def get_all_optimizers(self):
        """All optimizers, a dictionary by name."""
        raise NotImplementedError(f"{type(self).__name__} must define get_all_optimizers")

    def update(self):
        """Make one step: take a minibatch, compute gradients, change parameters."""
        raise NotImplementedError(f"{type(self).__name__} must define update")

    def serialize(self, serializer):
        """Save or load everything that steps change.

        Args:
            serializer: what saves or loads.
        """
        raise NotImplementedError(f"{type(self).__name__} must define serialize")
