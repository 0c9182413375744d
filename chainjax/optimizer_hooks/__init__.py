"""Hooks of optimizers."""

from ._hooks import GradientClipping as GradientClipping
from ._hooks import WeightDecay as WeightDecay
