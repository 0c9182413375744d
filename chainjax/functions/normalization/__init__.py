"""Normalisation."""

from ._batch import batch_normalization as batch_normalization
from ._batch import fixed_batch_normalization as fixed_batch_normalization
from ._renormalization import batch_renormalization as batch_renormalization
from ._renormalization import fixed_batch_renormalization as fixed_batch_renormalization
from ._sample import group_normalization as group_normalization
from ._sample import layer_normalization as layer_normalization
from ._sample import local_response_normalization as local_response_normalization
from ._sample import normalize as normalize
from ._whitening import decorrelated_batch_normalization as decorrelated_batch_normalization
from ._whitening import fixed_decorrelated_batch_normalization as fixed_decorrelated_batch_normalization
