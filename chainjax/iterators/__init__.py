"""Iterators over datasets."""

from ._order import OrderSampler as OrderSampler
from ._order import ShuffleOrderSampler as ShuffleOrderSampler
from ._serial import SerialIterator as SerialIterator
