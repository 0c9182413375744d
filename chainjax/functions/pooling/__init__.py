"""Pooling."""

from ._pooling import average_pooling_1d as average_pooling_1d
from ._pooling import average_pooling_2d as average_pooling_2d
from ._pooling import average_pooling_3d as average_pooling_3d
from ._pooling import average_pooling_nd as average_pooling_nd
from ._pooling import max_pooling_1d as max_pooling_1d
from ._pooling import max_pooling_2d as max_pooling_2d
from ._pooling import max_pooling_3d as max_pooling_3d
from ._pooling import max_pooling_nd as max_pooling_nd
from ._pooling import unpooling_1d as unpooling_1d
from ._pooling import unpooling_2d as unpooling_2d
from ._pooling import unpooling_3d as unpooling_3d
from ._pooling import unpooling_nd as unpooling_nd
from ._pooling import upsampling_2d as upsampling_2d
from ._regions import roi_average_align_2d as roi_average_align_2d
from ._regions import roi_average_pooling_2d as roi_average_pooling_2d
from ._regions import roi_max_align_2d as roi_max_align_2d
from ._regions import roi_max_pooling_2d as roi_max_pooling_2d
from ._regions import roi_pooling_2d as roi_pooling_2d
from ._regions import spatial_pyramid_pooling_2d as spatial_pyramid_pooling_2d
