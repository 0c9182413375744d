"""Links with weights."""

from ._convolution import Convolution2D as Convolution2D
from ._linear import EmbedID as EmbedID
from ._linear import Linear as Linear
