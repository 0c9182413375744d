"""Normalisation over a batch."""

import numpy as np

from ... import functions as F
from ...backends._cell import Cell
from ...config import config, get_dtype
from ...differentiable import ignoring
from ...initializers import generate_array, initializer_of
from ...link import ArrayAttribute, Link
from ...utils.argument import parse_kwargs
from ...variable import Parameter


class Running(Link):
    """What normalises by the batch in training, and else by statistics that it has kept.

    In fine-tuning the kept ones become the means over all batches since :meth:`start_finetuning`.

    Attributes:
        decay: how much of the kept statistics stays in an update.
        eps: what is added to variances.
        N: batches seen since fine-tuning started.
    """

    def __init__(self, decay, eps):
        super().__init__()
        self.decay, self.eps = decay, eps
        self.N = 0
        self.register_persistent("N")

    def start_finetuning(self):
        """Count the batches of fine-tuning from 0 again."""
        self.N = 0

    def _normalised(self, x, finetune):
        """``_in_training`` or ``_in_test``, with the cells of the statistics and the decay that is due now."""
        d = self.__dict__
        cells = [d[name] for name in self._statistics]
        if not config.train:
            return self._in_test(x, *[cell.use() for cell in cells])
        n = self.N + 1
        y = self._in_training(x, *cells, 1.0 - 1.0 / n if finetune else self.decay)
        if finetune and not config.in_recomputing:
            self.N = n
        return y


class BatchNormalization(Running):
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
    _statistics = ("avg_mean", "avg_var")

    @ignoring("use_cudnn")
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
        if size is None and axis is None:
            raise RuntimeError("BatchNormalization: size or axis is required")
        super().__init__(decay, eps)
        self.axis = (axis,) if isinstance(axis, int) else axis
        self._dtype = get_dtype(dtype, map_mixed16=np.float32)
        self._initial_statistics = {"avg_mean": initializer_of(initial_avg_mean, 0), "avg_var": initializer_of(initial_avg_var, 1)}
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
        held = self.__dict__["avg_mean"]  # reading the attribute itself would compute the numbers
        shape, dtype = (None, self._dtype) if held is None else (held.aval.shape, held.aval.dtype)
        yield from (("size", shape[0] if shape else shape), ("decay", self.decay), ("eps", self.eps), ("dtype", dtype))
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
        return self._normalised(x, finetune)

    def _in_training(self, x, mean, var, decay):
        if config.in_recomputing:
            mean = var = None
        options = {"eps": self.eps, "running_mean": mean, "running_var": var, "decay": decay, "axis": self.axis}
        return F.batch_normalization(x, *self._scale_and_shift(), **options)

    def _in_test(self, x, mean, var):
        return F.fixed_batch_normalization(x, *self._scale_and_shift(), mean, var, self.eps, self.axis)

    def _scale_and_shift(self):
        gamma, beta = self.gamma, self.beta
        return self._constant(1) if gamma is None else gamma, self._constant(0) if beta is None else beta

    def _constant(self, number):
        held = self.__dict__["avg_mean"].aval
        return self.device.send(np.full(held.shape, number, held.dtype))


class BatchRenormalization(BatchNormalization):
    """Batch normalization that is corrected towards the running statistics in training.

    See :func:`chainjax.functions.batch_renormalization`.

    Args:
        size: shape of the parameters, an int or tuple.
        rmax: the bound of the correction of the deviation, at least 1.
        dmax: the bound of the correction of the mean.
        decay: how much of the running statistics stays in an update.
        eps: what is added to variances.
        dtype: of the parameters; default ``config.dtype``.
        use_gamma: whether to scale.
        use_beta: whether to shift.
        initial_gamma: initializer of ``gamma``; default 1.
        initial_beta: initializer of ``beta``; default 0.
        initial_avg_mean: initializer of ``avg_mean``; default 0.
        initial_avg_var: initializer of ``avg_var``; default 1.

    Parameters:
        gamma: ``(*size)``, the scale.
        beta: ``(*size)``, the shift.

    Attributes:
        avg_mean: running mean.
        avg_var: running variance.
        N: batches seen since fine-tuning started.

    Differs from Chainer, which takes ``initial_avg_mean`` for an axis and ``initial_avg_var`` for the mean.
    Source: Ioffe 2017, arXiv:1702.03275.

    >>> link = L.BatchRenormalization(1, rmax=3, dmax=5, eps=0, initial_avg_var=4)
    >>> link(np.float32([[1], [5]])).array
    array([[0.5],
           [2.5]], dtype=float32)
    """

    r = d = None

    def __init__(
        self,
        size,
        rmax=1,
        dmax=0,
        decay=0.9,
        eps=2e-5,
        dtype=None,
        use_gamma=True,
        use_beta=True,
        initial_gamma=None,
        initial_beta=None,
        initial_avg_mean=None,
        initial_avg_var=None,
    ):
        options = {"use_gamma": use_gamma, "use_beta": use_beta, "initial_gamma": initial_gamma, "initial_beta": initial_beta}
        super().__init__(size, decay, eps, dtype, **options, initial_avg_mean=initial_avg_mean, initial_avg_var=initial_avg_var)
        self.rmax, self.dmax = rmax, dmax

    def forward(self, x, finetune=False):
        """As :meth:`BatchNormalization.forward`."""
        return self._normalised(x, finetune)

    def _in_training(self, x, mean, var, decay):
        # What is computed again must be corrected by the statistics of the first time.
        if config.in_recomputing:
            mean, var = self._before
        elif config._will_recompute:
            self._before = Cell(mean.use()), Cell(var.use())
        options = {"eps": self.eps, "running_mean": mean, "running_var": var, "decay": decay}
        options["update_statistics"] = not config.in_recomputing
        return F.batch_renormalization(x, *self._scale_and_shift(), self.rmax, self.dmax, **options)
