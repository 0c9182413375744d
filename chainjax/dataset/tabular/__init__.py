"""Datasets that are tables."""

from ._from_data import from_data as from_data
from ._tabular import DelegateDataset as DelegateDataset
