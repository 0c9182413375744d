"""Training loops: a :class:`Trainer` asks an updater for one step after the other, and calls extensions when triggers say so."""

from . import triggers as triggers
from . import util as util
from ._extension import PRIORITY_EDITOR as PRIORITY_EDITOR
from ._extension import PRIORITY_READER as PRIORITY_READER
from ._extension import PRIORITY_WRITER as PRIORITY_WRITER
from ._extension import Extension as Extension
from ._extension import make_extension as make_extension
from ._trainer import Trainer as Trainer
from ._updater import Updater as Updater
from .triggers import IntervalTrigger as IntervalTrigger
from .util import get_trigger as get_trigger

from . import updaters as updaters  # isort: skip  they are Updaters
from . import extensions as extensions  # isort: skip  they are Extensions and use triggers
from .updaters import MultiprocessParallelUpdater as MultiprocessParallelUpdater
from .updaters import ParallelUpdater as ParallelUpdater
from .updaters import StandardUpdater as StandardUpdater
