"""Graphs: what made what, labels, ranks, drawings, gradients by chainer.grad, backward in all its forms."""

import re

import numpy as np

import chainer
import chainer.functions as F
import chainer.links as L
from chainer import Variable, computational_graph


def array(*numbers):
    return np.array(numbers, np.float32)


def attempt(what, function, *args, **kwargs):
    """Print what a call gives, or the class of the error."""
    try:
        y = function(*args, **kwargs)
        print(
            what,
            y.array
            if isinstance(y, Variable)
            else [v.array if isinstance(v, Variable) else v for v in y]
            if isinstance(y, (list, tuple))
            else y,
        )
    except Exception as exc:
        print(what, "raises", next(c.__name__ for c in type(exc).__mro__ if c.__module__ == "builtins"))


def walk(y):
    """Print the functions above a variable, from it upwards."""
    waiting, seen = [y.creator_node], set()
    while waiting:
        waiting.sort(key=lambda f: f.rank)
        f = waiting.pop()
        if id(f) in seen:
            continue
        seen.add(id(f))
        print(
            "  ",
            f.rank,
            f.label,
            type(f).__name__,
            [(i.name, i.label, i.rank, i.requires_grad, i.data is not None) for i in f.inputs],
            len(f.outputs),
        )
        waiting.extend(i.creator_node for i in f.inputs if i.creator_node is not None)


x = Variable(array(1, 2, 3, 4).reshape(2, 2), name="x")
w = Variable(array(4, 3, 2, 1).reshape(2, 2), name="w")
y = F.sum(x * w + x / 2 - 1 + (x**2 - 2 * x) * (1 / w) + (3 - x) + x**w)
print("one expression", y.rank)
walk(y)
x = Variable(array(1, 2, 3, 4).reshape(2, 2), name="x")
for name in [
    "relu",
    "sigmoid",
    "tanh",
    "exp",
    "log",
    "sqrt",
    "sin",
    "cos",
    "tan",
    "absolute",
    "identity",
    "softmax",
    "log_softmax",
    "leaky_relu",
    "sum",
    "average",
    "square",
    "floor",
    "squeeze",
    "transpose",
    "dropout",
]:
    y = getattr(F, name)(x)
    f = y.creator_node
    print(name, f.label if f is not None else None, type(f).__name__, y.dtype, y.shape, y.requires_grad)
for name, y in [
    ("reshape", F.reshape(x, (4,))), ("concat", F.concat([x, x], axis=1)), ("stack", F.stack([x, x])), ("broadcast_to", F.broadcast_to(x, (3, 2, 2))),
    ("expand_dims", F.expand_dims(x, 0)), ("split_axis", F.split_axis(x, 2, 1)[0]), ("get_item", x[0]), ("cast", F.cast(x, "float64")), ("matmul", F.matmul(x, x)),
    ("linear", F.linear(x, x)), ("mean_squared_error", F.mean_squared_error(x, x)), ("softmax_cross_entropy", F.softmax_cross_entropy(x, np.array([0, 1], "i"))),
    ("accuracy", F.accuracy(x, np.array([0, 1], "i"))), ("embed_id", F.embed_id(np.array([0, 1], "i"), x)), ("sum_to", F.sum_to(x, (1, 2))), ("neg", -x), ("abs", abs(x)),
    ("pow", x**x), ("rpow", 2**x), ("pow scalar", x**2), ("rdiv", 1 / x), ("rsub", 1 - x), ("div", x / x), ("add", F.add(x, x, x)), ("negative", x * -2),
    ("matmul operator", x @ x), ("average axis", F.average(x, axis=0)), ("fixed", F.fixed_batch_normalization(x, array(1, 1), array(0, 0), array(0, 0), array(1, 1))),
    ("batch_normalization", F.batch_normalization(x, array(1, 1), array(0, 0))),
]:  # fmt: skip
    f = y.creator_node
    print(name, f.label if f is not None else None, type(f).__name__, y.dtype, y.shape, y.requires_grad)


def structure(graph):
    """Lines of a drawing without the numbers that are identities."""
    names = {}
    lines = graph.dump().replace(";", ";\n").splitlines()
    for line in lines:
        found = re.match(r"\s*(\d+) \[.*label=\"([^\"]*)\"", line)
        if found:
            names[found.group(1)] = found.group(2)
    edges = sorted("{} -> {}".format(names[a], names[b]) for a, b in re.findall(r"(\d+) -> (\d+)", graph.dump()))
    return sorted(names.values()), edges


x = Variable(array(1, 2), name="x")
y = F.relu(x) * x
y.name = "y"
z = F.sum(y)
g = computational_graph.build_computational_graph([z])
print("drawing", len(g.nodes), len(g.edges))
for line in structure(g):
    print("  ", line)
print(sorted(set(re.findall(r'(?:shape|label)="([^"]*)"', g.dump()))))
g = computational_graph.build_computational_graph([z], remove_variable=True)
for line in structure(g):
    print("  ", line)
g = computational_graph.build_computational_graph([z], show_name=False, rankdir="LR")
for line in structure(g):
    print("  ", line)
print("rankdir", 'rankdir="LR"' in g.dump() or "rankdir=LR" in g.dump())
link = L.Linear(2, 3)
g = computational_graph.build_computational_graph([F.sum(link(x.reshape(1, 2)))])
for line in structure(g):
    print("  ", line)

# Printing.
for v in [
    Variable(array(1, 2)),
    Variable(array(1, 2), name="x"),
    Variable(),
    Variable(name="x"),
    Variable(np.zeros((0, 2), "f")),
    Variable(np.array(3, np.int32)),
    Variable(np.array([[1, 2], [3, 4]], np.float64)),
]:
    print("repr", repr(v), "str", str(v))
print("parameter", repr(L.Linear(1, 1, initialW=2).W), str(L.Linear(1, 1).b), repr(chainer.Parameter()))
print("summary", Variable(array(1), name="x").summary(), re.sub("0x[0-9a-f]+", "0x", Variable(array(1)).summary()))
v = Variable(array(1, 2), name="x")
v.grad = array(3, 4)
print(re.sub("'numpy.ndarray'", "", v.debug_print()))
print("label", v.label, Variable(np.array(1.0)).label)

# chainer.grad.
x, w = Variable(array(1, 2)), Variable(array(3, 4))
h = x * w
y, z = h * x, h + w
attempt("grad", chainer.grad, [y], [x, w])
attempt("grad of two", chainer.grad, [y, z], [x, w, h])
attempt("grad_outputs", chainer.grad, [y, z], [x], grad_outputs=[Variable(array(1, 0)), None])
attempt("grad_inputs", chainer.grad, [y], [x, w], grad_inputs=[Variable(array(100, 100)), None])
attempt("no dependence", chainer.grad, [y], [Variable(array(1))])
attempt("itself", chainer.grad, [y], [y])
print("nothing was set", x.grad, w.grad, h.grad)
chainer.grad([y], [x], set_grad=True)
print("set", x.grad, w.grad)
chainer.grad([y], [x], retain_grad=True)
print("retained", h.grad, y.grad)
attempt("loss_scale", chainer.grad, [y], [x], loss_scale=8)
attempt("no list", chainer.grad, y, [x])
attempt("lengths", chainer.grad, [y], [x], grad_outputs=[])
(gx,) = chainer.grad([F.sum(x**3)], [x], enable_double_backprop=True)
(ggx,) = chainer.grad([gx], [x], enable_double_backprop=True)
(gggx,) = chainer.grad([ggx], [x])
print("three times", gx.array, ggx.array, gggx.array, gx.creator is not None, gggx.creator is not None)
penalty = F.sum(gx**2)
x.cleargrad()
penalty.backward()
print("penalty", x.grad)
x.array[...] = 1
(gx,) = chainer.grad([F.sum(x**3)], [x], enable_double_backprop=True)
x.array[...] = 2
x.cleargrad()
F.sum(gx).backward()
print("written between", gx.array, x.grad)

# backward in all its forms.
x = Variable(array(1, 2))
h = x * 3
y = F.sum(h * h)
y.backward()
print("h.grad", h.grad, "y.grad", y.grad, "x.grad", x.grad)
y.backward(retain_grad=True)
print("h.grad", h.grad, "y.grad", y.grad, "x.grad", x.grad)
x.cleargrad()
y.cleargrad()
y.backward(loss_scale=4)
print("scaled", x.grad, y.grad)
attempt("two backwards", chainer.backward, [F.sum(h), F.sum(h * 2)])
x.cleargrad()
a, b = F.sum(h), h * 2
a.grad, b.grad = np.array(1, "f"), array(1, 1)
chainer.backward([a, b])
print("from two", x.grad)
x.cleargrad()
chainer.backward([a, b], [Variable(np.array(2, "f")), None])
print("with gradients", x.grad)
attempt("no gradient", (h * 2).backward)
one = Variable(array(1))
attempt("of one number", (one * 2).backward)
print(one.grad)
y = x * 1
y.unchain()
print("unchained", y.creator, x.requires_grad)
x.cleargrad()
y = x * 2
z = F.sum(y * 3)
y.unchain_backward() if False else z.unchain_backward()
z.backward()
print("unchain_backward", x.grad, z.creator, y.creator)
attempt("integers", Variable(np.array([1, 2])).backward)
x = Variable(array(1, 2), requires_grad=False)
y = F.sum(x * 2)
attempt("requires no gradient", y.backward)
print(x.grad, y.requires_grad)

# Truncated backpropagation through time.
rnn = L.LSTM(2, 3)
random = np.random.RandomState(0)
for _, param in sorted(rnn.namedparams()):
    param.array[...] = random.uniform(-0.5, 0.5, param.shape)
optimizer = chainer.optimizers.SGD(lr=0.5).setup(rnn)
loss, inputs = 0, random.uniform(-1, 1, (9, 4, 2)).astype("f")
for i, x in enumerate(inputs):
    loss += F.mean_squared_error(rnn(x), np.ones((4, 3), "f") * i / 9)
    if i % 3 == 2:
        rnn.cleargrads()
        loss.backward()
        loss.unchain_backward()
        optimizer.update()
        print("step", i, "loss", loss.array, "h", rnn.h.array[0], "c", rnn.c.array[0], rnn.h.creator, rnn.upward.b.grad[:4])
        loss = 0
rnn.reset_state()
print("reset", rnn.h, rnn.c)

# Modes.
x = Variable(array(1, 2))
with chainer.no_backprop_mode():
    y = x * 2
    print("no_backprop_mode", y.creator, y.requires_grad, chainer.config.enable_backprop)
    with chainer.force_backprop_mode():
        z = x * 2
        print("force_backprop_mode", z.creator is not None, chainer.config.enable_backprop)
        with chainer.using_config("enable_backprop", False):
            print("off again", (x * 2).creator)
    print("and back", (x * 2).creator)
print("outside", (x * 2).creator is not None)
with chainer.using_config("train", False):
    print("train", chainer.config.train, F.dropout(x, 0.9).array, F.dropout(x, 0.9) is x)
print("train", chainer.config.train)
with chainer.using_config("my_own", 3):
    print("own", chainer.config.my_own)
attempt("gone", lambda: chainer.config.my_own)
chainer.global_config.my_own = 5
print("global", chainer.config.my_own)
chainer.config.my_own = 6
print("local", chainer.config.my_own, chainer.global_config.my_own)
del chainer.config.my_own
print("global again", chainer.config.my_own)
del chainer.global_config.my_own
np.random.seed(1)
print("dropout", F.dropout(Variable(np.ones(8, "f")), 0.5).array)
