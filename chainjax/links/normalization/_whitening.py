"""Normalisation over a batch that takes correlations out as well."""

import warnings

import numpy as np

from ... import functions as F
from ...backends._device import copyto
from ...config import config
from ...link import ArrayAttribute
from ...serializer import Deserializer
from ...utils.argument import parse_kwargs
from ...variable import _variable
from ._batch import Running


class DecorrelatedBatchNormalization(Running):
    """Whitening over a batch; in training by the statistics of the batch, else by running ones. It has no parameters.

    See :func:`chainjax.functions.decorrelated_batch_normalization`.

    Args:
        size: number of channels, a multiple of ``groups``.
        groups: into how many groups the channels are divided; only within a group correlations are taken out.
        decay: how much of the running statistics stays in an update.
        eps: what is added to variances.
        dtype: of the running statistics.

    Attributes:
        avg_mean: running mean, ``(groups, size / groups)``.
        avg_projection: running matrix, ``(groups, size / groups, size / groups)``.
        N: batches seen since fine-tuning started.

    Source: Huang, Yang, Lang, Deng 2018, arXiv:1804.08450.

    >>> L.DecorrelatedBatchNormalization(2, groups=1, eps=1e-6)(np.float32([[1, 0], [3, 0]])).array.round(3)
    array([[-1.,  0.],
           [ 1.,  0.]], dtype=float32)
    """

    avg_mean, avg_projection = ArrayAttribute(), ArrayAttribute()
    _statistics = ("avg_mean", "avg_projection")

    def __init__(self, size, groups=16, decay=0.9, eps=2e-5, dtype=np.float32):
        super().__init__(decay, eps)
        self.groups = groups
        self.avg_mean = np.zeros((groups, size // groups), dtype)
        self.avg_projection = np.tile(np.eye(size // groups, dtype=dtype), (groups, 1, 1))
        for name in self._statistics:
            self.register_persistent(name)

    def serialize(self, serializer):
        """Save or load; files of before Chainer 6.4 hold statistics of one group only."""
        super().serialize(_OfOneGroup(serializer, self) if isinstance(serializer, Deserializer) else serializer)

    def forward(self, x, **kwargs):
        """Whiten.

        Args:
            x: float array ``(n, size, *s)``.
            finetune: in training, let the running statistics become the mean over all batches since :meth:`start_finetuning`.
        """
        (finetune,) = parse_kwargs(kwargs, ("finetune", False))
        return self._normalised(x, finetune)

    def _in_training(self, x, mean, projection, decay):
        if config.in_recomputing:
            mean = projection = None
        options = {"running_mean": mean, "running_projection": projection, "decay": decay}
        return F.decorrelated_batch_normalization(x, groups=self.groups, eps=self.eps, **options)

    def _in_test(self, x, mean, projection):
        return F.fixed_decorrelated_batch_normalization(x, _variable(mean, False), _variable(projection, False), self.groups)


class _OfOneGroup(Deserializer):
    """Loads for a link; statistics without an axis of groups become those of every group."""

    _takes_cells = True

    def __init__(self, base, link):
        self.base, self.link = base, link

    def _remember(self, obj):
        self.base._remember(obj)

    def __call__(self, key, value):
        if key not in self.link._statistics:
            return self.base(key, value)
        array = self.base(key, None)
        if array is None:
            return value
        shape = value.aval.shape
        if array.ndim == len(shape) - 1:
            if self.link.groups != 1:
                warnings.warn("these statistics are of an older DecorrelatedBatchNormalization, which computed otherwise", stacklevel=6)
            array = np.broadcast_to(array, shape)
        if array.shape != shape:
            raise ValueError(f"DecorrelatedBatchNormalization: expected {key} of shape {shape}, got {array.shape}")
        self._remember(value)
        copyto(value.array(), array)
        return value
