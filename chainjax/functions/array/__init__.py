"""Shapes, joining, splitting, indexing, dtypes."""

from ._index import get_item as get_item
from ._join import concat as concat
from ._join import split_axis as split_axis
from ._join import stack as stack
from ._shape import broadcast_to as broadcast_to
from ._shape import cast as cast
from ._shape import expand_dims as expand_dims
from ._shape import reshape as reshape
from ._shape import squeeze as squeeze
from ._shape import transpose as transpose
