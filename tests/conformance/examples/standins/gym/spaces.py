"""What one may do and see."""

import numpy as np


class Box:
    """Numbers between two bounds."""

    def __init__(self, low, high):
        self.low, self.high = low, high


class Discrete:
    """One of ``n`` things."""

    def __init__(self, n):
        self.n, self.random = n, np.random.RandomState(0)

    def sample(self):
        return self.random.randint(self.n)
