"""Datasets: of arrays in memory, of files, made of others, and real ones."""

from ._digits import get_digits as get_digits
from ._parts import ConcatenatedDataset as ConcatenatedDataset
from ._parts import SubDataset as SubDataset
from ._parts import TransformDataset as TransformDataset
from ._parts import get_cross_validation_datasets as get_cross_validation_datasets
from ._parts import get_cross_validation_datasets_random as get_cross_validation_datasets_random
from ._parts import split_dataset as split_dataset
from ._parts import split_dataset_n as split_dataset_n
from ._parts import split_dataset_n_random as split_dataset_n_random
from ._parts import split_dataset_random as split_dataset_random
from ._tuple import DictDataset as DictDataset
from ._tuple import TupleDataset as TupleDataset
