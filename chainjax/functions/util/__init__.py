"""What is no mathematics."""

from ._forget import forget as forget
