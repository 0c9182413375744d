"""What a dataset is, how it is iterated over, and how examples become arrays."""

from ._convert import ConcatWithAsyncTransfer as ConcatWithAsyncTransfer
from ._convert import Converter as Converter
from ._convert import concat_examples as concat_examples
from ._convert import converter as converter
from ._convert import to_device as to_device
from ._iterator import Iterator as Iterator
from ._mixin import DatasetMixin as DatasetMixin
