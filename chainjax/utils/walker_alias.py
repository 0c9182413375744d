"""Draws from a discrete distribution in constant time."""

import numpy as np

from ..backends._device import JaxDevice, to_numpy, using_device
from ..backends.cuda import cupy
from ..device_resident import DeviceResident


class WalkerAlias(DeviceResident):
    """Sampler of numbers ``0 .. n - 1`` with given probabilities, by Walker's alias method.

    Args:
        probs: one weight, at least zero, for each number; they need not sum to 1.

    The unit interval is cut in ``n`` equal cells. Each cell holds at most two numbers and the threshold between them.
    """

    def __init__(self, probs):
        super().__init__()
        n = len(probs)
        prob = np.array(probs, np.float32)
        prob /= prob.sum()
        threshold, values = np.empty(n, np.float32), np.zeros(2 * n, np.int32)
        # From the least likely on, each number opens a cell; what does not fit is first used to fill the cells still open.
        filled = 0
        for opened, (p, i) in enumerate(sorted(zip(prob, range(n), strict=True))):
            rest = p * n
            while rest > 1 and filled < opened:
                values[2 * filled + 1] = i
                rest -= 1.0 - threshold[filled]
                filled += 1
            threshold[opened], values[2 * opened] = rest, i
        self.threshold, self.values = threshold, values

    @property
    def use_gpu(self):
        """Whether samples are made on an accelerator."""
        return isinstance(self.device, JaxDevice)

    def device_resident_accept(self, visitor):
        super().device_resident_accept(visitor)
        self.threshold = visitor.visit_array(self.threshold)
        self.values = visitor.visit_array(self.values)

    def sample(self, shape):
        """An array of ``shape`` of independent draws, on the device of the sampler."""
        with using_device(self.device):
            return self.sample_xp(self.xp, shape)

    def sample_xp(self, xp, shape):
        """The same as an array of ``xp``. The numbers are drawn from ``numpy.random`` everywhere, so equal seeds draw equally."""
        threshold, values = to_numpy(self.threshold), to_numpy(self.values)
        place = np.random.uniform(0, len(threshold), shape)
        cell = place.astype(np.int32)
        second = threshold[cell] < place.astype(threshold.dtype) - cell.astype(threshold.dtype)
        return xp.asarray(values[2 * cell + second])

    def sample_gpu(self, shape):
        """The same as an array of the current accelerator."""
        return self.sample_xp(cupy, shape)
