"""Links: functions that own parameters, and chains of them."""

import contextlib
import copy
import warnings
from collections.abc import MutableSequence, Sequence

import numpy as np

from . import engine
from .backends._cell import Cell, cell_of
from .backends._device import copyto
from .device_resident import DeviceResident
from .engine._tape import cut_if_long
from .initializers import NaN
from .link_hook import LinkHook, _ForwardPostprocessCallbackArgs, _ForwardPreprocessCallbackArgs
from .serializer import takes_cells
from .variable import Parameter, Variable, get_array_types, send_to_place


class ArrayAttribute:
    """An attribute of a link that is an array to whoever reads it, and a cell inside.

    So running statistics stay on the device, and reading them is what makes them NumPy's. Declared in the class; assigned an
    array, it holds that very array; anything else is an ordinary attribute.
    """

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, link, owner=None):
        if link is None:
            return self
        try:
            held = link.__dict__[self.name]
        except KeyError:
            raise AttributeError(f"{type(link).__name__} has no attribute {self.name!r} yet") from None
        return held.array() if isinstance(held, Cell) else held

    def __set__(self, link, value):
        link.__dict__[self.name] = cell_of(value) if isinstance(value, np.ndarray) else getattr(value, "_cell", value)

    def __delete__(self, link):
        if self.name not in link.__dict__:
            raise AttributeError(f"{type(link).__name__} has no attribute {self.name!r}")
        del link.__dict__[self.name]

    @classmethod
    def for_all_links(cls, name):
        """Make it an attribute that any link may have: hooks give arrays to links of all classes."""
        if name not in Link.__dict__:
            attribute = cls()
            attribute.__set_name__(Link, name)
            setattr(Link, name, attribute)
        elif not isinstance(Link.__dict__[name], cls):
            raise ValueError(f"a link has something else of the name {name!r} already")


class Link(DeviceResident):
    """A function with parameters. Derive from it, make the parameters in ``init_scope``, and define ``forward``.

    Args:
        params: name = shape, or (shape, dtype), of float parameters to make (the way of Chainer 1).

    Attributes:
        name: its name in the chain that it belongs to.

    >>> class Scale(chainjax.Link):
    ...     def __init__(self, n):
    ...         super().__init__()
    ...         with self.init_scope():
    ...             self.s = chainjax.Parameter(1, (n,))
    ...
    ...     def forward(self, x):
    ...         return x * self.s
    >>> Scale(2)(np.float32([3, 4])).array
    array([3., 4.], dtype=float32)
    """

    _hooks = None
    __ready = False

    def __init__(self, **params):
        super().__init__()
        self._params, self._persistent = set(), set()
        self._within_init_scope = False
        self.name = None
        self.__ready = True
        for name, spec in params.items():
            shape, dtype = (spec, np.float32) if _is_shape(spec) else spec
            self.add_param(name, shape, dtype=dtype)

    def _check_ready(self):
        if not self.__ready:
            raise RuntimeError("Link.__init__() has not been called.")

    def __str__(self):
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in self.printable_specs)})"

    @property
    def printable_specs(self):
        """Pairs of name and value that ``str`` shows."""
        yield from ()

    @property
    def within_init_scope(self):
        """Whether attributes are being registered now."""
        return getattr(self, "_within_init_scope", False)

    @contextlib.contextmanager
    def init_scope(self):
        """Context manager: parameters (and, in chains, links) assigned inside are registered."""
        self._check_ready()
        outer = self.within_init_scope
        self._within_init_scope = True
        try:
            yield
        finally:
            self._within_init_scope = outer

    def __call__(self, *args, **kwargs):
        if not self.__ready:
            self._check_ready()
        thread = engine.thread()
        thread.calls += 1
        try:
            if thread.link_hooks or self._hooks:
                return self._call_watched(thread, args, kwargs)
            return (_own_call(self) or self.forward)(*args, **kwargs)
        finally:
            thread.calls -= 1
            if not thread.calls:
                cut_if_long(thread)

    def _call_watched(self, thread, args, kwargs):
        hooks, begun = {**thread.link_hooks, **(self._hooks or {})}.values(), []
        try:
            for hook in hooks:
                hook.forward_preprocess(_ForwardPreprocessCallbackArgs(self, "forward", args, kwargs))
                begun.append(hook)
            out = (_own_call(self) or self.forward)(*args, **kwargs)
        except BaseException:
            for hook in begun:
                hook._forward_failed(self)
            raise
        for hook in begun:
            hook.forward_postprocess(_ForwardPostprocessCallbackArgs(self, "forward", args, kwargs, out))
        return out

    def __setattr__(self, name, value):
        if value.__class__ is not Variable and isinstance(value, Parameter) and self.within_init_scope:
            value.name = name
            self._params.add(name)
            self._persistent.discard(name)
        _set(self, name, value)

    def __delattr__(self, name):
        self._params.discard(name)
        self._persistent.discard(name)
        super().__delattr__(name)

    # what it holds ------------------------------------------------------------------------------------------------------

    def add_param(self, name, shape=None, dtype=np.float32, initializer=None):
        """Make and register a parameter.

        Args:
            name: the attribute.
            shape: ``None`` leaves it uninitialised.
            dtype: of the array, where the initializer does not say.
            initializer: default NaN, so that use before initialisation is seen.
        """
        if name in self.__dict__:
            raise AttributeError(f"cannot register a new parameter {name}: attribute exists")
        with self.init_scope():
            setattr(self, name, Parameter(NaN(dtype) if initializer is None else initializer, shape))

    def add_persistent(self, name, value):
        """Set an attribute that is saved and loaded with the link, and is no parameter."""
        if name in self.__dict__:
            raise AttributeError(f"cannot register a new persistent value {name}: attribute exists")
        setattr(self, name, value)
        self.register_persistent(name)

    def register_persistent(self, name):
        """Let an attribute be saved and loaded with the link."""
        if not hasattr(self, name):
            raise AttributeError(f"cannot register non-existent attribute {name} as a persistent value")
        self._params.discard(name)
        self._persistent.add(name)

    @classmethod
    def from_params(cls, *args, **kwargs):
        """A link made of given parameter arrays; only some links can be."""
        raise NotImplementedError(f"{cls.__name__} cannot be made from parameters")

    def params(self, include_uninit=True):
        """The parameters, in the order of their names."""
        d = self.__dict__
        for name in sorted(self._params):
            if include_uninit or d[name].is_initialized:
                yield d[name]
        for child in self.children():
            yield from child.params(include_uninit)

    def namedparams(self, include_uninit=True):
        """``("/name", parameter)``, in the order of names."""
        d = self.__dict__
        for name in sorted(self._params):
            if include_uninit or d[name].is_initialized:
                yield "/" + name, d[name]
        for name, child in self._namedchildren():
            for path, param in child.namedparams(include_uninit):
                yield f"/{name}{path}", param

    def links(self, skipself=False):
        """This link and all below it."""
        for _, link in self.namedlinks(skipself):
            yield link

    def namedlinks(self, skipself=False):
        """``("/path", link)`` of this link (``"/"``) and all below it."""
        if not skipself:
            yield "/", self
        for name, child in self._namedchildren():
            yield f"/{name}", child
            for path, link in child.namedlinks(True):
                yield f"/{name}{path}", link

    def children(self):
        """The links directly below."""
        for _, child in self._namedchildren():
            yield child

    def _namedchildren(self):
        return ()

    def device_resident_accept(self, visitor):
        super().device_resident_accept(visitor)
        d = self.__dict__
        for name in self._params:
            visitor.visit_variable(d[name])
        for name in self._persistent:
            if isinstance(d[name], (Cell, *get_array_types())):
                d[name] = visitor.visit_array(d[name])
        for child in self.children():
            child.device_resident_accept(visitor)

    def count_params(self):
        """How many numbers the parameters have; uninitialised ones are warned of and not counted."""
        total = 0
        for path, param in self.namedparams():
            if param.is_initialized:
                total += param.size
            else:
                warnings.warn(f"count_params: parameter '{path}' has not been initialized and is not counted", UserWarning, stacklevel=2)
        return total

    # copies -------------------------------------------------------------------------------------------------------------

    def copy(self, mode="share"):
        """A copy.

        Args:
            mode: ``"share"``: parameters are new objects over the same arrays, without gradients; ``"copy"``: nothing is shared;
                ``"init"``: as ``"copy"``, with parameters initialised anew.
        """
        if mode == "copy":
            return copy.deepcopy(self)
        if mode == "init":
            new = copy.deepcopy(self)
            for param in new.params(include_uninit=False):
                param.initialize(param.shape)
            return new
        if mode != "share":
            raise ValueError(f"copy: expected mode 'share', 'copy' or 'init', got {mode!r}")
        new = copy.copy(self)
        new._params, new._persistent, new.name = set(self._params), set(self._persistent), None
        for name in new._params:
            param = copy.copy(new.__dict__[name])
            param.cleargrad()
            new.__dict__[name] = param
        return new

    def copyparams(self, link, copy_persistent=True):
        """Copy the numbers of the parameters (and persistent values) of a link of the same structure into those of this one."""
        for name in self._params:
            self.__dict__[name].copydata(link.__dict__[name])
        if copy_persistent:
            self._copy_persistents(link, self._persistent)
        others = dict(link._namedchildren())
        for name, child in self._namedchildren():
            child.copyparams(others[name], copy_persistent)

    def _copy_persistents(self, link, names):
        """Those of the names, of this link alone."""
        mine, theirs = self.__dict__, link.__dict__
        for name in names:
            to, of = mine[name], theirs[name]
            if isinstance(to, Cell) and isinstance(of, Cell):
                to.put(send_to_place(of.use(), to.aval.device))
            elif isinstance(to, get_array_types()) and isinstance(of, get_array_types()):
                copyto(to, of)
            else:
                mine[name] = copy.deepcopy(of)

    def repeat(self, n_repeat, mode="init"):
        """A ``Sequential`` of copies.

        Args:
            n_repeat: how many.
            mode: how they are copied; see :meth:`copy`.
        """
        from .sequential import Sequential  # a Sequential is a Link

        if mode not in ("init", "copy", "share"):
            raise ValueError(f"repeat: expected mode 'share', 'copy' or 'init', got {mode!r}")
        return Sequential(*[self.copy(mode) for _ in range(n_repeat)])

    # gradients and updates ----------------------------------------------------------------------------------------------

    def cleargrads(self):
        """Forget all gradients."""
        for param in self.params():
            param.cleargrad()

    def zerograds(self):
        """Make all gradients zero; deprecated, as :meth:`cleargrads` is cheaper."""
        warnings.warn("zerograds is deprecated; use cleargrads", DeprecationWarning, stacklevel=2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            for param in self.params():
                param.zerograd()

    def addgrads(self, link):
        """Add the gradients of a link of the same structure to those of this one."""
        for name in self._params:
            self.__dict__[name].addgrad(link.__dict__[name])
        others = dict(link._namedchildren())
        for name, child in self._namedchildren():
            child.addgrads(others[name])

    def enable_update(self):
        """Let optimizers update the parameters."""
        self._enable(True)

    def disable_update(self):
        """Keep optimizers from updating the parameters."""
        self._enable(False)

    def _enable(self, enabled):
        for param in self.params():
            if param.update_rule is not None:
                param.update_rule.enabled = enabled

    @property
    def update_enabled(self):
        """Whether an optimizer updates any of the parameters."""
        return any(param.update_rule is not None and param.update_rule.enabled for param in self.params())

    # files and hooks ----------------------------------------------------------------------------------------------------

    def serialize(self, serializer):
        """Save or load parameters and persistent values."""
        d, by_cell = self.__dict__, takes_cells(serializer)
        if by_cell:
            serializer._remember(self)
        for name in sorted(self._params):
            param = d[name]
            if by_cell:
                serializer(name, param)
                continue
            data = serializer(name, param.array)
            if not param.is_initialized and data is not None:
                param.initialize(data.shape)
                copyto(param.array, data)
        for name in sorted(self._persistent):
            value = d[name]
            if isinstance(value, Cell) and not by_cell:
                value = value.array()
            new = serializer(name, value)
            if new is not value:
                setattr(self, name, new)
        for name, child in self._namedchildren():
            child.serialize(serializer[name])

    @property
    def local_link_hooks(self):
        """Hooks of this link alone, by name."""
        if self._hooks is None:
            self._hooks = {}
        return self._hooks

    def add_hook(self, hook, name=None):
        """Let a :class:`LinkHook` see this link."""
        if not isinstance(hook, LinkHook):
            raise TypeError(f"add_hook: expected a LinkHook, got {type(hook).__name__}")
        name = hook.name if name is None else name
        if name in self.local_link_hooks:
            raise KeyError(f"this link has a hook named {name} already")
        hook.added(self)
        self.local_link_hooks[name] = hook
        return self

    def delete_hook(self, name):
        """Remove a hook."""
        if name not in self.local_link_hooks:
            raise KeyError(f"this link has no hook named {name}")
        self.local_link_hooks[name].deleted(self)
        del self.local_link_hooks[name]


_set = object.__setattr__

# A class may have its __call__ from another base than Link instead of a forward, as was the way before Chainer 5.
_with_own_call = {}


def _own_call(link):
    cls = type(link)
    own = _with_own_call.get(cls)
    if own is None:
        rest = cls.__mro__[cls.__mro__.index(Link) + 1 :]
        own = _with_own_call[cls] = any("__call__" in base.__dict__ for base in rest)
    return super(Link, link).__call__ if own else None


def _is_shape(spec):
    if spec is None or isinstance(spec, (int, np.integer)):
        return True
    return isinstance(spec, Sequence) and all(isinstance(n, (int, np.integer)) for n in spec)


def _indented(rows):
    text = "".join(f"  {line}\n" for row in rows for line in row.splitlines())
    return "\n" + text if text else ""


class Chain(Link):
    """A link made of named links, which it reaches as attributes.

    Args:
        links: name = link (the way of Chainer 1; the other is assignment in ``init_scope``).
    """

    def __init__(self, **links):
        super().__init__()
        self._children = set()
        for name, link in links.items():
            self.add_link(name, link)

    def __str__(self):
        return f"{type(self).__name__}({_indented(f'({child.name}): {child},' for child in self.children())})"

    def __getitem__(self, name):
        """The child of that name."""
        return getattr(self, name)

    def __setattr__(self, name, value):
        if value.__class__ is not Variable and isinstance(value, Link) and self.within_init_scope:
            if hasattr(self, name):
                raise AttributeError(f"cannot register a new link {name}: attribute exists")
            value.name = name
            self._children.add(name)
        Link.__setattr__(self, name, value)

    def __delattr__(self, name):
        self._children.discard(name)
        super().__delattr__(name)

    def add_link(self, name, link):
        """Register a child."""
        if name in self.__dict__:
            raise AttributeError(f"cannot register a new link {name}: attribute exists")
        if not isinstance(link, Link):
            raise TypeError(f"cannot register a non-link object as a child: {name} is {type(link).__name__}")
        with self.init_scope():
            setattr(self, name, link)

    def _namedchildren(self):
        d = self.__dict__
        return [(name, d[name]) for name in sorted(self._children)]

    def copy(self, mode="share"):
        new = super().copy(mode)
        new._children = set(new._children)
        if mode == "share":
            for name, child in self._namedchildren():
                new.__dict__[name] = child.copy(mode)
                new.__dict__[name].name = name
        return new


class ChainList(Link, MutableSequence):
    """A link made of a list of links.

    Args:
        links: the children.
    """

    def __init__(self, *links):
        super().__init__()
        self._children = []
        for link in links:
            self.add_link(link)

    def __str__(self):
        return f"{type(self).__name__}({_indented(f'({i}): {child},' for i, child in enumerate(self._children))})"

    def __setattr__(self, name, value):
        if isinstance(value, Link) and self.within_init_scope:
            raise TypeError("a ChainList has no named children: use append or add_link, outside of init_scope")
        super().__setattr__(name, value)

    def __getitem__(self, index):
        """The child at a place, an int, a numeral or a slice."""
        return self._children[int(index) if isinstance(index, str) else index]

    def __setitem__(self, index, value):
        if not isinstance(index, (int, slice)):
            raise TypeError(f"ChainList indices must be integers or slices, not {type(index).__name__}")
        self._children[index] = value
        self._number()

    def __delitem__(self, index):
        del self._children[index]
        self._number()

    def __iter__(self):
        return iter(self._children)

    def __len__(self):
        return len(self._children)

    def insert(self, index, link):
        """Put a child before place ``index``."""
        self._children.insert(index, link)
        self._number()

    def add_link(self, link):
        """Put a child at the end."""
        self.append(link)

    def _number(self):
        for i, child in enumerate(self._children):
            child.name = str(i)

    def _namedchildren(self):
        return [(str(i), child) for i, child in enumerate(self._children)]

    def copy(self, mode="share"):
        new = super().copy(mode)
        if mode == "share":
            new._children = [child.copy(mode) for child in self._children]
            new._number()
        return new
