"""Random programs: how one is made, as the text of a Python program, and how it is run.

A program is drawn as a list of steps, each four small numbers, and written out as text in which every step is a line or two.
So a failing one can be read and pasted, it shrinks by losing lines, and each of its lines is a place of its own, as in a
user's script (the engine compiles whole what comes back at the same line).

The text speaks to a *kit*: names for the functions, ``Net``, an optimizer, and ``note``, which copies what is read. There
are three kits (``kits.py``): chainjax, real Chainer, and the model in float64 NumPy, so the same text runs on all of them.
"""

import functools
import warnings

import hypothesis.strategies as st

SQUARE, WIDE, ROW, ONE = (3, 3), (2, 3), (3,), ()
SHAPES = {SQUARE: "SQUARE", WIDE: "WIDE", ROW: "ROW", ONE: "ONE"}
NUMBERS = (0.5, -1.25, 1.0, 0.75, -0.5, 1.5)
PARAMETERS = {"W": SQUARE, "V": SQUARE, "b": ROW, "gamma": ROW, "beta": ROW}
# Adam divides gradients by their size. Where they are nothing but rounding errors a larger eps than its own hides that.
OPTIMIZERS = {"SGD(0.1)": (), "MomentumSGD(0.1)": ("v",), "Adam(0.05, eps=1e-4)": ("m", "v")}
HOOKS = (None, "WeightDecay(0.1)", "GradientClipping(0.5)")


class Writer:
    """Writes the text of a program, step by step, and keeps account of which names there are."""

    def __init__(self, dtype, optimizer, hook):
        self.optimizer = list(OPTIMIZERS)[optimizer % len(OPTIMIZERS)]
        self.hook = HOOKS[hook % len(HOOKS)]
        self.nets = ["net"]
        self.variables = []  # (name, shape), the newest last
        self.arrays = []
        self.count = 0
        self.lines = [f"start({dtype!r})", "net = Net()", f"optimizer = {self.optimizer}", "optimizer.setup(net)"]
        if self.hook:
            self.lines.append(f"optimizer.add_hook({self.hook})")
        for shape in (WIDE, SQUARE, ROW):
            self.variable(shape, f"Variable(new({SHAPES[shape]}))")

    # names --------------------------------------------------------------------------------------------------------------

    def name(self, letter):
        self.count += 1
        return f"{letter}{self.count}"

    def variable(self, shape, expression):
        name = self.name("h")
        self.lines.append(f"{name} = {expression}")
        self.variables.append((name, shape))

    def array(self, shape, expression, letter="a"):
        name = self.name(letter)
        self.lines.append(f"{name} = {expression}")
        self.arrays.append((name, shape))

    def pick(self, n, *shapes):
        """``(name, shape)`` of a variable or parameter of one of the shapes (any, if none is given): 0 is the newest variable."""
        params = [(f"{net}.{name}", shape) for net in self.nets for name, shape in PARAMETERS.items()]
        found = [v for v in [*self.variables[::-1], *params] if not shapes or v[1] in shapes]
        return found[n % len(found)]

    def pick_array(self, n, shape=None, letters="ags"):
        """The same of the arrays: of variables and statistics (``a``), gradients (``g``) and optimizers' states (``s``)."""
        found = [a for a in self.arrays[::-1] if a[0][0] in letters and (shape is None or a[1] == shape)]
        return found[n % len(found)] if found else (None, None)

    def nothing(self, a, b, c):
        pass

    # steps: functions ---------------------------------------------------------------------------------------------------

    def unary(self, a, b, c):
        x, shape = self.pick(a)
        # The kink of relu is where no program's numbers are by their making: there a last bit would decide between two slopes.
        forms = ("tanh({})", "relu({} + 0.0317)", "sigmoid({})", "-{}", "square({})", "{} ** 2", "{}.T.T", "identity({})", "dropout({})")
        forms = forms[:-1] if shape == ONE else forms  # Chainer drops out no scalars
        self.variable(shape, f"out({forms[b % len(forms)].format(x)})")

    def number(self, a, b, c):
        x, shape = self.pick(a)
        forms = ("{} * {}", "{} + {}", "{1} - {0}", "{} - {}", "{} / {}", "{} * int({} * 4)")
        self.variable(shape, f"out({forms[b % len(forms)].format(x, NUMBERS[c % len(NUMBERS)])})")

    def binary(self, a, b, c):
        x, shape = self.pick(a)
        y, _ = self.pick(b, shape)
        self.variable(shape, f"out({x} {'*+-'[c % 3]} {y})")

    def product(self, a, b, c):
        x, shape = self.pick(a, WIDE, SQUARE)
        W, _ = self.pick(b, SQUARE)
        if c % 2:
            self.variable(shape, f"out(matmul({x}, {W}))")
        else:
            bias, _ = self.pick(c // 2, ROW)
            self.variable(shape, f"out(linear({x}, {W}, {bias}))")

    def total(self, a, b, c):
        x, shape = self.pick(a)
        if b % 2 and shape in (WIDE, SQUARE):
            self.variable(ROW, f"out(sum({x}, axis=0))")
        else:
            self.variable(ONE, f"out(sum({x}))")

    def loss(self, a, b, c):
        x, _ = self.pick(a, WIDE)
        y, _ = self.pick(b, WIDE)
        self.variable(ONE, f"out(softmax_cross_entropy({x}, LABELS))" if c % 2 else f"out(mean_squared_error({x}, {y}))")

    def move(self, a, b, c):
        x, shape = self.pick(a)
        y, _ = self.pick(c, shape)
        if shape == SQUARE:
            to, form = ((WIDE, "{}[1:]"), (SQUARE, "transpose({})"), (ROW, "{}[1]"), (SQUARE, "reshape(reshape({}, (9,)), (3, 3))"))[b % 4]
        elif shape == WIDE:
            to, form = ((ROW, "{}[-1]"), (WIDE, "reshape(transpose({}), (2, 3))"), (WIDE, "concat(({}, {}), axis=0)[1:3]"))[b % 3]
        elif shape == ROW:
            to, form = ((WIDE, "broadcast_to({}, (2, 3))"), (ROW, "concat(({}, {}), axis=0)[2:5]"), (ONE, "{}[1]"))[b % 3]
        else:
            to, form = ((ROW, "broadcast_to({}, (3,))"), (ONE, "reshape(reshape({}, (1,)), ())"))[b % 2]
        self.variable(to, f"out({form.format(x, y)})")

    def normalized(self, a, b, c):
        x, shape = self.pick(a, WIDE, SQUARE)
        net = self.nets[b % len(self.nets)]
        if c % 2:
            mean, _ = self.pick_array(c // 2, ROW, "a")
            if mean is not None:
                self.array(ROW, "new(ROW)")
                self.variable(shape, f"out(batch_normalization({x}, {net}.gamma, {net}.beta, {mean}, {self.arrays[-1][0]}))")
                return
        self.variable(shape, f"out({net}.normalize({x}))")

    def users(self, a, b, c):
        x, shape = self.pick(a)
        self.variable(shape, f"{('Fresh', 'Reused', 'Same')[b % 3]}()({x})")

    def raw(self, a, b, c):
        array, shape = self.pick_array(a)
        if array is not None:
            x, _ = self.pick(b, shape)
            self.variable(shape, f"out({x} {'*+-'[c % 3]} raw({array}))")

    def without_graph(self, a, b, c):
        x, shape = self.pick(a)
        self.lines.append("with no_backprop_mode():")
        self.variable(shape, f"out({('tanh({0})', '{0} * {0}')[b % 2].format(x)})")
        self.lines[-1] = "    " + self.lines[-1]

    # steps: variables and arrays ----------------------------------------------------------------------------------------

    def leaf(self, a, b, c):
        shape = list(SHAPES)[a % len(SHAPES)]
        if b % 3 == 0:
            self.variable(shape, f"Variable(new({SHAPES[shape]}))")
        elif b % 3 == 1:
            self.array(shape, f"new({SHAPES[shape]})")
            self.variable(shape, f"Variable({self.arrays[-1][0]})")
        else:
            array, shape = self.pick_array(a, letters="a")
            if array is not None:
                self.variable(shape, f"Variable({array})")

    def copied(self, a, b, c):
        x, shape = self.pick(a)
        self.variable(shape, f"{('shared', 'deep')[b % 2]}({x})")

    def read(self, a, b, c):
        x, shape = self.pick(a)
        self.lines.append(f"note({'float' if shape == ONE and b % 2 else ''}({x}.array))")

    def keep(self, a, b, c):
        x, shape = self.pick(a)
        self.array(shape, f"{x}.array")

    def keep_view(self, a, b, c):
        x, _ = self.pick(a, WIDE, SQUARE)
        self.array(ROW, f"{x}.array[{b % 2}]")

    def drop_array(self, a, b, c):
        array, shape = self.pick_array(a)
        if array is not None:
            self.arrays.remove((array, shape))
            self.lines.append(f"del {array}")

    def drop(self, a, b, c):
        x, shape = self.pick(a)
        if "." not in x and len([v for v in self.variables if v[1] == shape]) > 1:
            self.variables.remove((x, shape))
            self.lines.append(f"del {x}")

    def write(self, a, b, c):
        number = NUMBERS[c % len(NUMBERS)]
        if b % 2:
            x, shape = self.pick(a)
            x += ".array"
        else:
            x, shape = self.pick_array(a)
        if x is not None:
            forms = ["{}[...] = {}", "{} *= {}"] if shape == ONE else ["{}[...] = {}", "{} *= {}", "{}[0] = {}", "{}.T[1:] += {}"]
            self.lines.append(forms[b // 2 % len(forms)].format(x, number))

    def assign(self, a, b, c):
        x, shape = self.pick(a)
        y, _ = self.pick(b, shape)
        array, _ = self.pick_array(b, shape, "a")
        self.lines.append(f"{x}.array = " + (f"{y}.array", f"new({SHAPES[shape]})", array or f"{y}.array.copy()")[c % 3])

    def tie(self, a, b, c):
        net = self.nets[a % len(self.nets)]
        self.lines.append(f"{net}.V.array = {net}.W.array")

    # steps: gradients ---------------------------------------------------------------------------------------------------

    def backward(self, a, b, c):
        x, shape = self.pick(a, ONE) if a % 3 and any(v[1] == ONE for v in self.variables) else self.pick(a // 3)
        if shape != ONE:
            self.lines.append(f"set_grad({x}, new({SHAPES[shape]}))")
        self.lines.append(f"{x}.backward({'retain_grad=True' if b % 4 == 1 else ''}); apart()")

    def backward_of_all(self, a, b, c):
        pairs = dict((self.pick(a), self.pick(b)))
        gradients = ", ".join(f"new({SHAPES[shape]})" for shape in pairs.values())
        self.lines.append(f"backward_of([{', '.join(pairs)}], [{gradients}]); apart()")

    def gradient(self, a, b, c):
        x, shape = self.pick(a)
        net = self.nets[0]
        if c % 2:
            x, shape = self.pick(a, ONE) if any(v[1] == ONE for v in self.variables) else (x, shape)
        y, _ = (f"{net}.W", SQUARE) if b % 2 else self.pick(b // 2)
        self.lines.append(f"note_all(grad([{x}], [{y}], [new({SHAPES[shape]})]))")

    def read_grad(self, a, b, c):
        self.lines.append(f"note({self.pick(a)[0]}.grad)")

    def keep_grad(self, a, b, c):
        x, shape = self.pick(a)
        self.array(shape, f"grad_of({x})", "g")

    def write_grad(self, a, b, c):
        self.lines.append(f"grad_of({self.pick(a)[0]})[...] = {NUMBERS[c % len(NUMBERS)]}")

    def set_grad(self, a, b, c):
        # An array is the gradient of one variable only, and that of no parameter or state: a hook or an update reads all that it
        # needs before it changes anything, while Chainer's goes from one parameter to the next and would see the change.
        x, shape = self.pick(a)
        self.array(shape, f"new({SHAPES[shape]})", "g")
        self.lines.append(f"set_grad({x}, {self.arrays[-1][0]})")

    def clear(self, a, b, c):
        net = self.nets[b % len(self.nets)]
        forms = (f"{net}.cleargrads()", f"{net}.zerograds()", f"{self.pick(a)[0]}.cleargrad()", f"{self.pick(a)[0]}.zerograd()")
        self.lines.append(forms[c % 4])

    def unchain(self, a, b, c):
        self.lines.append(f"{self.pick(a)[0]}.{('unchain', 'unchain_backward')[b % 2]}()")

    # steps: links and optimizers ----------------------------------------------------------------------------------------

    def update(self, a, b, c):
        self.lines.append("optimizer.update(); apart()")

    def step_of_training(self, a, b, c):
        net = self.nets[0]
        x, _ = self.pick(a, WIDE)
        self.variable(WIDE, f"out(tanh(out(linear({x}, {net}.W, {net}.b))))")
        self.variable(ONE, f"out(sum(out(square({self.variables[-1][0]}))))")
        if b % 2:
            self.lines.append("net.cleargrads()")
        self.lines += [f"{self.variables[-1][0]}.backward(); apart()", "optimizer.update(); apart()"]
        if c % 2:
            self.lines.append(f"note(float({self.variables[-1][0]}.array))")
            del self.variables[-1]
            self.lines.append(f"del h{self.count}")

    def state(self, a, b, c):
        names = OPTIMIZERS[self.optimizer]
        if names and "optimizer.update(); apart()" in self.lines:
            p = list(PARAMETERS)[b % len(PARAMETERS)]
            self.array(PARAMETERS[p], f"state_of(net.{p}, {names[a % len(names)]!r})", "s")

    def copy_net(self, a, b, c):
        if len(self.nets) < 3:
            name = self.name("net")
            self.lines.append(f"{name} = net.copy({('share', 'copy')[a % 2]!r})")
            self.nets.append(name)

    def between_nets(self, a, b, c):
        if len(self.nets) > 1:
            first, second = self.nets[a % len(self.nets)], self.nets[(a + 1 + b % (len(self.nets) - 1)) % len(self.nets)]
            # copyparams goes through a set of names: where two parameters share an array, the last one depends on the hash seed.
            tied = any((line.startswith("net") and ".array = " in line) or "= shared(" in line for line in self.lines)
            self.lines.append(f"{first}.{'copyparams' if c % 2 and not tied else 'addgrads'}({second}); apart()")

    def copydata(self, a, b, c):
        x, shape = self.pick(a)
        y, _ = self.pick(b, shape)
        self.lines.append(f"{x}.copydata({y})")

    def statistics(self, a, b, c):
        net = self.nets[a % len(self.nets)]
        self.array(ROW, f"{net}.{('mean', 'var')[b % 2]}")

    # ---------------------------------------------------------------------------------------------------------------------

    def finish(self):
        """Look at everything that is left; returns the text."""
        for name, _ in self.variables:
            self.lines.append(f"note({name}.array); note({name}.grad)")
        for net in self.nets:
            for name in PARAMETERS:
                self.lines.append(f"note({net}.{name}.array); note({net}.{name}.grad)")
            self.lines.append(f"note({net}.mean); note({net}.var)")
        for name in OPTIMIZERS[self.optimizer]:
            self.lines.append(f"for p in net.params(): note(state_of(p, {name!r}))")
        self.lines += [f"note({name})" for name, _ in self.arrays]
        return "\n".join(self.lines) + "\n"


# How often each kind of step is taken. The first is what a step shrinks to.
STEPS = (
    *["nothing", "unary", "unary", "unary", "number", "number", "number", *["binary"] * 4, *["product"] * 4, "total", "total", "loss"],
    *["move", "move", "move", "normalized", "users", "raw", "without_graph", "leaf", "leaf", "copied", "read", "read", "keep", "keep"],
    *["keep", "keep_view", "drop_array", "drop", "drop", *["write"] * 4, "assign", "tie", *["backward"] * 5, "backward_of_all"],
    *["gradient", "read_grad", "keep_grad", "write_grad", "set_grad", "clear", "clear", "unchain", "update", "update", "update"],
    *["step_of_training"] * 3,
    *["state", "copy_net", "between_nets", "copydata", "statistics"],
)

_small = st.integers(0, 11)
# Hypothesis makes lists short on the average unless they must not be.
_steps = st.lists(st.tuples(st.sampled_from(STEPS), _small, _small, _small), min_size=10, max_size=30)


@st.composite
def programs(draw, dtype="float64"):
    """The text of a program."""
    writer = Writer(dtype, draw(st.integers(0, 2)), draw(st.integers(0, 2)))
    for kind, a, b, c in draw(_steps):
        getattr(writer, kind)(a, b, c)
    return writer.finish()


@functools.lru_cache(maxsize=64)
def _compiled(text):
    return compile(text, "<program>", "exec")


def run(text, kit):
    """Run a program; returns what it looked at, as pairs of line and array, and the warnings that it gave."""
    names = kit.begin()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(_compiled(text), names)
        names.clear()
    return kit.seen, [str(w.message) for w in caught]
