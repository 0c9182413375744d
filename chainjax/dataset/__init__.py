"""What a dataset is, how it is iterated over, and how examples become arrays."""

from . import tabular as tabular
from ._convert import ConcatWithAsyncTransfer as ConcatWithAsyncTransfer
from ._convert import ConvertedAhead as ConvertedAhead
from ._convert import Converter as Converter
from ._convert import concat_examples as concat_examples
from ._convert import converter as converter
from ._convert import to_device as to_device
from ._download import cache_or_load_file as cache_or_load_file
from ._download import cached_download as cached_download
from ._download import get_dataset_directory as get_dataset_directory
from ._download import get_dataset_root as get_dataset_root
from ._download import set_dataset_root as set_dataset_root
from ._iterator import Iterator as Iterator
from ._mixin import DatasetMixin as DatasetMixin
from .tabular._tabular import TabularDataset as TabularDataset
