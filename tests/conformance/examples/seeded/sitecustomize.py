"""On the path of a run, this seeds what its script draws from: Python imports it before anything else.

Most of the scripts seed nothing, and they are run as they are.
"""

import random

import numpy as np

random.seed(0)
np.random.seed(0)
