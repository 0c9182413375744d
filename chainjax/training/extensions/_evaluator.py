"""How good the model is on other data."""

import copy
import time
import warnings

from ... import backend, reporter
from ...config import using_config
from ...dataset import Iterator, concat_examples
from ...dataset._convert import call_converter
from ...function import no_backprop_mode
from ...link import Link
from .._extension import PRIORITY_WRITER, Extension
from ..updaters._standard import arguments
from . import util


class Evaluator(Extension):
    """Runs a model over other data, once in an epoch by default, and reports the means of what it reports.

    The names begin with that of the extension: ``"validation/main/loss"``. It can be called without a trainer. The numbers of all
    minibatches are read together at the end.

    Args:
        iterator: gives the minibatches of one sweep, or a dictionary of such, of which ``"main"`` is used here.
        target: the model, or a dictionary of links that may report; ``"main"`` is the model.
        converter: makes arrays of a minibatch.
        device: where to.
        eval_hook: called with this extension before each evaluation.
        eval_func: called with the arrays of each minibatch; default the model.
        progress_bar: whether to show how far it is.

    >>> model = L.Classifier(L.Linear(2, 3))
    >>> data = [(np.ones(2, np.float32), np.int32(1))] * 5
    >>> iterator = chainjax.iterators.SerialIterator(data, 2, repeat=False, shuffle=False)
    >>> sorted(chainjax.training.extensions.Evaluator(iterator, model)())
    ['main/accuracy', 'main/loss']
    """

    trigger = 1, "epoch"
    default_name = "validation"
    priority = PRIORITY_WRITER

    def __init__(self, iterator, target, converter=concat_examples, device=None, eval_hook=None, eval_func=None, *, progress_bar=False):
        self._iterators = {"main": iterator} if isinstance(iterator, Iterator) else iterator
        self._targets = {"main": target} if isinstance(target, Link) else target
        self.converter, self.eval_hook, self.eval_func = converter, eval_hook, eval_func
        self.device = None if device is None else backend.get_device(device)
        self._progress_bar = progress_bar
        for name, each in self._iterators.items():
            if getattr(each, "repeat", False) is True:
                message = f"Evaluator: the iterator {name!r} repeats, so that the evaluation may never end; make it with repeat=False"
                warnings.warn(message, UserWarning, stacklevel=2)

    def get_iterator(self, name):
        """The iterator of a name.

        Args:
            name: ``"main"``, or a key of what was given.
        """
        return self._iterators[name]

    def get_all_iterators(self):
        """All iterators, a dictionary by name."""
        return dict(self._iterators)

    def get_target(self, name):
        """The link of a name.

        Args:
            name: ``"main"``, or a key of what was given.
        """
        return self._targets[name]

    def get_all_targets(self):
        """All links, a dictionary by name."""
        return dict(self._targets)

    def __call__(self, trainer=None):
        """Evaluate, report the means, and give them back.

        Args:
            trainer: not needed.
        """
        own = reporter.Reporter()
        prefix = "" if self.name is None else f"{self.name}/"
        for name, target in self._targets.items():
            own.add_observer(prefix + name, target)
            own.add_observers(prefix + name, target.namedlinks(skipself=True))
        with own, using_config("train", False):
            result = self.evaluate()
        reporter.report(result)
        return result

    def evaluate(self):
        """Run the model over the data and give the means of what it reports, by name; subclasses may do it in another way."""
        eval_func = self.eval_func or self._targets["main"]
        if self.eval_hook:
            self.eval_hook(self)
        iterator = _from_the_start(self._iterators["main"])
        bar = _IteratorBar(iterator) if self._progress_bar else None
        summary = reporter.DictSummary()
        try:
            for batch in iterator:
                observation = {}
                with reporter.report_scope(observation):
                    args, kwargs = arguments(call_converter(self.converter, batch, self.device))
                    with no_backprop_mode():
                        eval_func(*args, **kwargs)
                summary.add(observation)
                if bar is not None:
                    bar.update()
        finally:
            if bar is not None:
                bar.close()
        return summary.compute_mean()

    def finalize(self):
        """Finalize the iterators."""
        for iterator in self._iterators.values():
            iterator.finalize()


def _from_the_start(iterator):
    if hasattr(iterator, "reset"):
        iterator.reset()
        return iterator
    message = f"Evaluator: {type(iterator).__name__} has no method reset, so a copy is used up each time; define reset"
    warnings.warn(message, DeprecationWarning, stacklevel=3)
    return copy.copy(iterator)


class _IteratorBar(util.ProgressBar):
    _seconds = 10  # it is asked after each minibatch

    def __init__(self, iterator):
        super().__init__()
        if not (hasattr(iterator, "current_position") and hasattr(iterator, "epoch_detail")):
            raise TypeError(
                f"Evaluator: expected an iterator with current_position and epoch_detail for a progress bar, got "
                f"{type(iterator).__name__}; define them or leave progress_bar out"
            )
        self._iterator = iterator
        self._next = time.monotonic() + self._seconds
        self.update_speed(0, 0.0)

    def fraction(self):
        return self._iterator.epoch_detail

    def get_lines(self):
        position, epoch, size = self._iterator.current_position, self.fraction(), getattr(self._iterator, "_epoch_size", None)
        by_iteration, by_epoch = self.update_speed(position, epoch)
        of = f" / {size}" if size else ""
        left = util.time_left(1.0 - epoch, by_epoch)
        return [
            self.bar("validation", epoch),
            f"{position:10}{of} iterations\n",
            f"{by_iteration:10.5g} iters/sec. Estimated time to finish: {left}.\n",
        ]
