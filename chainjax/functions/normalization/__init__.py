"""Normalisation."""

from ._batch import batch_normalization as batch_normalization
from ._batch import fixed_batch_normalization as fixed_batch_normalization
