"""Looking after a training, and after what it leaves behind."""

import numpy as np

from ...config import config
from ...serializers._arrays import inside
from ...variable import Variable
from .._extension import Extension


class FailOnNonNumber(Extension):
    """Ends the training with an error when a parameter has become infinite or no number.

    Raises:
        RuntimeError: one has; the message says which.
    """

    def __call__(self, trainer):
        for name, optimizer in trainer.updater.get_all_optimizers().items():
            bad = [path for path, param in optimizer.target.namedparams() if not _is_finite(param)]
            if bad:
                raise RuntimeError(
                    f"FailOnNonNumber: expected finite parameters in optimizer {name!r}, got some that are infinite or no number in "
                    f"{', '.join(bad)}; a smaller learning rate, GradientClipping or initial values may help"
                )


def _is_finite(param):
    cell = inside(param)
    return cell is None or bool(np.isfinite(cell.peek()).all())


class unchain_variables(Extension):
    """Cuts reported variables from their graphs after all other extensions, where ``config.keep_graph_on_report`` keeps them there."""

    priority = 0

    def __init__(self):
        self._keeps = None

    def initialize(self, _):
        self._keeps = config.keep_graph_on_report

    def trigger(self, _):
        """Whether graphs were kept in this iteration; what is set now counts in the next."""
        keeps, self._keeps = self._keeps, config.keep_graph_on_report
        return keeps

    def __call__(self, trainer):
        for value in trainer.observation.values():
            if isinstance(value, Variable):
                value.unchain_backward()
