"""Time of links."""

import jax

from .. import engine
from ..function_hooks._times import Times
from ..link_hook import LinkHook
from ..variable import Variable, use


class TimerHook(Times, LinkHook):
    """Measures each call of a link, with that of the links inside.

    What a link has recorded is computed when its call begins and ends, so that the time is that of the work.

    >>> hook = TimerHook()
    >>> with hook:
    ...     _ = L.Linear(2, 3)(np.zeros((1, 2), np.float32))
    >>> hook.summary()["Linear"]["occurrence"]
    1
    """

    name = "TimerHook"
    _what = "LinkName"

    def forward_preprocess(self, args):
        engine.flush("timer")
        self._start()

    def forward_postprocess(self, args):
        engine.flush("timer")
        results = [x for x in jax.tree_util.tree_leaves(args.out) if isinstance(x, Variable) and x._contents is not None]
        jax.block_until_ready([engine.fetch(use(x._contents)) for x in results])
        self._stop(type(args.link).__name__)

    def _forward_failed(self, link):
        self._running.pop()
