"""Normalising links."""

from ._batch import BatchNormalization as BatchNormalization
