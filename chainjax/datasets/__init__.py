"""Datasets: of arrays in memory, and real ones."""

from ._digits import get_digits as get_digits
from ._tuple import TupleDataset as TupleDataset
