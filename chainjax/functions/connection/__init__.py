"""Functions with weights: products, convolutions, lookups."""

from ._convolution import convolution_1d as convolution_1d
from ._convolution import convolution_2d as convolution_2d
from ._convolution import convolution_3d as convolution_3d
from ._convolution import convolution_nd as convolution_nd
from ._convolution import deconvolution_1d as deconvolution_1d
from ._convolution import deconvolution_2d as deconvolution_2d
from ._convolution import deconvolution_3d as deconvolution_3d
from ._convolution import deconvolution_nd as deconvolution_nd
from ._convolution import depthwise_convolution_2d as depthwise_convolution_2d
from ._convolution import dilated_convolution_2d as dilated_convolution_2d
from ._embed import embed_id as embed_id
from ._linear import bilinear as bilinear
from ._linear import linear as linear
from ._local import deformable_convolution_2d_sampler as deformable_convolution_2d_sampler
from ._local import local_convolution_2d as local_convolution_2d
from ._local import shift as shift
