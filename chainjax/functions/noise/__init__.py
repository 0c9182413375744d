"""Random noise."""

from ._dropout import dropout as dropout
from ._dropout import simplified_dropconnect as simplified_dropconnect
from ._dropout import zoneout as zoneout
from ._gaussian import gaussian as gaussian
from ._gaussian import gumbel_softmax as gumbel_softmax
