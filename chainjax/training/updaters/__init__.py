"""What makes the steps of a training loop."""

from ._parallel import MultiprocessParallelUpdater as MultiprocessParallelUpdater
from ._parallel import ParallelUpdater as ParallelUpdater
from ._standard import StandardUpdater as StandardUpdater
