"""What makes triggers of what users write for them."""

from .triggers._progress import _never_fire_trigger as _never_fire_trigger
from .triggers._progress import get_trigger as get_trigger
