"""Hooks of optimizers."""

from ._hooks import GradientClipping as GradientClipping
from ._hooks import GradientHardClipping as GradientHardClipping
from ._hooks import GradientLARS as GradientLARS
from ._hooks import GradientNoise as GradientNoise
from ._hooks import Lasso as Lasso
from ._hooks import WeightDecay as WeightDecay
