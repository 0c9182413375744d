"""Pooling."""

from ._pooling import average_pooling_2d as average_pooling_2d
from ._pooling import max_pooling_2d as max_pooling_2d
