"""Functions that users write: what they are given, what they may do to it, and what comes back."""

import numpy as np

import chainer
import chainer.functions as F
from chainer import Function, FunctionNode, Variable, function_hooks, gradient_check
from chainer.utils import type_check


def array(*numbers):
    return np.array(numbers, np.float32)


def kind(exc):
    """The class of an error, as far as Python or Chainer know it."""
    return next(c.__name__ for c in type(exc).__mro__ if c.__module__ == "builtins" or c.__name__ == "InvalidType")


def attempt(what, function, *args):
    """Print what a call gives, or the class of the error."""
    try:
        y = function(*args)
        print(what, y.array if isinstance(y, Variable) else y)
    except Exception as exc:
        print(what, "raises", kind(exc))


def run(y, gy=None):
    """Backward from y."""
    y.grad = np.ones_like(y.array) if gy is None else gy
    y.backward()


# Old style.
class Product(Function):
    def check_type_forward(self, in_types):
        type_check.expect(in_types.size() == 2)
        a, b = in_types
        type_check.expect(a.dtype.kind == "f", a.dtype == b.dtype, a.shape == b.shape, a.ndim > 0)

    def forward(self, inputs):
        print("forward", [type(x).__name__ for x in inputs], [x.flags.writeable for x in inputs])
        a, b = inputs
        return (a * b,)

    def backward(self, inputs, grads):
        a, b = inputs
        print("backward", a, b, grads[0], type(grads).__name__)
        return grads[0] * b, grads[0] * a


x, y = Variable(array(1, 2)), Variable(array(3, 4))
z = Product()(x, y)
print(
    "product",
    z.array,
    type(z.creator).__name__,
    z.creator.label,
    z.rank,
    z.creator.rank,
    [i is v.node for i, v in zip(z.creator.inputs, (x, y))],
)
run(z)
print("gradients", x.grad, y.grad)
attempt("arrays", Product(), array(1, 2), array(5, 6))
attempt("types", Product(), array(1, 2), np.array([1, 2]))
attempt("shapes", Product(), array(1, 2), array(1, 2, 3))
attempt("number", Product(), array(1, 2))
attempt("no axes", Product(), np.float32(1) + np.zeros((), "f"), np.zeros((), "f"))
try:
    Product()(array(1, 2), np.array([1, 2], np.int32))
except type_check.InvalidType as exc:
    print(
        "words", [word in str(exc) for word in ("Product", "dtype", "Expect", "Actual", "float32", "int32", "in_types[0]", "in_types[1]")]
    )
try:
    Product()(array(1, 2), array(1, 2, 3))
except type_check.InvalidType as exc:
    print("words", [word in str(exc) for word in ("Product", "shape", "(2,)", "(3,)", "==")])
f = Product()
f(x, y)
attempt("called twice", f, x, y)
with chainer.no_backprop_mode():
    z = Product()(x, y)
    print("no graph", z.creator)
z = F.sum(Product()(x, y) ** 2)
attempt("not twice differentiable", lambda: chainer.grad(chainer.grad([z], [x], enable_double_backprop=True), [x]))


class Retains(Function):
    def forward_cpu(self, inputs):
        self.retain_inputs((1,))
        self.retain_outputs((0,))
        return inputs[0] * inputs[1], inputs[0] + inputs[1]

    def backward_cpu(self, inputs, grads):
        print("retained", [None if i is None else i for i in inputs], self.output_data, ["none" if g is None else g for g in grads])
        return grads[0] * inputs[1], None


x, y = Variable(array(1, 2)), Variable(array(3, 4))
a, b = Retains()(x, y)
run(a)
print("gradients", x.grad, y.grad)
a, b = Retains()(x, y)
attempt("output without gradient", run, b)


class OnlyForward(Function):
    def forward(self, inputs):
        return (inputs[0] + 1,)


x = Variable(array(1))
run(OnlyForward()(x))
print("no backward, no gradient", x.grad)
attempt("neither", Function(), x)


class Several(Function):
    def forward(self, inputs):
        return tuple(x * i for i, x in enumerate(inputs))

    def backward(self, inputs, grads):
        return tuple(None if g is None else g * i for i, g in enumerate(grads))


xs = [Variable(array(n, n)) for n in range(3)]
ys = Several()(*xs)
print("several", type(ys).__name__, [y.array.tolist() for y in ys])
run(ys[2] + ys[1])
print("gradients", [x.grad for x in xs])


# New style.
class Square(FunctionNode):
    def forward(self, inputs):
        self.retain_inputs((0,))
        return (inputs[0] ** 2,)

    def backward(self, indexes, grads):
        (x,) = self.get_retained_inputs()
        print("backward", indexes, type(grads[0]).__name__, x.array, x.requires_grad)
        return (2 * x * grads[0],)


x = Variable(array(1, 2, 3))
y = Square().apply((x,))
print("applied", type(y).__name__, len(y), y[0].array)
run(y[0])
print("gradient", x.grad)
(gx,) = chainer.grad([Square().apply((x,))[0]], [x], enable_double_backprop=True)
(ggx,) = chainer.grad([gx], [x], enable_double_backprop=True)
print("double", gx.array, ggx.array)
x.cleargrad()
y = Square().apply((x,))[0]
y.grad = array(1, 1, 1)
y.backward(enable_double_backprop=True)
gx = x.grad_var
x.cleargrad()
run(gx**2)
print("double by backward", gx.array, x.grad)
attempt("called", Square(), x)
f = Square()
f.apply((x,))
attempt("applied twice", f.apply, (x,))


class Exp(FunctionNode):
    def forward(self, inputs):
        self.retain_outputs((0,))
        return (np.exp(inputs[0]),)

    def backward(self, indexes, grads):
        (y,) = self.get_retained_outputs()
        return (y * grads[0],)


x = Variable(array(0, 1))
y = Exp().apply((x,))[0]
run(y)
print("exp", x.grad)
x.cleargrad()
y = Exp().apply((x,))[0]
y.array[...] = 5
run(y)
print("the output was written to", x.grad)
x.cleargrad()
y = Exp().apply((x,))[0]
z = F.sum(y)
del y
z.backward()
print("the output is gone", x.grad)
gradient_check.check_backward(lambda x: Exp().apply((x,))[0], array(0, 1), array(1, 2), dtype=np.float64)
gradient_check.check_double_backward(lambda x: Exp().apply((x,))[0], array(0, 1), array(1, 2), array(3, 1), dtype=np.float64)
print("checked")


class Twins(FunctionNode):
    """Two outputs, gradients for one input only."""

    def forward(self, inputs):
        return inputs[0] + inputs[1], inputs[0] - inputs[1]

    def backward(self, indexes, grads):
        print("wanted", indexes, [None if g is None else g.array for g in grads])
        gx = sum(g for g in grads if g is not None)
        return tuple(gx if i == 0 else None for i in indexes)


x, y = Variable(array(1, 2)), Variable(array(3, 4))
a, b = Twins().apply((x, y))
run(a + b)
print("both", x.grad, y.grad)
x.cleargrad()
a, b = Twins().apply((x, y))
run(b)
print("one", x.grad, y.grad)
a, b = Twins().apply((x, y.array))
run(b * 2)
print("with an array", x.grad)
quiet = Variable(array(1, 1), requires_grad=False)
a, b = Twins().apply((quiet, y))
run(a)
print("without requires_grad", quiet.grad, y.grad, a.requires_grad)
a, b = Twins().apply((quiet, y.array))
print("nothing requires", a.requires_grad, a.creator is not None)


# In-place writes.
class Doubles(Function):
    """Writes into its input."""

    def forward(self, inputs):
        inputs[0][...] *= 2
        return (inputs[0] + 1,)

    def backward(self, inputs, grads):
        print("input now", inputs[0])
        grads[0][...] = 7
        return (grads[0],)


data = array(1, 2)
x = Variable(data)
y = Doubles()(x)
print("input written", x.array, data, y.array)
gy = array(1, 1)
y.grad = gy
y.backward()
print("gradient written", x.grad, gy, y.grad)
h = Variable(array(1, 2)) * 3
y = Doubles()(h)
print("intermediate written", h.array, y.array, (h + 1).array)


class Itself(Function):
    def forward(self, inputs):
        return inputs

    def backward(self, inputs, grads):
        return grads


x = Variable(array(1, 2))
y = Itself()(x)
y.array[0] = 9
print("the input itself", x.array, y.array, y.array is x.array)
x.array[1] = 8
print("and back", y.array, (y * 2).array)
run(y * 2)
print("its gradient", x.grad)


class Keeps(FunctionNode):
    """Gives the same buffer each time."""

    buffer = np.zeros(2, np.float32)

    def forward(self, inputs):
        np.multiply(inputs[0], 3, out=self.buffer)
        return (self.buffer,)

    def backward(self, indexes, grads):
        return (grads[0] * 3,)


a = Keeps().apply((array(1, 1),))[0]
s = a + 0
b = Keeps().apply((array(2, 2),))[0]
print("one buffer", a.array, b.array, s.array, a.array is b.array)


class Counts(FunctionNode):
    """Integer outputs."""

    def forward(self, inputs):
        return (np.argsort(inputs[0]), np.sort(inputs[0]))

    def backward(self, indexes, grads):
        return (grads[1],)


x = Variable(array(3, 1, 2))
order, values = Counts().apply((x,))
print("integers", order.array, order.dtype, order.array.dtype == np.int64, order.requires_grad, values.array)
run(values)
print("gradient", x.grad)


class Bad(FunctionNode):
    def __init__(self, output, gradient):
        self.output, self.gradient = output, gradient

    def forward(self, inputs):
        return self.output

    def backward(self, indexes, grads):
        return self.gradient


x = Variable(array(1, 2))
attempt("a list as output", lambda: Bad([array(1)], ()).apply((x,))[0])
attempt("no tuple", lambda: Bad(array(1), ()).apply((x,))[0])
attempt("a number as output", lambda: Bad((1.0,), ()).apply((x,))[0])
attempt("too many gradients", lambda: run(Bad((array(1, 2),), (None, None)).apply((x,))[0]))
attempt("wrong shape", lambda: run(Bad((array(1, 2),), (Variable(array(1)),)).apply((x,))[0]))
attempt("wrong dtype", lambda: run(Bad((array(1, 2),), (Variable(np.array([1.0, 2.0])),)).apply((x,))[0]))
x.cleargrad()
run(Bad((array(1, 2),), (None,)).apply((x,))[0])
print("None as gradient", x.grad)
for mode in [True]:
    with chainer.using_config("debug", mode):
        attempt("NaN in forward", lambda: Bad((array(np.nan, 2),), (None,)).apply((x,))[0])
        attempt("NaN in backward", lambda: run(Bad((array(1, 2),), (Variable(array(1, np.nan)),)).apply((x,))[0]))
        attempt("NaN of the library", lambda: F.log(Variable(array(-1.0))))
        attempt("infinity", lambda: F.log(Variable(array(0.0))))
        attempt("an array as gradient", lambda: run(Bad((array(1, 2),), (array(1, 2),)).apply((x,))[0]))
        print("stack", Square().apply((x,))[0].creator.stack is not None)
print("debug is off", chainer.is_debug(), F.log(Variable(array(-1.0))).array)


# Hooks: order and arguments.
class Log(chainer.FunctionHook):
    name = "Log"
    within = False  # a backward: which functions gradients are made of is nobody's business

    def added(self, function):
        print("added", None if function is None else function.label)

    def deleted(self, function):
        print("deleted", None if function is None else function.label)

    def forward_preprocess(self, function, in_data):
        self.within or print("forward_preprocess", function.label, [x.tolist() for x in in_data])

    def forward_postprocess(self, function, in_data):
        self.within or print("forward_postprocess", function.label, [x.tolist() for x in in_data])

    def backward_preprocess(self, function, in_data, out_grad):
        self.within = True
        print(
            "backward_preprocess",
            function.label,
            [None if x is None else x.tolist() for x in in_data],
            [None if g is None else g.tolist() for g in out_grad],
        )

    def backward_postprocess(self, function, in_data, out_grad):
        self.within = False
        print(
            "backward_postprocess",
            function.label,
            [None if x is None else x.tolist() for x in in_data],
            [None if g is None else g.tolist() for g in out_grad],
        )


x, w = Variable(array(1, 2)), Variable(array(3, 4))
with Log():
    y = F.sum((x * w + 1) * x - x)
    y.backward()
print("gradients", x.grad, w.grad)
with Log() as hook:
    print("hooks", sorted(chainer.get_function_hooks()), chainer.get_function_hooks()["Log"] is hook)
    z = Square().apply((x,))[0]
    attempt("the same name twice", Log().__enter__)
run(z)
print("hooks", dict(chainer.get_function_hooks()))
f = Exp()
f.add_hook(Log())
y = f.apply((x,))[0]
run(y)
print("local", list(f.local_function_hooks))
f.delete_hook("Log")
y = F.exp(x)
y.creator.add_hook(Log(), "mine")
run(y)
with Log():
    z = Product()(x, w)
    run(z)
hook = function_hooks.TimerHook()
with hook:
    y = F.exp(F.relu(x))
    run(y)
print("timer", [(name, time > 0) for name, time in hook.call_history][:2], hook.call_history[-1][0], hook.total_time() > 0)

# as_variable and friends.
v = chainer.as_variable(array(1, 2))
print("as_variable", v.requires_grad, chainer.as_variable(x) is x, chainer.as_array(x) is x.array, v.array)
p = chainer.Parameter(array(1))
print("a parameter stays", chainer.as_variable(p) is p)
f = Product()
y = f(x, w)
adapter = y.creator_node
print("adapter", isinstance(adapter, chainer.FunctionAdapter), adapter.label, adapter.function is f, y.creator is f, f.node is adapter)
