"""Random noise."""

from ._dropout import dropout as dropout
