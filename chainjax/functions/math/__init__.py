"""Arithmetic, elementary functions, reductions, linear algebra."""

from ._elementwise import cos as cos
from ._elementwise import exp as exp
from ._elementwise import identity as identity
from ._elementwise import log as log
from ._elementwise import sin as sin
from ._elementwise import sqrt as sqrt
from ._elementwise import square as square
from ._elementwise import tan as tan
from ._linalg import matmul as matmul
from ._operators import absolute as absolute
from ._operators import add as add
from ._operators import floor as floor
from ._reductions import average as average
from ._reductions import sum as sum
from ._reductions import sum_to as sum_to
