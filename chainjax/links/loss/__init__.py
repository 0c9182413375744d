"""Links that are losses."""

from ._crf import CRF1d as CRF1d
from ._hierarchical import BinaryHierarchicalSoftmax as BinaryHierarchicalSoftmax
from ._sampling import BlackOut as BlackOut
from ._sampling import NegativeSampling as NegativeSampling
