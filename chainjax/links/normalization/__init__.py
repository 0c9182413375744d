"""Normalising links."""

from ._batch import BatchNormalization as BatchNormalization
from ._batch import BatchRenormalization as BatchRenormalization
from ._sample import GroupNormalization as GroupNormalization
from ._sample import LayerNormalization as LayerNormalization
from ._whitening import DecorrelatedBatchNormalization as DecorrelatedBatchNormalization
