"""Iterators over datasets."""

from ._dali import DaliIterator as DaliIterator
from ._multiprocess import MultiprocessIterator as MultiprocessIterator
from ._multithread import MultithreadIterator as MultithreadIterator
from ._order import OrderSampler as OrderSampler
from ._order import ShuffleOrderSampler as ShuffleOrderSampler
from ._serial import SerialIterator as SerialIterator
