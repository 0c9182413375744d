"""Functions with weights: products, convolutions, lookups."""

from ._convolution import convolution_2d as convolution_2d
from ._embed import embed_id as embed_id
from ._linear import linear as linear
