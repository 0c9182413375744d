"""Probability distributions."""

from ._bounded import Pareto as Pareto
from ._bounded import Uniform as Uniform
from ._discrete import Bernoulli as Bernoulli
from ._discrete import Categorical as Categorical
from ._discrete import Geometric as Geometric
from ._discrete import OneHotCategorical as OneHotCategorical
from ._discrete import Poisson as Poisson
from ._gamma import Beta as Beta
from ._gamma import Chisquare as Chisquare
from ._gamma import Dirichlet as Dirichlet
from ._gamma import Exponential as Exponential
from ._gamma import Gamma as Gamma
from ._independent import Independent as Independent
from ._location_scale import Cauchy as Cauchy
from ._location_scale import Gumbel as Gumbel
from ._location_scale import Laplace as Laplace
from ._normal import LogNormal as LogNormal
from ._normal import MultivariateNormal as MultivariateNormal
from ._normal import Normal as Normal
