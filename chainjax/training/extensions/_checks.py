"""Looking after a training, and after what it leaves behind."""

import numpy as np

import jax.numpy as jnp

from ... import engine
from ...backends._cell import Part
from ...config import config
from ...engine import Value
from ...serializers._arrays import inside
from ...variable import Variable
from .._extension import Extension


class FailOnNonNumber(Extension):
    """Ends the training with an error when a parameter has become infinite or no number.

    The devices look for it themselves: what is read of each is one flag, not the parameters.

    Raises:
        RuntimeError: one has; the message says which.
    """

    def __call__(self, trainer):
        for name, optimizer in trainer.updater.get_all_optimizers().items():
            cells = {path: cell for path, param in optimizer.target.namedparams() if (cell := inside(param)) is not None}
            if not _are_finite([cell.kept.pack.kept if cell.kept.__class__ is Part else cell.kept for cell in cells.values()]):
                bad = [path for path, cell in cells.items() if not _are_finite([cell.content])]
                raise RuntimeError(
                    f"FailOnNonNumber: expected finite parameters in optimizer {name!r}, got some that are infinite or no number in "
                    f"{', '.join(bad)}; a smaller learning rate, GradientClipping or initial values may help"
                )


def _are_finite(contents):
    """Whether there are only finite numbers in host arrays and Values, each of which is looked at once, where it is."""
    devices = {}
    for content in {id(c): c for c in contents}.values():
        devices.setdefault(content.aval.device if content.__class__ is Value else np, []).append(content)
    here = devices.pop(np, ())
    flags = [engine.record(engine.signature_of(_finite, (), tuple([v.aval for v in values])), values)[0] for values in devices.values()]
    return all(np.isfinite(array).all() for array in here) and all(bool(engine.fetch(flag)) for flag in flags)


def _finite(*arrays):
    return jnp.stack([jnp.isfinite(a).all() for a in arrays]).all()


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
