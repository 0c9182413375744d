"""Checks of shapes and dtypes that users' functions declare in ``check_type_forward``.

A check is written once and runs two ways. In *light mode* it sees the arrays themselves and costs next to nothing. Only if it
fails is it run again on expressions, which remember how they were built, so that the message can show what was compared.
"""

import math
import numbers
import operator
import threading

import numpy as np

_local = threading.local()


class InvalidType(TypeError):
    """An array has the wrong shape or dtype.

    Cause: ``F.linear(np.zeros((8, 4), "f"), W)`` with ``W`` of shape ``(3, 5)``: vectors of length 4 where 5 are expected.

    Attributes:
        expect: what was expected.
        actual: what came.
    """

    def __init__(self, expect, actual, msg=None, who=None):
        if msg is None:
            msg = f"{who}: expected {expect}, got {actual}" if who else f"Expect: {expect}\nActual: {actual}"
            function = getattr(_local, "function", None)
            if function is not None and not who:
                msg = f"\nInvalid operation is performed in: {function.label} (Forward)\n\n{msg}"
        super().__init__(msg)
        self.expect, self.actual = expect, actual

    def __reduce__(self):
        return InvalidType, (self.expect, self.actual, self.args[0])


class LightMode:
    """Context manager: inside, checks see arrays instead of expressions."""

    def __enter__(self):
        _local.light = True

    def __exit__(self, exc_type, exc_value, traceback):
        _local.light = False


light_mode = LightMode()


def in_light_mode():
    """Whether checks see arrays now."""
    return getattr(_local, "light", False)


class get_function_check_context:
    """Context manager: messages name the function ``f``."""

    def __init__(self, f):
        self.f = f

    def __enter__(self):
        self.outer = getattr(_local, "function", None)
        _local.function = self.f

    def __exit__(self, *exc):
        _local.function = self.outer


# Expressions ------------------------------------------------------------------------------------------------------------------


class Expr:
    """A term that knows its value and its text. ``priority`` says where the text needs parentheses."""

    def __init__(self, priority):
        self.priority = priority

    def eval(self):
        """The value."""
        raise NotImplementedError

    def __call__(self, *args):
        return Call(self, args)

    def __getitem__(self, key):
        return GetItem(self, key)

    def __getattr__(self, name):
        return GetAttr(self, name)

    def __bool__(self):
        raise RuntimeError(
            "type_check: expected to compare inside expect(...), got an expression asked for its truth; type_check.eval(...) has it"
        )

    __nonzero__ = __bool__
    __hash__ = None


class Atom(Expr):
    """A term that never needs parentheses."""

    def __init__(self):
        super().__init__(8)


class Constant(Atom):
    """A value that shows as itself."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    def __str__(self):
        return _repr(self.value)

    def eval(self):
        return self.value


class Variable(Atom):
    """A value that shows as its name."""

    def __init__(self, value, name):
        super().__init__()
        self.value, self.name = value, name

    def __str__(self):
        return self.name

    def eval(self):
        return self.value


class GetAttr(Atom):
    """``obj.name``."""

    def __init__(self, obj, name):
        super().__init__()
        self.obj, self.name = obj, name

    def __str__(self):
        name = self.name.value if isinstance(self.name, Constant) else self.name
        return f"{_repr(self.obj)}.{name}" if isinstance(name, str) else f"getattr({_repr(self.obj)}, {_repr(self.name)})"

    def eval(self):
        return getattr(_value(self.obj), _value(self.name))


class GetItem(Atom):
    """``obj[key]``."""

    def __init__(self, obj, key):
        super().__init__()
        self.obj, self.key = obj, key

    def __str__(self):
        return f"{_repr(self.obj)}[{_key(self.key)}]"

    def eval(self):
        return _value(self.obj)[_value(self.key)]


class Call(Atom):
    """``obj(*args)``."""

    def __init__(self, obj, args):
        super().__init__()
        self.obj, self.args = obj, args

    def __str__(self):
        return f"{_repr(self.obj)}({', '.join(map(_repr, self.args))})"

    def eval(self):
        return _value(self.obj)(*map(_value, self.args))


class UnaryOperator(Expr):
    """``exp`` before ``term``, computed by ``func``."""

    def __init__(self, priority, term, exp, func):
        super().__init__(priority)
        self.term, self.exp, self.func = term, exp, func

    def eval(self):
        return self.func(_value(self.term))

    def __str__(self):
        return self.exp + _enclosed(self.term, self.priority)


class BinaryOperator(Expr):
    """``exp`` between ``lhs`` and ``rhs``, computed by ``func``."""

    def __init__(self, priority, lhs, rhs, exp, func, right_associative=False):
        super().__init__(priority)
        self.lhs, self.rhs, self.exp, self.func, self.right_associative = lhs, rhs, exp, func, right_associative

    def eval(self):
        return self.func(_value(self.lhs), _value(self.rhs))

    def __str__(self):
        # A neighbour of equal priority needs parentheses on the side that would not have bound first.
        left, right = (0.5, 0) if self.right_associative else (0, 0.5)
        return f"{_enclosed(self.lhs, self.priority + left)} {self.exp} {_enclosed(self.rhs, self.priority + right)}"


class Testable:
    """Something that :func:`expect` can check."""

    def expect(self):
        """Raise :class:`InvalidType` unless it holds."""
        raise NotImplementedError


class BoolBinaryOperator(BinaryOperator, Testable):
    """A comparison; ``inv`` is the sign of its opposite."""

    def __init__(self, lhs, rhs, exp, inv, func):
        super().__init__(-1, lhs, rhs, exp, func)
        self.inv = inv

    def expect(self):
        left, right = _value(self.lhs), _value(self.rhs)
        if not self.func(left, right):
            raise InvalidType(f"{self.lhs} {self.exp} {self.rhs}", f"{left} {self.inv} {right}")


def _enclosed(term, priority):
    text = _repr(term)
    return f"({text})" if isinstance(term, Expr) and term.priority < priority else text


def _install_operators():
    def comparison(sign, inverse, func):
        return lambda x, y: BoolBinaryOperator(x, y, sign, inverse, func)

    def binary(sign, priority, func):
        return lambda x, y: BinaryOperator(priority, x, y, sign, func, sign == "**")

    def unary(sign, func):
        return lambda x: UnaryOperator(6, x, sign, func)

    comparisons = ("eq", "==", "!="), ("ne", "!=", "=="), ("lt", "<", ">="), ("le", "<=", ">"), ("gt", ">", "<="), ("ge", ">=", "<")
    for name, sign, inverse in comparisons:
        setattr(Expr, f"__{name}__", comparison(sign, inverse, getattr(operator, name)))
    levels = (("or", "|"),), (("xor", "^"),), (("and", "&"),), (("lshift", "<<"), ("rshift", ">>")), (("add", "+"), ("sub", "-"))
    levels = *levels, (("mul", "*"), ("truediv", "/"), ("floordiv", "//"), ("mod", "%"))
    for priority, operators in enumerate((*levels, (), (("pow", "**"),))):
        for name, sign in operators:
            method = binary(sign, priority, getattr(operator, f"__{name}__"))
            setattr(Expr, f"__{name}__", method)
            setattr(Expr, f"__r{name}__", lambda x, y, method=method: method(y, x))
    for name, sign in (("neg", "-"), ("pos", "+"), ("invert", "~")):
        setattr(Expr, f"__{name}__", unary(sign, getattr(operator, name)))


_install_operators()


def _value(v):
    if isinstance(v, Expr):
        return v.eval()
    return type(v)(map(_value, v)) if type(v) in (list, tuple) else v


def _repr(v):
    if isinstance(v, Expr):
        return str(v)
    if type(v) is list:
        return f"[{', '.join(map(_repr, v))}]"
    if type(v) is tuple:
        return f"({_repr(v[0])},)" if len(v) == 1 else f"({', '.join(map(_repr, v))})"
    return repr(v)


def _key(key):
    if key is Ellipsis:
        return "..."
    if isinstance(key, slice):
        start, stop, step = ("" if v is None else _repr(v) for v in (key.start, key.stop, key.step))
        return f"{start}:{stop}" if key.step is None else f"{start}:{stop}:{step}"
    return ", ".join(map(_key, key)) if isinstance(key, tuple) else _repr(key)


# Types of arrays ----------------------------------------------------------------------------------------------------------------


class TypeInfo:
    """Shape and dtype of an array."""

    def __init__(self, shape, dtype):
        self.shape, self.dtype, self.ndim = shape, dtype, len(shape)

    @property
    def size(self):
        """How many elements."""
        return math.prod(self.shape)


class TypeInfoTuple(tuple):
    """Expressions for the types of several arrays, with a name."""

    def size(self):
        """How many arrays, as an expression."""
        return Variable(len(self), f"{self.name}.size")


class LightTypeInfoTuple(tuple):
    """Several arrays, seen for their types only."""

    def size(self):
        """How many arrays."""
        return len(self)


def get_types(data, name, accept_none, *, shapes=None):
    """Expressions for the types of a tuple of arrays, called ``name[0]``, ``name[1]``, ..."""
    assert isinstance(data, tuple), "the arrays come as a tuple"
    shapes = [x.shape if x is not None else () for x in data] if shapes is None else shapes
    if not accept_none:
        assert all(x is not None for x in data), "None stands for no array"
    types = [TypeInfo(shape, None if x is None else x.dtype) for x, shape in zip(data, shapes, strict=True)]
    info = TypeInfoTuple(Variable(t, f"{name}[{i}]") for i, t in enumerate(types))
    info.name = name
    return info


def get_light_types(data, *, shapes=None):
    """The same for light mode: the arrays themselves, or what shapes are said to be theirs."""
    assert isinstance(data, tuple), "the arrays come as a tuple"
    return LightTypeInfoTuple(data if shapes is None else [TypeInfo(s, x.dtype) for x, s in zip(data, shapes, strict=True)])


def expect(*bool_exprs):
    """Raise :class:`InvalidType` unless all comparisons hold."""
    if in_light_mode():
        if not all(bool_exprs):
            raise InvalidType("", "")
        return
    for expr in bool_exprs:
        assert isinstance(expr, Testable), f"{expr!r} is no comparison of type_check expressions"
        expr.expect()


def expect_broadcast_shapes(*shape_types):
    """Raise :class:`InvalidType` unless the shapes broadcast together."""
    shapes = [eval(s) for s in shape_types]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise InvalidType(f"each shape is broadcastable: {', '.join(map(str, shape_types))}", ", ".join(map(str, shapes))) from None


def eval(exp):
    """The value of an expression; in light mode the thing itself."""
    return exp if in_light_mode() else exp.eval()


def make_variable(value, name):
    """A value that shows as ``name`` in messages."""
    return value if in_light_mode() else Variable(value, name)


def prod(xs):
    """The product, as an expression."""
    return math.prod(xs) if in_light_mode() else Variable(math.prod, "prod")(xs)


def same_types(*arrays):
    """Whether all arrays are NumPy's, or all of an accelerator."""
    on_host = [isinstance(x, np.ndarray) for x in arrays]
    return all(on_host) or not (any(on_host) or any(isinstance(x, numbers.Number) for x in arrays))


def _argname(in_types, names):
    if len(in_types) != len(names):
        raise InvalidType(f"{len(names)} argument(s)", f"{len(in_types)} argument(s)", "Invalid number of arguments")
    for in_type, name in zip(in_types, names, strict=True):
        if isinstance(in_type, Variable):
            in_type.name = name


def _make_variable_from_array(array, name):
    if not hasattr(array, "dtype"):
        raise InvalidType(f"isinstance({name}, ndarray)", f"type({name}) == {type(array)}")
    return array if in_light_mode() else Variable(TypeInfo(array.shape, array.dtype), name)
