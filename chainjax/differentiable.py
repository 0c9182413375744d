"""From a pure ``jax.numpy`` function to a function of Variables: :func:`differentiable`.

The decorator is all that knows Variables and the tape. A call gathers the Values of its inputs, finds the signature (the body
runs under JAX's tracer once per signature, which is when its argument checks run), records one entry and makes a node of the
graph. ``jax.vjp`` of the body is the gradient, to any order.

What kind of argument a parameter is:

- named in ``static``: fixes the program (axes, flags, shapes); a change of it is another program;
- with a number as its default: traced like an array, but no node of the graph; weakly typed, so float16 stays float16;
- anything else: an input, that is an array or Variable, ``None`` where optional, or a list or tuple of them.
"""

import functools
import inspect
import numbers
import types
import warnings
from sys import _getframe
from weakref import ref

import numpy as np

import jax

from .backends._by_row import by_row
from .backends._cell import Cell
from .config import config, using_config
from .engine import TRACED, Signature, Value, fetch, static_key, thaw, value_of
from .engine._cache import Bounded
from .engine._signature import signatures
from .engine._statistics import outside
from .engine._tape import local, record
from .function_node import FunctionNode
from .utils.type_check import InvalidType
from .variable import Parameter, Variable, VariableNode, use

_new = object.__new__

#: All inputs, however many.
ALL = range(1 << 30)

#: The form of a call without static arguments, whose arguments are all arrays.
PLAIN = ()

# (module, name) -> class of node: several ops may leave the same kind of node.
node_classes: dict = {}


class Op:
    """What the decorator knows of a function. ``retain`` are the inputs that backward reads from their variables when it runs."""

    def __init__(
        self,
        fn,
        node,
        path,
        attrs,
        retain,
        static,
        label,
        has_gradient,
        states,
        kinds="fcV",
        by_output=None,
        more=None,
        constant=(),
        known=None,
        by_row=(),
    ):
        self.constant, self.ignored, self.known, self.by_row = constant, (), known, by_row
        self.fn, self.path, self.attrs, self.retain, self.has_gradient, self.states = fn, path, attrs, retain, has_gradient, states
        self.kinds, self.by_output = kinds, by_output
        self.name = fn.__name__
        self.signature = inspect.signature(fn)
        parameters = list(self.signature.parameters.values())
        unknown = set(static) - {p.name for p in parameters}
        if unknown:
            raise TypeError(f"{self.name}: static names no parameter: {', '.join(sorted(unknown))}")
        self.names = [p.name for p in parameters]
        self.variadic = next((i for i, p in enumerate(parameters) if p.kind is p.VAR_POSITIONAL), None)
        self.defaults = tuple([None if p.default is p.empty else p.default for p in parameters])
        self.required = sum(p.default is p.empty for p in parameters)
        self.static = [i for i, p in enumerate(parameters) if p.name in static]
        self.traced = [i for i, p in enumerate(parameters) if i not in self.static and _is_number(p.default)]
        self.inputs = [i for i in range(len(parameters)) if i not in self.static and i not in self.traced]
        self.simple = not self.static and not self.traced
        self.arity = len(parameters) if self.variadic is None else None
        name = node or "".join(w.capitalize() for w in self.name.strip("_").split("_"))
        self.node_class = node_classes.get((path, name))
        if self.node_class is None:
            members = {"_op": self, "_label": label or name, "__doc__": f"The node that ``{self.name}`` leaves in graphs."}
            members.update(more or {})
            self.node_class = node_classes[path, name] = type(name, (OpNode,), members)

    def function(self):
        """The function that users call."""
        arity, simple, static, places, traced = self.arity, self.simple, self.static, self.inputs, self.traced

        @functools.wraps(self.fn, updated=())
        def call(*args, **kwargs):
            if kwargs or len(args) != arity:
                args = self._bind(args, kwargs)
            where = outside(_getframe(1))
            if simple:
                return self.apply((), args, (), None, where)
            keys = tuple([static_key(args[i]) for i in static])
            return self.apply(keys, [args[i] for i in places], [args[i] for i in traced], None, where)

        call.op = self
        return call

    def _bind(self, args, kwargs):
        if not kwargs and self.arity is not None and self.required <= len(args) <= self.arity:
            return args + self.defaults[len(args) :]
        for name in self.ignored:
            kwargs.pop(name, None)
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as exc:
            raise TypeError(f"{self.name.lstrip('_')}() {exc}") from None
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    def apply(self, static, inputs, traced=(), node=None, where=None):
        """Variables of the inputs (``None`` and sequences allowed) and traced arguments; ``static`` are keys of static ones."""
        pattern = traced_pattern = None
        for a in inputs:
            if a is None or a.__class__ is tuple or a.__class__ is list:
                inputs, pattern = _leaves(inputs)
                break
        for a in traced:
            if a.__class__ is tuple or a.__class__ is list:
                traced, traced_pattern = _leaves(traced)
                break
        frozen = (static, pattern, traced_pattern) if static or pattern or traced_pattern else PLAIN
        return apply(self, frozen, inputs, traced, node, where)

    def build(self, frozen, n_traced):
        """The pure function of leaves (inputs, then traced arguments) that a signature is made of."""
        static, pattern, traced_pattern = frozen or ((), None, None)
        static = thaw(static)

        def call(*leaves):
            n_inputs = len(leaves) - n_traced
            args = [None] * len(self.names)
            for places, values in (
                (self.static, static),
                (self.inputs, _shaped(pattern, leaves[:n_inputs])),
                (self.traced, _shaped(traced_pattern, leaves[n_inputs:])),
            ):
                for i, value in zip(places, values, strict=True):
                    args[i] = value
            return (
                self.fn(*args)
                if self.variadic is None
                else self.fn(
                    *args[: self.variadic],
                    *args[self.variadic],
                    **dict(zip(self.names[self.variadic + 1 :], args[self.variadic + 1 :], strict=True)),
                )
            )

        return call


def _is_number(default):
    return isinstance(default, numbers.Number) and not isinstance(default, bool)


def _is_setting(default):
    """Whether a default can be no array, nor be left out for one: a flag, text, a tuple of such or of numbers, a function."""
    if isinstance(default, (tuple, list)):
        return bool(default) and all(isinstance(d, numbers.Number) or _is_setting(d) for d in default)
    is_array = isinstance(default, (np.ndarray, np.generic, jax.Array, Variable, numbers.Number)) and not isinstance(default, bool)
    return default is not None and default is not inspect.Parameter.empty and not is_array


def _leaves(arguments):
    """Arguments as a flat list of arrays, and the pattern to put them together again."""
    leaves = []
    return leaves, tuple([_flatten(a, leaves) for a in arguments])


def _flatten(a, leaves):
    if a is None:
        return None
    if a.__class__ is tuple or a.__class__ is list:
        return tuple([_flatten(x, leaves) for x in a])
    leaves.append(a)
    return 1


def _shaped(pattern, leaves):
    return leaves if pattern is None else _unflatten(pattern, iter(leaves))


def _unflatten(pattern, leaves):
    return [None if p is None else next(leaves) if p == 1 else tuple(_unflatten(p, leaves)) for p in pattern]


def apply(op, frozen, inputs, numbers=(), node=None, where=None, sig=None):
    """Record ``op`` at inputs (Variables and arrays) and traced numbers, join a node to the graph, and make the results Variables."""
    values, nodes, key, rank, wanted = [], [], [op, frozen], 0, False
    for x in inputs:
        if x.__class__ in _variables or isinstance(x, Variable):
            value = x._contents
            if value.__class__ is not Value:
                value = _use(op, value)
            place = x._node
            if place._rank > rank:
                rank = place._rank
            if x._requires_grad:
                wanted = True
        else:
            value = value_of(x) if x.__class__ is np.ndarray else _value(op, x)
            place = _constant_node(value)
        values.append(value)
        nodes.append(place)
        key.append(value.aval)
    for a in numbers:
        value = a if a.__class__ is Value else value_of(a)
        values.append(value)
        key.append(value.aval)
    if sig is None:
        sig = signatures.young.get(tuple(key)) or _signature(op, frozen, tuple(key), len(numbers))
    if node is None:
        node = _new(op.node_class)
    thread = local.thread
    node._op, node._sig = op, sig
    if numbers:
        node._numbers = numbers
    watched = (thread.eager and (thread.hooks or thread.debug)) or node._hooks
    if watched:
        hooks, arrays = _before(node, inputs)
    graph = thread.backprop
    results, states, refs = [], op.states, []
    outs = record(sig, values, node if graph else None, where)
    for value in outs[:-states] if states else outs:
        y, place = _new(Variable), _new(VariableNode)
        y._contents, y._node = value, place
        place._variable, place._aval = ref(y), value.aval
        if graph:
            place._creator_node, place._rank = node, rank + 1
            refs.append(ref(place))
        if not wanted:
            y._requires_grad = place._requires_grad = False
        results.append(y)
    if graph:
        node.rank, node.inputs, node.outputs = rank, tuple(nodes), refs
        if op.by_output is not None:
            place._is_read_back = True
            if watched:  # Chainer's function retains it, so hooks of what it goes into see it; without them nothing is held for that
                place._contents = value
        if wanted and op.has_gradient:
            keep = sig.kept
            if keep is None:
                keep = sig.kept = tuple([i for i in sig.saved if i not in op.retain or i >= len(nodes)])
            if keep:
                values += outs
                node._saved = {i: values[i] for i in keep}
            for place, x, value in (
                zip(nodes, inputs, values, strict=False) if op.retain is ALL else [(nodes[i], inputs[i], values[i]) for i in op.retain]
            ):
                # What the variable holds, not the Value: backward reads what is there when it runs.
                place._contents = getattr(x, "_contents", value)
    if watched:
        _after(node, hooks, arrays, results)
    if states:
        return results[0] if len(results) == 1 else tuple(results), outs[-states:]
    return results[0] if sig.single else tuple(results)


def _signature(op, frozen, key, n_traced):
    sig = signatures.get(key)
    if sig is None:
        devices = {a.device for a in key[2 : len(key) - n_traced]} - {TRACED}
        if len(devices) > 1:
            shown = ", ".join(sorted("@numpy" if d is None else str(d) for d in devices))
            raise TypeError(f"{op.name}: incompatible array types are mixed in the forward input: they are on {shown}; use to_device")
        fn = op.build(frozen, n_traced)
        try:
            with using_config("type_check", True):
                known = op.known and op.known(op.name, fn, key[2:], thaw(frozen[0]))
                rows = op.by_row(*thaw(frozen[0])) if callable(op.by_row) else op.by_row
                sig = known or (rows and _by_row(op, fn, frozen, key, rows, n_traced)) or Signature(op.name, fn, key[2:])
                sig.by_row = rows
        except InvalidType:
            if config.type_check:
                raise
            sig = Signature(op.name, _unchecked(fn), key[2:])
            sig.form = frozen
            return sig  # for this call alone: the next one may be checked
        sig.form = frozen
        signatures.put(key, sig)
    return sig


def _by_row(op, fn, frozen, key, rows, n_traced):
    try:
        return by_row(op.name, fn, key[2:], rows, key[:2], lambda avals: _signature(op, frozen, (*key[:2], *avals), n_traced))
    except InvalidType:
        return None  # it is told of with the number of rows that there is


def _unchecked(fn):
    """The same function, whenever it is traced, without the checks of ``InvalidType``."""

    def call(*leaves):
        with using_config("type_check", False):
            return fn(*leaves)

    return call


_variables = {Variable, Parameter}


def _use(op, contents):
    if contents is None:
        raise TypeError(f"{op.name}: got a parameter without an array; initialise it first")
    return contents.use()


def _value(op, x):
    if x.__class__ is Value:
        return x
    cell = getattr(x, "_cell", None)
    if cell is not None:
        return cell.use()
    if isinstance(x, (bool, int, float, complex)):
        raise TypeError(f"{op.name}: expected arrays or Variables, got the number {x!r}; numpy.asarray makes it one")
    return value_of(x)


def _gone():
    return None


def _constant_node(value):
    node = _new(VariableNode)
    node._variable = _gone
    node._aval = value.aval
    node._requires_grad = False
    return node


def _before(node, inputs):
    if local.thread.debug:
        import traceback

        node.stack = traceback.extract_stack()
    hooks = node.active_hooks()
    arrays = tuple([_shown(x) for x in inputs]) if hooks else ()
    for hook in hooks:
        hook.forward_preprocess(node, arrays)
    return hooks, arrays


def _shown(x):
    """An input as hooks see it; running statistics of a link are bare values."""
    return Cell(x).array() if x.__class__ is Value else x.array if isinstance(x, Variable) else x


def _after(node, hooks, arrays, results):
    if hooks:  # they measure time: what they see ended has ended
        jax.block_until_ready([fetch(use(y._contents)) for y in results])
    for hook in hooks:
        hook.forward_postprocess(node, arrays)
    if local.thread.debug:
        node.check_nan([y._peek() for y in results], "forward")


class OpNode(FunctionNode):
    """The place in the graph of a built-in function: one entry of the tape, whose gradient is another."""

    _op = None
    _sig = None
    _saved = None
    _numbers = ()
    _label = None
    _made_by = None  # the function as a class, where that class's arguments are others than the body's
    plain = True  # whether backward is the gradient of the entry, and no subclass's

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.plain = cls.backward is OpNode.backward and cls.backward_accumulate is FunctionNode.backward_accumulate

    def __init__(self, *args, **kwargs):
        self._arguments = (args, kwargs)

    @property
    def label(self):
        if "{" not in self._label:
            return self._label
        numbers = self._numbers or (self._arguments[0] if self._sig is None else thaw(self._sig.form[0]))
        return self._label.format(*[f"({a})" if a < 0 else a for a in numbers])

    def apply(self, inputs):
        """Compute the outputs, with the arguments that this node was made with."""
        op, (args, kwargs) = self._op, self.__dict__.get("_arguments", ((), {}))
        if self._made_by is not None:
            outputs = self._made_by(*args, **kwargs)(*inputs)
            return outputs if isinstance(outputs, tuple) else (outputs,)
        given = {**dict(zip(op.attrs, args, strict=False)), **kwargs}
        full = [given.get(name, default) for name, default in zip(op.names, op.defaults, strict=True)]
        static = tuple([static_key(full[i]) for i in op.static])
        if op.variadic is not None:
            inputs = [tuple(inputs)]
        else:
            least, most = len([i for i in op.inputs if i < op.required]), len(op.inputs)
            if not least <= len(inputs) <= most:
                raise InvalidType(f"{least} to {most} inputs", str(len(inputs)), who=self.label)
            inputs = [*inputs, *[None] * (most - len(inputs))]
        outputs = op.apply(static, inputs, [full[i] for i in op.traced], self)
        return outputs if isinstance(outputs, tuple) else (outputs,)

    def argument(self, name):
        """An argument of the call: a static one, or a traced number or array."""
        op = self._op
        i = op.names.index(name)
        if self._sig is None:
            args, kwargs = self.__dict__.get("_arguments", ((), {}))
            return {**dict(zip(op.attrs, args, strict=False)), **kwargs}.get(name, op.defaults[i])
        value = thaw(self._sig.form[0])[op.static.index(i)] if i in op.static else self._numbers[op.traced.index(i)]
        return Cell(value).array() if value.__class__ is Value else value

    def __getattr__(self, name):
        # Code for Chainer reads the arguments of a call from its node.
        op = self._op
        if name in getattr(op, "attrs", ()) and name in op.names:
            return self.argument(name)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}", name=name, obj=self)

    # what a replay asks ---------------------------------------------------------------------------------------------------

    def is_fresh(self):
        """Whether a backward pass may still come through here from a live variable."""
        if self.ran or not self._op.has_gradient or self.outputs is None:
            return False
        return any((place := ref()) is not None and place._requires_grad and place._variable() is not None for ref in self.outputs)

    def parents(self):
        return [] if self.inputs is None else [x._creator_node for x in self.inputs if x._creator_node is not None]

    def count_held(self, kept, counts):
        """Count the references to Values that the graph holds for this function alone, but for the places in ``kept``, which grows."""
        for v in (self._saved or {}).values():
            # Of a parameter that is not read again when backward runs (``tanh(p)``) the old numbers stay wanted: it is not consumed.
            if counts is not None and v.home is None:
                counts[id(v)] = counts.get(id(v), 0) + 1
        for place in self.inputs or () if self._op.retain is ALL else [self.inputs[i] for i in self._op.retain] if self.inputs else ():
            v = place._contents
            if v.__class__ is Value and id(place) not in kept:
                kept.add(id(place))  # several functions may hold through one place
                if counts is not None:
                    counts[id(v)] = counts.get(id(v), 0) + 1

    # backward -----------------------------------------------------------------------------------------------------------

    def pull(self, targets, gys, where):
        """``(inputs, Values)``: the gradients for those of ``targets`` that can have one, from Values of those of the outputs."""
        sig, used, wanted = self._sig.pulls.get((targets, *[g is not None for g in gys])) or self._gradient(targets, gys)
        if not wanted:
            return (), ()
        if self._op.by_output is not None and (y := self._output_seen()) is not None:
            with using_config("enable_backprop", False):
                gx = self._by_output(y, gys[0])
            if gx is not None:
                return wanted, (use(gx._contents),)
        values, saved, inputs, avals = [], self._saved, self.inputs, self._sig.avals
        for i in used:
            if saved is not None and i in saved:
                value = saved[i]
            else:
                value = inputs[i]._contents
                if value.__class__ is not Value or value.aval is not avals[i]:
                    value = self._input_value(i)
            values.append(value)
        for g in gys:
            if g is not None:
                values.append(g)
        return wanted, record(sig, values, None, where)

    def _gradient(self, targets, gys):
        """The signature of the gradient, the inputs that it reads, and those it is for."""
        key = (targets, *[g is not None for g in gys])
        found = self._sig.pulls.get(key)
        if found is None:
            avals, op = self._sig.avals, self._op
            some = op.has_gradient and any(key[1:])
            wanted = tuple([i for i in targets if some and avals[i].dtype.kind in op.kinds and i not in op.constant])
            pair = self._sig.pullback(wanted, key[1:] + (False,) * self._op.states) if wanted else (None, ())
            found = self._sig.pulls[key] = (*pair, wanted)
        return found

    def _input_value(self, i):
        saved = self._saved
        if saved is not None and i in saved:
            return saved[i]
        contents = self.inputs[i]._contents
        if contents is None:
            raise RuntimeError(f"backward of {self.label}: the inputs were not retained (was there a graph when it was called?)")
        value = contents if contents.__class__ is Value else contents.use()
        if value.aval is not self._sig.avals[i]:
            raise ValueError(f"backward of {self.label}: input {i} was {self._sig.avals[i]} and is {value.aval} now")
        return value

    def output_again(self):
        """The Value of the only output, computed again from what backward needs; ``None`` where that is gone."""
        saved = self._saved or {}
        if self.inputs is None or any(i not in saved and x._contents is None for i, x in enumerate(self.inputs)):
            return None
        numbers = [a if a.__class__ is Value else value_of(a) for a in self._numbers]
        return record(self._sig, [*map(self._input_value, range(len(self.inputs))), *numbers])[0]

    def _output_seen(self):
        """The output variable if code has seen its array, and so may have written to it."""
        place = self.outputs[0]()
        seen = None if place is None else place._contents
        return None if seen is None or seen.__class__ is Value else place.get_variable()

    def _by_output(self, y, gy):
        static = self._sig.form[0] if self._sig.form else ()
        return self._op.by_output(y, gy, *thaw(static), *self._numbers)

    def backward(self, target_input_indexes, grad_outputs):
        *_, wanted = self._gradient(tuple(target_input_indexes), grad_outputs)
        grads = dict.fromkeys(target_input_indexes)
        read_back = wanted and self._op.by_output is not None and (y := self._output_seen()) is not None
        if read_back and (gx := self._by_output(y, grad_outputs[0])) is not None:
            return (gx,)
        if wanted:
            present = tuple([g is not None for g in grad_outputs]) + (False,) * self._op.states
            (sig, used), n = self._sig.vjp(wanted, present), len(self.inputs)
            inputs = [_variable_at(self.inputs[i], self._input_value(i)) if i < n else self._input_value(i) for i in used]
            node, op = _new(Gradient), _GradientOf(self._op, used)
            node._label, node._function = self.label + "Grad", self._impl_name + "Grad"
            results = apply(op, PLAIN, inputs + [g for g in grad_outputs if g is not None], (), node, None, sig)
            grads.update(zip(wanted, results, strict=True))
        return tuple([grads[i] for i in target_input_indexes])


def _variable_at(place, value):
    variable = place._variable()
    if variable is None or variable._contents is None or use(variable._contents) is not value:
        variable = _new(Variable)
        variable._contents, variable._node = value, place
        variable._requires_grad = place._requires_grad
    return variable


class Gradient(OpNode):
    """The place in the graph of a gradient, where gradients have graphs."""

    @property
    def _impl_name(self):
        return self._function


class _GradientOf:
    """What stands for the Op of a gradient."""

    has_gradient, states, kinds, by_output = True, 0, "fcV", None

    def __init__(self, op, used):
        # Forward inputs that are read from their variables when backward runs are so for the gradient of the gradient too.
        self.retain = tuple([n for n, i in enumerate(used) if i in op.retain])
        self.constant = tuple([n for n, i in enumerate(used) if i in op.constant])
        self.name = op.name + "_grad" if hasattr(op, "name") else "grad"


def differentiable(
    *,
    node=None,
    path=None,
    attrs=(),
    retain=(),
    static=(),
    label=None,
    has_gradient=True,
    states=0,
    integers=False,
    by_output=None,
    members=None,
    constant=(),
    known=None,
    by_row=(),
):
    """Make a pure function of arrays a function of Variables. See the module's text for the kinds of argument.

    Args:
        node: the name of the class of its node in graphs, by default its own in capitals.
        path: the module below ``chainer.functions`` that has that class in Chainer.
        attrs: the names of parameters in the order of that class's constructor.
        retain: the numbers of the inputs that backward reads from their variables when it runs, as Chainer's function does.
        static: the names of the parameters that fix the program.
        label: what graphs show, by default the name of the class; ``{}`` stands for a traced number, or a static one.
        has_gradient: ``False`` where there is none (counts, indexes).
        integers: let gradients of integers through, for functions that only move or add numbers.
        states: how many of the last results are no variables but new contents of cells; a call gives ``(result, Values)``.
        by_output: a differentiable function of the output, its gradient, the static and the traced arguments that gives the input's
            gradient, where Chainer's backward reads the output; ``None`` where it reads the input after all. It is asked when code may
            have written to the output since (``h.array[...] *= mask``).
        members: what the class of its node has besides (see :func:`parts`).
        constant: the numbers of the inputs that have no gradient, though they are floats.
        known: a function of name, function, avals and static arguments that checks them and makes the signature without tracing, or
            gives ``None``; for functions that are at other shapes each time.
        by_row: the numbers of the inputs whose first axis is one of examples, which do not see each other: more of them, of zeros, give
            more of all outputs that have axes, and change nothing else. Or a function of the static arguments that says so.
    """

    def decorate(fn):
        kinds = "fcViu" if integers else "fcV"
        return Op(
            fn, node, path, attrs, retain, static, label, has_gradient, states, kinds, by_output, members, constant, known, by_row
        ).function()

    return decorate


_KWARGS = inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD)


def ignoring(*names):
    """Let a function take keywords that mean nothing any more: ``use_cudnn`` of Chainer 1, for example, as XLA chooses itself."""

    def decorate(function):
        signature = inspect.signature(function)
        if op := getattr(function, "op", None):
            op.ignored, taking = names, function  # it looks at keywords anyway
        else:

            @functools.wraps(function)
            def taking(*args, **kwargs):
                for name in names:
                    kwargs.pop(name, None)
                return function(*args, **kwargs)

        taking.__signature__ = signature.replace(parameters=[*signature.parameters.values(), _KWARGS])
        return taking

    return decorate


def parts(argument, *names):
    """Members of a node's class: the numbers of an argument by names of their own (``stride`` as ``sy`` and ``sx``)."""

    def part(i):
        def get(node):
            value = node.argument(argument)
            return value[i] if isinstance(value, tuple) else value

        return property(get)

    return {name: part(i) for i, name in enumerate(names)}


def jax_function(fn=None, *, static=()):
    """Make any traceable JAX function of arrays a differentiable function of Variables. Also a decorator.

    Args:
        fn: a function of ``jax.Array``s that gives one or a tuple of them. It may close over arrays and numbers: they are part of
            what it is, so a function made anew is the same program if its code and all that it closes over are equal.
        static: the names of parameters that fix the program. Those whose default is a flag, text or another thing that no array can
            stand for do so anyway; a number as default is passed on as a scalar array.

    Returns:
        A function of Variables and arrays, with gradients to any order by ``jax.vjp``.

    >>> import jax.numpy as jnp
    >>> double = chainjax.jax_function(lambda x: 2 * jnp.sin(x))
    >>> x = chainjax.Variable(np.float32([0.0]))
    >>> y = double(x)
    >>> y.grad = np.ones(1, "f")
    >>> y.backward()
    >>> x.grad
    array([2.], dtype=float32)
    """
    if fn is None:
        return functools.partial(jax_function, static=static)
    if not callable(fn):
        raise TypeError(f"jax_function: expected a function, got {fn!r}")
    key = _function_key(fn), tuple(static)
    op = _jax_functions.get(key)
    if op is None:
        name = getattr(fn, "__name__", type(fn).__name__)
        settings = [p.name for p in inspect.signature(fn).parameters.values() if p.name not in static and _is_setting(p.default)]
        op = Op(fn, "JaxFunction", None, (), ALL, (*static, *settings), None if name == "<lambda>" else name, True, 0)
        _jax_functions.put(key, op)
        _warn_if_always_new(fn, name)
    return op.function()


_jax_functions = Bounded(most=1 << 10)

# code -> how many different functions were made of it
_made_of = Bounded(most=1 << 10)
_MANY = 32


def _warn_if_always_new(fn, name):
    code = getattr(fn, "__code__", None)
    times = (_made_of.get(code) or 0) + 1
    _made_of.put(code, times)
    if code is not None and times == _MANY:
        warnings.warn(
            f"jax_function: {name} has been made {_MANY} times, and each closes over other things, so each is compiled anew; make it once "
            "and pass what changes as an argument",
            RuntimeWarning,
            stacklevel=3,
        )


def _function_key(fn):
    """Equal for functions that compute the same: the code, defaults and closure count, not the object."""
    code = getattr(fn, "__code__", None)
    if code is None:
        return fn
    cells = tuple([_closed_key(c.cell_contents) for c in fn.__closure__ or ()])
    return code, id(fn.__globals__), _closed_key(fn.__defaults__), _closed_key(tuple((fn.__kwdefaults__ or {}).items())), cells


def _closed_key(value):
    if isinstance(value, types.FunctionType):
        return _function_key(value)
    if isinstance(value, tuple):
        return tuple([_closed_key(v) for v in value])
    try:
        return static_key(value)
    except TypeError:
        return _Same(value)  # arrays and other unhashable things: equal only to themselves


class _Same:
    """A thing as a key: equal to itself alone, which it keeps alive."""

    def __init__(self, thing):
        self.thing = thing

    def __eq__(self, other):
        return type(other) is _Same and other.thing is self.thing

    def __hash__(self):
        return id(self.thing)
