"""Normalisation over a batch."""

import numpy as np

from ... import functions as F
from ...config import config, get_dtype
from ...initializers import generate_array, initializer_of
from ...link import ArrayAttribute, Link
from ...utils.argument import parse_kwargs
from ...variable import Parameter


class BatchNormalization(Link):
    """Batch normalization; in training by the statistics of the batch, else by running ones.

    See :func:`chainjax.functions.batch_normalization`.

    Args:
        size: shape of the parameters, an int or tuple; ``None`` waits for the first call (and needs ``axis``).
        decay: how much of the running statistics stays in an update.
        eps: what is added to variances.
        dtype: of the parameters; default ``config.dtype``.
        use_gamma: whether to scale.
        use_beta: whether to shift.
        initial_gamma: initializer of ``gamma``; default 1.
        initial_beta: initializer of ``beta``; default 0.
        axis: the axes to take statistics over, an int or tuple; by default all but those of the parameters.
        initial_avg_mean: initializer of ``avg_mean``; default 0.
        initial_avg_var: initializer of ``avg_var``; default 1.

    Parameters:
        gamma: ``(*size)``, the scale.
        beta: ``(*size)``, the shift.

    Attributes:
        avg_mean: running mean.
        avg_var: running variance.
        N: batches seen since fine-tuning started.

    >>> L.BatchNormalization(1)(np.float32([[1], [3]])).array.round(3)
    array([[-1.],
           [ 1.]], dtype=float32)
    """

    gamma = beta = None
    avg_mean, avg_var = ArrayAttribute(), ArrayAttribute()

    def __init__(
        self,
        size=None,
        decay=0.9,
        eps=2e-5,
        dtype=None,
        use_gamma=True,
        use_beta=True,
        initial_gamma=None,
        initial_beta=None,
        axis=None,
        initial_avg_mean=None,
        initial_avg_var=None,
    ):
        super().__init__()
        if size is None and axis is None:
            raise RuntimeError("BatchNormalization: size or axis is required")
        self.decay, self.eps = decay, eps
        self.axis = (axis,) if isinstance(axis, int) else axis
        self._dtype = get_dtype(dtype, map_mixed16=np.float32)
        self._initial_statistics = {"avg_mean": initializer_of(initial_avg_mean, 0), "avg_var": initializer_of(initial_avg_var, 1)}
        self.N = 0
        self.register_persistent("N")
        with self.init_scope():
            for name, used, initial, default in (("gamma", use_gamma, initial_gamma, 1), ("beta", use_beta, initial_beta, 0)):
                if used:
                    initializer = initializer_of(initial, default)
                    initializer.dtype = self._dtype
                    setattr(self, name, Parameter(initializer))
        self.avg_mean = self.avg_var = None
        if size is not None:
            self._initialize_params(size)
        self.register_persistent("avg_mean")
        self.register_persistent("avg_var")

    def _initialize_params(self, shape):
        for name, initializer in self._initial_statistics.items():
            setattr(self, name, generate_array(initializer, shape, self.xp, dtype=self._dtype, device=self.device))
        for param in self.params():
            param.initialize(shape)

    @property
    def printable_specs(self):
        yield from (("size", self.avg_mean.shape[0]), ("decay", self.decay), ("eps", self.eps), ("dtype", self.avg_mean.dtype))
        yield from (("use_gamma", self.gamma is not None), ("use_beta", self.beta is not None))

    def forward(self, x, **kwargs):
        """Normalise.

        Args:
            x: float array.
            finetune: in training, let the running statistics become the mean over all batches since :meth:`start_finetuning`.
        """
        (finetune,) = parse_kwargs(kwargs, ("finetune", False), test="BatchNormalization takes no test; use using_config('train', False)")
        if self.__dict__["avg_mean"] is None:
            self._initialize_params(tuple(n for i, n in enumerate(x.shape) if i not in self.axis))
        mean, var = self.__dict__["avg_mean"], self.__dict__["avg_var"]
        gamma = self._constant(1) if self.gamma is None else self.gamma
        beta = self._constant(0) if self.beta is None else self.beta
        if not config.train:
            return F.fixed_batch_normalization(x, gamma, beta, mean.use(), var.use(), self.eps, self.axis)
        if config.in_recomputing:
            mean = var = None
        elif finetune:
            self.N += 1
        decay = 1.0 - 1.0 / self.N if finetune else self.decay
        return F.batch_normalization(x, gamma, beta, eps=self.eps, running_mean=mean, running_var=var, decay=decay, axis=self.axis)

    def _constant(self, number):
        return self.device.send(np.full(self.__dict__["avg_mean"].aval.shape, number, self._dtype))

    def start_finetuning(self):
        """Start to count batches for fine-tuning."""
        self.N = 0
