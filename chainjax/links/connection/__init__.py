"""Links with weights."""

from ._bilinear import Bilinear as Bilinear
from ._blocks import Highway as Highway
from ._blocks import Inception as Inception
from ._blocks import InceptionBN as InceptionBN
from ._blocks import MLPConvolution2D as MLPConvolution2D
from ._convolution import Convolution1D as Convolution1D
from ._convolution import Convolution2D as Convolution2D
from ._convolution import Convolution3D as Convolution3D
from ._convolution import ConvolutionND as ConvolutionND
from ._convolution import Deconvolution1D as Deconvolution1D
from ._convolution import Deconvolution2D as Deconvolution2D
from ._convolution import Deconvolution3D as Deconvolution3D
from ._convolution import DeconvolutionND as DeconvolutionND
from ._convolution import DepthwiseConvolution2D as DepthwiseConvolution2D
from ._convolution import DilatedConvolution2D as DilatedConvolution2D
from ._elementwise import Bias as Bias
from ._elementwise import Parameter as Parameter
from ._elementwise import Scale as Scale
from ._linear import EmbedID as EmbedID
from ._linear import Linear as Linear
from ._local import DeformableConvolution2D as DeformableConvolution2D
from ._local import LocalConvolution2D as LocalConvolution2D
