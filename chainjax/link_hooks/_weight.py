"""Hooks that put something made of a link's weight in its place while the link is called."""

import numpy as np

import jax.numpy as jnp

from .. import engine, links
from .. import functions as F
from ..backends._cell import Cell
from ..config import config
from ..engine import TRACED
from ..initializers import Constant
from ..link import ArrayAttribute
from ..link_hook import LinkHook
from ..variable import Parameter, _variable, use


class _WeightHook(LinkHook):
    def __init__(self, eps, weight_name, name):
        self.eps, self.weight_name = eps, weight_name
        if name is not None:
            self.name = name

    def __enter__(self):
        raise NotImplementedError(f"{type(self).__name__} belongs to one link: use link.add_hook, not with")

    def __exit__(self, *exc):
        raise NotImplementedError(f"{type(self).__name__} belongs to one link: use link.add_hook, not with")

    def added(self, link):
        if not hasattr(link, self.weight_name):
            raise ValueError(f"{type(self).__name__}: {type(link).__name__} has no weight {self.weight_name!r}; give weight_name")

    def forward_preprocess(self, cb_args):
        link = cb_args.link
        if not getattr(link, self.weight_name).is_initialized:
            x = [*cb_args.args, *cb_args.kwargs.values()][0]
            link._initialize_params(x.shape[1])
        weight = getattr(link, self.weight_name)
        setattr(link, self.weight_name, self.normalize_weight(link))
        self.original_weight = weight

    def forward_postprocess(self, cb_args):
        self._forward_failed(cb_args.link)

    def _forward_failed(self, link):
        # Of several such hooks the first has put back the parameter; what the others found was made by it.
        if not isinstance(getattr(link, self.weight_name), Parameter):
            setattr(link, self.weight_name, self.original_weight)


class SpectralNormalization(_WeightHook):
    r"""Lets a link compute with its weight divided by the weight's largest singular value: :math:`W / \sigma(W)`.

    The singular value is followed by power iteration, a step or more in each call, from a vector :math:`u` that is saved with the link.
    Add it before ``optimizer.setup``, which must see ``gamma``.

    Args:
        n_power_iteration: steps in each call, at least 1.
        eps: what is added to lengths that are divided by.
        use_gamma: let the link have a parameter ``gamma`` that the weight is multiplied by, at first the largest singular value.
        factor: what the singular value is divided by; default 1.
        weight_name: the weight's attribute.
        name: of the hook; default ``"SpectralNormalization"``.

    Attributes:
        vector_name: the link's attribute that is :math:`u`.
        axis: the axis of the weight that :math:`u` belongs to, that of outputs.
        v: the other vector of the last call.

    Source: Miyato, Kataoka, Koyama, Yoshida 2018, arXiv:1802.05957.

    >>> link = L.Linear(2, 2, initialW=np.diag(np.float32([3, 1]))).add_hook(SpectralNormalization(n_power_iteration=50))
    >>> link(np.float32([[3, 3]])).array.round(4)
    array([[3., 1.]], dtype=float32)
    """

    name = "SpectralNormalization"
    v, _u = ArrayAttribute(), ArrayAttribute()

    def __init__(self, n_power_iteration=1, eps=1e-6, use_gamma=False, factor=None, weight_name="W", name=None):
        if n_power_iteration < 1:
            raise ValueError(f"SpectralNormalization: expected n_power_iteration of at least 1, got {n_power_iteration}")
        super().__init__(eps, weight_name, name)
        self.n_power_iteration, self.use_gamma, self.factor = n_power_iteration, use_gamma, factor
        self.vector_name, self.axis = weight_name + "_u", 0
        ArrayAttribute.for_all_links(self.vector_name)

    def __setstate__(self, state):
        self.__dict__.update(state)
        ArrayAttribute.for_all_links(self.vector_name)

    def added(self, link):
        super().added(link)
        if isinstance(link, (links.Deconvolution2D, links.DeconvolutionND)):
            self.axis = 1
        weight = getattr(link, self.weight_name)
        if weight.is_initialized:
            self._prepare(link, weight)

    def deleted(self, link):
        if self.vector_name in link.__dict__:
            delattr(link, self.vector_name)
            if self.use_gamma:
                del link.gamma

    def _prepare(self, link, weight):
        n = weight.shape[self.axis]
        if not n:
            raise ValueError(f"SpectralNormalization: expected {self.weight_name} with outputs, got shape {weight.shape}")
        setattr(link, self.vector_name, link.device.send(np.random.normal(size=(n,)).astype(weight.dtype)))
        link.register_persistent(self.vector_name)
        if self.use_gamma:
            matrix = self.reshape_W(weight._peek())
            _, s, _ = np.linalg.svd(matrix.astype(np.promote_types(matrix.dtype, np.float32)), full_matrices=False)
            with link.init_scope():
                link.gamma = Parameter(Constant(s[0], weight.dtype), ())
            link.gamma.to_device(link.device)

    def normalize_weight(self, link):
        """The weight to compute with; in training :math:`u` moves on."""
        weight = getattr(link, self.weight_name)
        if self.vector_name not in link.__dict__:
            self._prepare(link, weight)
        matrix = self.reshape_W(weight)
        u, v = self._vectors(link.__dict__[self.vector_name], use(matrix._contents))
        sigma = F.matmul(F.matmul(_variable(u, False), matrix), _variable(v, False))
        if self.factor is not None:
            sigma = sigma / self.factor
        return (link.gamma * weight if self.use_gamma else weight) / sigma

    def _vectors(self, kept, matrix):
        if config.in_recomputing:  # with those of the first time
            return self.__dict__["_u"].use(), self.__dict__["v"].use()
        values = kept.use(), matrix, engine.value_of(float(self.eps))
        sig = engine.signature_of(_iterated, (("n", self.n_power_iteration),), tuple([value.aval for value in values]))
        u, v = engine.record(sig, values)
        if config.train:
            kept.put(u)
        if u.aval.device is not TRACED:
            self._u, self.v = Cell(u), Cell(v)
        return u, v

    def reshape_W(self, W):
        """A weight, Variable or array, as a matrix with a row for each output."""
        if self.axis:
            W = W.transpose([self.axis, *[i for i in range(W.ndim) if i != self.axis]])
        return W if W.ndim == 2 else W.reshape(W.shape[0], -1)


def _iterated(u, matrix, eps, n):
    wide = matrix.astype(np.promote_types(matrix.dtype, np.float32))
    left = u.astype(wide.dtype)
    for _ in range(n):
        right = _unit(left @ wide, eps)
        left = _unit(wide @ right, eps)
    return left.astype(u.dtype), right.astype(u.dtype)


def _unit(x, eps):
    return x / (jnp.linalg.norm(x) + eps.astype(x.dtype))


class WeightStandardization(_WeightHook):
    """Lets a link compute with its weight brought to mean 0 and variance 1 for each output.

    Args:
        eps: what is added to the variance.
        weight_name: the weight's attribute.
        name: of the hook; default ``"WeightStandardization"``.

    Source: Qiao, Wang, Liu, Shen, Yuille 2019, arXiv:1903.10520.

    >>> link = L.Linear(2, 1, initialW=np.float32([[1, 3]])).add_hook(WeightStandardization())
    >>> link(np.float32([[2, 5]])).array.round(3)
    array([[3.]], dtype=float32)
    """

    name = "WeightStandardization"

    def __init__(self, *, eps=1e-5, weight_name="W", name=None):
        super().__init__(eps, weight_name, name)

    def normalize_weight(self, link):
        """The weight to compute with."""
        weight = getattr(link, self.weight_name)
        gamma, beta = [link.device.send(np.full(weight.shape[1:2], number, weight.dtype)) for number in (1, 0)]
        return F.group_normalization(weight, 1, gamma, beta, self.eps)
