"""Hooks of links."""

from ._timer import TimerHook as TimerHook
from ._weight import SpectralNormalization as SpectralNormalization
from ._weight import WeightStandardization as WeightStandardization
