"""When something is done in a training loop: functions of the trainer that say yes or no."""

from ._progress import IntervalTrigger as IntervalTrigger
from ._progress import ManualScheduleTrigger as ManualScheduleTrigger
from ._progress import OnceTrigger as OnceTrigger
from ._progress import TimeTrigger as TimeTrigger
from ._values import BestValueTrigger as BestValueTrigger
from ._values import EarlyStoppingTrigger as EarlyStoppingTrigger
from ._values import MaxValueTrigger as MaxValueTrigger
from ._values import MinValueTrigger as MinValueTrigger
