"""Optimizers: what they do to a link's parameters, by rules.

A built-in rule is a pure function ``(param, grad, state, hp) -> (param, state)`` (see :class:`PureRule`). All parameters of a
link whose rules are built in are updated in one entry of the tape, and the step ends with a replay. A rule written by a user in
NumPy gets its parameter's arrays, alone.
"""

import collections
import math
import types
import warnings

import numpy as np

import jax.numpy as jnp

from . import _together, engine
from ._together import Packs, in_rounds, memory_of, step
from .backends._cell import Cell, cell_of
from .backends._device import get_device_from_array, using_device
from .engine import Value, static_key
from .engine._interrupts import held as signals_held
from .link import Link
from .serializer import Deserializer, takes_cells
from .variable import Parameter, full, get_array_types, send_contents, use


class Hyperparameter:
    """Numbers that steer an update, as attributes. What it does not have is looked up in its parent.

    >>> parent = chainjax.optimizer.Hyperparameter()
    >>> parent.lr = 0.1
    >>> child = chainjax.optimizer.Hyperparameter(parent)
    >>> child.lr
    0.1
    """

    def __init__(self, parent=None):
        self._parent = parent

    def __getattr__(self, name):
        if "_parent" not in self.__dict__:
            raise AttributeError("_parent is not set up yet")
        return getattr(self._parent, name)

    def __repr__(self):
        return f"Hyperparameter({', '.join(f'{k}={v}' for k, v in sorted(self.get_dict().items()))})"

    @property
    def parent(self):
        """Where what is missing here is looked up."""
        return self._parent

    def get_dict(self):
        """All numbers that are seen here, by name."""
        mine = {k: v for k, v in self.__dict__.items() if k != "_parent"}
        return mine if self._parent is None else {**self._parent.get_dict(), **mine}


class HyperparameterProxy:
    """An attribute of an optimizer that is one of its hyperparameters."""

    def __init__(self, attr_name):
        self._attr_name = attr_name
        self.__doc__ = f"The same as ``hyperparam.{attr_name}``."

    def __get__(self, obj, type=None):
        return self if obj is None else getattr(obj.hyperparam, self._attr_name)

    def __set__(self, obj, value):
        setattr(obj.hyperparam, self._attr_name, value)


class _Hooks:
    """Functions called before and after an update, by name, in the order they were added."""

    def __init__(self, lenient=False):
        self.pre, self.post, self.lenient = {}, {}, lenient

    def add(self, hook, name, timing):
        if not callable(hook):
            raise TypeError(f"add_hook: expected a function, got {hook!r}")
        if timing not in ("pre", "post", "auto"):
            raise ValueError(f"add_hook: expected timing 'pre', 'post' or 'auto', got {timing!r}")
        if timing == "auto":
            timing = getattr(hook, "timing", "pre")
            if timing not in ("pre", "post") and self.lenient:
                warnings.warn(f"add_hook: the hook's timing is {timing!r}, not 'pre' or 'post'; taken as 'pre'", UserWarning, stacklevel=4)
                timing = "pre"
        if name is None:
            name = getattr(hook, "name", getattr(hook, "__name__", None))
            if name is None:
                raise ValueError("add_hook: the hook has no name; give one")
        if name in self.pre or name in self.post:
            raise KeyError(f'hook "{name}" already exists')
        self.at("pre" if timing == "pre" else "post")[name] = hook

    def remove(self, name):
        del (self.pre if name in self.pre else self.post)[name]

    def at(self, timing):
        if timing not in ("pre", "post"):
            raise ValueError(f"expected timing 'pre' or 'post', got {timing!r}")
        return self.pre if timing == "pre" else self.post


class StateArrays(dict):
    """The arrays of a rule's state by name. Built-in rules keep them as cells; whoever reads one gets an array."""

    device = None  # where they are, as avals say it

    def __getstate__(self):
        return None  # the device is found anew: those of JAX can be neither copied nor pickled

    def __getitem__(self, name):
        held = super().__getitem__(name)
        return held.array() if isinstance(held, Cell) else held

    def get(self, name, default=None):
        return self[name] if name in self else default  # noqa: SIM401  dict.get knows nothing of cells

    def items(self):
        return [(name, self[name]) for name in self]

    def values(self):
        return [self[name] for name in self]

    def held(self, name):
        """The cell that is there, made if a user has put an array."""
        held = super().__getitem__(name)
        if held.__class__ is not Cell:
            held = self[name] = held._cell if hasattr(held, "_cell") else cell_of(held)
        return held


class UpdateRule:
    """What is done to one parameter. Derive from it and define ``init_state`` and ``update_core`` (or ``update_core_cpu``).

    Args:
        parent_hyperparam: where hyperparameters that this rule does not have are looked up.

    Attributes:
        enabled: whether updates do anything.
        hyperparam: the numbers of this rule.
        t: how many updates there were.
    """

    is_elementwise = False
    plain = False

    def __init__(self, parent_hyperparam=None):
        self.hyperparam, self._hooks = Hyperparameter(parent_hyperparam), _Hooks()
        self.enabled, self.t = True, 0
        self._state = self._fp32_param = None
        self._use_fp32_update = False

    @property
    def state(self):
        """The arrays that the rule keeps between updates, by name; ``None`` before the first."""
        return self._state

    def add_hook(self, hook, name=None, timing="auto"):
        """Call ``hook(rule, param)`` before (``"pre"``) or after (``"post"``) each update of the parameter."""
        self._hooks.add(hook, name, timing)

    def remove_hook(self, name):
        """Remove a hook."""
        self._hooks.remove(name)

    def update(self, param):
        """Apply hooks and the rule to a parameter, if it is enabled."""
        if not self.enabled:
            return
        self.t += 1
        with using_device(param.device):
            self._update(param)

    def _update(self, param):
        wide = self._wide_copy(param)
        target = param if wide is None else wide
        if param._contents is not None:
            self._init_states(target)
            unscale_grads([target], param._loss_scale)
        for hook in self._hooks.pre.values():
            hook(self, target)
        self.update_core(target)
        for hook in self._hooks.post.values():
            hook(self, target)
        if wide is not None:
            if param._contents is not None:
                param._cell().put(_cast(use(wide._contents), param.dtype))
            wide.cleargrad()

    def _wide_copy(self, param):
        """The float32 copy that a float16 parameter is updated through, if that is asked for."""
        try:
            narrow = self._use_fp32_update and param.dtype == np.float16
        except RuntimeError:  # the dtype of an uninitialised parameter may not be known
            narrow = False
        if not narrow:
            return None
        if self._fp32_param is None:
            self._fp32_param = Parameter(types.SimpleNamespace(dtype=np.dtype(np.float32)), name=param.name)
            if param._contents is not None:
                self._fp32_param._set_contents(Cell(_cast(use(param._contents), np.float32)))
        if param._contents is not None:
            self._fp32_param._set_grad(_cast(param._grad_value(), np.float32))
        return self._fp32_param

    def update_core(self, param):
        """Update the parameter: by default ``update_core_cpu`` or ``update_core_gpu``, by where it is."""
        with using_device(param.device):
            if param.device.xp is np:
                self.update_core_cpu(param)
            else:
                self.update_core_gpu(param)

    def update_core_cpu(self, param):
        """Update a parameter of NumPy arrays: change ``param.data`` by ``param.grad``, in place."""
        raise NotImplementedError(f"{type(self).__name__} must define update_core or update_core_cpu")

    def update_core_gpu(self, param):
        """Update a parameter on an accelerator."""
        raise NotImplementedError(f"{type(self).__name__} must define update_core or update_core_gpu")

    def update_core_chainerx(self, param):
        """Never called: there is no ChainerX."""
        raise RuntimeError("ChainerX is not available.")

    def init_state(self, param):
        """Make the arrays of ``self.state`` for a parameter."""

    def _init_states(self, param):
        device, place = param.device, use(param._contents).aval.device
        if self._state is None:
            try:
                self._state = StateArrays()
                with using_device(device):
                    self.init_state(param)
            except BaseException:  # an interrupt among them: half a state is none
                self._state = None
                raise
        for name in self._state:
            held = dict.__getitem__(self._state, name)
            if isinstance(held, get_array_types()) and get_device_from_array(held) != device:
                self._state[name] = device.send(held)
            elif isinstance(held, Cell) and held.aval.device is not place:
                self._state[name] = send_contents(held, device)
        self._state.device = place

    def serialize(self, serializer):
        """Save or load ``t`` and the state."""
        by_cell = takes_cells(serializer)
        if by_cell:
            serializer._remember(self)
        self.t = serializer("t", self.t)
        if self._state is None:
            if isinstance(serializer, Deserializer):
                self._load_new_state(serializer)
        else:
            for name in list(self._state):
                self._state[name] = serializer(name, dict.__getitem__(self._state, name) if by_cell else self._state[name])

    def _load_new_state(self, serializer):
        # Which arrays there are is known from a parameter of one number.
        probe = Parameter(np.zeros(1, np.float32))
        probe.grad = np.zeros(1, np.float32)
        self._state = StateArrays()
        self.init_state(probe)
        loaded = StateArrays()
        for name in self._state:
            try:
                value = serializer(name, None)
            except KeyError:
                if self.enabled:
                    self._state = None
                    raise
                value = None
            if value is None:
                self._state = None
                return
            loaded[name] = value
        self._state = loaded

    def use_fp32_update(self, flag=True):
        """Update float16 parameters through a float32 copy, so that small steps are not lost."""
        self._use_fp32_update = flag


# Built-in rules -----------------------------------------------------------------------------------------------------------------


class PureRule(UpdateRule):
    """An update rule that is a pure function: ``step``. All parameters that have such rules are updated in one program.

    Attributes:
        defaults: the hyperparameters with their defaults, named once, here. Booleans fix the program, numbers are traced.
        states: the names of the arrays kept between updates, zeros at first.
        initial: what the other ones are full of at first, by name.
        plain: whether an update is what ``step`` says and nothing else.
        is_elementwise: whether ``step`` treats each number by itself, so that several parameters may be given to it as one array. A
            class that defines ``step`` must say so.
    """

    plain = True
    defaults: dict = {}
    states: tuple = ()
    initial: dict = {}
    kept_numbers = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.default_hyperparam = Hyperparameter()
        cls.default_hyperparam.__dict__.update(cls.defaults)
        if "step" in cls.__dict__ and "is_elementwise" not in cls.__dict__:
            cls.is_elementwise = False
        names = ("update", "_update", "update_core", "update_core_cpu", "init_state", "_init_states")
        cls.plain = all(getattr(cls, n) is getattr(PureRule, n) for n in names)

    def __init__(self, parent_hyperparam=None, **hyperparams):
        super().__init__(parent_hyperparam or self.default_hyperparam)
        unknown = set(hyperparams) - set(self.defaults)
        if unknown:
            raise TypeError(f"{type(self).__name__} has no hyperparameters {', '.join(sorted(unknown))}; it has {', '.join(self.defaults)}")
        self.hyperparam.__dict__.update({name: value for name, value in hyperparams.items() if value is not None})

    def __getstate__(self):
        return {name: value for name, value in self.__dict__.items() if name != "kept_numbers"}

    @staticmethod
    def step(param, grad, state, hp):
        """``(param, state)`` after one update, computed in float32 at least: a pure function of arrays."""
        raise NotImplementedError

    def numbers(self):
        """What ``step`` sees as ``hp``. Schedules and bias corrections are computed here, on the host, in float64."""
        return {name: getattr(self.hyperparam, name) for name in self.defaults}

    def state_names(self):
        """The names of the arrays that this rule keeps."""
        return self.states

    def init_state(self, param):
        for name in self.state_names():
            self._state[name] = Cell(full(use(param._contents).aval, self.initial.get(name, 0)))

    def check_state(self, param, reader):
        """Raise if an array of the state that was loaded does not fit the parameter."""
        if type(self).init_state is PureRule.init_state:
            for name in self._state or ():
                found = self._state.held(name).aval
                reader.expect(name, param.shape, found.dtype, found.shape, found.dtype)

    def update_core(self, param):
        if param._contents is not None and param._grad_value() is not None:
            param._cell()
            with signals_held():
                _together.update([param], self)


def _cast(value, dtype):
    static = (("dtype", static_key(np.dtype(dtype))),)
    return engine.record(engine.signature_of(_astype, static, (value.aval,), "cast"), [value])[0]


def _astype(x, dtype):
    return x.astype(dtype)


def change_grads(params, fn, numbers=(), arrays=()):
    """Replace the gradients of parameters by ``fn(params, grads, *numbers, *arrays)``, a pure function of lists, in one entry."""
    params = [p for p in params if p._contents is not None and p._grad_value() is not None]
    if not params:
        return
    values = [
        *[use(p._contents) for p in params],
        *[p._grad_value() for p in params],
        *[engine.value_of(float(n)) for n in numbers],
        *map(engine.value_of, arrays),
    ]
    sig = engine.signature_of(
        _change, (("fn", static_key(fn)), ("n", len(params))), tuple([v.aval for v in values]), fn.__name__.strip("_")
    )
    for param, new in zip(params, engine.record(sig, values), strict=True):
        contents = param._grad if param._grad_var is None else param._grad_var._contents
        if contents.__class__ is Value:
            param._set_grad(new)
        else:
            contents.put(new)  # somebody may hold the array, and sees it change as in Chainer


def _change(*arrays, fn, n):
    params, grads, numbers = arrays[:n], arrays[n : 2 * n], arrays[2 * n :]
    return [new.astype(g.dtype) for new, g in zip(fn(params, grads, *numbers), grads, strict=True)]


def unscale_grads(params, scale=None):
    """Divide gradients by the scale that their loss was multiplied with, if it was."""
    scaled = [p for p in params if scale is not None or p._loss_scale is not None]
    if scaled:
        change_grads(scaled, _scaled, (1.0 / (scaled[0]._loss_scale if scale is None else scale),))


def _scaled(params, grads, factor):
    return [g * factor for g in grads]


# Optimizers ---------------------------------------------------------------------------------------------------------------------


class Optimizer:
    """Base of optimizers: it knows the link it works on, counts, and calls hooks.

    Attributes:
        target: the link.
        t: how many updates there were.
        epoch: which epoch it is, as far as it is told.
    """

    target = None
    t = 0
    epoch = 0
    use_auto_new_epoch = False
    _hooks = None
    _loss_scale = None
    _loss_scale_max = 65504
    _loss_scaling_is_dynamic = False
    _loss_scaling_isnan = False

    def setup(self, link):
        """Start to work on a link."""
        if not isinstance(link, Link):
            raise TypeError(f"setup: expected a link, got {type(link).__name__}; the optimization target must be a link")
        self.target = link
        self.t = self.epoch = 0
        self._hooks = _Hooks(lenient=True)
        return self

    def update(self, lossfun=None, *args, **kwds):
        """Make one step."""
        raise NotImplementedError(f"{type(self).__name__} must define update")

    def new_epoch(self, auto=False):
        """Say that a new epoch starts."""
        if auto and not self.use_auto_new_epoch:
            raise RuntimeError("new_epoch(auto=True), but use_auto_new_epoch is not set: whoever calls it must set it")
        if not auto and self.use_auto_new_epoch:
            raise RuntimeError("new_epoch is called by the updater already: pass auto_new_epoch=False to it, or do not call it yourself")
        self.epoch += 1

    def _checked_hooks(self):
        if self._hooks is None:
            raise RuntimeError("Optimizer is not set up. Call `setup` method.")
        return self._hooks

    def add_hook(self, hook, name=None, timing="auto"):
        """Call ``hook(optimizer)``, or ``hook(rule, param)`` for each parameter if it says so, before or after each update."""
        self._checked_hooks().add(hook, name, timing)

    def remove_hook(self, name):
        """Remove a hook."""
        self._checked_hooks().remove(name)

    def call_hooks(self, timing="pre"):
        """Call the hooks of one timing, in the order they were added."""
        for hook in self._checked_hooks().at(timing).values():
            self.call_hook(hook)

    def call_hook(self, hook):
        """Call one hook."""
        if not getattr(hook, "call_for_each_param", False):
            hook(self)
        elif hasattr(hook, "apply_to") and type(hook).__call__ is PureGradientHook.__call__:
            for params in in_rounds(self.target.params()):
                hook.apply_to(params)
        else:
            for param in self.target.params():
                hook(param.update_rule, param)

    def serialize(self, serializer):
        """Save or load counts and the states of the rules."""
        by_cell = takes_cells(serializer)
        if by_cell:
            serializer._remember(self)
        self.t = serializer("t", self.t)
        self.epoch = serializer("epoch", self.epoch)
        parts = []
        for path, param in self.target.namedparams():
            rule = getattr(param, "update_rule", None)
            if rule is not None:
                parts.append((param, rule, serializer[path]))
        reading = by_cell and isinstance(serializer, Deserializer)
        if reading and not any("t" in part for _, _, part in parts):
            for _, _, part in parts:
                part.defaults = {"t": self.t}  # Chainer 1 counted in the optimizer alone
        for param, rule, part in parts:
            rule.serialize(part)
            if reading and isinstance(rule, PureRule) and param.is_initialized:
                rule.check_state(param, part)

    def loss_scaling(self, interval=1000, scale=None):
        """Multiply losses before backward and divide gradients after, so that half-precision gradients do not vanish.

        Args:
            interval: for a dynamic scale: after so many updates without overflow it has doubled.
            scale: a fixed scale; ``None`` for a dynamic one.
        """
        if scale is None:
            if interval < 1:
                raise ValueError(f"loss_scaling: expected interval at least 1, got {interval}")
            self._loss_scaling_is_dynamic, self._loss_scale = True, 1.0
            self._loss_scaling_multiplier = math.pow(2.0, 1.0 / interval)
            self._loss_scaling_isnan_ever = False
        elif scale <= 0:
            raise ValueError(f"loss_scaling: expected a positive scale, got {scale}")
        else:
            self._loss_scale = scale

    def set_loss_scale(self, loss_scale):
        """The same as ``loss_scaling(scale=loss_scale)``."""
        self.loss_scaling(scale=loss_scale)

    def check_nan_in_grads(self):
        """With a dynamic loss scale, look for overflow in the gradients."""
        self._loss_scaling_isnan = False
        if not self._loss_scaling_is_dynamic or _are_finite(self.target.params()):
            return
        for path, param in self.target.namedparams():
            if not _are_finite([param]):
                self._loss_scaling_isnan = self._loss_scaling_isnan_ever = True
                warnings.warn(
                    f"the gradient of {path} is not finite (update {self.t}, loss scale {self._loss_scale})", UserWarning, stacklevel=3
                )

    def is_safe_to_update(self):
        """Whether the last check found no overflow."""
        return not self._loss_scaling_isnan

    def update_loss_scale(self):
        """Adapt a dynamic loss scale to what the last check found."""
        if self._loss_scaling_is_dynamic:
            factor = 0.5 if self._loss_scaling_isnan else self._loss_scaling_multiplier if self._loss_scaling_isnan_ever else 2.0
            self._loss_scale = max(1, min(self._loss_scale_max, self._loss_scale * factor))


def _are_finite(params):
    """Whether all gradients are, for each device by one number that is read."""
    grads = collections.defaultdict(list)
    for param in params:
        value = param._grad_value()
        if value is not None:
            grads[value.aval.device].append(value)
    signatures = [engine.signature_of(_finite, (), tuple([v.aval for v in values]), "are_finite") for values in grads.values()]
    flags = [engine.record(sig, values)[0] for sig, values in zip(signatures, grads.values(), strict=True)]
    return all(bool(engine.fetch(flag)) for flag in flags)


def _finite(*grads):
    return jnp.stack([jnp.isfinite(g).all() for g in grads]).all()


class GradientMethod(Optimizer):
    """Base of optimizers that go along gradients. A subclass names its ``rule``, and takes the rule's hyperparameters.

    Attributes:
        hyperparam: the numbers that all parameters share; each parameter's ``update_rule.hyperparam`` may have its own.
    """

    rule = None
    _use_fp32_update = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("rule") is not None:
            for name in cls.rule.defaults:
                setattr(cls, name, HyperparameterProxy(name))

    def __init__(self, **hyperparams):
        super().__init__()
        self.hyperparam = Hyperparameter()
        if self.rule is not None:
            self.hyperparam.__dict__.update(self.rule.defaults)
        self.hyperparam.__dict__.update(hyperparams)

    def create_update_rule(self):
        """The rule for one more parameter."""
        if self.rule is None:
            raise NotImplementedError(f"{type(self).__name__} must define create_update_rule")
        return self.rule(self.hyperparam)

    def setup(self, link):
        super().setup(link)
        self._packs = Packs()
        for param in link.params():
            rule = param.update_rule = self.create_update_rule()
            if self._use_fp32_update:
                rule.use_fp32_update()
        return self

    def reallocate_cleared_grads(self):
        """Give parameters without gradient a gradient of zero."""
        _fill_grads(self.target.params())

    def call_hook(self, hook):
        super().call_hook(hook)
        self.reallocate_cleared_grads()

    def update(self, lossfun=None, *args, **kwds):
        """Make one step.

        Args:
            lossfun: if given, the loss is ``lossfun(*args, **kwds)``, and gradients are cleared and computed from it; else those
                that are there are used.
            args: for ``lossfun``.
            kwds: for ``lossfun``.
        """
        if lossfun is not None:
            loss = lossfun(*args, **kwds)
            clear = "cleargrads" if getattr(self, "_use_cleargrads", True) else "zerograds"
            getattr(self.target, clear)()
            loss.backward(loss_scale=self._loss_scale)
            del loss
        self._checked_hooks()
        params = list(self.target.params())
        _fill_grads(params)
        self.check_nan_in_grads()
        self.call_hooks("pre")
        if self.is_safe_to_update():
            self._update_params(params)
        else:
            self.t += 1
        _fill_grads(params)
        self.call_hooks("post")
        self.update_loss_scale()
        engine.flush("update")

    def _update_params(self, params):
        """Update all parameters: those with built-in rules together, the others one by one."""
        packs, together, counted = self._packs, [], False
        waiting = packs.not_packed(params)
        while True:
            for param in waiting:
                rule = param.update_rule
                alone = rule is None or not rule.plain or rule._use_fp32_update or type(param).update is not Parameter.update
                if alone or rule._hooks.pre or rule._hooks.post:
                    self.t += not counted
                    counted = True
                    param.update()
                elif rule.enabled:
                    contents = param._contents
                    if contents is None:
                        rule.t += 1
                    else:
                        if rule._state is None or rule._state.device is not contents.aval.device:
                            rule._init_states(param)
                        together.append(param)
            # Only now, since users' rules may do anything to any parameter.
            waiting = packs.take_apart()
            if not waiting:
                break
        packed, together = packs.take_in(together)
        unscale_grads([param for p in packed for param in p.params if param._loss_scale is not None] + together)
        with signals_held():  # an interrupt comes before the update of all of them or after
            for items in in_rounds([*packed, *together], memory_of):
                step(items, None if counted else self)
                counted = True
            self.t += not counted

    def use_cleargrads(self, use=True):
        """Whether ``update(lossfun)`` clears gradients or zeroes them; deprecated."""
        warnings.warn("use_cleargrads is deprecated", DeprecationWarning, stacklevel=2)
        self._use_cleargrads = use

    def use_fp32_update(self, flag=True):
        """Update float16 parameters through float32 copies, so that small steps are not lost."""
        self._use_fp32_update = flag
        if self.target is not None:
            for param in self.target.params():
                param.update_rule.use_fp32_update()


def _fill_grads(params):
    for param in params:
        if param._grad is None and param._grad_var is None and param._contents is not None:
            param._set_grad(full(param._contents.aval, 0))


class PureGradientHook:
    """A hook that changes gradients by a pure function; it can do so for all parameters at once, or as the hook of one rule."""

    call_for_each_param = True
    timing = "pre"

    def apply_to(self, params):
        """Change the gradients of parameters, in one entry."""
        raise NotImplementedError

    def __call__(self, rule, param=None):
        if param is None:  # as in Chainer 1, where hooks were called with the optimizer alone
            return rule.call_hook(self)
        return self.apply_to([param])


def make_deprecation_message(module_name):
    """What is said where a hook is taken from ``chainer.optimizer``."""
    return f"chainer.optimizer.{module_name} is deprecated since Chainer 4; use chainer.optimizer_hooks.{module_name}"
