"""Arrays with a place in the graph."""

import copy
import math
import warnings
import weakref

import numpy as np

import jax

from .. import engine
from ..backends._cell import Cell
from ..backends._device import CpuDevice, JaxDevice, copyto, get_device
from ..engine import TRACED, Value
from ..utils.argument import parse_kwargs
from ._contents import _ARRAY_TYPES, add, contents_of, filled, on_jax, send_contents, send_to_place, send_value, use
from ._node import VariableNode
from ._text import grad_error, variable_repr, variable_str


class Variable:
    """An array that remembers how it was computed, so that gradients can flow back through it.

    Args:
        data: the array, or ``None`` for one that comes later.
        name: shown in graphs.
        grad: its gradient array.
        requires_grad: whether gradients are wanted.

    The array is the caller's own: ``Variable(a).array is a``.

    >>> x = Variable(np.float32([1, 2]))
    >>> y = x * x
    >>> y.grad = np.ones(2, np.float32)
    >>> y.backward()
    >>> x.grad
    array([2., 4.], dtype=float32)
    """

    __array_priority__ = 200
    __hash__ = None

    _grad = None
    _grad_var = None
    _grad_valid = True
    _requires_grad = True
    _loss_scale = None
    _layout = None
    _siblings = None
    _has_chainerx_array = False

    def __init__(self, data=None, **kwargs):
        name, grad, requires_grad, grad_valid, layout = parse_kwargs(
            kwargs,
            ("name", None),
            ("grad", None),
            ("requires_grad", True),
            ("_grad_valid", True),
            ("layout", None),
            volatile="volatile is gone since Chainer 2; use no_backprop_mode()",
        )
        if data is not None and not isinstance(data, (*_ARRAY_TYPES, jax.Array)):
            raise TypeError(f"Variable: expected {' or '.join(t.__name__ for t in _ARRAY_TYPES)}, got {type(data)}: {data!r:.60}")
        self._init(data, name, grad, grad_valid, bool(requires_grad), layout)

    @staticmethod
    def _init_unchecked(
        data=None, device=None, name=None, grad=None, grad_valid=True, requires_grad=True, is_chainerx_array=None, node=None, layout=None
    ):
        variable = object.__new__(Variable)
        variable._init(data, name, grad, grad_valid, requires_grad, layout, node)
        return variable

    def _init(self, data, name, grad, grad_valid, requires_grad, layout, node=None):
        self._contents = contents_of(data)
        self._requires_grad = requires_grad
        self._grad_valid = grad_valid
        self._layout = layout
        self._node = VariableNode(self, name) if node is None else node
        if grad is not None:
            self._grad = contents_of(grad)

    def __copy__(self):
        return self._copy_to(Variable())

    def _copy_to(self, target):
        # A copy shares the array, also one that is assigned to either later.
        if self._contents is not None:
            self._cell()
        if self._siblings is None:
            self._siblings = [weakref.ref(self)]
        self._siblings.append(weakref.ref(target))
        target.__dict__ = copy.copy(self.__dict__)
        target._node = VariableNode(target, self.name)
        return target

    def __reduce__(self):
        return _create_variable, (self._peek(), self.name, _peek(self.grad_var), self._requires_grad, self.device)

    def __repr__(self):
        return variable_repr(self)

    def __str__(self):
        return variable_str(self)

    # contents -----------------------------------------------------------------------------------------------------------

    def _cell(self):
        """The cell of the contents, from now on shared with all who retain them."""
        contents = self._contents
        if contents.__class__ is not Value:
            return contents
        cell, node = Cell(contents), self._node
        if node._contents is contents or node._is_read_back:
            node._contents = cell
        self._contents = cell
        return cell

    def _peek(self):
        """The array for reading only."""
        contents = self._contents
        if contents is None:
            return None
        if contents.__class__ is not Value:
            return contents.array() if contents.aval.device is not None else contents.peek()
        if contents.aval.device is not None:
            return self._cell().array()
        return np.asarray(engine.fetch(contents))

    def _set_contents(self, contents):
        for variable in [self] if self._siblings is None else [v for r in self._siblings if (v := r()) is not None]:
            node = variable._node
            node._aval = None if contents is None else contents.aval
            if node._contents is not None or node._is_read_back:
                node._contents = contents
            variable._contents = contents

    @property
    def array(self):
        """The array: ``numpy.ndarray`` or ``chainjax.ndarray``; ``None`` while uninitialised. Writing to it changes the variable."""
        contents = self._contents
        if contents is None:
            return None
        return (self._cell() if contents.__class__ is Value else contents).array()

    @array.setter
    def array(self, array):
        self._set_contents(contents_of(array))

    @property
    def data(self):
        """The same as :attr:`array`."""
        return self.array

    @data.setter
    def data(self, array):
        self.array = array

    @property
    def raw_array(self):
        """The same as :attr:`array`: memory layouts are XLA's affair."""
        return self.array

    @property
    def jax(self):
        """The contents as ``jax.Array`` (or tracer), wherever the variable lives."""
        return on_jax(use(self._contents))

    @property
    def chx_array(self):
        raise ValueError("chx_array: this variable holds no ChainerX array; ChainerX is not available")

    @property
    def layout(self):
        return self._layout

    @property
    def is_initialized(self):
        """Whether the array is there."""
        return self._contents is not None

    def as_layout(self, layout):
        """This variable: XLA chooses memory layouts itself."""
        if layout is not None:
            raise NotImplementedError(f"memory layout {layout!r}: XLA chooses layouts itself; leave them out")
        return self

    @property
    def _aval(self):
        if self._contents is None:
            raise AttributeError("this variable has no array yet, so no shape or dtype; initialise it first")
        return self._contents.aval

    @property
    def shape(self):
        return self._aval.shape

    @property
    def dtype(self):
        return self._aval.dtype

    @property
    def ndim(self):
        return len(self._aval.shape)

    @property
    def size(self):
        return math.prod(self._aval.shape)

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of a variable without axes")
        return self.shape[0]

    def __pos__(self):
        return self

    def item(self):
        """The only number, as a Python scalar."""
        return np.asarray(self._peek()).item()

    def summary(self):
        """A short description."""
        return f"<variable {self.name}>" if self.name else f"<variable at 0x{id(self):x}>"

    def debug_print(self):
        """Summary, device, shape, dtype and statistics of array and gradient, as text."""
        array, grad = self.array, self.grad

        def statistics(a):
            a = np.asarray(a)
            return f"mean={float(np.mean(a)):.8f}, std={float(np.std(a)):.8f}"

        rows = {
            "device": None if array is None else "CPU" if isinstance(array, np.ndarray) else array.device,
            "backend": None if array is None else type(array),
            "shape": getattr(array, "shape", None),
            "dtype": getattr(array, "dtype", None),
            "statistics": None if array is None else statistics(array),
            "grad": None if grad is None else 0 if not np.asarray(grad).any() else statistics(grad),
        }
        return "\n".join([self.summary(), *(f"- {name}: {value}" for name, value in rows.items())])

    # graph --------------------------------------------------------------------------------------------------------------

    @property
    def node(self):
        """The place of this variable in the graph."""
        return self._node

    @property
    def name(self):
        return self._node.name

    @name.setter
    def name(self, name):
        self._node.name = name

    @property
    def label(self):
        """Shape and dtype, for drawing."""
        return self._node.label

    @property
    def creator(self):
        """What made this variable: the ``Function`` of an old-style function, else the ``FunctionNode``."""
        return self._node.creator

    @creator.setter
    def creator(self, func):
        self._node.creator = func

    @property
    def creator_node(self):
        """The ``FunctionNode`` that made this variable; setting ``None`` cuts the graph here."""
        return self._node._creator_node

    @creator_node.setter
    def creator_node(self, func):
        self._node.creator_node = func

    def set_creator(self, gen_func):
        """Say what made this variable."""
        self._node.set_creator(gen_func)

    def set_creator_node(self, fnode):
        """Say which node made this variable."""
        self._node.set_creator_node(fnode)

    @property
    def rank(self):
        """The longest way from a leaf to here."""
        return self._node._rank

    @property
    def requires_grad(self):
        return self._requires_grad

    def retain_data(self):
        """Keep the contents for a backward pass."""
        self._node._contents = self._contents

    def unchain(self):
        """Forget what made this variable."""
        self.creator_node = None

    def unchain_backward(self):
        """Cut every edge of the graph below this variable."""
        waiting, seen = [self.creator_node], set()
        while waiting:
            func = waiting.pop()
            if func is None or func in seen:
                continue
            seen.add(func)
            waiting.extend([x.creator_node for x in func.inputs or ()])
            func.unchain()

    # gradients ----------------------------------------------------------------------------------------------------------

    @property
    def grad(self):
        """The gradient array, ``None`` where there is none. Writing to it changes the gradient."""
        if not self._grad_valid:
            raise RuntimeError("the gradient is not there yet: set it, or call cleargrad() or zerograd() first")
        if self._grad_var is not None:
            return self._grad_var.array
        grad = self._grad
        if grad is None:
            return None
        if grad.__class__ is Value:
            grad = self._grad = Cell(grad)
        return grad.array()

    @grad.setter
    def grad(self, grad):
        if grad is not None:
            check_grad_type(None, self, grad)
        self._set_grad(contents_of(grad))

    def _set_grad(self, contents):
        self._grad, self._grad_var, self._grad_valid = contents, None, True

    def _hold_grad(self, value):
        self._grad, self._grad_var = value, None

    def _grad_value(self):
        """The Value of the gradient for one use now, ``None`` where there is none."""
        grad = self._grad if self._grad_var is None else self._grad_var._contents
        return None if grad is None else use(grad)

    @property
    def grad_var(self):
        """The gradient as a variable, with a graph of its own after ``backward(enable_double_backprop=True)``."""
        if self._grad_var is None and self._grad is not None:
            if self._grad.__class__ is Value:
                self._grad = Cell(self._grad)
            self._grad_var = _variable(self._grad)
        return self._grad_var

    @grad_var.setter
    def grad_var(self, grad):
        if grad is not None:
            check_grad_type(None, self, grad)
        self._set_grad_var(grad)

    def _set_grad_var(self, grad):
        self._grad_var = grad
        self._grad = None if grad is None else grad._contents

    def cleargrad(self):
        """Forget the gradient."""
        grad = self._grad
        if grad.__class__ is Value:
            engine.offer(grad)
        self._grad = self._grad_var = None
        self._grad_valid = True

    def zerograd(self):
        """Make the gradient zero; deprecated, as :meth:`cleargrad` is cheaper."""
        warnings.warn("zerograd is deprecated; use cleargrad", DeprecationWarning, stacklevel=2)
        self._grad_valid = True
        contents = self._contents
        if contents is None:
            return
        zero = filled(contents.aval, 0)
        grad = self._grad if self._grad_var is None else self._grad_var._contents
        if self._grad_var is not None:
            self._grad_var.unchain()
        if grad is None or grad.__class__ is Value:
            self._set_grad(zero)
        else:
            grad.put(zero)

    def copydata(self, var):
        """Copy the numbers of ``var`` into the array of this variable; the one that is not initialised yet becomes so."""
        if var._contents is None:
            if self._contents is None:
                return
            var.initialize(self.shape)
        elif self._contents is None:
            self.initialize(var.shape)
        source, cell = use(var._contents), self._cell()
        here = cell.aval
        if source.aval.device is TRACED:
            self._set_contents(source)
        elif source.aval.shape == here.shape and source.aval.dtype == here.dtype and cell.content.__class__ is Value:
            cell.put(send_to_place(source, here.device))
        else:
            copyto(self.array, var.array)

    def addgrad(self, var):
        """Add the gradient of ``var`` to that of this variable."""
        grad = var._grad_value()
        if grad is None:
            return
        if self._contents is None:
            self.initialize(var.shape)
        if self.device != var.device:
            grad = send_value(grad, self.device)
        mine = self._grad_value()
        self._set_grad(grad if mine is None else add(grad, mine))

    def backward(self, retain_grad=False, enable_double_backprop=False, loss_scale=None):
        """Run backpropagation from this variable and add the gradients to those of the leaves.

        Args:
            retain_grad: keep the gradients of all variables on the way too.
            enable_double_backprop: let the gradients have graphs, so that they can be differentiated again.
            loss_scale: factor of the gradient of this variable, which the optimizer divides by again.

        A variable of one number starts from gradient 1 unless one is set.
        """
        from .. import backprop  # above this module: it walks the graph that variables are the leaves of

        backprop.backward_from(self, retain_grad, enable_double_backprop, loss_scale)

    # devices ------------------------------------------------------------------------------------------------------------

    @property
    def device(self):
        """The device that the array is on."""
        contents = self._contents
        where = None if contents is None else contents.aval.device
        return CpuDevice() if where is None or where is TRACED else JaxDevice(where)

    @property
    def xp(self):
        """The module of functions for the array."""
        return self.device.xp

    def to_cpu(self):
        """Move to ``@numpy``."""
        self.to_device(CpuDevice())

    def to_gpu(self, device=None):
        """Move to a GPU."""
        self.to_device(get_device(0 if device is None else int(device)))

    def to_intel64(self):
        """Always an error: there is no iDeep."""
        get_device("@intel64")

    def to_chx(self):
        """Always an error: there is no ChainerX."""
        raise RuntimeError("ChainerX is not available.")

    def from_chx(self):
        """Nothing to do: no variable holds a ChainerX array."""

    def to_device(self, device):
        """Move array and gradient to a device."""
        device = get_device(device)
        if self._contents is None or self.device == device:
            return
        grad = self._grad_value()
        self._siblings = None
        self._set_contents(send_contents(self._contents, device))
        if self._grad_var is not None:
            self._grad_var.to_device(device)
            self._grad = self._grad_var._contents
        elif grad is not None:
            self._grad = send_contents(grad, device)

    # refused ------------------------------------------------------------------------------------------------------------

    def _no_comparison(self, other):
        raise TypeError("variables are not compared, since that has no gradient; compare their arrays (x.array)")

    __lt__ = __le__ = __eq__ = __ne__ = __gt__ = __ge__ = _no_comparison

    def __bool__(self):
        raise TypeError("a variable is neither true nor false; ask its array (x.array)")

    __nonzero__ = __bool__


def _variable(contents, requires_grad=True):
    """A variable of contents that are known to be right."""
    variable = object.__new__(Variable)
    variable._contents = contents
    node = object.__new__(VariableNode)
    node._variable = weakref.ref(variable)
    node._aval = contents.aval
    if not requires_grad:
        variable._requires_grad = node._requires_grad = False
    variable._node = node
    return variable


def _create_variable(data, name, grad, requires_grad, device):
    variable = Variable(_owned(data), name=name, grad=_owned(grad), requires_grad=requires_grad)
    variable.to_device(device)
    return variable


def _owned(array):
    """A copy that may be written to, of an array that was only lent for reading."""
    return np.array(array) if isinstance(array, np.ndarray) else array


def _peek(variable):
    return None if variable is None else variable._peek()


def as_variable(obj):
    """``obj`` itself if it is a Variable, else a Variable of the array that wants no gradient."""
    return obj if isinstance(obj, Variable) else Variable(obj, requires_grad=False)


def as_array(obj):
    """The array of a Variable; anything else itself."""
    return obj.array if isinstance(obj, Variable) else obj


def check_grad_type(func, x, grad):
    """Raise unless ``grad``, an array or Variable, has the kind, dtype and shape of ``x``, a Variable or its node."""
    if x.dtype is None if isinstance(x, VariableNode) else x._contents is None:
        return
    if not isinstance(grad, (Variable, *_ARRAY_TYPES, jax.Array)):
        raise TypeError(grad_error(func, f"expected a gradient that is {' or '.join(t.__name__ for t in _ARRAY_TYPES)}, got {type(grad)}"))
    if grad.dtype != x.dtype:
        raise TypeError(grad_error(func, f"Dtype of data and grad mismatch\ngrad: {grad.dtype} != data: {x.dtype}"))
    if tuple(grad.shape) != tuple(x.shape):
        raise ValueError(grad_error(func, f"Shape of data and grad mismatch\ngrad: {grad.shape} != data: {x.shape}"))
