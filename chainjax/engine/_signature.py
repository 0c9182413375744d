"""What one entry computes: a pure function with its static arguments, for inputs of given shapes and dtypes.

A signature is made once and found again by identity-hashed keys, so that recording costs a dictionary lookup: shape
inference, argument checks (they run while the function is traced) and the analysis of what its gradient needs happen once.
``kernel`` is the jitted function; jitting it makes its trace shared between shape inference, kernels and whole programs.
"""

import itertools
import struct

import numpy as np

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend import core as jex

from ._cache import Bounded
from ._values import TRACED, Aval

_numbers = itertools.count()
signatures = Bounded(most=1 << 12)


class Signature:
    """A function at given input avals.

    ``outs`` are the avals of its outputs, ``single`` if it gives no tuple; ``number`` is unique and never used again. Of a gradient
    ``pulled`` is what it is the gradient of (see ``vjp``): function, ``wanted``, ``present``, ``used``. ``form``, ``kept``, ``pulls`` and
    ``by_row`` are notes of the layers above.
    """

    __slots__ = (
        "_saved",
        "_vjps",
        "avals",
        "by_row",
        "device",
        "fn",
        "form",
        "kept",
        "kernel",
        "name",
        "number",
        "outs",
        "pulled",
        "pulls",
        "single",
    )

    def __init__(self, name, fn, avals):
        self.name, self.fn, self.avals, self.number = name, fn, avals, next(_numbers)
        self.device = _common_device(name, avals)

        def kernel(*xs):
            outs = fn(*xs)
            self.single = not isinstance(outs, (tuple, list))
            # A weakly typed result would promote differently inside a whole program than between two kernels.
            return [lax.convert_element_type(o, o.dtype) for o in ((outs,) if self.single else outs)]

        kernel.__name__ = name
        self.kernel = jax.jit(kernel)
        self._vjps, self._saved, self.kept, self.form, self.pulls = {}, None, None, None, {}
        self.by_row, self.pulled = (), None
        self.outs = self._infer()

    def _infer(self):
        with jax.enable_x64(True):
            outs = jax.eval_shape(self.kernel, *[a.spec for a in self.avals])
        return tuple(Aval(o.shape, o.dtype, self.device) for o in outs)

    def __repr__(self):
        return f"{self.name}({', '.join(map(repr, self.avals))})"

    @property
    def inexact(self):
        """The inputs that a gradient can exist for."""
        return tuple(i for i, a in enumerate(self.avals) if a.dtype.kind in "fcV" and not a.weak)

    @property
    def saved(self):
        """The inputs (and outputs, see :meth:`pullback`) that some gradient of this function reads."""
        if self._saved is None:
            self._saved = self.pullback(self.inexact, (True,) * len(self.outs))[1] if self.inexact else ()
        return self._saved

    def pullback(self, wanted, present):
        """The same as :meth:`vjp`, for what keeps no graph of it: here ``used`` may go on, after the inputs, to outputs."""
        return self.vjp(wanted, present)

    def vjp(self, wanted, present):
        """The gradients for the inputs ``wanted``, as ``(signature, used)``.

        The signature takes the inputs ``used`` and those gradients of outputs that are ``present`` (the others are zero).
        """
        found = self._vjps.get((wanted, present))
        if found is None:
            found = self._vjps[wanted, present] = self._make_vjp(wanted, present)
        return found

    def _make_vjp(self, wanted, present):
        n, specs = len(self.avals), [a.spec for a in self.avals]
        gy_avals = tuple(a for a, here in zip(self.outs, present, strict=True) if here)
        with jax.enable_x64(True):
            closed = jax.make_jaxpr(lambda *a: self._pull(wanted, present, a[:n], iter(a[n:])))(*specs, *[a.spec for a in gy_avals])
        used = tuple(i for i, read in enumerate(_inputs_read(closed.jaxpr)[:n]) if read)
        avals = tuple(self.avals[i] for i in used) + gy_avals
        found = Signature(self.name + "_grad", self._gradient(wanted, present, used), avals)
        found.pulled = self, wanted, present, used
        return found, used

    def _pull(self, wanted, present, xs, gys):
        # Chainer lets gradients of integers go through what only moves or adds numbers: there they are computed as floats.
        whole = [i for i in wanted if self.avals[i].dtype.kind not in "fcV"]
        fn = self._as_floats if whole else self.kernel

        def primal(*ws):
            full = list(xs)
            for i, w in zip(wanted, ws, strict=True):
                full[i] = w
            return fn(*full)

        floats = [xs[i].astype(float) if i in whole else xs[i] for i in wanted]
        outs, backward = jax.vjp(primal, *floats)
        grads = backward([next(gys).astype(o.dtype) if here else _no_gradient(o) for o, here in zip(outs, present, strict=True)])
        return [g.astype(self.avals[i].dtype) for i, g in zip(wanted, grads, strict=True)]

    def _gradient(self, wanted, present, used):
        """The function of the inputs ``used``, and gradients of outputs, of a gradient."""

        def gradient(*args):
            xs = [0.0 if a.weak else jnp.zeros(a.shape, a.dtype) for a in self.avals]
            for i, x in zip(used, args, strict=False):
                xs[i] = x
            return self._pull(wanted, present, xs, iter(args[len(used) :]))

        return gradient

    def _as_floats(self, *xs):
        outs = self.fn(*xs)
        return [outs] if self.single else list(outs)


def signature_of(fn, static, avals, name=None):
    """The signature of ``fn(*arrays, **static)``, made at the first call. What ``fn`` raises while it is traced is raised here."""
    key = (fn, static, *avals)
    found = signatures.get(key)
    if found is None:
        found = Signature(name or fn.__name__, bound(fn, static), avals)
        signatures.put(key, found)
    return found


def bound(fn, static):
    """``fn`` with static arguments."""
    bare = static_values(static)
    return (lambda *xs: fn(*xs, **bare)) if bare else fn


class Exact:
    """A static argument as a key: equal only where type and bits are equal, so 2 is not 2.0, 0.0 not -0.0 and NaN is itself."""

    __slots__ = ("bits", "value")

    def __init__(self, value):
        self.value = value
        self.bits = (type(value), struct.pack("dd", value.real, value.imag) if isinstance(value, (float, complex)) else value)

    def __eq__(self, other):
        return type(other) is Exact and self.bits == other.bits

    def __hash__(self):
        return hash(self.bits)

    def __repr__(self):
        return repr(self.value)


class FromList(tuple):
    """A list as a static argument: a tuple to those who compute with it, and another key than the tuple, which not all take it for."""

    __slots__ = ()

    def __eq__(self, other):
        return type(other) is FromList and tuple.__eq__(self, other)

    def __hash__(self):
        return hash((FromList, *self))


def static_key(value):
    """A hashable key for a static argument (see :class:`Exact`)."""
    kind = value.__class__
    if value is None or kind is int or kind is str:
        return value
    if kind is tuple:
        return tuple([static_key(v) for v in value])
    if kind is list:
        return FromList([static_key(v) for v in value])
    if kind is slice:
        return Exact((slice, static_key(value.start), static_key(value.stop), static_key(value.step)))
    if isinstance(value, np.generic):
        return static_key(value.item())
    hash(value)
    return Exact(value)


def static_values(static):
    return {name: thaw(value) for name, value in static}


def thaw(key):
    """The static argument that :func:`static_key` made the key of."""
    if isinstance(key, tuple):
        return type(key)(thaw(k) for k in key)
    if isinstance(key, Exact):
        if isinstance(key.value, tuple) and key.value and key.value[0] is slice:
            return slice(*map(thaw, key.value[1:]))
        return key.value
    return key


def _common_device(name, avals):
    devices = {a.device for a in avals} - {None}
    if TRACED in devices:
        return TRACED
    if len(devices) > 1:
        raise TypeError(f"{name}: expected arrays on one device, got {', '.join(sorted(map(str, devices)))}; use to_device")
    return devices.pop() if devices else None


def _no_gradient(out):
    dtype = out.dtype if jnp.issubdtype(out.dtype, jnp.inexact) else jax.dtypes.float0
    return np.zeros(out.shape, dtype)


def _inputs_read(jaxpr):
    """Which inputs the outputs of a jaxpr depend on, looking through calls."""
    live = {v for v in jaxpr.outvars if not isinstance(v, jex.Literal)}
    for eqn in reversed(jaxpr.eqns):
        if not any(o in live for o in eqn.outvars):
            continue
        inner = eqn.params.get("jaxpr")
        if eqn.primitive.name in ("pjit", "jit", "closed_call") and inner is not None:
            # Only the outputs that somebody reads count, or a call would need all that any of its outputs needs.
            body = inner.jaxpr
            outs = [o for o, v in zip(body.outvars, eqn.outvars, strict=True) if v in live]
            read = _inputs_read(body.replace(outvars=outs) if len(outs) < len(body.outvars) else body)
            live.update(v for v, r in zip(eqn.invars, read, strict=True) if r and not isinstance(v, jex.Literal))
        else:
            live.update(v for v in eqn.invars if not isinstance(v, jex.Literal))
    return [v in live for v in jaxpr.invars]
