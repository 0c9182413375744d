"""Losses."""

from ._classification import softmax_cross_entropy as softmax_cross_entropy
from ._regression import mean_squared_error as mean_squared_error
